//! A database that an earlier build filled comes up under this one, with nothing lost.

use gatehouse::demo;
use gatehouse::features::documents::service::verifying;
use gatehouse::features::passes::service::checking;
use gatehouse::kernel::access::Operator;
use secrecy::ExposeSecret as _;

use crate::support::{App, Client, Kept, Page};

/// Somebody of the demonstration who has signed in with the password of that time.
async fn signed_in(app: &App, email: &str) -> Client {
    let told = demo::open(app.state(), &Operator::at_the_command_line(), |_| {}).await.unwrap();
    let client = app.nobody();
    client.sign_in(email, told.password.expose_secret()).await.expect_status(303);
    client
}

/// How many rows the list at `path` has, over all its pages.
async fn rows(client: &Client, path: &str) -> usize {
    let mut page = client.get(path).await.expect_status(200);
    let mut rows = page.all("tbody tr").len();
    while page.has("a[rel=next]") {
        page = client.get(&page.attribute("a[rel=next]", "href")).await.expect_status(200);
        rows += page.all("tbody tr").len();
    }
    rows
}

async fn scan(guard: &Client, code: &str) -> Page {
    guard.post("/gate/scan", &[("code", code)]).await.expect_status(303).follow().await
}

#[tokio::test]
async fn papers_and_passes_are_what_they_were() {
    let app = App::spawn_on(&Kept::of("2026-11-26")).await;
    let operator = Operator::at_the_command_line();
    let mut faults = Vec::new();
    let checked =
        verifying::verify(app.state(), &operator, &mut |fault| faults.push(fault.to_string())).await.unwrap();
    assert_eq!((faults, checked.files), (Vec::new(), 82));
    let mut faults = Vec::new();
    let passes =
        checking::verify(app.state(), &operator, &mut |pass, fault| faults.push(format!("{pass}: {fault}")))
            .await
            .unwrap();
    assert_eq!((faults, passes), (Vec::new(), 20));
}

#[tokio::test]
async fn every_pass_is_found_at_the_gate_and_opens_on_a_phone() {
    let kept = Kept::of("2026-11-26");
    let app = App::spawn_on(&kept).await;
    let guard = signed_in(&app, "gate@plant.example").await;
    let passes = kept.passes();
    assert_eq!(passes.len(), 20);
    for pass in passes {
        let verdict =
            scan(&guard, &format!("http://127.0.0.1:18080/P/{}", pass.token)).await.expect_status(200);
        assert!(verdict.text().contains(&pass.reference), "{}", pass.reference);
        app.nobody().get(&format!("/P/{}", pass.token)).await.expect_status(200);
    }
}

#[tokio::test]
async fn entries_the_log_the_blacklist_and_accounts_are_there() {
    let app = App::spawn_on(&Kept::of("2026-11-26")).await;
    let desk = signed_in(&app, "desk@plant.example").await;
    let expected = [
        ("completed", 6),
        ("expired", 6),
        ("cancelled", 3),
        ("rejected", 2),
        ("approved", 2),
        ("pending", 1),
    ];
    for (status, expected) in expected {
        assert_eq!(rows(&desk, &format!("/admin/submissions?status={status}")).await, expected, "{status}");
    }
    // 433 events of then; who signs in now adds to them.
    assert!(rows(&desk, "/admin/audit").await >= 433);
    assert_eq!(rows(&desk, "/admin/vehicles?blacklisted=yes").await, 1);
    assert_eq!(rows(&desk, "/admin/crew?blacklisted=yes").await, 1);
    let admin = signed_in(&app, "admin@plant.example").await;
    assert_eq!(rows(&admin, "/admin/users").await, 18);
}

#[tokio::test]
async fn the_vehicle_that_is_inside_goes_out() {
    let kept = Kept::of("2026-11-26");
    let app = App::spawn_on(&kept).await;
    let guard = signed_in(&app, "gate@plant.example").await;
    let mut let_out = 0;
    for pass in kept.passes().iter().filter(|pass| pass.status == "approved") {
        let verdict = scan(&guard, &pass.reference).await;
        let form = "form[action$='/check-out']";
        if verdict.has(form) {
            let nonce = verdict.attribute(&format!("{form} input[name=nonce]"), "value");
            guard.post(&verdict.attribute(form, "action"), &[("nonce", &nonce)]).await.expect_status(303);
            let_out += 1;
        }
    }
    assert_eq!(let_out, 1);
}
