//! `/login` and `/logout`

use std::time::Duration;

use futures_util::future::join_all;
use gatehouse::features::accounts::actions::{ACCOUNT_REGISTERED, SIGN_IN_FAILED, SIGNED_IN, SIGNED_OUT};
use gatehouse::kernel::audit::Action;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::identity::passwords::{Cost, Passwords};
use reqwest::Method;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryOrder as _};

use crate::support::{App, PASSWORD, Page};

#[tokio::test]
async fn staff_begin_at_their_work() {
    let app = App::spawn().await;
    assert_eq!(app.nobody().get("/").await.location(), "/login");
    assert_eq!(app.customer("Asha").await.get("/").await.location(), "/submissions");
    assert_eq!(app.guard().await.get("/").await.location(), "/gate");
    assert_eq!(app.supervisor().await.get("/").await.location(), "/admin/submissions");
    assert_eq!(app.admin().await.get("/").await.location(), "/admin/submissions");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    let nobody = app.nobody();
    let wrong = nobody.sign_in("asha@example.com", "correct horse staple").await.expect_status(422);
    let unknown = nobody.sign_in("ravi@example.com", PASSWORD).await.expect_status(422);
    let garbled = nobody.sign_in("no address", PASSWORD).await.expect_status(422);
    for page in [&wrong, &unknown, &garbled] {
        assert_eq!(page.error_at("email"), "The e-mail address or the password is wrong");
        assert_eq!(page.field_value("password"), "");
        assert!(page.headers.get("set-cookie").is_none());
    }
    assert_eq!(unknown.field_value("email"), "ravi@example.com");
    let without_address = |page: &Page, address| page.text().replace(address, "");
    assert_eq!(without_address(&wrong, "asha@example.com"), without_address(&unknown, "ravi@example.com"),);
}

#[tokio::test]
async fn the_address_is_the_same_in_capitals() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    app.nobody().sign_in(" ASHA@Example.com", PASSWORD).await.expect_status(303);
}

#[tokio::test]
async fn signing_in_leads_back_to_the_page_that_asked_for_it() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    let nobody = app.nobody();
    let form = nobody.get("/login?next=%2Fsubmissions%3Fpage%3D2").await.expect_status(200);
    assert_eq!(form.field_value("next"), "/submissions?page=2");

    let wrong = [("email", "asha@example.com"), ("password", "wrong"), ("next", "/documents")];
    let page = nobody.post("/login", &wrong).await.expect_status(422);
    assert_eq!(page.field_value("next"), "/documents");
    let right = [("email", "asha@example.com"), ("password", PASSWORD), ("next", "/documents")];
    assert_eq!(nobody.post("/login", &right).await.location(), "/documents");
}

#[tokio::test]
async fn signing_in_leads_to_no_other_site() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\/evil.example",
        "/\t/evil.example/",
        "javascript:alert(1)",
        "/documents\r\nSet-Cookie: a=b",
        " /documents",
        "",
    ] {
        let fields = [("email", "asha@example.com"), ("password", PASSWORD), ("next", next)];
        assert_eq!(app.nobody().post("/login", &fields).await.location(), "/submissions", "{next:?}");
    }
}

#[tokio::test]
async fn signing_out_is_told_and_needs_no_session() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let answer = asha.post("/logout", &[]).await.expect_status(303);
    assert_eq!(answer.location(), "/login");
    assert_eq!(answer.follow().await.flash(), "You have signed out.");
    assert_eq!(asha.get("/").await.location(), "/login");
    asha.post("/logout", &[]).await.expect_status(303);
}

