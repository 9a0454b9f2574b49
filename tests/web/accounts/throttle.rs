//! Guessing gets slow for who guesses, and for nobody else.

use chrono::Duration;
use futures_util::future::join_all;
use gatehouse::features::accounts::actions::{PASSWORD_RESET_ASKED, SIGN_IN_FAILED};
use gatehouse::features::accounts::service::housekeeping;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::device;
use gatehouse::kernel::entity::throttle::Purpose;
use gatehouse::kernel::keys::sha256_hex;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

use super::{account_of, link};
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

/// The codes that `page` gives the browser.
fn device_of(page: &Page) -> String {
    let lines = page.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let line = lines.into_iter().find(|line| line.starts_with("device=")).unwrap();
    line.split(['=', ';']).nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn neighbours_behind_one_address_do_not_slow_a_browser_that_is_known() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let owner = app.nobody().signed_in_as("asha@example.com").await;
    let neighbour = app.nobody();
    fail(&neighbour, 5).await;
    assert_waits(&neighbour.sign_in("asha@example.com", PASSWORD).await, 1);
    owner.sign_in("asha@example.com", PASSWORD).await.expect_status(303);
    assert_waits(&neighbour.sign_in("asha@example.com", PASSWORD).await, 1);

    // Its own failures slow it, and nobody else.
    app.clock.advance(Duration::minutes(1));
    fail(&owner, 5).await;
    assert_waits(&owner.sign_in("asha@example.com", PASSWORD).await, 1);
    neighbour.sign_in("asha@example.com", PASSWORD).await.expect_status(303);
}

#[tokio::test]
async fn each_browser_has_a_code_of_its_own_for_each_account() {
    let app = App::spawn().await;
    let (asha, bina) = ("asha@example.com", "bina@example.com");
    app.customer("Asha").await;
    app.customer("Bina").await;
    let one = device_of(&app.nobody().sign_in(asha, PASSWORD).await);
    let other = device_of(&app.nobody().sign_in(asha, PASSWORD).await);
    assert_ne!(one, other);
    let rows = device::Entity::find().all(app.state().database.reader()).await.unwrap();
    assert!(rows.iter().any(|row| row.code_hash == sha256_hex(&one)) && !format!("{rows:?}").contains(&one));

    // At the gate, two take turns at one browser, and it is known to both.
    let shared = app.nobody();
    let first = device_of(&shared.sign_in(asha, PASSWORD).await);
    let both = device_of(&shared.sign_in(bina, PASSWORD).await);
    assert!(both.starts_with(&format!("{first}.")), "{both}");
    assert_eq!(device_of(&shared.sign_in(asha, PASSWORD).await), both);
    fail(&app.nobody(), 5).await;
    shared.sign_in(asha, PASSWORD).await.expect_status(303);
    // One's code is none for the other.
    let planted = app.nobody().with_header("Cookie", &format!("device={one}"));
    for _ in 0..5 {
        app.nobody().sign_in(bina, WRONG).await.expect_status(422);
    }
    assert_waits(&planted.sign_in(bina, PASSWORD).await, 1);
}

#[tokio::test]
async fn browsers_are_known_until_the_password_changes() {
    let app = App::spawn().await;
    let email = "asha@example.com";
    let office = app.customer("Asha").await;
    let phone = app.nobody().signed_in_as(email).await;
    let known = async || device::Entity::find().count(app.state().database.reader()).await.unwrap();
    assert_eq!(known().await, 2);
    let changed = "staple battery horse";
    let form = [("current_password", PASSWORD), ("password", changed), ("password_confirm", changed)];
    office.post("/account/password", &form).await.expect_status(303);
    assert_eq!(known().await, 1, "the one at which it was changed is known anew");
    fail(&app.nobody(), 5).await;
    assert_waits(&phone.sign_in(email, changed).await, 1);
    office.sign_in(email, changed).await.expect_status(303);

    app.nobody().post("/forgot", &[("email", email)]).await.expect_status(303);
    let link = link(&app, email, "/reset/").await;
    let form = [("password", PASSWORD), ("password_confirm", PASSWORD)];
    app.nobody().post(&link, &form).await.expect_status(303);
    assert_eq!(known().await, 0);
    fail(&app.nobody(), 5).await;
    assert_waits(&office.sign_in(email, PASSWORD).await, 1);

    app.clock.advance(Duration::minutes(1));
    office.sign_in(email, PASSWORD).await.expect_status(303);
    let admin = app.admin().await;
    let path = format!("/admin/users/{}", account_of(&app, email).await.id);
    admin.post(&format!("{path}/disable"), &[]).await.expect_status(303);
    assert_eq!(known().await, 1, "the admin's");
}

