//! `/register`

use std::collections::BTreeSet;

use chrono::Duration;
use futures_util::future::join_all;
use gatehouse::features::accounts::actions::ACCOUNT_REGISTERED;
use gatehouse::kernel::entity::account::{self, Role};
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::organisation;
use gatehouse::kernel::entity::throttle::Purpose;
use gatehouse::kernel::identity::passwords::Passwords;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use crate::support::{App, PASSWORD, Page};

const FIELDS: [&str; 6] = ["company_name", "full_name", "phone", "email", "password", "password_confirm"];

/// A form that does, but for `changes`.
fn form_with<'a>(changes: &[(&str, &'a str)]) -> Vec<(&'static str, &'a str)> {
    let good = ["Asha Logistics", "Asha Patel", "98765 43210", "asha@example.com", PASSWORD, PASSWORD];
    FIELDS
        .into_iter()
        .zip(good)
        .map(|(field, value)| {
            let change = changes.iter().find(|(changed, _)| *changed == field);
            (field, change.map_or(value, |(_, value)| *value))
        })
        .collect()
}

#[tokio::test]
async fn a_customer_registers_and_signs_in() {
    let app = App::spawn().await;
    let asha = app.nobody();
    let form = asha.get("/register").await.expect_status(200);
    for field in FIELDS {
        assert!(form.has(&format!("label[for='{field}'] ~ input[id='{field}'][name='{field}']")), "{field}");
    }

    let answer = asha.post("/register", &form_with(&[])).await.expect_status(303);
    assert_eq!(answer.location(), "/login");
    let login = answer.follow().await.expect_status(200);
    assert_eq!(
        login.flash(),
        "Thank you. We have sent you a mail: follow its link to confirm your address. You can sign in already."
    );

    let welcome = asha.sign_in("asha@example.com", PASSWORD).await.expect_status(303);
    assert_eq!(welcome.location(), "/submissions");
}

#[tokio::test]
async fn what_is_kept_of_a_registration_is_normalised_and_hides_the_password() {
    let app = App::spawn_hashing(&[], Passwords::default()).await;
    let form = form_with(&[("email", " Asha@Example.COM "), ("phone", "+91-98765-43210")]);
    app.nobody().post("/register", &form).await.expect_status(303);

    let reader = app.state().database.reader();
    let account = account::Entity::find().one(reader).await.unwrap().unwrap();
    assert_eq!(account.email.as_str(), "asha@example.com");
    assert_eq!(account.full_name, "Asha Patel");
    assert_eq!(account.phone.unwrap().to_string(), "+91 98765 43210");
    assert_eq!(account.role, Role::Customer);
    assert!(
        account.password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{}",
        account.password_hash
    );
    let organisation = organisation::Entity::find().one(reader).await.unwrap().unwrap();
    assert_eq!((organisation.id, organisation.name.as_str()), (account.organisation_id, "Asha Logistics"));

    let event = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq(ACCOUNT_REGISTERED))
        .one(reader)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(event.subject_id, Some(account.id.as_uuid()));
    assert_eq!((event.actor.as_str(), event.address.as_str()), ("asha@example.com", "127.0.0.1"));
}

#[tokio::test]
async fn a_role_in_the_form_is_not_heard() {
    let app = App::spawn().await;
    let mut form = form_with(&[]);
    form.extend([("role", "admin"), ("organisation_id", "00000000-0000-7000-8000-000000000000")]);
    app.nobody().post("/register", &form).await.expect_status(303);
    let account = account::Entity::find().one(app.state().database.reader()).await.unwrap().unwrap();
    assert_eq!(account.role, Role::Customer);
}

