//! Somebody registers an address that is not theirs, with a password of their own, before its owner comes. Whoever
//! proves the address has the account in the end, whatever role it gets, and the stranger has nothing of it.

use chrono::Duration;
use futures_util::TryStreamExt as _;
use futures_util::future::join_all;
use gatehouse::features::accounts::actions::{
    ACCOUNT_EXPIRED, ACCOUNT_INVITED, PASSWORD_RESET_BY_ADMIN, ROLE_CHANGED,
};
use gatehouse::features::submissions::actions::DRAFTS_REMOVED;
use gatehouse::features::submissions::service::abandoned;
use gatehouse::kernel::entity::account::{self, Role};
use gatehouse::kernel::entity::{document, organisation, scan, submission};
use gatehouse::kernel::types::OrganisationId;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use super::{account_of, is_signed_in, link};
use crate::support::entries::Entry;
use crate::support::{App, Client, PASSWORD};

const GITA: &str = "gita@example.com";
const STAFF: [(Role, &str); 3] =
    [(Role::Guard, "/gate"), (Role::Supervisor, "/admin/submissions"), (Role::Admin, "/admin/submissions")];
const NEW: [(&str, &str); 2] = [("password", PASSWORD), ("password_confirm", PASSWORD)];

/// The stranger's password.
pub const STRANGERS: &str = "nine purple lorries sing";

/// The form with which the stranger registers `email`.
pub fn registration(email: &str) -> [(&str, &str); 6] {
    [
        ("company_name", "Stranger Logistics"),
        ("full_name", "Mallory"),
        ("phone", "91234 56789"),
        ("email", email),
        ("password", STRANGERS),
        ("password_confirm", STRANGERS),
    ]
}

/// The stranger's browser, signed in with the owner's address; a link to reset the password is in the mail, too.
async fn stranger(app: &App, email: &str) -> Client {
    let stranger = app.nobody();
    stranger.post("/register", &registration(email)).await.expect_status(303);
    stranger.sign_in(email, STRANGERS).await.expect_status(303);
    stranger.post("/forgot", &[("email", email)]).await.expect_status(303);
    stranger
}

/// The stranger has nothing of the account any more.
async fn is_out(app: &App, stranger: &Client, email: &str) {
    assert!(!is_signed_in(stranger).await);
    for browser in [stranger, &app.nobody()] {
        browser.sign_in(email, STRANGERS).await.expect_status(422);
    }
    assert_eq!(account_of(app, email).await.phone, None);
}

/// The owner follows the invitation, and begins where the role does.
async fn accept(app: &App, email: &str, begins: &str) {
    let invitation = link(app, email, "/invite/").await;
    app.nobody().post(&invitation, &NEW).await.expect_status(303);
    assert_eq!(app.nobody().sign_in(email, PASSWORD).await.location(), begins);
}

#[tokio::test]
async fn a_role_is_the_owners_however_the_address_was_confirmed_before() {
    for (role, begins) in STAFF {
        // Not at all; by the owner, who trusted the mail and set a new password; as releases before let it happen.
        for confirmed in ["not", "by the owner", "by a button"] {
            let app = App::spawn().await;
            let admin = app.admin().await;
            let stranger = stranger(&app, GITA).await;
            let reset = link(&app, GITA, "/reset/").await;
            match confirmed {
                "by the owner" => {
                    stranger.post("/verify", &[]).await.expect_status(303);
                    let verify = link(&app, GITA, "/verify/").await;
                    let new = "my own four words";
                    let form = [("password", new), ("password_confirm", new)];
                    app.nobody().post(&verify, &form).await.expect_status(303);
                    is_out(&app, &stranger, GITA).await;
                }
                "by a button" => app.confirm(GITA).await,
                _ => {}
            }
            let path = format!("/admin/users/{}", account_of(&app, GITA).await.id);
            let given = admin.post(&format!("{path}/role"), &[("role", role.name())]).await;
            let page = given.expect_status(303).follow().await;
            let [told] = app.events(ROLE_CHANGED).await.try_into().unwrap();
            let (before, after) = (told.before.unwrap(), told.after.unwrap());
            assert_eq!((&before["role"], &after["role"]), (&"customer".into(), &role.name().into()));
            assert_eq!((&before["has_password"], &after["has_password"]), (&true.into(), &false.into()));
            assert_eq!(
                (before["phone"].is_string(), &after["phone"]),
                (confirmed != "by the owner", &().into())
            );
            assert_eq!(before["organisation"] != after["organisation"], confirmed == "not");
            assert!(page.flash().contains("once they have set a new password"), "{}", page.flash());
            assert_eq!(page.text_of(".title .badge"), "Invited");

            is_out(&app, &stranger, GITA).await;
            app.nobody().get(&reset).await.expect_status(404);
            accept(&app, GITA, begins).await;
            is_out(&app, &stranger, GITA).await;
            let account = account_of(&app, GITA).await;
            assert_eq!((account.role, account.confirmed_at.is_some()), (role, true), "{confirmed}");
        }
    }
}

