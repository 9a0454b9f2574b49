//! `/forgot` and `/reset/{token}`

use std::collections::BTreeSet;
use std::time::{Duration as Wait, Instant};

use chrono::Duration;
use futures_util::future::join_all;
use gatehouse::features::accounts::actions::PASSWORD_RESET;
use gatehouse::features::accounts::service::administration;
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::entity::one_time_token;
use gatehouse::kernel::entity::throttle::Purpose;
use gatehouse::kernel::keys::sha256_hex;
use gatehouse::kernel::types::EmailAddress;
use sea_orm::EntityTrait as _;

use super::{account_of, is_signed_in, link};
use crate::support::{App, PASSWORD, Page};

const ASHA: &str = "asha@example.com";
const OTHER: &str = "staple battery horse";
const NEW: [(&str, &str); 2] = [("password", OTHER), ("password_confirm", OTHER)];

async fn ask(app: &App, email: &str) -> Page {
    app.nobody().post("/forgot", &[("email", email)]).await
}

/// The path of a link that was just asked for.
async fn reset_link(app: &App) -> String {
    ask(app, ASHA).await.expect_status(303);
    link(app, ASHA, "/reset/").await
}

#[tokio::test]
async fn who_forgot_the_password_sets_another_by_the_link_and_is_signed_out_everywhere() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    assert!(app.nobody().get("/login").await.has("a[href='/forgot']"));
    let link = reset_link(&app).await;
    let form = app.nobody().get(&link).await.expect_status(200);
    assert!(form.text().contains(ASHA));
    assert!(is_signed_in(&asha).await, "asking ends nothing");

    let answer = app.nobody().post(&link, &NEW).await.expect_status(303);
    assert_eq!(answer.location(), "/login");
    assert_eq!(answer.follow().await.flash(), "Your password is set: sign in.");
    assert!(!is_signed_in(&asha).await);
    app.nobody().sign_in(ASHA, PASSWORD).await.expect_status(422);
    app.nobody().sign_in(ASHA, OTHER).await.expect_status(303);

    app.deliver().await;
    let told = app.mails_to(ASHA).last().unwrap().clone();
    assert_eq!(told.subject, "Your password for Gatehouse was changed");
    assert_eq!(told.path("/forgot"), "/forgot");
}

#[tokio::test]
async fn any_address_gets_the_same_answer_after_the_same_time() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    app.customer("Ravi").await;
    disable(&app, "ravi@example.com").await;
    app.deliver().await;
    let mails = app.mails().len();
    let mut answers = Vec::new();
    for email in [ASHA, "ravi@example.com", "nobody@example.com"] {
        let begun = Instant::now();
        let answer = ask(&app, email).await.expect_status(303);
        assert!(begun.elapsed() >= Wait::from_millis(250), "{email}: {:?}", begun.elapsed());
        let names: BTreeSet<_> = answer.headers.keys().map(ToString::to_string).collect();
        answers.push((answer.location().to_owned(), answer.follow().await.flash(), names));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    app.deliver().await;
    assert_eq!(app.mails().len(), mails + 1, "one of them has an account that may sign in");
}

async fn disable(app: &App, email: &str) {
    let email = EmailAddress::parse(email).unwrap();
    let operator = Operator::at_the_command_line();
    administration::set_enabled(app.state(), &operator, &email, false).await.unwrap();
}

#[tokio::test]
async fn what_is_no_address_is_told_beside_the_field() {
    let app = App::spawn().await;
    for typed in
        ["", "asha", "asha@example.com\r\nBcc: ravi@example.com", "asha@example.com,ravi@example.com"]
    {
        let page = ask(&app, typed).await.expect_status(422);
        assert_ne!(page.error_at("email"), "", "{typed:?}");
    }
    app.deliver().await;
    assert_eq!(app.mails().len(), 0);
}

#[tokio::test]
async fn the_fourth_link_for_an_address_within_an_hour_waits_whether_it_has_an_account_or_not() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    for email in [ASHA, "nobody@example.com"] {
        for _ in 0..3 {
            ask(&app, email).await.expect_status(303);
        }
        let refused = ask(&app, email).await.expect_status(429);
        let seconds: i64 = refused.header("retry-after").parse().unwrap();
        assert!((3590..=3600).contains(&seconds), "{seconds}");
    }
    ask(&app, "ravi@example.com").await.expect_status(303);
    app.clock.advance(Duration::hours(1));
    ask(&app, ASHA).await.expect_status(303);
}

#[tokio::test]
async fn a_flood_from_one_place_waits() {
    let app = App::spawn().await;
    app.arrange_throttle(Purpose::Reset, "", "127.0.0.1", 299, None).await;
    ask(&app, "one@example.com").await.expect_status(303);
    ask(&app, "two@example.com").await.expect_status(429);
}

