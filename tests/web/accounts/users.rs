//! `/admin/users`

use chrono::Duration;
use futures_util::future::join;
use gatehouse::features::accounts::actions::{
    ACCOUNT_CHANGE_REFUSED, ACCOUNT_DISABLED, ACCOUNT_UNLOCKED, ROLE_CHANGED,
};
use gatehouse::kernel::entity::account::Role;
use gatehouse::kernel::entity::{account, organisation};
use gatehouse::kernel::types::{AccountId, EmailAddress, OrganisationId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use super::{account_of, is_signed_in};
use crate::support::{App, Client, PASSWORD, Page};

async fn path_of(app: &App, email: &str) -> String {
    format!("/admin/users/{}", account_of(app, email).await.id)
}

async fn names(client: &Client, query: &str) -> Vec<String> {
    client.get(&format!("/admin/users?{query}")).await.expect_status(200).all("tbody td:first-child")
}

/// The admins who may sign in.
async fn admins(app: &App) -> u64 {
    account::Entity::find()
        .filter(account::Column::Role.eq(Role::Admin))
        .filter(account::Column::DisabledAt.is_null())
        .count(app.state().database.reader())
        .await
        .unwrap()
}

#[tokio::test]
async fn users_are_found_by_name_address_role_and_state() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    app.customer("Asha Patel").await;
    app.customer("Ravi").await;
    app.guard().await;
    app.nobody().register("Meena").await.expect_status(303);
    admin
        .post(
            "/admin/users/invite",
            &[("email", "gita@example.com"), ("full_name", "Gita"), ("role", "guard")],
        )
        .await
        .expect_status(303);
    admin.post(&format!("{}/disable", path_of(&app, "ravi@example.com").await), &[]).await.expect_status(303);
    for _ in 0..5 {
        app.nobody().sign_in("gurpreet@example.com", "wrong").await.expect_status(422);
    }
    assert_eq!(names(&admin, "").await, ["Gita", "Meena", "Gurpreet", "Ravi", "Asha Patel", "Anand"]);
    assert_eq!(names(&admin, "q=ASHA").await, ["Asha Patel"]);
    assert_eq!(names(&admin, "q=gita%40example").await, ["Gita"]);
    assert!(names(&admin, "q=%25").await.is_empty(), "a per cent sign is one");
    assert_eq!(names(&admin, "role=guard").await, ["Gita", "Gurpreet"]);
    assert_eq!(names(&admin, "state=invited").await, ["Gita"]);
    assert_eq!(names(&admin, "state=unconfirmed").await, ["Meena"]);
    assert_eq!(names(&admin, "state=locked").await, ["Gurpreet"]);
    assert_eq!(names(&admin, "state=disabled").await, ["Ravi"]);
    assert_eq!(names(&admin, "state=active").await, ["Asha Patel", "Anand"]);
    assert_eq!(names(&admin, "state=active&role=admin&q=an").await, ["Anand"]);
    let page = admin.get("/admin/users").await;
    assert_eq!(
        page.all("tbody .badge"),
        ["Invited", "Not confirmed", "Locked", "Disabled", "Active", "Active"]
    );

    let none = admin.get("/admin/users?q=nobody&role=admin").await.expect_status(200);
    assert!(none.has(".empty a[href='/admin/users']"));
    assert_eq!(none.attribute(".chips a", "href"), "/admin/users?role=admin");
    for made_up in ["role=boss", "state=asleep", "cursor=1", "cursor=x.y"] {
        admin.get(&format!("/admin/users?{made_up}")).await.expect_status(400);
    }
}

#[tokio::test]
async fn a_long_list_goes_on_where_it_ended() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    let organisation = OrganisationId::new(app.state().clock.new_uuid());
    let created_at = Set(app.clock.now());
    let row = organisation::ActiveModel {
        id: Set(organisation),
        name: Set("Many".into()),
        created_at: created_at.clone(),
    };
    app.insert(row).await;
    for number in 0..51 {
        let email = EmailAddress::parse(&format!("user{number}@example.com")).unwrap();
        app.insert(account::ActiveModel {
            id: Set(AccountId::new(app.state().clock.new_uuid())),
            organisation_id: Set(organisation),
            search_text: Set(account::Model::search_text(&email, "User")),
            email: Set(email),
            password_hash: Set(String::new()),
            full_name: Set("User".into()),
            phone: Set(None),
            role: Set(Role::Guard),
            language: Set(None),
            disabled_at: Set(None),
            confirmed_at: Set(Some(app.clock.now())),
            invited_at: Set(None),
            created_at: created_at.clone(),
        })
        .await;
    }
    let first = admin.get("/admin/users?role=guard").await.expect_status(200);
    assert_eq!(first.all("tbody tr").len(), 50);
    let next = admin.get(&first.attribute(".pager a", "href")).await.expect_status(200);
    assert_eq!(next.all("tbody td:nth-child(2)"), ["user0@example.com"]);
    assert!(!next.has(".pager"));
}

