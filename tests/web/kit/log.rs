//! What log lines tell, and what they never tell.

use sea_orm::ConnectionTrait as _;

use crate::support::program::Serving;
use crate::support::{App, logged};

#[tokio::test]
async fn a_request_is_logged_by_its_route() {
    let app = App::spawn().await;
    let page = app.nobody().get("/nowhere").await.expect_status(404);
    let number = page.text_of("main code");
    let log = logged();
    let line = log.lines().find(|line| line.contains(&number)).unwrap();
    assert!(line.contains("method=GET") && line.contains("status=404"), "{line}");
    assert!(!line.contains("/nowhere"), "{line}");
}

#[tokio::test]
async fn a_fault_is_logged_once_with_the_number_that_its_page_shows() {
    let app = App::spawn().await;
    app.state().database.reader().execute_unprepared("DROP TABLE throttle").await.unwrap();
    let page = app.nobody().register("Asha").await.expect_status(500);
    assert_eq!(page.text_of("main h1"), "Something went wrong");
    assert!(!page.text().contains("throttle"), "the cause is for the log alone");

    let number = page.text_of("main code");
    let log = logged();
    let faults: Vec<_> =
        log.lines().filter(|line| line.contains("ERROR") && line.contains(&number)).collect();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].matches("throttle").count(), 1, "{}", faults[0]);
}

#[tokio::test]
async fn secrets_are_never_logged() {
    let app = App::spawn().await;
    let nobody = app.nobody();
    let password = "nine purple lorries sing";
    let token = "tokenthatnobodyelsehasinthistest";
    let form = [
        ("company_name", "Secretive Logistics"),
        ("full_name", "Asha"),
        ("phone", "98765 43211"),
        ("email", "asha@example.com"),
        ("password", password),
        ("password_confirm", password),
    ];
    nobody.post("/register", &form).await.expect_status(303);
    let welcome = nobody.sign_in("asha@example.com", password).await.expect_status(303);
    let session = welcome.header("set-cookie").split(['=', ';']).nth(1).unwrap().to_owned();
    assert_eq!(session.len(), 32);
    nobody.sign_in("asha@example.com", "nine purple lorries sang").await.expect_status(422);
    for path in ["setup", "verify", "reset", "invite", "p", "P"] {
        nobody.get(&format!("/{path}/{token}")).await.expect_status(404);
        nobody.get(&format!("/nowhere/{path}/{token}?token={token}")).await.expect_status(404);
    }

    let log = logged();
    assert!(log.contains("/setup/{token}"), "requests are logged by route");
    for secret in ["purple lorries", "purple+lorries", token, &session, "98765 43211", "9876543211"] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn secrets_are_never_logged_whatever_the_log_is_set_to() {
    for settings in ["trace", "debug,actix_web=trace,sea_orm=trace"] {
        let app = App::spawn_with(&[("RUST_LOG", settings)]).await;
        let program = Serving::start(&app).await;
        let (token, email) = ("TOKENTHATNOBODYELSEHAS", "secretive@example.com");
        for path in ["p", "P", "setup", "verify", "reset", "invite"] {
            program.nobody().get(&format!("/{path}/{token}")).await.expect_status(404);
        }
        for path in
            ["/p/TOKEN/print/none", "/p/TOKEN/qr.gif", "/submissions/TOKEN", "/login?next=TOKEN&next=TOKEN"]
        {
            program.nobody().get(&path.replace("TOKEN", token)).await;
        }
        let session = format!("session={token}; flash={token}; device={token}");
        program.nobody().with_header("Cookie", &session).get("/account").await.expect_status(303);
        program.nobody().sign_in(email, token).await.expect_status(422);
        let log = program.log();
        assert!(log.contains("/setup/{token}"), "requests are logged by route: {log}");
        for secret in [token, &token.to_lowercase(), email] {
            assert!(!log.contains(secret), "{settings}: {secret} is in\n{log}");
        }
    }
}
