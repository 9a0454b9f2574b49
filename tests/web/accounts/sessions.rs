//! How a session begins, where it is kept, and what ends it.

use chrono::Duration;
use gatehouse::features::accounts::service::administration;
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::entity::account::Role;
use gatehouse::kernel::entity::session;
use gatehouse::kernel::keys::sha256_hex;
use gatehouse::kernel::types::EmailAddress;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

use crate::support::{App, Client, PASSWORD, Page};

async fn is_signed_in(client: &Client) -> bool {
    client.get("/").await.location() != "/login"
}

/// The answer's `Set-Cookie` line for the cookie `name`.
#[track_caller]
fn set_cookie(page: &Page, name: &str) -> String {
    let lines = page.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    lines.map(ToOwned::to_owned).find(|line| line.starts_with(&format!("{name}="))).unwrap()
}

/// The cookie's value in such a line.
fn value_of(line: &str) -> &str {
    line.split(['=', ';']).nth(1).unwrap()
}

#[tokio::test]
async fn only_the_hash_of_a_sessions_key_is_kept() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let answer = app.nobody().sign_in("asha@example.com", PASSWORD).await;
    let line = set_cookie(&answer, "session");
    let key = value_of(&line);
    assert_eq!(key.len(), 32, "160 bits in base 32");
    let row = session::Entity::find().one(app.state().database.reader()).await.unwrap().unwrap();
    assert_eq!(row.key_hash, sha256_hex(key));
    assert!(!format!("{row:?}").contains(key));
}

#[tokio::test]
async fn cookies_are_for_the_server_alone_and_for_this_site() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let answer = app.nobody().sign_in("asha@example.com", PASSWORD).await;
    for (name, age) in [("session", "1209600"), ("device", "31536000")] {
        let line = set_cookie(&answer, name);
        assert!(line.ends_with(&format!("; HttpOnly; SameSite=Lax; Path=/; Max-Age={age}")), "{line}");
    }
    let out = app.nobody().post("/logout", &[]).await;
    assert!(set_cookie(&out, "session").contains("; Max-Age=0"));
    assert!(set_cookie(&out, "flash").contains("; HttpOnly; SameSite=Lax; Path=/; Max-Age=60"));
}

#[tokio::test]
async fn over_tls_every_cookie_is_secure_and_bound_to_the_host() {
    let app = App::spawn_with(&[("BASE_URL", "https://gate.example.com")]).await;
    app.nobody().register("Asha").await;
    let answer = app.nobody().sign_in("asha@example.com", PASSWORD).await;
    let out = app.nobody().post("/logout", &[]).await;
    for (answer, name) in [(&answer, "session"), (&answer, "device"), (&answer, "kept"), (&out, "flash")] {
        let line = set_cookie(answer, &format!("__Host-{name}"));
        assert!(line.contains("; Secure") && line.contains("; Path=/") && !line.contains("Domain"), "{line}");
    }
    let line = set_cookie(&answer, "__Host-session");

    // The test's browser speaks no TLS, so it does not send the cookie by itself.
    let key = value_of(&line);
    assert!(is_signed_in(&app.nobody().with_header("Cookie", &format!("__Host-session={key}"))).await);
    assert!(!is_signed_in(&app.nobody().with_header("Cookie", &format!("session={key}"))).await);
}

#[tokio::test]
async fn every_sign_in_has_a_new_key_and_ends_the_browsers_last_session() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let browser = app.nobody();
    let first = set_cookie(&browser.sign_in("asha@example.com", PASSWORD).await, "session");
    let second = set_cookie(&browser.sign_in("asha@example.com", PASSWORD).await, "session");
    assert_ne!(value_of(&first), value_of(&second));
    let replay = app.nobody().with_header("Cookie", &format!("session={}", value_of(&first)));
    assert!(!is_signed_in(&replay).await);
    assert_eq!(session::Entity::find().count(app.state().database.reader()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_key_that_the_browser_brought_along_is_not_taken_over() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let planted = app.nobody().with_header("Cookie", "session=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    planted.sign_in("asha@example.com", PASSWORD).await.expect_status(303);
    let stranger = app.nobody().with_header("Cookie", "session=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    assert!(!is_signed_in(&stranger).await);
}

#[tokio::test]
async fn the_cookie_of_a_session_that_was_signed_out_is_useless() {
    let app = App::spawn().await;
    let browser = app.nobody();
    browser.register("Asha").await;
    let line = set_cookie(&browser.sign_in("asha@example.com", PASSWORD).await, "session");
    let replay = app.nobody().with_header("Cookie", &format!("session={}", value_of(&line)));
    assert!(is_signed_in(&replay).await);
    browser.post("/logout", &[]).await.expect_status(303);
    assert!(!is_signed_in(&replay).await);
    assert_eq!(session::Entity::find().count(app.state().database.reader()).await.unwrap(), 0);
}

#[tokio::test]
async fn one_browser_signs_out_and_the_other_stays() {
    let app = App::spawn().await;
    let office = app.customer("Asha").await;
    let phone = app.nobody().signed_in_as("asha@example.com").await;
    office.post("/logout", &[]).await.expect_status(303);
    assert!(!is_signed_in(&office).await);
    assert!(is_signed_in(&phone).await);
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_stays_out() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let email = EmailAddress::parse("asha@example.com").unwrap();
    let operator = Operator::at_the_command_line();
    administration::set_enabled(app.state(), &operator, &email, false).await.unwrap();
    assert!(!is_signed_in(&asha).await);
    let refused = app.nobody().sign_in("asha@example.com", PASSWORD).await.expect_status(422);
    assert_eq!(refused.error_at("email"), "The e-mail address or the password is wrong");

    administration::set_enabled(app.state(), &operator, &email, true).await.unwrap();
    assert!(!is_signed_in(&asha).await, "an ended session does not come back");
    app.nobody().sign_in("asha@example.com", PASSWORD).await.expect_status(303);
}

#[tokio::test]
async fn a_session_ends_twelve_hours_after_its_last_use() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for _ in 0..3 {
        app.clock.advance(Duration::hours(12) - Duration::minutes(1));
        assert!(is_signed_in(&asha).await);
    }
    app.clock.advance(Duration::hours(12));
    assert!(!is_signed_in(&asha).await);
}

#[tokio::test]
async fn a_customers_session_ends_after_fourteen_days_however_often_it_is_used() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for _ in 0..28 {
        assert!(is_signed_in(&asha).await);
        app.clock.advance(Duration::hours(12) - Duration::seconds(1));
    }
    assert!(is_signed_in(&asha).await, "28 seconds are left");
    app.clock.advance(Duration::seconds(28));
    assert!(!is_signed_in(&asha).await);
}

#[tokio::test]
async fn a_session_of_staff_ends_after_twelve_hours_however_often_it_is_used() {
    let app = App::spawn().await;
    for role in [Role::Guard, Role::Supervisor, Role::Admin] {
        let client = app.staff(role.name(), role).await;
        for _ in 0..11 {
            app.clock.advance(Duration::hours(1));
            assert!(is_signed_in(&client).await);
        }
        app.clock.advance(Duration::hours(1));
        assert!(!is_signed_in(&client).await);
    }
}
