//! Guessing gets slow for who guesses, and for nobody else.

use chrono::Duration;
use futures_util::future::join_all;
use gatehouse::entity::throttle::Purpose;

use crate::support::{App, Client, PASSWORD, Page};

const WRONG: &str = "correct horse staple";

async fn app_behind_a_proxy() -> App {
    App::spawn_with(&[("TRUSTED_PROXIES", "127.0.0.1")]).await
}

/// A browser at the network address `address`.
fn browser_at(app: &App, address: &str) -> Client {
    app.nobody().with_header("X-Forwarded-For", address)
}

async fn fail(client: &Client, times: usize) {
    for _ in 0..times {
        client.sign_in("asha@example.com", WRONG).await.expect_status(422);
    }
}

/// Expects a refusal that ends after as many whole minutes.
#[track_caller]
fn assert_waits(page: &Page, minutes: i64) {
    assert_eq!(page.status, 429, "{}", page.text());
    let seconds: i64 = page.header("retry-after").parse().unwrap();
    assert!((minutes * 60 - 5..=minutes * 60).contains(&seconds), "{seconds} seconds, not {minutes} minutes");
    let time = if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
    assert_eq!(page.error_at("email"), format!("Too many wrong tries. Try again in {time}."));
}

#[tokio::test]
async fn after_five_failures_even_the_right_password_waits() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    let browser = app.nobody();
    fail(&browser, 5).await;
    let refused = browser.sign_in("asha@example.com", PASSWORD).await;
    assert_waits(&refused, 1);
    assert_eq!(refused.field_value("email"), "asha@example.com");
    assert_eq!(refused.field_value("password"), "");

    app.clock.advance(Duration::minutes(1));
    browser.sign_in("asha@example.com", PASSWORD).await.expect_status(303);
}

#[tokio::test]
async fn every_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let browser = app.nobody();
    fail(&browser, 4).await;
    for minutes in [1, 2, 4, 8, 15, 15] {
        fail(&browser, 1).await;
        assert_waits(&browser.sign_in("asha@example.com", WRONG).await, minutes);
        app.clock.advance(Duration::minutes(minutes));
    }
}

#[tokio::test]
async fn an_address_without_an_account_is_slowed_the_same_way() {
    let app = App::spawn().await;
    fail(&app.nobody(), 5).await;
    assert_waits(&app.nobody().sign_in("asha@example.com", WRONG).await, 1);
}

#[tokio::test]
async fn waiting_tries_do_not_lengthen_the_wait() {
    let app = App::spawn().await;
    fail(&app.nobody(), 5).await;
    for _ in 0..10 {
        assert_waits(&app.nobody().sign_in("asha@example.com", WRONG).await, 1);
    }
}

#[tokio::test]
async fn failures_at_one_place_slow_no_other_place_and_no_other_account() {
    let app = app_behind_a_proxy().await;
    app.nobody().register("Asha").await;
    app.nobody().register("Ravi").await;
    let stranger = browser_at(&app, "203.0.113.7");
    fail(&stranger, 5).await;
    assert_waits(&stranger.sign_in("asha@example.com", PASSWORD).await, 1);
    browser_at(&app, "203.0.113.8").sign_in("asha@example.com", PASSWORD).await.expect_status(303);
    stranger.sign_in("ravi@example.com", PASSWORD).await.expect_status(303);
}

#[tokio::test]
async fn a_place_cannot_be_made_up_without_a_trusted_proxy() {
    let app = App::spawn().await;
    fail(&app.nobody(), 5).await;
    assert_waits(&browser_at(&app, "203.0.113.8").sign_in("asha@example.com", WRONG).await, 1);
}

#[tokio::test]
async fn signing_in_forgets_the_failures_before_it() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let browser = app.nobody();
    fail(&browser, 4).await;
    browser.sign_in("asha@example.com", PASSWORD).await.expect_status(303);
    fail(&browser, 4).await;
    browser.sign_in("asha@example.com", PASSWORD).await.expect_status(303);
}

#[tokio::test]
async fn guesses_sent_at_once_are_counted_all_the_same() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let browsers: Vec<_> = (0..40).map(|_| app.nobody()).collect();
    let guesses = browsers.iter().map(|browser| browser.sign_in("asha@example.com", WRONG));
    for page in join_all(guesses).await {
        assert!(matches!(page.status.as_u16(), 422 | 429), "{}", page.text());
    }
    let refused = app.nobody().sign_in("asha@example.com", PASSWORD).await;
    assert_eq!(refused.status, 429);
}

#[tokio::test]
async fn failures_from_everywhere_stop_strangers_and_spare_a_device_that_is_known() {
    let app = app_behind_a_proxy().await;
    app.nobody().register("Asha").await;
    let owner = browser_at(&app, "203.0.113.7").signed_in_as("asha@example.com").await;
    for place in 1..=50 {
        fail(&browser_at(&app, &format!("198.51.100.{place}")), 1).await;
    }
    let stranger = browser_at(&app, "198.51.100.99");
    assert_waits(&stranger.sign_in("asha@example.com", PASSWORD).await, 15);
    owner.sign_in("asha@example.com", PASSWORD).await.expect_status(303);

    app.clock.advance(Duration::minutes(15));
    stranger.sign_in("asha@example.com", PASSWORD).await.expect_status(303);
}

#[tokio::test]
async fn a_known_device_is_known_for_its_own_account_only() {
    let app = app_behind_a_proxy().await;
    app.nobody().register("Asha").await;
    let ravi = app.customer("Ravi").await;
    let until = app.clock.now() + Duration::minutes(15);
    app.arrange_throttle(Purpose::SignIn, "asha@example.com", "", 50, Some(until)).await;
    assert_waits(&ravi.sign_in("asha@example.com", PASSWORD).await, 15);
    let forged = app.nobody().with_header("Cookie", &format!("device={}", "0".repeat(64)));
    assert_waits(&forged.sign_in("asha@example.com", PASSWORD).await, 15);
}