#[tokio::test]
async fn an_invitation_takes_over_what_a_stranger_registered() {
    for (role, begins) in STAFF.into_iter().chain([(Role::Customer, "/submissions")]) {
        let app = App::spawn().await;
        let admin = app.admin().await;
        let stranger = stranger(&app, GITA).await;
        let reset = link(&app, GITA, "/reset/").await;
        let draft = Entry::for_vehicle("MH 12 AB 1234").with_paper("puc", "").drafted_by(&stranger).await;
        let form = [("email", GITA), ("full_name", "Gita Rao"), ("role", role.name())];
        let invited = admin.post("/admin/users/invite", &form).await.expect_status(303);
        assert_eq!(invited.follow().await.text_of("h1"), "Gita Rao");

        is_out(&app, &stranger, GITA).await;
        app.nobody().get(&reset).await.expect_status(404);
        accept(&app, GITA, begins).await;
        is_out(&app, &stranger, GITA).await;
        let account = account_of(&app, GITA).await;
        assert_eq!((account.role, account.full_name.as_str()), (role, "Gita Rao"));
        let told = &app.events(ACCOUNT_INVITED).await[0];
        assert_eq!(told.after.as_ref().unwrap()["took_over"], true);
        assert_eq!(told.before.as_ref().unwrap()["full_name"], "Mallory");
        if role == Role::Customer {
            let gita = app.nobody().signed_in_as(GITA).await;
            gita.get(&draft.path()).await.expect_status(404);
        }

        // What the stranger left is nobody's, and goes.
        assert_eq!(abandoned::sweep(app.state()).await.unwrap(), 1);
        assert_eq!(left(&app).await, (0, 0, 0));
        assert!(organisations(&app).await.iter().all(|name| name != "Stranger Logistics"));
        assert_eq!(app.events(DRAFTS_REMOVED).await.len(), 1);
        assert_eq!(abandoned::sweep(app.state()).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn an_invitation_takes_over_nobody_who_is_known() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    let gita = app.customer("Gita").await;
    app.guard().await;
    for email in [GITA, "gurpreet@example.com"] {
        let form = [("email", email), ("full_name", "Somebody Else"), ("role", "guard")];
        let page = admin.post("/admin/users/invite", &form).await.expect_status(422);
        assert_eq!(page.error_at("email"), "This address has an account already");
    }
    assert!(is_signed_in(&gita).await);
}

#[tokio::test]
async fn who_is_of_the_plant_already_keeps_the_password_with_another_role() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    app.guard().await;
    let path = format!("/admin/users/{}", account_of(&app, "gurpreet@example.com").await.id);
    let given = admin.post(&format!("{path}/role"), &[("role", "supervisor")]).await.expect_status(303);
    assert_eq!(given.follow().await.flash(), "The role is changed. The user has to sign in again.");
    app.nobody().signed_in_as("gurpreet@example.com").await;
}

/// As if the account of `email` had got its role under an earlier release: by the button in a mail alone.
async fn staff_of_before(app: &App, email: &str) {
    set_role(app, email, Role::Guard).await;
}

async fn set_role(app: &App, email: &str, role: Role) {
    let transaction = app.state().database.write().await.unwrap();
    account::Entity::update_many()
        .col_expr(account::Column::Role, Expr::value(role))
        .filter(account::Column::Email.eq(email))
        .exec(&*transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn staff_who_never_confirmed_are_listed_to_admins_who_reset_the_password() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    assert!(!admin.get("/admin/users").await.has(".alert.warning"));
    let stranger = stranger(&app, GITA).await;
    app.nobody().register("Ravi").await.expect_status(303);
    staff_of_before(&app, GITA).await;
    let page = admin.get("/admin/users?q=nobody").await.expect_status(200);
    assert_eq!(page.all(".alert.warning li"), [format!("Mallory ({GITA}, Guard)")]);

    let user = admin.get(&page.attribute(".alert.warning a", "href")).await.expect_status(200);
    assert_eq!(user.text_of(".title .badge"), "Not confirmed");
    let action = user.attribute("a[href$='/reset-password']", "href");
    let asked = admin.get(&action).await.expect_status(200);
    assert_eq!(asked.text_of("h1"), "Reset the password of Mallory?");
    assert!(asked.text().contains("The mobile number of the account is removed."), "{}", asked.text());
    assert!(is_signed_in(&stranger).await, "nothing is done by asking");
    let reset = admin.post(&action, &[]).await.expect_status(303).follow().await;
    assert_eq!(reset.text_of(".title .badge"), "Invited");
    is_out(&app, &stranger, GITA).await;
    accept(&app, GITA, "/gate").await;
    assert!(!admin.get("/admin/users").await.has(".alert.warning"));
    let [told] = app.events(PASSWORD_RESET_BY_ADMIN).await.try_into().unwrap();
    let (before, after) = (told.before.unwrap(), told.after.unwrap());
    assert_eq!((&before["has_password"], &after["has_password"]), (&true.into(), &false.into()));
    assert_eq!((before["phone"].is_string(), &after["phone"]), (true, &().into()));
    assert_ne!(before["organisation"], after["organisation"]);
    assert_eq!(told.action, "NEW_PASSWORD_ASKED");
}

#[tokio::test]
async fn no_password_is_reset_that_is_ones_own_or_of_a_disabled_account() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    let own = format!("/admin/users/{}", account_of(&app, "anand@example.com").await.id);
    assert!(!admin.get(&own).await.expect_status(200).has("a[href$='/reset-password']"));
    app.staff("Bela", Role::Admin).await;
    for answer in [
        admin.get(&format!("{own}/reset-password")).await,
        admin.post(&format!("{own}/reset-password"), &[]).await,
    ] {
        let refused = answer.expect_status(409);
        assert!(refused.text().contains("Change its password at “Your account”."), "{}", refused.text());
    }
    assert!(is_signed_in(&admin).await);
    app.guard().await;
    let path = format!("/admin/users/{}", account_of(&app, "gurpreet@example.com").await.id);
    admin.post(&format!("{path}/disable"), &[]).await.expect_status(303);
    let refused = admin.post(&format!("{path}/reset-password"), &[]).await.expect_status(409);
    assert!(refused.text().contains("This account is disabled."), "{}", refused.text());
}

#[tokio::test]
async fn a_disabled_customer_becomes_no_staff_by_a_link_that_is_never_sent() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    app.customer("Asha").await;
    let path = format!("/admin/users/{}", account_of(&app, "asha@example.com").await.id);
    admin.post(&format!("{path}/disable"), &[]).await.expect_status(303);
    let refused = admin.post(&format!("{path}/role"), &[("role", "guard")]).await.expect_status(409);
    assert!(refused.text().contains("This account is disabled."), "{}", refused.text());
    assert_eq!(account_of(&app, "asha@example.com").await.role, Role::Customer);
}

