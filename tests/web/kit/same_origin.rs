//! A form that another site's page sends changes nothing here.

use crate::support::{App, Client};

const LAN: &str = "192.168.1.5:8080";

fn with_headers(client: Client, headers: &[(&str, &str)]) -> Client {
    headers.iter().fold(client, |client, (name, value)| client.with_header(name, value))
}

#[tokio::test]
async fn only_pages_of_this_site_may_send_forms() {
    let app = App::spawn().await;
    let own = app.origin();
    let https = own.replace("http:", "https:");
    let longer = format!("{own}.evil.example");
    for (headers, passes) in [
        (&[][..], true),
        (&[("Sec-Fetch-Site", "same-origin")], true),
        (&[("Sec-Fetch-Site", "none")], true),
        (&[("Sec-Fetch-Site", "same-site")], false),
        (&[("Sec-Fetch-Site", "cross-site")], false),
        (&[("Sec-Fetch-Site", "Same-Origin")], false),
        (&[("Sec-Fetch-Site", "cross-site"), ("Origin", own.as_str())], false),
        (&[("Sec-Fetch-Site", "same-origin"), ("Origin", "https://evil.example")], true),
        (&[("Origin", own.as_str())], true),
        (&[("Origin", https.as_str())], false),
        (&[("Origin", https.as_str()), ("Host", LAN)], false),
        (&[("Origin", "https://192.168.1.5:8080"), ("Host", LAN)], false),
        (&[("Origin", "null"), ("Host", LAN)], false),
        (&[("Origin", longer.as_str())], false),
        (&[("Origin", "https://evil.example")], false),
        (&[("Origin", "null")], false),
        (&[("Origin", "")], false),
        (&[("Origin", "http://192.168.1.5:8080"), ("Host", LAN)], true),
        (&[("Origin", "http://192.168.1.5:8081"), ("Host", LAN)], false),
        (&[("Origin", "http://192.168.1.5"), ("Host", LAN)], false),
        (&[("Referer", "https://evil.example/")], true),
    ] {
        let page = with_headers(app.nobody(), headers).post("/logout", &[]).await;
        assert_eq!(page.status, if passes { 303 } else { 403 }, "{headers:?}");
    }
}

#[tokio::test]
async fn behind_a_proxy_the_origin_is_that_of_the_base_url() {
    let app = App::spawn_with(&[("BASE_URL", "https://gate.example.com")]).await;
    for (origin, passes) in [
        ("https://gate.example.com", true),
        ("http://gate.example.com", false),
        ("https://example.com", false),
        ("null", false),
    ] {
        for host in ["gate.example.com", "127.0.0.1"] {
            let nobody = app.nobody().with_header("Origin", origin).with_header("Host", host);
            let page = nobody.post("/logout", &[]).await;
            assert_eq!(page.status, if passes { 303 } else { 403 }, "{origin}, {host}");
        }
    }
}

#[tokio::test]
async fn a_link_on_another_site_opens_pages_and_changes_nothing() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await.with_header("Sec-Fetch-Site", "cross-site");
    asha.get("/login").await.expect_status(200);
    asha.post("/logout", &[]).await.expect_status(403);
    assert_eq!(asha.get("/").await.location(), "/submissions", "still signed in");
    assert_ne!(asha.get("/logout").await.status, 303, "reading signs nobody out");
    assert_eq!(asha.get("/").await.location(), "/submissions", "still signed in");
}
