//! The sentence that one page leaves for the next.

use crate::support::{App, Client, Page};

/// The value of the flash cookie that `answer` sets.
fn cookie_of(answer: &Page) -> String {
    let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let line = lines.into_iter().find(|line| line.starts_with("flash=")).unwrap();
    line.split(['=', ';']).nth(1).unwrap().to_owned()
}

fn with_cookie(app: &App, value: &str) -> Client {
    app.nobody().with_header("Cookie", &format!("flash={value}"))
}

#[tokio::test]
async fn it_is_shown_once() {
    let app = App::spawn().await;
    let nobody = app.nobody();
    nobody.post("/logout", &[]).await.expect_status(303);
    assert_eq!(nobody.get("/login").await.flash(), "You have signed out.");
    assert_eq!(nobody.get("/login").await.flash(), "");
}

#[tokio::test]
async fn it_waits_for_the_first_page_that_can_show_it() {
    let app = App::spawn().await;
    let nobody = app.nobody();
    nobody.post("/logout", &[]).await.expect_status(303);
    nobody.get("/").await.expect_status(303);
    assert_eq!(nobody.get("/login").await.flash(), "You have signed out.");
}

#[tokio::test]
async fn a_file_that_the_page_needs_does_not_take_it_away() {
    let app = App::spawn().await;
    let nobody = app.nobody();
    let style_sheet = nobody.get("/login").await.attribute("link[rel=stylesheet]", "href");
    nobody.post("/logout", &[]).await.expect_status(303);
    nobody.get(&style_sheet).await.expect_status(200);
    assert_eq!(nobody.get("/login").await.flash(), "You have signed out.");
}

#[tokio::test]
async fn nobody_but_the_site_can_make_one() {
    let app = App::spawn().await;
    let real = cookie_of(&app.nobody().post("/logout", &[]).await);
    assert_eq!(with_cookie(&app, &real).get("/login").await.flash(), "You have signed out.");

    let (mac, text) = real.split_once('.').unwrap();
    for forged in [
        format!("{mac}.{}", "UGF5IGhlcmU"), // "Pay here"
        format!("{}.{text}", "0".repeat(mac.len())),
        format!(".{text}"),
        text.to_owned(),
        format!("{mac}."),
        format!("{mac}.{text}."),
    ] {
        assert_eq!(with_cookie(&app, &forged).get("/login").await.flash(), "", "{forged}");
    }
}