#[tokio::test]
async fn each_rule_speaks_beside_its_field() {
    let app = App::spawn().await;
    let nobody = app.nobody();
    let long = |characters| "a".repeat(characters);
    let (long_company, long_name, long_email) = (long(201), long(101), format!("{}@example.com", long(243)));
    let long_password = "ab1!".repeat(33);
    for (changes, field, message) in [
        (&[("company_name", " ")][..], "company_name", "Enter the company’s name"),
        (
            &[("company_name", long_company.as_str())],
            "company_name",
            "The company’s name must have at most 200 characters",
        ),
        (
            &[("company_name", "Asha\u{0}Logistics")],
            "company_name",
            "The company’s name has characters that cannot be shown",
        ),
        (&[("full_name", "")], "full_name", "Enter a name"),
        (&[("full_name", long_name.as_str())], "full_name", "The name must have at most 100 characters"),
        (
            &[("full_name", "12345")],
            "full_name",
            "The name may have letters, spaces and signs like . and - only",
        ),
        (&[("phone", "")], "phone", "Enter a mobile number"),
        (&[("phone", "12345")], "phone", "Enter an Indian mobile number of ten digits, like 98765 43210"),
        (&[("email", "")], "email", "Enter an e-mail address"),
        (&[("email", "asha")], "email", "Enter an e-mail address like name@example.com"),
        (&[("email", long_email.as_str())], "email", "The e-mail address must have at most 254 characters"),
        (
            &[("password", "eleven char"), ("password_confirm", "eleven char")],
            "password",
            "The password must have at least 12 characters",
        ),
        (
            &[("password", long_password.as_str()), ("password_confirm", long_password.as_str())],
            "password",
            "The password must have at most 128 characters",
        ),
        (
            &[("password", "password1234"), ("password_confirm", "password1234")],
            "password",
            "This password is one of the first that others would try. Choose another, for example four words.",
        ),
        (
            &[("password_confirm", "correct horse staple")],
            "password_confirm",
            "The two passwords are not the same",
        ),
    ] {
        let page = nobody.post("/register", &form_with(changes)).await.expect_status(422);
        assert_eq!(page.error_at(field), message, "{changes:?}");
        assert_eq!(page.all("p.error").len(), 1, "{changes:?}");
        assert_eq!(page.attribute(&format!("input[name='{field}']"), "aria-invalid"), "true");
        assert!(page.has(&format!("[role=alert] a[href='#{field}']")), "{changes:?}");
    }
    let accounts = account::Entity::find().count(app.state().database.reader()).await.unwrap();
    assert_eq!(accounts, 0);
}

#[tokio::test]
async fn a_form_that_comes_back_keeps_what_was_typed_but_no_secret() {
    let app = App::spawn().await;
    let form = form_with(&[("phone", "not yet"), ("full_name", "\"><script>alert(1)</script>")]);
    let page = app.nobody().post("/register", &form).await.expect_status(422);
    assert_eq!(page.field_value("company_name"), "Asha Logistics");
    assert_eq!(page.field_value("full_name"), "\"><script>alert(1)</script>");
    assert_eq!(page.field_value("phone"), "not yet");
    assert_eq!(page.field_value("email"), "asha@example.com");
    assert_eq!(page.field_value("password"), "");
    assert_eq!(page.field_value("password_confirm"), "");
    assert!(!page.text().contains(PASSWORD));
    assert!(!page.has("script:not([src])"), "what was typed became markup");
}

#[tokio::test]
async fn registering_a_known_address_answers_the_same_and_makes_nothing() {
    let app = App::spawn().await;
    let first = app.nobody().post("/register", &form_with(&[])).await.expect_status(303);
    let others = [("company_name", "Ravi Transport"), ("full_name", "Ravi"), ("email", "ASHA@example.com")];
    let second = app.nobody().post("/register", &form_with(&others)).await.expect_status(303);

    assert_eq!(first.location(), second.location());
    assert_eq!(first.follow().await.flash(), second.follow().await.flash());
    let names = |page: &Page| page.headers.keys().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(names(&first), names(&second));
    let reader = app.state().database.reader();
    assert_eq!(account::Entity::find().count(reader).await.unwrap(), 1);
    assert_eq!(organisation::Entity::find().count(reader).await.unwrap(), 1);
    let account = account::Entity::find().one(reader).await.unwrap().unwrap();
    assert_eq!(account.full_name, "Asha Patel");
}

#[tokio::test]
async fn two_hundred_who_register_one_address_at_once_make_one_account() {
    let app = App::spawn_alone().await;
    let browsers: Vec<_> = (0..200).map(|_| app.nobody()).collect();
    let form = form_with(&[]);
    let answers = join_all(browsers.iter().map(|browser| browser.post("/register", &form))).await;
    for answer in answers {
        assert_eq!(answer.expect_status(303).location(), "/login");
    }
    let reader = app.state().database.reader();
    assert_eq!(account::Entity::find().count(reader).await.unwrap(), 1);
    assert_eq!(organisation::Entity::find().count(reader).await.unwrap(), 1);
}

#[tokio::test]
async fn the_301st_registration_from_one_address_in_an_hour_waits() {
    let app = App::spawn_with(&[("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let depot = app.nobody().with_header("X-Forwarded-For", "203.0.113.7");
    let elsewhere = app.nobody().with_header("X-Forwarded-For", "203.0.113.8");
    app.arrange_throttle(Purpose::Registration, "", "203.0.113.7", 299, None).await;

    depot.register("Asha").await.expect_status(303);
    let refused = depot.register("Ravi").await.expect_status(429);
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert!((3590..=3600).contains(&seconds), "{seconds}");
    assert_eq!(refused.text_of("h1"), "Too many tries");
    elsewhere.register("Meena").await.expect_status(303);

    app.clock.advance(Duration::seconds(seconds));
    depot.register("Ravi").await.expect_status(303);
    assert_eq!(account::Entity::find().count(app.state().database.reader()).await.unwrap(), 3);
}