#[tokio::test]
async fn a_user_who_is_disabled_is_out_at_once_and_back_when_enabled() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    let guard = app.guard().await;
    let path = path_of(&app, "gurpreet@example.com").await;
    let asked = admin.get(&format!("{path}/disable")).await.expect_status(200);
    assert!(asked.has("form[method=post] button.danger"));
    assert!(is_signed_in(&guard).await);
    let page = admin.post(&format!("{path}/disable"), &[]).await.expect_status(303).follow().await;
    assert_eq!(page.flash(), "The account is disabled.");
    assert_eq!(page.text_of(".title .badge"), "Disabled");
    assert!(!is_signed_in(&guard).await);
    app.nobody().sign_in("gurpreet@example.com", PASSWORD).await.expect_status(422);
    admin.post(&format!("{path}/disable"), &[]).await.expect_status(303);

    admin.post(&format!("{path}/enable"), &[]).await.expect_status(303);
    assert!(!is_signed_in(&guard).await);
    app.guard().await;
    let disabled = app.events(ACCOUNT_DISABLED).await;
    assert_eq!(disabled.len(), 1, "disabling again changes nothing");
    assert_eq!(disabled[0].actor, "anand@example.com");
    assert_eq!(disabled[0].before.as_ref().unwrap()["disabled"], false);
    assert_eq!(disabled[0].after.as_ref().unwrap()["disabled"], true);
}

#[tokio::test]
async fn a_new_role_ends_the_sessions_and_holds_from_the_next() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    let guard = app.guard().await;
    let path = path_of(&app, "gurpreet@example.com").await;
    admin.post(&format!("{path}/role"), &[("role", "supervisor")]).await.expect_status(303);
    assert!(!is_signed_in(&guard).await, "a session does not outlive the role it was opened with");
    let supervisor = app.nobody().signed_in_as("gurpreet@example.com").await;
    assert_eq!(supervisor.get("/").await.location(), "/admin/submissions");
    let events = app.events(ROLE_CHANGED).await;
    assert_eq!(events[0].before.as_ref().unwrap()["role"], "guard");
    assert_eq!(events[0].after.as_ref().unwrap()["role"], "supervisor");
    assert_eq!(events[0].after.as_ref().unwrap()["has_password"], true);

    let page = admin.post(&format!("{path}/role"), &[("role", "boss")]).await.expect_status(422);
    assert_eq!(page.error_at("role"), "Choose a role from the list");
    admin.post(&format!("{path}/role"), &[("role", "supervisor")]).await.expect_status(303);
    assert!(is_signed_in(&supervisor).await, "nothing was changed");
}

#[tokio::test]
async fn an_account_that_waits_after_failures_is_unlocked() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    app.guard().await;
    for _ in 0..5 {
        app.nobody().sign_in("gurpreet@example.com", "wrong").await.expect_status(422);
    }
    let path = path_of(&app, "gurpreet@example.com").await;
    let page = admin.get(&path).await.expect_status(200);
    assert_eq!(page.text_of(".title .badge"), "Locked");
    assert!(page.has("form[action$='/unlock'] button"));
    app.nobody().sign_in("gurpreet@example.com", PASSWORD).await.expect_status(429);
    admin.post(&format!("{path}/unlock"), &[]).await.expect_status(303);
    assert_eq!(admin.get(&path).await.text_of(".title .badge"), "Active");
    app.nobody().sign_in("gurpreet@example.com", PASSWORD).await.expect_status(303);
    assert_eq!(app.events(ACCOUNT_UNLOCKED).await.len(), 1);
}

