//! `/account` and `/account/password`

use chrono::Duration;
use gatehouse::features::accounts::actions::{PASSWORD_CHANGED, PROFILE_CHANGED};
use gatehouse::kernel::entity::account::Role;
use gatehouse::kernel::types::Language;

use super::{account_of, is_signed_in};
use crate::support::{App, Client, PASSWORD, Page};

const ASHA: &str = "asha@example.com";
const OTHER: &str = "staple battery horse";

const PROFILE: [(&str, &str); 4] = [
    ("full_name", "Asha R. Patel"),
    ("phone", "09876543211"),
    ("company_name", "Patel Roadways"),
    ("language", "en"),
];

async fn change_password(client: &Client, current: &str, new: &str) -> Page {
    let form = [("current_password", current), ("password", new), ("password_confirm", new)];
    client.post("/account/password", &form).await
}

#[tokio::test]
async fn the_users_name_leads_to_their_account_whatever_the_role() {
    let app = App::spawn().await;
    let clients = [
        (app.customer("Asha").await, "/submissions", "Customer"),
        (app.guard().await, "/gate", "Guard"),
        (app.supervisor().await, "/gate", "Supervisor"),
        (app.admin().await, "/gate", "Admin"),
    ];
    for (client, start, role) in clients {
        let link = client.get(start).await.attribute("header a.who", "href");
        assert_eq!(link, "/account");
        let page = client.get(&link).await.expect_status(200);
        assert!(page.all(".summary dd").contains(&role.to_owned()), "{role}");
        assert_eq!(page.has("input[name=company_name]"), role == "Customer");
    }
}

#[tokio::test]
async fn a_customer_changes_what_they_told_when_registering() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let answer = asha.post("/account", &PROFILE).await.expect_status(303);
    let page = answer.follow().await.expect_status(200);
    assert_eq!(page.flash(), "Your profile is saved.");
    assert_eq!(page.field_value("full_name"), "Asha R. Patel");
    assert_eq!(page.field_value("phone"), "+91 98765 43211");
    assert_eq!(page.field_value("company_name"), "Patel Roadways");
    assert_eq!(page.field_value("language"), "en");
    let account = account_of(&app, ASHA).await;
    assert_eq!(account.language, Some(Language::En));
    let admin = app.admin().await;
    for typed in ["R.+patel", "Patel+asha", "ＰＡＴＥＬ", "patel%E2%80%8B"] {
        let found = admin.get(&format!("/admin/users?q={typed}")).await;
        assert_eq!(found.all("tbody tr").len(), 1, "the plant finds them under the new name: {typed}");
    }

    let events = app.events(PROFILE_CHANGED).await;
    assert_eq!(events.len(), 1);
    let told = |json: &Option<serde_json::Value>, key: &str| json.as_ref().unwrap()[key].clone();
    assert_eq!(told(&events[0].before, "full_name"), "Asha");
    assert_eq!(told(&events[0].after, "company_name"), "Patel Roadways");
    asha.post("/account", &PROFILE).await.expect_status(303);
    assert_eq!(app.events(PROFILE_CHANGED).await.len(), 1, "nothing was changed");

    // The log hides most of a phone's digits, and tells of it all the same when one of those is another.
    let fields = PROFILE.map(|(name, value)| (name, if name == "phone" { "91234 53211" } else { value }));
    asha.post("/account", &fields).await.expect_status(303);
    let events = app.events(PROFILE_CHANGED).await;
    assert_eq!(events.len(), 2);
    for side in [&events[1].before, &events[1].after] {
        assert_eq!(told(side, "phone"), "+91 ••••• •3211");
    }
}

#[tokio::test]
async fn each_rule_of_the_profile_speaks_beside_its_field_and_keeps_what_was_typed() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for (field, typed) in [
        ("full_name", ""),
        ("full_name", "Asha\u{7}"),
        ("phone", ""),
        ("phone", "12345"),
        ("company_name", " "),
        ("company_name", "Patel\u{0}Roadways"),
        ("language", "xx"),
    ] {
        let form = PROFILE.map(|(name, value)| (name, if name == field { typed } else { value }));
        let page = asha.post("/account", &form).await.expect_status(422);
        assert_ne!(page.error_at(field), "", "{field}: {typed:?}");
        assert_eq!(page.all("p.error").len(), 1, "{field}: {typed:?}");
        if field != "full_name" {
            assert_eq!(page.field_value("full_name"), "Asha R. Patel");
        }
    }
    assert_eq!(account_of(&app, ASHA).await.full_name, "Asha");
}

