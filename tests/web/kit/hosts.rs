//! The names that the site goes by.

use reqwest::Method;

use crate::support::App;

async fn status(app: &App, host: &str, path: &str) -> u16 {
    app.nobody().with_header("Host", host).get(path).await.status.as_u16()
}

#[tokio::test]
async fn another_name_gets_a_page_that_says_so_before_anything_else_is_looked_at() {
    let app = App::spawn().await;
    let page = app.nobody().with_header("Host", "evil.example").get("/login").await.expect_status(421);
    assert_eq!(page.text_of("main h1"), "Another address");
    let nobody =
        app.nobody().with_header("Host", "evil.example").with_header("Origin", "http://evil.example");
    nobody.post("/logout", &[]).await.expect_status(421);
    let nobody =
        app.nobody().with_header("Host", "evil.example").with_header("Sec-Fetch-Site", "same-origin");
    nobody.send(nobody.request(Method::POST, "/login").form(&[("email", "a")])).await.expect_status(421);
}

#[tokio::test]
async fn the_site_is_found_by_the_base_urls_name_on_this_machine_and_by_addresses() {
    let app = App::spawn_with(&[("BASE_URL", "https://gate.example.com")]).await;
    for host in
        ["gate.example.com", "GATE.EXAMPLE.COM:443", "localhost:8080", "127.0.0.1", "[::1]", "192.168.1.5:80"]
    {
        assert_eq!(status(&app, host, "/login").await, 200, "{host}");
    }
    for host in ["example.com", "gate.example.com.evil.example", "evil.example:443", "1.2.3.4.example"] {
        assert_eq!(status(&app, host, "/login").await, 421, "{host}");
    }
    assert_eq!(status(&app, "app:8080", "/ready").await, 200, "orchestrators ask by names of their own");
}

#[tokio::test]
async fn with_a_list_of_names_addresses_of_other_machines_are_none() {
    let app = App::spawn_with(&[("ALLOWED_HOSTS", "gate.example.com, portal.example.com")]).await;
    for host in ["gate.example.com", "portal.example.com:8080", "127.0.0.1", "localhost"] {
        assert_eq!(status(&app, host, "/login").await, 200, "{host}");
    }
    for host in ["192.168.1.5", "app:8080"] {
        assert_eq!(status(&app, host, "/login").await, 421, "{host}");
    }
}