#[tokio::test]
async fn a_user_is_signed_out_everywhere() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    let browsers = [app.guard().await, app.guard().await];
    let path = path_of(&app, "gurpreet@example.com").await;
    admin.post(&format!("{path}/end-sessions"), &[]).await.expect_status(303);
    for browser in &browsers {
        assert!(!is_signed_in(browser).await);
    }
    assert!(!admin.get(&path).await.has("form[action$='/end-sessions']"));
    app.guard().await;
}

#[tokio::test]
async fn the_last_admin_stays_whoever_asks() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    let path = path_of(&app, "anand@example.com").await;
    // One who was invited has no password yet: nobody could sign in.
    let form = [("email", "gita@example.com"), ("full_name", "Gita"), ("role", "admin")];
    admin.post("/admin/users/invite", &form).await.expect_status(303);
    assert_refused(&admin.post(&format!("{path}/disable"), &[]).await);
    assert_refused(&admin.post(&format!("{path}/role"), &[("role", "guard")]).await);
    assert_eq!(app.events(ACCOUNT_CHANGE_REFUSED).await.len(), 2);
    assert!(is_signed_in(&admin).await);

    let second = app.staff("Bela", Role::Admin).await;
    second.post(&format!("{path}/role"), &[("role", "guard")]).await.expect_status(303);
    assert!(!is_signed_in(&admin).await);
    let own = path_of(&app, "bela@example.com").await;
    assert_refused(&second.post(&format!("{own}/disable"), &[]).await);
}

#[track_caller]
fn assert_refused(page: &Page) {
    assert_eq!(page.status, 409, "{}", page.text());
    assert!(page.text().contains("This is the last admin who can sign in."), "{}", page.text());
}

#[tokio::test]
async fn two_admins_who_remove_each_other_at_once_leave_one() {
    let app = App::spawn().await;
    let anand = app.admin().await;
    let bela = app.staff("Bela", Role::Admin).await;
    let (anand_path, bela_path) =
        (path_of(&app, "anand@example.com").await, path_of(&app, "bela@example.com").await);
    for round in 0..20 {
        let (act, fields) =
            if round % 2 == 0 { ("disable", &[][..]) } else { ("role", &[("role", "guard")][..]) };
        let (of_anand, of_bela) = (format!("{anand_path}/{act}"), format!("{bela_path}/{act}"));
        let answers = join(anand.post(&of_bela, fields), bela.post(&of_anand, fields)).await;
        for answer in [&answers.0, &answers.1] {
            assert!(matches!(answer.status.as_u16(), 303 | 409), "{}: {}", answer.status, answer.text());
        }
        assert_eq!(admins(&app).await, 1, "round {round}");
        // The one who is left brings the other back.
        let (left, other, path, email) = if is_signed_in(&anand).await {
            (&anand, &bela, &bela_path, "bela@example.com")
        } else {
            (&bela, &anand, &anand_path, "anand@example.com")
        };
        left.post(&format!("{path}/enable"), &[]).await.expect_status(303);
        left.post(&format!("{path}/role"), &[("role", "admin")]).await.expect_status(303);
        other.sign_in(email, PASSWORD).await.expect_status(303);
        assert_eq!(admins(&app).await, 2);
    }
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_no_page() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    let unknown = format!("/admin/users/{}", app.state().clock.new_uuid());
    admin.get(&unknown).await.expect_status(404);
    admin.get(&format!("{unknown}/disable")).await.expect_status(404);
    admin.get(&format!("{unknown}/reset-password")).await.expect_status(404);
    for act in ["role", "disable", "enable", "unlock", "end-sessions", "reset-password", "resend"] {
        admin.post(&format!("{unknown}/{act}"), &[("role", "guard")]).await.expect_status(404);
    }
}

#[tokio::test]
async fn a_sign_in_that_was_checked_before_the_account_was_disabled_opens_no_session() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    app.guard().await;
    let path = path_of(&app, "gurpreet@example.com").await;
    for _ in 0..10 {
        let browser = app.nobody();
        let disable = format!("{path}/disable");
        let (signed_in, disabled) =
            join(browser.sign_in("gurpreet@example.com", PASSWORD), admin.post(&disable, &[])).await;
        disabled.expect_status(303);
        assert!(matches!(signed_in.status.as_u16(), 303 | 422), "{}", signed_in.text());
        admin.post(&format!("{path}/enable"), &[]).await.expect_status(303);
        assert!(!is_signed_in(&browser).await, "no session outlives the disabling");
        app.clock.advance(Duration::minutes(20));
    }
}
