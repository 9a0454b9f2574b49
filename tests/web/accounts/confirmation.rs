//! `/verify`: who has not confirmed fills in drafts, and submits none.

use chrono::Duration;
use gatehouse::features::accounts::actions::{ADDRESS_CONFIRMED, PASSWORD_RESET};
use gatehouse::kernel::entity::{device, one_time_token};
use gatehouse::kernel::keys::sha256_hex;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

use super::{account_of, is_signed_in, link};
use crate::support::entries::Entry;
use crate::support::{App, Client, PASSWORD, Page};

const ASHA: &str = "asha@example.com";

const OTHER: &str = "staple battery horse";
const NEW: [(&str, &str); 2] = [("password", OTHER), ("password_confirm", OTHER)];

/// Opens the link as its owner does who has registered.
async fn confirm(client: &Client, link: &str) -> Page {
    client.post(link, &[("password", PASSWORD)]).await
}

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
    confirm(&asha, &link).await.expect_status(303);
    assert!(!asha.get(&draft.step("review")).await.has("#missing-confirmation"));
    draft.submit(&asha).await.expect_status(303);
}

#[tokio::test]
async fn opening_the_link_confirms_nothing_and_the_password_does_once() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let link = link(&app, ASHA, "/verify/").await;
    for _ in 0..3 {
        let page = app.nobody().get(&link).await.expect_status(200);
        assert!(page.has("form[method=post] input[name=password]") && page.text().contains(ASHA));
    }
    let wrong = app.nobody().post(&link, &[("password", OTHER)]).await.expect_status(422);
    assert!(wrong.error_at("password").starts_with("This is not the password that was chosen."));
    assert!(!wrong.text().contains(OTHER));
    app.nobody().post(&link, &[]).await.expect_status(422);
    assert_eq!(account_of(&app, ASHA).await.confirmed_at, None);

    let answer = confirm(&app.nobody(), &link).await.expect_status(303);
    assert_eq!(answer.location(), "/");
    assert!(account_of(&app, ASHA).await.confirmed_at.is_some());
    let used = app.nobody().get(&link).await.expect_status(404);
    assert_eq!(used.text_of("h1"), "This link does not work");
    confirm(&app.nobody(), &link).await.expect_status(404);
}

#[tokio::test]
async fn confirming_is_told_on_the_next_page_whether_signed_in_or_not() {
    let app = App::spawn().await;
    let asha = registered(&app).await;
    let link = link(&app, ASHA, "/verify/").await;
    let answer = confirm(&asha, &link).await.expect_status(303);
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
    confirm(&app.nobody(), &link).await.expect_status(404);
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

    confirm(&asha, &second).await.expect_status(303);
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
    confirm(&app.nobody(), &link).await.expect_status(303);
    let events = app.events(ADDRESS_CONFIRMED).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].subject_id, Some(account_of(&app, ASHA).await.id.as_uuid()));
    assert!(!format!("{events:?}").contains(link.trim_start_matches("/verify/")));
}

#[tokio::test]
async fn accounts_that_the_plant_made_are_confirmed() {
    let app = App::spawn().await;
    app.guard().await;
    app.staff("Ravi", gatehouse::kernel::entity::account::Role::Customer).await;
    assert!(account_of(&app, "gurpreet@example.com").await.confirmed_at.is_some());
    assert!(account_of(&app, "ravi@example.com").await.confirmed_at.is_some());
}

#[tokio::test]
async fn confirming_ends_whatever_was_set_before_but_the_browser_that_confirms() {
    let app = App::spawn().await;
    let asha = registered(&app).await;
    let elsewhere = app.nobody().signed_in_as(ASHA).await;
    app.nobody().post("/forgot", &[("email", ASHA)]).await.expect_status(303);
    let reset = link(&app, ASHA, "/reset/").await;
    asha.post("/verify", &[]).await.expect_status(303);
    let verify = link(&app, ASHA, "/verify/").await;
    confirm(&asha, &verify).await.expect_status(303);
    assert!(is_signed_in(&asha).await && !is_signed_in(&elsewhere).await);
    app.nobody().get(&reset).await.expect_status(404);
    assert!(account_of(&app, ASHA).await.phone.is_some(), "who knows the password registered it");
    assert_eq!(device::Entity::find().count(app.state().database.reader()).await.unwrap(), 0);
}

#[tokio::test]
async fn who_does_not_know_the_password_sets_a_new_one_and_the_strangers_is_gone() {
    let app = App::spawn().await;
    let stranger = registered(&app).await;
    app.nobody().post("/forgot", &[("email", ASHA)]).await.expect_status(303);
    let reset = link(&app, ASHA, "/reset/").await;
    stranger.post("/verify", &[]).await.expect_status(303);
    let verify = link(&app, ASHA, "/verify/").await;

    let asha = app.nobody();
    let page = asha.get(&verify).await.expect_status(200);
    let new = format!("{verify}{}", page.attribute("main p a[href^='?']", "href"));
    let page = asha.get(&new).await.expect_status(200);
    assert!(page.has("input[name=password_confirm]") && page.text().contains(ASHA));
    let short = [("password", "short"), ("password_confirm", "short")];
    let refused = asha.post(&verify, &short).await.expect_status(422);
    assert_eq!(refused.error_at("password"), "The password must have at least 12 characters");
    assert_eq!(asha.post(&new, &NEW).await.expect_status(303).location(), "/login");

    assert!(!is_signed_in(&stranger).await);
    stranger.sign_in(ASHA, PASSWORD).await.expect_status(422);
    asha.sign_in(ASHA, OTHER).await.expect_status(303);
    let account = account_of(&app, ASHA).await;
    assert_eq!((account.confirmed_at.is_some(), account.phone), (true, None));
    for dead in [&verify, &new, &reset] {
        app.nobody().get(dead).await.expect_status(404);
    }
    let [confirmed] = app.events(ADDRESS_CONFIRMED).await.try_into().unwrap();
    let phones = [confirmed.before, confirmed.after].map(|side| side.unwrap()["phone"].clone());
    assert!(phones[0].is_string() && phones[1].is_null(), "{phones:?}");
    assert_eq!(app.events(PASSWORD_RESET).await.len(), 1);
}

#[tokio::test]
async fn a_reset_of_an_account_that_nobody_confirmed_takes_the_strangers_phone_away() {
    let app = App::spawn().await;
    let stranger = registered(&app).await;
    app.nobody().post("/forgot", &[("email", ASHA)]).await.expect_status(303);
    let reset = link(&app, ASHA, "/reset/").await;
    app.nobody().post(&reset, &NEW).await.expect_status(303);
    assert!(!is_signed_in(&stranger).await);
    let account = account_of(&app, ASHA).await;
    assert_eq!((account.confirmed_at.is_some(), account.phone), (true, None));
}

#[tokio::test]
async fn registering_again_sends_the_owner_another_link() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await.expect_status(303);
    let first = link(&app, ASHA, "/verify/").await;
    app.nobody().register("Asha").await.expect_status(303);
    let second = link(&app, ASHA, "/verify/").await;
    assert_ne!(first, second);
    app.nobody().get(&second).await.expect_status(200);
}