/// Drafts, papers, and files of papers that are left.
async fn left(app: &App) -> (u64, u64, usize) {
    let database = app.state().database.reader();
    let files: Vec<_> = app.state().storage.files().try_collect().await.unwrap();
    (
        submission::Entity::find().count(database).await.unwrap(),
        document::Entity::find().count(database).await.unwrap(),
        files.len(),
    )
}

async fn organisations(app: &App) -> Vec<String> {
    let all = organisation::Entity::find().all(app.state().database.reader()).await.unwrap();
    all.into_iter().map(|organisation| organisation.name).collect()
}

#[tokio::test]
async fn an_account_that_nobody_confirms_is_deleted_after_fourteen_days_with_its_drafts() {
    let app = App::spawn().await;
    let ravi = app.customer("Ravi").await;
    Entry::for_vehicle("MH 12 AB 1235").with_paper("puc", "").drafted_by(&ravi).await;
    let stranger = stranger(&app, GITA).await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_paper("puc", "").with_paper("driver_license", "");
    entry.drafted_by(&stranger).await;
    app.clock.advance(Duration::days(14) - Duration::minutes(1));
    assert_eq!(abandoned::sweep(app.state()).await.unwrap(), 0);
    let stranger = app.nobody();
    stranger.sign_in(GITA, STRANGERS).await.expect_status(303);
    app.clock.advance(Duration::minutes(1));
    assert_eq!(abandoned::sweep(app.state()).await.unwrap(), 1);

    assert!(!is_signed_in(&stranger).await);
    stranger.sign_in(GITA, STRANGERS).await.expect_status(422);
    assert_eq!(left(&app).await, (1, 1, 1), "the other's draft stays");
    let events = app.events(ACCOUNT_EXPIRED).await;
    assert_eq!(events.len(), 1);
    let before = events[0].before.as_ref().unwrap();
    assert_eq!(
        (&before["email"], &before["drafts"], &before["papers"]),
        (&GITA.into(), &1.into(), &2.into())
    );
    let log = app.admin().await.get("/admin/audit").await.expect_status(200);
    assert!(log.text().contains("Account that nobody confirmed deleted"));

    // The address is free again.
    app.nobody().register("Gita").await.expect_status(303);
    app.nobody().signed_in_as(GITA).await;
}

