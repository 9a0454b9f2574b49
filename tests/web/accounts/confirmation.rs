//! `/verify`: who has not confirmed fills in drafts, and submits none.

use chrono::Duration;
use gatehouse::entity::audit_log::AuditAction;
use gatehouse::entity::one_time_token;
use gatehouse::infra::keys::sha256_hex;
use sea_orm::EntityTrait as _;

use super::{account_of, link};
use crate::support::entries::Entry;
use crate::support::{App, Client};

const ASHA: &str = "asha@example.com";

/// A browser at which Asha has registered and signed in, and nothing more.
async fn registered(app: &App) -> Client {
    app.nobody().register("Asha").await.expect_status(303);
    app.nobody().signed_in_as(ASHA).await
}

#[tokio::test]
async fn a_customer_who_has_not_confirmed_fills_in_a_draft_and_submits_it_once_they_have() {
    let app = App::spawn().await;
    let asha = registered(&app).await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let review = asha.get(&draft.step("review")).await.expect_status(200);
    let told = "Your e-mail address is not confirmed yet. Follow the link in the mail that we sent you.";
    assert_eq!(review.text_of("#missing-confirmation"), told);
    assert!(review.has("form[action='/verify'] button"));

    let refused = draft.submit(&asha).await.expect_status(422);
    assert!(refused.has("#problem a[href='#missing-confirmation']"), "{}", refused.text());
    let desk = app.supervisor().await.get("/admin/submissions").await;
    assert!(!desk.text().contains("MH 12 AB 1234"));

    let link = link(&app, ASHA, "/verify/").await;
    app.nobody().post(&link, &[]).await.expect_status(303);
    assert!(!asha.get(&draft.step("review")).await.has("#missing-confirmation"));
    draft.submit(&asha).await.expect_status(303);
}

#[tokio::test]
async fn opening_the_link_confirms_nothing_and_pressing_the_button_does_once() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let link = link(&app, ASHA, "/verify/").await;
    for _ in 0..3 {
        assert!(app.nobody().get(&link).await.expect_status(200).has("form[method=post] button"));
    }
    assert_eq!(account_of(&app, ASHA).await.confirmed_at, None);

    let answer = app.nobody().post(&link, &[]).await.expect_status(303);
    assert_eq!(answer.location(), "/");
    assert!(account_of(&app, ASHA).await.confirmed_at.is_some());
    let used = app.nobody().get(&link).await.expect_status(404);
    assert_eq!(used.text_of("h1"), "This link does not work");
    app.nobody().post(&link, &[]).await.expect_status(404);
}

#[tokio::test]
async fn confirming_is_told_on_the_next_page_whether_signed_in_or_not() {
    let app = App::spawn().await;
    let asha = registered(&app).await;
    let link = link(&app, ASHA, "/verify/").await;
    let answer = asha.post(&link, &[]).await.expect_status(303);
    let home = answer.follow().await.expect_status(303).follow().await.expect_status(200);
    assert_eq!(home.flash(), "Your e-mail address is confirmed.");
}

#[tokio::test]
async fn the_link_works_for_a_week_and_only_its_hash_is_kept() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let link = link(&app, ASHA, "/verify/").await;
    let token = link.trim_start_matches("/verify/");
    let row = one_time_token::Entity::find().one(app.state().database.reader()).await.unwrap().unwrap();
    assert_eq!(row.token_hash, sha256_hex(token));
    assert!(!format!("{row:?}").contains(token));

    app.clock.advance(Duration::days(7) - Duration::minutes(1));
    app.nobody().get(&link).await.expect_status(200);
    app.clock.advance(Duration::minutes(1));
    app.nobody().get(&link).await.expect_status(404);
    app.nobody().post(&link, &[]).await.expect_status(404);
    assert_eq!(account_of(&app, ASHA).await.confirmed_at, None);
}

#[tokio::test]
async fn a_link_that_was_never_made_or_is_of_another_kind_confirms_nothing() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    app.nobody().post("/forgot", &[("email", ASHA)]).await.expect_status(303);
    let reset = link(&app, ASHA, "/reset/").await;
    for token in ["a", "%00", "..%2f", reset.trim_start_matches("/reset/")] {
        app.nobody().get(&format!("/verify/{token}")).await.expect_status(404);
        app.nobody().post(&format!("/verify/{token}"), &[]).await.expect_status(404);
    }
    assert_eq!(account_of(&app, ASHA).await.confirmed_at, None);
}

#[tokio::test]
async fn the_link_is_sent_again_three_times_an_hour_and_each_works() {
    let app = App::spawn().await;
    let asha = registered(&app).await;
    let first = link(&app, ASHA, "/verify/").await;
    let again = asha.post("/verify", &[("next", "/submissions")]).await.expect_status(303);
    assert_eq!(again.location(), "/submissions");
    assert_eq!(again.follow().await.flash(), "We have sent a link to asha@example.com.");
    let second = link(&app, ASHA, "/verify/").await;
    assert_ne!(first, second);
    app.nobody().get(&first).await.expect_status(200);

    let elsewhere = asha.post("/verify", &[("next", "//evil.example")]).await.expect_status(303);
    assert_eq!(elsewhere.location(), "/account");
    asha.post("/verify", &[]).await.expect_status(303);
    let refused = asha.post("/verify", &[]).await.expect_status(429);
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert!((3590..=3600).contains(&seconds), "{seconds}");
    app.clock.advance(Duration::seconds(seconds));
    asha.post("/verify", &[]).await.expect_status(303);

    app.nobody().post(&second, &[]).await.expect_status(303);
    app.nobody().get(&first).await.expect_status(404);
    app.deliver().await;
    let mails = app.mails_to(ASHA).len();
    let done = asha.post("/verify", &[]).await.expect_status(303);
    assert_eq!(done.follow().await.flash(), "Your e-mail address is confirmed.");
    app.deliver().await;
    assert_eq!(app.mails_to(ASHA).len(), mails, "nothing is left to confirm");
}

#[tokio::test]
async fn the_mail_bears_no_words_of_whoever_registered() {
    let app = App::spawn().await;
    app.nobody().register("Buy Cheap Tyres").await.expect_status(303);
    app.deliver().await;
    let mail = app.mails_to("buy.cheap.tyres@example.com").pop().unwrap();
    assert_eq!(mail.subject, "Confirm your e-mail address for Gatehouse");
    assert!(!mail.text.contains("Buy Cheap Tyres") && !mail.html.contains("Logistics"), "{}", mail.text);
}

#[tokio::test]
async fn who_confirms_is_noted() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let link = link(&app, ASHA, "/verify/").await;
    app.nobody().post(&link, &[]).await.expect_status(303);
    let events = app.events(AuditAction::AddressConfirmed).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].subject_id, Some(account_of(&app, ASHA).await.id.as_uuid()));
    assert!(!format!("{events:?}").contains(link.trim_start_matches("/verify/")));
}

#[tokio::test]
async fn accounts_that_the_plant_made_are_confirmed() {
    let app = App::spawn().await;
    app.guard().await;
    app.staff("Ravi", gatehouse::entity::account::Role::Customer).await;
    assert!(account_of(&app, "gurpreet@example.com").await.confirmed_at.is_some());
    assert!(account_of(&app, "ravi@example.com").await.confirmed_at.is_some());
}