#[tokio::test]
async fn an_account_has_twenty_browsers_and_they_are_forgotten_in_time() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let first = app.nobody().signed_in_as("asha@example.com").await;
    for _ in 0..20 {
        app.nobody().signed_in_as("asha@example.com").await;
    }
    let known = async || device::Entity::find().count(app.state().database.reader()).await.unwrap();
    assert_eq!(known().await, 20);
    fail(&app.nobody(), 5).await;
    assert_waits(&first.sign_in("asha@example.com", PASSWORD).await, 1);
    app.clock.advance(Duration::days(365));
    housekeeping::forget_old(app.state()).await.unwrap();
    assert_eq!(known().await, 0);
}

#[tokio::test]
async fn a_network_that_tries_many_accounts_waits_and_spares_browsers_that_are_known() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    app.nobody().register("Ravi").await;
    let owner = app.nobody().signed_in_as("asha@example.com").await;
    app.arrange_throttle(Purpose::SignIn, "", "127.0.0.1", 298, None).await;
    app.nobody().sign_in("one@example.com", WRONG).await.expect_status(422);
    app.nobody().sign_in("ravi@example.com", PASSWORD).await.expect_status(303);
    app.nobody().sign_in("two@example.com", WRONG).await.expect_status(422);
    assert_waits(&app.nobody().sign_in("ravi@example.com", PASSWORD).await, 15);
    owner.sign_in("asha@example.com", PASSWORD).await.expect_status(303);
    app.clock.advance(Duration::minutes(15));
    app.nobody().sign_in("ravi@example.com", PASSWORD).await.expect_status(303);
}

#[tokio::test]
async fn what_is_tried_with_invented_addresses_is_one_row_of_a_network_and_hour() {
    let app = app_behind_a_proxy().await;
    let (one, other) = (browser_at(&app, "203.0.113.7"), browser_at(&app, "2001:db8:1:2:aaaa::1"));
    for number in 0..20 {
        one.sign_in(&format!("nobody{number}@example.com"), WRONG).await.expect_status(422);
    }
    for number in 0..3 {
        let email = format!("nobody{number}@example.com");
        other.sign_in(&email, WRONG).await.expect_status(422);
        one.post("/forgot", &[("email", &email)]).await.expect_status(303);
    }
    let failed = async || app.events(SIGN_IN_FAILED).await;
    housekeeping::forget_old(app.state()).await.unwrap();
    assert!(failed().await.is_empty(), "the hour is not over");
    app.clock.advance(Duration::hours(1));
    housekeeping::forget_old(app.state()).await.unwrap();
    let told = |event: audit_log::Model| (event.address, event.after.unwrap()["tries"].as_i64().unwrap());
    let rows: Vec<_> = failed().await.into_iter().map(told).collect();
    assert_eq!(rows, [("2001:db8:1:2::".to_owned(), 3), ("203.0.113.7".to_owned(), 20)]);
    let asked: Vec<_> = app.events(PASSWORD_RESET_ASKED).await.into_iter().map(told).collect();
    assert_eq!(asked, [("203.0.113.7".to_owned(), 3)]);
    housekeeping::forget_old(app.state()).await.unwrap();
    assert_eq!(failed().await.len(), 2, "what is told is not told again");
    let log = app.supervisor().await.get("/admin/audit").await.expect_status(200);
    assert!(log.text().contains("Tries:") && log.text().contains("unknown"), "{}", log.text());
}