#[tokio::test]
async fn an_account_that_other_rows_name_stays_and_keeps_no_other_from_expiring() {
    let app = App::spawn().await;
    let mallory = stranger(&app, "mallory@example.com").await;
    set_role(&app, "mallory@example.com", Role::Guard).await;
    mallory.post("/gate/scan", &[("code", "MH 12 AB 1234")]).await;
    assert_eq!(scan::Entity::find().count(app.state().database.reader()).await.unwrap(), 1);
    set_role(&app, "mallory@example.com", Role::Customer).await;
    app.clock.advance(Duration::minutes(1));
    stranger(&app, GITA).await;
    app.clock.advance(Duration::days(14));
    assert_eq!(abandoned::sweep(app.state()).await.unwrap(), 1);
    account_of(&app, "mallory@example.com").await;
    let [told] = app.events(ACCOUNT_EXPIRED).await.try_into().unwrap();
    assert_eq!(told.before.unwrap()["email"], GITA);
    assert_eq!(abandoned::sweep(app.state()).await.unwrap(), 0);
}

#[tokio::test]
async fn more_organisations_than_are_asked_for_at_once_are_deleted_by_two_processes_once_each() {
    const LEFT: usize = 150;
    let app = App::spawn().await;
    app.customer("Ravi").await;
    for number in 0..LEFT {
        app.insert(organisation::ActiveModel {
            id: Set(OrganisationId::new(app.state().clock.new_uuid())),
            name: Set(format!("Gone {number}")),
            created_at: Set(app.clock.now()),
        })
        .await;
    }
    let swept = join_all((0..2).map(|_| abandoned::sweep(app.state()))).await;
    assert_eq!(swept.into_iter().map(Result::unwrap).sum::<u64>(), LEFT as u64);
    assert!(organisations(&app).await.iter().all(|name| !name.starts_with("Gone")));
    assert_eq!(app.events(DRAFTS_REMOVED).await.len(), LEFT);
}

#[tokio::test]
async fn accounts_that_wait_for_their_owner_or_have_entries_do_not_expire() {
    let app = App::spawn().await;
    let admin = app.admin().await;
    let form = [("email", GITA), ("full_name", "Gita"), ("role", "customer")];
    admin.post("/admin/users/invite", &form).await.expect_status(303);
    // A customer of a release that asked nobody to confirm.
    let asha = app.customer("Asha").await;
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    stranger(&app, "mallory@example.com").await;
    staff_of_before(&app, "mallory@example.com").await;
    let transaction = app.state().database.write().await.unwrap();
    account::Entity::update_many()
        .col_expr(account::Column::ConfirmedAt, Expr::value(Option::<chrono::DateTime<chrono::Utc>>::None))
        .filter(account::Column::Email.eq("asha@example.com"))
        .exec(&*transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    app.clock.advance(Duration::days(100));
    assert_eq!(abandoned::sweep(app.state()).await.unwrap(), 0);
}
