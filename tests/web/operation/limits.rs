//! What one visitor may take of the process.

use crate::support::App;
use gatehouse::http::assets;

#[tokio::test]
async fn an_address_that_floods_is_told_to_wait_and_probes_are_not() {
    let app = App::spawn_with(&[("RATE_LIMIT", "2"), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let loud = app.nobody().with_header("x-forwarded-for", "192.0.2.1");
    let quiet = app.nobody().with_header("x-forwarded-for", "192.0.2.2");
    let mut refused = None;
    for _ in 0..40 {
        let page = loud.get("/login").await;
        if page.status == 429 {
            refused = Some(page);
            break;
        }
    }
    let refused = refused.expect("forty requests at once are more than eight");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.text_of("main h1"), "Too many tries");
    for path in ["/health", "/ready", "/favicon.ico", &assets::url("app.css")] {
        loud.get(path).await.expect_status(200);
    }
    quiet.get("/login").await.expect_status(200);
}
