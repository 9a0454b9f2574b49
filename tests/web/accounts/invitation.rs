//! `/admin/users/invite` and `/invite/{token}`

use chrono::Duration;
use gatehouse::features::accounts::actions::{ACCOUNT_CHANGE_REFUSED, ACCOUNT_INVITED, INVITATION_ACCEPTED};
use gatehouse::kernel::entity::account::Role;
use serde_json::json;

use super::{account_of, link};
use crate::support::{App, Client, PASSWORD, Page};

const GITA: &str = "gita@example.com";
const NEW: [(&str, &str); 2] = [("password", PASSWORD), ("password_confirm", PASSWORD)];

async fn invite(admin: &Client, email: &str, role: &str) -> Page {
    let form = [("email", email), ("full_name", "Gita Rao"), ("role", role)];
    admin.post("/admin/users/invite", &form).await
}

#[tokio::test]
async fn who_is_invited_sets_a_password_and_begins() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    assert!(admin.get("/admin/users").await.has("a[href='/admin/users/invite']"));
    let answer = invite(&admin, GITA, "supervisor").await.expect_status(303);
    let page = answer.follow().await.expect_status(200);
    assert_eq!(page.flash(), "The invitation is on its way.");
    assert_eq!(page.text_of(".title .badge"), "Invited");

    let link = link(&app, GITA, "/invite/").await;
    assert!(!page.text().contains(&link), "the link is for its receiver alone");
    let form = app.nobody().get(&link).await.expect_status(200);
    assert_eq!(form.text_of("h1"), "Welcome to Gatehouse");
    assert!(form.text().contains(GITA));
    app.nobody().sign_in(GITA, PASSWORD).await.expect_status(422);
    assert_eq!(app.nobody().post(&link, &NEW).await.expect_status(303).location(), "/login");
    let gita = app.nobody().signed_in_as(GITA).await;
    assert_eq!(gita.get("/").await.location(), "/admin/submissions");

    let account = account_of(&app, GITA).await;
    assert_eq!((account.role, account.full_name.as_str()), (Role::Supervisor, "Gita Rao"));
    assert!(account.confirmed_at.is_some());
    assert_eq!(admin.get(answer.location()).await.text_of(".title .badge"), "Active");
    app.nobody().get(&link).await.expect_status(404);
    app.nobody().post(&link, &NEW).await.expect_status(404);
    let events = app.events(ACCOUNT_INVITED).await;
    assert_eq!(events[0].actor, "anand@example.com");
    assert_eq!(events[0].after.as_ref().unwrap()["role"], "supervisor");
    assert_eq!(app.events(INVITATION_ACCEPTED).await.len(), 1);
}

#[tokio::test]
async fn each_rule_of_the_invitation_speaks_beside_its_field() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    let admin = app.admin().await;
    for (email, name, role, field) in [
        ("", "Gita", "guard", "email"),
        ("gita", "Gita", "guard", "email"),
        ("gita@example.com, asha@example.com", "Gita", "guard", "email"),
        ("gita@example.com\nasha@example.com", "Gita", "guard", "email"),
        ("asha@example.com", "Gita", "guard", "email"),
        (GITA, "", "guard", "full_name"),
        (GITA, "Gita\u{7}", "guard", "full_name"),
        (GITA, "Gita", "boss", "role"),
        (GITA, "Gita", "", "role"),
    ] {
        let form = [("email", email), ("full_name", name), ("role", role)];
        let page = admin.post("/admin/users/invite", &form).await.expect_status(422);
        assert_ne!(page.error_at(field), "", "{form:?}");
        assert_eq!(page.all("p.error").len(), 1, "{form:?}");
        assert_eq!(page.field_value("full_name"), name);
    }
    app.deliver().await;
    assert!(app.mails_to(GITA).is_empty());
    // That the address is taken was the database's word, which is in the log too.
    let refused = app.events(ACCOUNT_CHANGE_REFUSED).await;
    let refused: Vec<_> = refused.iter().filter_map(|event| event.after.as_ref()).collect();
    assert_eq!(refused, [&json!({ "wanted": "ACCOUNT_CREATED", "email": "asha@example.com" })]);
}

#[tokio::test]
async fn an_invitation_works_for_a_week_and_is_sent_again_until_it_is_accepted() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    let path = invite(&admin, GITA, "guard").await.location().to_owned();
    let first = link(&app, GITA, "/invite/").await;
    app.clock.advance(Duration::days(7));
    let dead = app.nobody().get(&first).await.expect_status(404);
    assert_eq!(dead.text_of("h1"), "This link does not work");

    let admin = app.admin().await;
    assert!(admin.get(&path).await.has("form[action$='/resend'] button"));
    admin.post(&format!("{path}/resend"), &[]).await.expect_status(303);
    let second = link(&app, GITA, "/invite/").await;
    app.nobody().post(&second, &NEW).await.expect_status(303);
    assert!(!admin.get(&path).await.has("form[action$='/resend']"));
    let refused = admin.post(&format!("{path}/resend"), &[]).await.expect_status(409);
    assert!(refused.text().contains("waits for no invitation"), "{}", refused.text());
}

#[tokio::test]
async fn an_invitation_to_an_account_that_was_disabled_is_dead() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    let path = invite(&admin, GITA, "guard").await.location().to_owned();
    let link = link(&app, GITA, "/invite/").await;
    admin.post(&format!("{path}/disable"), &[]).await.expect_status(303);
    app.nobody().get(&link).await.expect_status(404);
    admin.post(&format!("{path}/resend"), &[]).await.expect_status(409);
    admin.post(&format!("{path}/enable"), &[]).await.expect_status(303);
    app.nobody().get(&link).await.expect_status(404);
    admin.post(&format!("{path}/resend"), &[]).await.expect_status(303);
}
