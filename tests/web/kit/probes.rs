//! What an orchestrator asks.

use crate::support::App;

#[tokio::test]
async fn the_portal_is_alive_and_ready() {
    let app = App::spawn().await;
    assert_eq!(app.nobody().get("/health").await.expect_status(200).text(), "alive\n");
    assert_eq!(app.nobody().get("/ready").await.expect_status(200).text(), "ready\n");
}

#[tokio::test]
async fn without_its_database_the_portal_is_alive_but_not_ready_and_says_so() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    app.state().database.reader().clone().close().await.unwrap();
    app.nobody().get("/health").await.expect_status(200);
    let probe = app.nobody().get("/ready").await.expect_status(503);
    assert_eq!(probe.text(), "database does not answer\n");

    let page = app.nobody().sign_in("asha@example.com", "wrong").await.expect_status(503);
    assert_eq!(page.text_of("main h1"), "We are not available right now");
    let page = asha.get("/submissions").await.expect_status(503);
    assert_eq!(page.text_of("main h1"), "We are not available right now");
}

#[tokio::test]
async fn without_its_store_the_portal_is_not_ready() {
    let app = App::spawn().await;
    let folder = &app.state().config.storage_dir;
    std::fs::remove_dir_all(folder).unwrap();
    std::fs::write(folder, "no folder").unwrap();
    let probe = app.nobody().get("/ready").await.expect_status(503);
    assert_eq!(probe.text(), "storage does not answer\n");
}