#[tokio::test]
async fn the_log_tells_who_came_and_went_and_who_failed() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    app.nobody().sign_in("asha@example.com", "wrong").await.expect_status(422);
    asha.post("/logout", &[]).await.expect_status(303);
    let events = audit_log::Entity::find()
        .order_by_asc(audit_log::Column::Id)
        .all(app.state().database.reader())
        .await
        .unwrap();
    let told: Vec<_> = events.iter().map(|event| (event.action.as_str(), event.actor.as_str())).collect();
    let by_asha = |action: Action| (action.code, "asha@example.com");
    let expected = [ACCOUNT_REGISTERED, SIGNED_IN, SIGN_IN_FAILED, SIGNED_OUT];
    assert_eq!(told, expected.map(by_asha));
    assert!(events.iter().all(|event| event.address == "127.0.0.1"));
    assert!(!format!("{events:?}").contains(PASSWORD));
}

#[tokio::test]
async fn signing_in_leads_to_no_one_time_link_and_no_page_shows_its_secret() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    for path in ["/reset/secret", "/verify/secret", "/invite/secret", "/setup/secret", "/./%72eset/secret"] {
        let fields = [("email", "asha@example.com"), ("password", PASSWORD), ("next", path)];
        assert_eq!(app.nobody().post("/login", &fields).await.location(), "/submissions", "{path}");
        let form = app.nobody().get(&format!("/login?next={path}")).await.expect_status(200);
        assert!(!form.text().contains("secret"), "{path}");

        // Where a form stood is not asked of the browser, which would tell the secret.
        let nobody = app.nobody();
        let page = format!("{}{path}", app.origin());
        let answer = nobody.send(nobody.request(Method::POST, "/verify").header("Referer", page)).await;
        assert_eq!(answer.location(), "/login?next=%2F", "{path}");
    }
}

#[tokio::test]
async fn a_password_that_would_wait_too_long_is_refused_and_what_was_typed_stays() {
    let app = App::spawn_hashing(&[], Passwords::new(Cost::FLOOR, 2, Duration::ZERO)).await;
    let registration = [
        ("company_name", "Asha Logistics"),
        ("full_name", "Asha"),
        ("phone", "98765 43210"),
        ("email", "asha@example.com"),
        ("password", PASSWORD),
        ("password_confirm", PASSWORD),
    ];
    app.nobody().post("/register", &registration).await.expect_status(303);
    let browsers: Vec<_> = (0..40).map(|_| app.nobody()).collect();
    let sign_ins = join_all(browsers.iter().map(|one| one.sign_in("asha@example.com", PASSWORD))).await;
    let busy: Vec<_> = sign_ins.iter().filter(|page| page.status == 503).collect();
    assert!(!busy.is_empty() && sign_ins.iter().all(|page| matches!(page.status.as_u16(), 303 | 503)));
    for page in busy {
        assert_eq!(page.header("retry-after"), "5");
        assert_eq!(page.field_value("email"), "asha@example.com");
        assert!(page.text_of("#problem").contains("in a few seconds") && !page.text().contains(PASSWORD));
    }
    assert!(app.events(SIGN_IN_FAILED).await.is_empty(), "nobody was wrong");

    let registrations = browsers.iter().map(|browser| browser.post("/register", &registration));
    let registrations = join_all(registrations).await;
    let busy: Vec<_> = registrations.iter().filter(|page| page.status == 503).collect();
    assert!(!busy.is_empty());
    for page in busy {
        assert_eq!(page.field_value("company_name"), "Asha Logistics");
        assert!(page.text_of("#problem").contains("in a few seconds") && !page.text().contains(PASSWORD));
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_and_is_noted_or_neither() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let database = app.state().database.reader();
    database.execute_unprepared("ALTER TABLE audit_log RENAME TO hidden").await.unwrap();
    asha.post("/logout", &[]).await.expect_status(500);
    database.execute_unprepared("ALTER TABLE hidden RENAME TO audit_log").await.unwrap();
    assert_eq!(asha.get("/").await.location(), "/submissions");
    asha.post("/logout", &[]).await.expect_status(303);
    assert_eq!(app.events(SIGNED_OUT).await.len(), 1);
}
