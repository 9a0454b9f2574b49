//! Error reports, and what a panic does.

use std::time::Duration;

use gatehouse::app::{FEATURES, Jobs};
use sea_orm::ConnectionTrait as _;

use crate::support::collector::Collector;
use crate::support::{App, Page, logged};

async fn reported_to(collector: &Collector) -> App {
    App::spawn_with(&[("ERROR_REPORT_URL", &collector.dsn())]).await
}

/// From now on, registering is a fault.
async fn break_registration(app: &App) {
    app.state().database.reader().execute_unprepared("DROP TABLE throttle").await.unwrap();
}

fn number_of(page: &Page) -> String {
    page.text_of("main code")
}

#[tokio::test]
async fn a_fault_is_reported_with_its_route_and_number_and_nothing_of_people() {
    let mut collector = Collector::start().await;
    let app = reported_to(&collector).await;
    break_registration(&app).await;
    let page = app.nobody().register("Asha").await.expect_status(500);

    let report = collector.next().await;
    assert!(report.head.starts_with("post /in/api/7/envelope/ http/1.1\r\n"), "{}", report.head);
    assert!(report.head.contains("\r\nx-sentry-auth: sentry sentry_version=7,"), "{}", report.head);
    assert!(report.head.contains("sentry_key=publickey"), "{}", report.head);
    let [head, item, event] = report.lines().try_into().unwrap();
    assert_eq!(head["event_id"], event["event_id"]);
    assert_eq!(head["event_id"].as_str().unwrap().len(), 32);
    assert_eq!(item["length"], report.body.lines().nth(2).unwrap().len());
    assert_eq!(event["transaction"], "POST /register");
    assert_eq!(event["tags"]["request_id"], number_of(&page));
    assert_eq!(event["tags"]["status"], "500");
    assert_eq!(event["level"], "error");
    assert_eq!(event["server_name"], "127.0.0.1");
    assert!(event["timestamp"].as_str().unwrap().starts_with("2026-11-20T06:30:"), "{event}");
    assert!(event["release"].as_str().unwrap().starts_with("gatehouse@"), "{event}");
    let causes = event["exception"]["values"].as_array().unwrap();
    assert_eq!(causes.last().unwrap()["type"], "Internal");
    assert!(causes.len() > 1 && causes.iter().all(|cause| cause["value"] != ""), "{event}");
    for secret in ["asha", "98765", "Logistics", "battery", "@example"] {
        assert!(!report.body.to_lowercase().contains(&secret.to_lowercase()), "{secret}: {}", report.body);
    }
}

#[tokio::test]
async fn what_is_no_fault_of_ours_is_not_reported() {
    let mut collector = Collector::start().await;
    let app = reported_to(&collector).await;
    app.nobody().get("/nowhere").await.expect_status(404);
    app.nobody().sign_in("asha@example.com", "wrong").await.expect_status(422);
    app.nobody().get("/submissions").await.expect_status(303);
    app.clock.panic_once("a fault");
    app.nobody().get("/login").await.expect_status(500);
    assert_eq!(collector.next().await.event()["transaction"], "GET /login", "the first one reported");
}

/// Of the questions to the clock that a request of nobody's leads to, the first that its handler asks.
const HANDLER: usize = 3;

#[tokio::test]
async fn the_page_of_a_panic_has_the_menu_and_leads_back_to_the_page_of_the_form() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    app.clock.panic_at(HANDLER + 1, "a fault"); // the session asks too
    let page = asha.post("/account/sessions/revoke-others", &[]).await.expect_status(500);
    assert_eq!(page.text_of("main h1"), "Something went wrong");
    assert_eq!(page.attribute("body", "data-page"), "/account/sessions", "Reload opens it");
    assert!(page.has("nav a[href='/submissions']"), "{}", page.text());
}

#[tokio::test]
async fn a_panic_before_the_handler_is_answered_and_reported_too() {
    let mut collector = Collector::start().await;
    let app = reported_to(&collector).await;
    let nobody = app.nobody();
    app.clock.panic_once("a fault");
    nobody.get("/login").await.expect_status(500);
    assert_eq!(collector.next().await.event()["transaction"], "GET /login");
    nobody.get("/login").await.expect_status(200);
}

#[tokio::test]
async fn a_panic_is_a_page_and_is_reported_with_its_place() {
    let mut collector = Collector::start().await;
    let app = reported_to(&collector).await;
    let nobody = app.nobody();
    app.clock.panic_at(HANDLER, "Ramesh Kumar \"asha\" <asha@example.com> MH12AB1234 98765 43210");
    let page = nobody.get("/login?next=/p/TOKEN").await.expect_status(500);
    assert_eq!(page.text_of("main h1"), "Something went wrong");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert!(!page.text().contains("Ramesh"), "{}", page.text());

    let log = logged();
    let number = number_of(&page);
    let line = log.lines().find(|line| line.contains("ERROR") && line.contains(&number));
    assert!(line.is_some_and(|line| line.contains("clock.rs")), "{line:?}");

    let report = collector.next().await;
    let event = report.event();
    assert_eq!(event["transaction"], "GET /login");
    assert_eq!(event["tags"]["request_id"], number);
    let place = event["tags"]["panicked_at"].as_str().unwrap();
    assert!(place.contains("clock.rs:"), "{place}");
    assert_eq!(event["exception"]["values"][0]["type"], "Panicked");
    for secret in ["Ramesh", "Kumar", "asha", "example", "MH12", "98765", "43210", "TOKEN"] {
        assert!(!report.body.contains(secret), "{secret}: {}", report.body);
    }
    nobody.get("/login").await.expect_status(200);
    let numbers = nobody.get("/metrics").await.text();
    assert!(numbers.contains("status=\"5xx\"} 1"), "{numbers}");
}

#[tokio::test]
async fn no_answer_waits_for_a_collector_that_gives_none() {
    let mut collector = Collector::start_silent().await;
    let app = reported_to(&collector).await;
    break_registration(&app).await;
    let all = async {
        for _ in 0..50 {
            app.nobody().register("Asha").await.expect_status(500);
        }
    };
    // One that waited would take 10 s, the deadline of a report.
    tokio::time::timeout(Duration::from_secs(100), all).await.expect("no answer waits");
    collector.next().await;
    app.nobody().get("/login").await.expect_status(200);
    assert!(collector.visitors() < 12, "one report at a time: {}", collector.visitors());
}

#[tokio::test]
async fn a_collector_that_is_away_is_told_in_the_log_without_the_key() {
    let nobody_there = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dsn = format!("http://unspokenkey@{nobody_there}/7");
    let app = App::spawn_with(&[("ERROR_REPORT_URL", &dsn)]).await;
    app.clock.panic_once("a fault");
    app.nobody().get("/login").await.expect_status(500);
    let told = async {
        while !logged().contains("an error report was not sent") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), told).await.expect("the log tells it");
    assert!(!logged().contains("unspokenkey"));
}

#[tokio::test]
async fn a_job_that_panics_is_reported_and_goes_on() {
    let mut collector = Collector::start().await;
    let app = reported_to(&collector).await;
    app.clock.panic_once("a job fails");
    let jobs = Jobs::start(app.state());
    let event = collector.next().await.event();
    let job = event["tags"]["job"].as_str().unwrap();
    let mut names = FEATURES.iter().flat_map(|feature| feature.jobs).map(|job| job.name);
    assert!(names.any(|name| name == job), "{event}");
    assert_eq!(event["transaction"], job);
    jobs.stop().await;
}
