//! `/metrics`

use std::collections::BTreeSet;

use crate::support::entries::Entry;
use crate::support::{App, Client};

async fn text(client: &Client) -> String {
    client.get("/metrics").await.expect_status(200).text()
}

#[tokio::test]
async fn it_tells_what_happened() {
    let app = App::spawn().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers();
    let entry = entry.submitted_by(&app.customer("Asha").await).await;
    let entry = entry.approved_by(&app.supervisor().await).await;
    let guard = app.guard().await;
    guard.post("/gate/scan", &[("code", &entry.token)]).await.expect_status(303);
    guard.post("/gate/scan", &[("code", "nothing known")]).await.expect_status(303);
    app.nobody().sign_in("asha@example.com", "wrong").await.expect_status(422);
    app.nobody().get(&format!("/p/{}", entry.token)).await.expect_status(200);
    app.nobody().get("/p/none").await.expect_status(404);
    app.nobody().get("/nowhere").await.expect_status(404);

    let text = text(&app.nobody()).await;
    for line in [
        "gatehouse_uploads_total 4",
        "gatehouse_sign_in_failures_total{reason=\"wrong\"} 1",
        "gatehouse_verdicts_total{outcome=\"ok\"} 1",
        "gatehouse_verdicts_total{outcome=\"stop\"} 1",
        "gatehouse_http_requests_total{method=\"GET\",route=\"/p/{token}\",status=\"2xx\"} 1",
        "gatehouse_http_requests_total{method=\"GET\",route=\"/p/{token}\",status=\"4xx\"} 1",
        "gatehouse_http_requests_total{method=\"GET\",route=\"none\",status=\"4xx\"} 1",
        "gatehouse_http_request_duration_seconds_count{method=\"POST\",route=\"/gate/scan\"} 2",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\nis missing from\n{text}");
    }
    for secret in [entry.token.as_str(), &entry.id, "asha", "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}

#[tokio::test]
async fn the_dashboard_asks_for_numbers_that_are_told() {
    let app = App::spawn().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    app.guard().await.post("/gate/scan", &[("code", &entry.token)]).await.expect_status(303);
    app.nobody().sign_in("asha@example.com", "wrong").await.expect_status(422);
    let text = text(&app.nobody()).await;

    let dashboard = include_str!("../../../deploy/grafana.json");
    let parsed: serde_json::Value = serde_json::from_str(dashboard).unwrap();
    assert!(parsed["panels"].as_array().unwrap().len() > 5);
    let names: BTreeSet<_> = dashboard
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("gatehouse_"))
        .map(|word| word.strip_suffix("_bucket").unwrap_or(word))
        .collect();
    assert!(names.len() > 5, "{names:?}");
    for name in names {
        assert!(text.contains(&format!("# TYPE {name} ")), "{name} is missing from\n{text}");
    }
}

#[tokio::test]
async fn labels_do_not_grow_with_what_visitors_make_up() {
    let app = App::spawn().await;
    for method in ["PURGE", "BREW", "delete"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let nobody = app.nobody();
        nobody.send(nobody.request(method, "/login")).await;
    }
    let text = text(&app.nobody()).await;
    assert!(text.contains("{method=\"other\",route=\"/login\",status=\"4xx\"} 3"), "{text}");
}

#[tokio::test]
async fn without_a_token_only_this_machine_reads_it_and_never_through_a_proxy() {
    let app = App::spawn().await;
    text(&app.nobody()).await;
    for (name, value) in
        [("x-forwarded-for", "127.0.0.1"), ("forwarded", "for=127.0.0.1"), ("x-real-ip", "127.0.0.1")]
    {
        app.nobody().with_header(name, value).get("/metrics").await.expect_status(404);
    }
}

#[tokio::test]
async fn with_a_token_whoever_shows_it_reads_it() {
    let app = App::spawn_with(&[("METRICS_TOKEN", "a long enough token")]).await;
    app.nobody().get("/metrics").await.expect_status(404);
    for wrong in ["Bearer a long enough toke", "Bearer ", "Basic a long enough token", "a long enough token"]
    {
        app.nobody().with_header("authorization", wrong).get("/metrics").await.expect_status(404);
    }
    let scraper = app.nobody().with_header("authorization", "Bearer a long enough token");
    text(&scraper).await;
    text(&scraper.with_header("x-forwarded-for", "192.0.2.1")).await;
}

#[tokio::test]
async fn a_scraper_with_a_token_may_use_a_name_of_its_own_network_and_others_may_not() {
    let app = App::spawn_with(&[("METRICS_TOKEN", "a long enough token")]).await;
    let inside = app.nobody().with_header("host", "app:8080");
    text(&inside.clone().with_header("authorization", "Bearer a long enough token")).await;
    inside.get("/metrics").await.expect_status(404);
    inside.get("/login").await.expect_status(421);
    let open = App::spawn().await;
    open.nobody().with_header("host", "app:8080").get("/metrics").await.expect_status(421);
}

#[tokio::test]
async fn it_tells_what_waits_in_the_outbox_and_the_rest_even_without_the_database() {
    let app = App::spawn().await;
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    app.clock.advance(chrono::Duration::minutes(10));
    let before = text(&app.nobody()).await;
    let value = |name: &str| -> f64 {
        let line = before.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).expect(name)
    };
    assert!(value("gatehouse_outbox_messages ") >= 2.0, "{before}");
    assert!(value("gatehouse_outbox_oldest_seconds ") >= 600.0, "{before}");

    app.state().database.reader().clone().close().await.unwrap();
    let after = text(&app.nobody()).await;
    assert!(!after.contains("gatehouse_outbox"), "{after}");
    assert!(after.contains("gatehouse_http_requests_total"), "{after}");
}