#[tokio::test]
async fn staff_need_no_phone_and_keep_the_plants_name() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let form =
        [("full_name", "Gurpreet Singh"), ("phone", ""), ("company_name", "My Own"), ("role", "admin")];
    guard.post("/account", &form).await.expect_status(303);
    let account = account_of(&app, "gurpreet@example.com").await;
    assert_eq!(
        (account.full_name.as_str(), account.phone, account.role),
        ("Gurpreet Singh", None, Role::Guard)
    );
    let page = app.admin().await.get(&format!("/admin/users/{}", account.id)).await;
    assert!(page.all(".summary dd").contains(&"Gatehouse".to_owned()), "{}", page.text());
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_gives_this_one_a_new_key() {
    let app = App::spawn().await;
    let office = app.customer("Asha").await;
    let phone = app.nobody().signed_in_as(ASHA).await;
    let answer = change_password(&office, PASSWORD, OTHER).await.expect_status(303);
    assert!(
        answer
            .headers
            .get_all("set-cookie")
            .iter()
            .any(|line| { line.to_str().unwrap().starts_with("session=") })
    );
    assert_eq!(answer.follow().await.flash(), "Your password is changed.");
    assert!(is_signed_in(&office).await);
    assert!(!is_signed_in(&phone).await);
    app.nobody().sign_in(ASHA, PASSWORD).await.expect_status(422);
    app.nobody().sign_in(ASHA, OTHER).await.expect_status(303);

    app.deliver().await;
    let told = app.mails_to(ASHA).last().unwrap().clone();
    assert_eq!(told.subject, "Your password for Gatehouse was changed");
    let events = app.events(PASSWORD_CHANGED).await;
    assert_eq!(events.len(), 1);
    assert!(!told.text.contains(OTHER) && !format!("{events:?}").contains(OTHER));
}

#[tokio::test]
async fn the_key_that_this_browser_had_before_is_useless() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    let browser = app.nobody();
    let answer = browser.sign_in(ASHA, PASSWORD).await;
    let mut lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let line = lines.find(|line| line.starts_with("session=")).unwrap();
    let thief = app.nobody().with_header("Cookie", line.split(';').next().unwrap());
    assert!(is_signed_in(&thief).await);
    change_password(&browser, PASSWORD, OTHER).await.expect_status(303);
    assert!(!is_signed_in(&thief).await);
}

#[tokio::test]
async fn wrong_present_passwords_are_slowed_like_failed_sign_ins_and_slow_none_elsewhere() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for _ in 0..5 {
        let page = change_password(&asha, "wrong", OTHER).await.expect_status(422);
        assert_eq!(page.error_at("current_password"), "The present password is wrong");
        assert_eq!(page.field_value("current_password"), "");
        assert!(!page.text().contains(OTHER));
    }
    let refused = change_password(&asha, PASSWORD, OTHER).await.expect_status(429);
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert!((50..=60).contains(&seconds), "{seconds}");
    app.nobody().sign_in(ASHA, PASSWORD).await.expect_status(303);
    app.clock.advance(Duration::minutes(1));
    change_password(&asha, PASSWORD, OTHER).await.expect_status(303);
}

#[tokio::test]
async fn a_new_password_that_does_not_do_is_told_beside_its_field_and_counts_nothing() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for _ in 0..6 {
        let page = change_password(&asha, "wrong", "short").await.expect_status(422);
        assert_eq!(page.error_at("password"), "The password must have at least 12 characters");
    }
    let form = [("current_password", PASSWORD), ("password", OTHER), ("password_confirm", PASSWORD)];
    let page = asha.post("/account/password", &form).await.expect_status(422);
    assert_eq!(page.error_at("password_confirm"), "The two passwords are not the same");
    change_password(&asha, PASSWORD, OTHER).await.expect_status(303);
}

#[tokio::test]
async fn a_password_that_was_pasted_too_long_is_told_at_its_field() {
    const TOO_LONG: &str = "The password must have at most 128 characters";
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let long = "ab1!".repeat(33);
    let page = asha.get("/account/password").await.expect_status(200);
    assert!(!page.has("input[type=password][maxlength]"), "the browser would cut it unseen");
    let page = change_password(&asha, &long, &long).await.expect_status(422);
    assert_eq!(
        (page.error_at("current_password"), page.error_at("password")),
        (TOO_LONG.into(), TOO_LONG.into())
    );
    for _ in 0..6 {
        let page = app.nobody().sign_in(ASHA, &long).await.expect_status(422);
        assert_eq!(page.error_at("password"), TOO_LONG);
        assert_eq!(page.field_value("email"), ASHA);
    }
    app.nobody().sign_in(ASHA, PASSWORD).await.expect_status(303);
}

#[tokio::test]
async fn a_password_is_the_same_from_every_keyboard() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    change_password(&asha, PASSWORD, "Cafe\u{301} ﬁle １２３４").await.expect_status(303);
    app.nobody().sign_in(ASHA, "Café file 1234").await.expect_status(303);
}

#[tokio::test]
async fn a_password_may_be_as_long_in_letters_of_two_parts() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let long = "abcde\u{301}".repeat(25);
    change_password(&asha, PASSWORD, &long).await.expect_status(303);
    app.nobody().sign_in(ASHA, &long).await.expect_status(303);
    change_password(&asha, &long, OTHER).await.expect_status(303);
}

#[tokio::test]
async fn a_link_asked_for_before_the_password_was_changed_is_dead() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    app.nobody().post("/forgot", &[("email", ASHA)]).await.expect_status(303);
    let link = super::link(&app, ASHA, "/reset/").await;
    change_password(&asha, PASSWORD, OTHER).await.expect_status(303);
    app.nobody().get(&link).await.expect_status(404);
}
