//! What an orchestrator asks.

use gatehouse::kernel::data::Patience;
use gatehouse::kernel::data::schema;
use sea_orm::ConnectionTrait as _;

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
async fn a_process_is_ready_while_a_newer_release_has_taken_further_steps_and_cannot_be_started_again() {
    let app = App::spawn().await;
    let database = &app.state().database;
    let run = async |sql: &str| {
        let transaction = database.write().await.unwrap();
        transaction.execute_unprepared(sql).await.unwrap();
        transaction.commit().await.unwrap();
    };
    run("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99991231_000001_later', 0)").await;
    app.nobody().get("/ready").await.expect_status(200);
    let refused = schema::up(database, Patience::SCHEMA).await.unwrap_err();
    assert!(refused.to_string().contains("m99991231_000001_later"), "{refused}");
    run("DELETE FROM seaql_migrations WHERE version LIKE '%_audit'").await;
    let probe = app.nobody().get("/ready").await.expect_status(503);
    assert_eq!(probe.text(), "migrations are pending\n");
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