#[tokio::test]
async fn the_link_works_once_for_half_an_hour_and_only_its_hash_is_kept() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    let link = reset_link(&app).await;
    let token = link.trim_start_matches("/reset/");
    let rows = one_time_token::Entity::find().all(app.state().database.reader()).await.unwrap();
    assert!(rows.iter().any(|row| row.token_hash == sha256_hex(token)));
    assert!(!format!("{rows:?}").contains(token));

    app.clock.advance(Duration::minutes(29));
    app.nobody().get(&link).await.expect_status(200);
    app.nobody().post(&link, &NEW).await.expect_status(303);
    let again = [("password", PASSWORD), ("password_confirm", PASSWORD)];
    app.nobody().post(&link, &again).await.expect_status(404);
    app.nobody().get(&link).await.expect_status(404);
    app.nobody().sign_in(ASHA, OTHER).await.expect_status(303);

    let late = reset_link(&app).await;
    app.clock.advance(Duration::minutes(30));
    let page = app.nobody().get(&late).await.expect_status(404);
    assert!(page.has("main a[href='/forgot']"));
    app.nobody().post(&late, &again).await.expect_status(404);
}

#[tokio::test]
async fn a_link_that_was_used_ends_the_others() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    let first = reset_link(&app).await;
    let second = reset_link(&app).await;
    app.nobody().get(&first).await.expect_status(200);
    app.nobody().post(&second, &NEW).await.expect_status(303);
    app.nobody().post(&first, &NEW).await.expect_status(404);
}

#[tokio::test]
async fn of_ten_who_follow_the_link_at_once_one_sets_the_password() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    let link = reset_link(&app).await;
    let browsers: Vec<_> = (0..10).map(|_| app.nobody()).collect();
    let answers = join_all(browsers.iter().map(|browser| browser.post(&link, &NEW))).await;
    let done = answers.iter().filter(|answer| answer.status == 303).count();
    assert_eq!(done, 1);
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 303 | 404)));
    assert_eq!(app.events(PASSWORD_RESET).await.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_the_password_does_not_use_the_link_up() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    let link = reset_link(&app).await;
    for (password, confirm, field) in [
        ("short", "short", "password"),
        (OTHER, PASSWORD, "password_confirm"),
        (ASHA, ASHA, "password"),
        ("password1234", "password1234", "password"),
    ] {
        let form = [("password", password), ("password_confirm", confirm)];
        let page = app.nobody().post(&link, &form).await.expect_status(422);
        assert_ne!(page.error_at(field), "", "{password}");
        assert_eq!(page.field_value("password"), "");
        assert!(!page.text().contains(OTHER));
    }
    app.nobody().post(&link, &NEW).await.expect_status(303);
}

#[tokio::test]
async fn a_reset_confirms_the_address_and_forgets_failed_sign_ins() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    for _ in 0..5 {
        app.nobody().sign_in(ASHA, "wrong").await.expect_status(422);
    }
    app.nobody().sign_in(ASHA, PASSWORD).await.expect_status(429);
    let link = reset_link(&app).await;
    app.nobody().post(&link, &NEW).await.expect_status(303);
    assert!(account_of(&app, ASHA).await.confirmed_at.is_some());
    app.nobody().sign_in(ASHA, OTHER).await.expect_status(303);
}

#[tokio::test]
async fn a_link_to_an_account_that_was_disabled_meanwhile_is_dead() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    let link = reset_link(&app).await;
    disable(&app, ASHA).await;
    app.nobody().get(&link).await.expect_status(404);
    app.nobody().post(&link, &NEW).await.expect_status(404);
}

#[tokio::test]
async fn a_link_whose_mail_comes_too_late_is_not_sent() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    app.deliver().await;
    let mails = app.mails().len();
    ask(&app, ASHA).await.expect_status(303);
    app.clock.advance(Duration::minutes(30));
    app.deliver().await;
    assert_eq!(app.mails().len(), mails);
}

#[tokio::test]
async fn registering_a_known_address_tells_its_owner_by_mail_and_not_more_often_than_they_read() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    app.deliver().await;
    let mails = app.mails_to(ASHA).len();
    for _ in 0..5 {
        app.nobody().register("Asha").await.expect_status(303);
    }
    app.deliver().await;
    let told = app.mails_to(ASHA).split_off(mails);
    assert_eq!(told.len(), 3);
    assert_eq!(told[0].subject, "You have an account at Gatehouse already");
    assert_eq!(told[0].path("/forgot"), "/forgot");

    disable(&app, ASHA).await;
    app.clock.advance(Duration::hours(1));
    app.nobody().register("Asha").await.expect_status(303);
    app.deliver().await;
    assert_eq!(app.mails_to(ASHA).len(), mails + 3, "who may not sign in is told nothing");
}
