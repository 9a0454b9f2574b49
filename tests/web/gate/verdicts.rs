//! What the gate says of a pass, and that it then does nothing else.

use chrono::{DateTime, Duration, Utc};
use gatehouse::features::gate::actions::CHECK_IN_REFUSED;
use gatehouse::kernel::entity::{crew_member, vehicle};
use gatehouse::kernel::types::{PhoneNumber, RegistrationNo};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{NONCE, check_in, reasons_on, times, verdict, visits, warnings_on};
use crate::support::entries::{Entry, GATE_PAPERS, Submitted};
use crate::support::{App, Client};

const INSURANCE_EXPIRED: &str = "Vehicle insurance: not valid any more.";

/// An entry that has nothing against it.
async fn approved(app: &App) -> Submitted {
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().helped_by("Suresh", "98200 00002");
    entry.submitted_by(&app.customer("Asha").await).await.approved_by(&app.supervisor().await).await
}

/// Whoever has `phone` is on the blacklist from one moment to another, or for good.
pub(super) async fn blacklist_crew(
    app: &App,
    phone: &str,
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
) {
    let transaction = app.state().database.write().await.unwrap();
    let changed = crew_member::Entity::update_many()
        .col_expr(crew_member::Column::BlacklistReason, Expr::value("Stole diesel"))
        .col_expr(crew_member::Column::BlacklistedFrom, Expr::value(from))
        .col_expr(crew_member::Column::BlacklistedUntil, Expr::value(until))
        .filter(crew_member::Column::Phone.eq(PhoneNumber::parse(phone).unwrap()))
        .exec(&*transaction)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected, 1, "nobody has {phone}");
    transaction.commit().await.unwrap();
}

/// The vehicle is on the blacklist from one moment to another, or for good.
pub(super) async fn blacklist_vehicle(
    app: &App,
    number: &str,
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
) {
    let transaction = app.state().database.write().await.unwrap();
    let changed = vehicle::Entity::update_many()
        .col_expr(vehicle::Column::BlacklistReason, Expr::value("Broke the barrier"))
        .col_expr(vehicle::Column::BlacklistedFrom, Expr::value(from))
        .col_expr(vehicle::Column::BlacklistedUntil, Expr::value(until))
        .filter(vehicle::Column::RegistrationNo.eq(RegistrationNo::parse_any_format(number).unwrap()))
        .exec(&*transaction)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected, 1, "there is no {number}");
    transaction.commit().await.unwrap();
}

/// The name of whoever has `phone` was corrected by the plant, just now.
pub(super) async fn correct_crew(app: &App, phone: &str) {
    let transaction = app.state().database.write().await.unwrap();
    let changed = crew_member::Entity::update_many()
        .col_expr(crew_member::Column::FullName, Expr::value("Another Name"))
        .col_expr(crew_member::Column::CorrectedAt, Expr::value(app.clock.now()))
        .filter(crew_member::Column::Phone.eq(PhoneNumber::parse(phone).unwrap()))
        .exec(&*transaction)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected, 1, "nobody has {phone}");
    transaction.commit().await.unwrap();
}

/// The gate says Stop for these reasons, shows no way in, and lets nobody in who presses nevertheless.
async fn expect_stop(app: &App, guard: &Client, entry: &Submitted, reasons: &[&str]) {
    let page = verdict(guard, entry).await;
    assert_eq!(page.text_of(".verdict-stop .verdict-word"), "Stop");
    assert_eq!(reasons_on(&page), reasons);
    assert!(!page.has("form[action$='/check-in']"), "{reasons:?} can be passed");
    assert!(!page.has("form[action$='/check-out']"), "{reasons:?} can be left with");

    let before = (visits(app).await, times(app, CHECK_IN_REFUSED).await);
    let codes: Vec<_> = gatehouse::features::gate::verdict::Reason::all()
        .map(gatehouse::features::gate::verdict::Reason::code)
        .collect();
    let codes: Vec<_> = codes.iter().map(String::as_str).collect();
    let page = check_in(guard, entry, NONCE, &codes).await.expect_status(409);
    assert_eq!(reasons_on(&page), reasons);
    assert_eq!(visits(app).await, before.0);
    assert_eq!(times(app, CHECK_IN_REFUSED).await, before.1 + 1);
}

#[tokio::test]
async fn a_pass_with_nothing_against_it_is_let_in_with_one_press() {
    let app = App::spawn().await;
    let entry = approved(&app).await;
    let page = verdict(&app.guard().await, &entry).await;
    assert_eq!(page.text_of(".verdict-ok .verdict-word"), "OK");
    assert_eq!(page.text_of(".plate-display"), "MH 12 AB 1234");
    assert_eq!(page.all(".crew li"), ["Ramesh Kumar Driver", "Suresh Helper"]);
    assert_eq!(page.text_of(".reference"), entry.reference);
    assert_eq!(page.all("dl.summary dd"), ["valid until 20 Nov 2027"; 4]);
    assert_eq!(page.text_of("form[action$='/check-in'] button"), "Let in");
    assert_eq!(reasons_on(&page), [""; 0]);
    assert_eq!(warnings_on(&page), [""; 0]);
}

#[tokio::test]
async fn a_vehicle_inside_is_let_out_with_one_press_by_whoever_sees_who_let_it_in() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = approved(&app).await.checked_in_by(&guard).await;
    let page = verdict(&guard, &entry).await;
    assert_eq!(page.text_of(".verdict-inside .verdict-word"), "Inside");
    let told = page.all(".verdict > p").join(" ");
    assert!(told.contains("Inside since 20 Nov 2026, 12:00 IST, Main gate, let in by Gurpreet"), "{told}");
    assert_eq!(page.text_of("form[action$='/check-out'] button"), "Let out");
    assert!(!page.has("form[action$='/check-in']"));
    assert!(!page.has("form[action$='/refuse']"));
    assert_eq!(warnings_on(&page), [""; 0]);
}

#[tokio::test]
async fn a_pending_entry_waits_for_the_desk() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let guard = app.guard().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    let page = verdict(&guard, &entry).await;
    assert_eq!(page.text_of(".verdict-warn .verdict-word"), "Check");
    assert_eq!(reasons_on(&page), ["Waits for the desk’s decision."]);
    assert!(!page.has("form[action$='/check-in']"));
    assert!(!page.has(&format!(".verdict-actions a[href='{}']", entry.desk(""))), "a guard cannot decide");
    check_in(&guard, &entry, NONCE, &["pending"]).await.expect_status(409);
    assert!(visits(&app).await.is_empty());

    let page = verdict(&app.supervisor().await, &entry).await;
    assert!(page.has(&format!(".verdict-actions a[href='{}']", entry.desk(""))));
    assert!(!page.has("form[action$='/check-in']"));
}

#[tokio::test]
async fn each_missing_paper_is_a_warning_of_its_own() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let entry = entry.approved_by(&app.supervisor().await).await;
    let page = verdict(&app.guard().await, &entry).await;
    assert_eq!(page.text_of(".verdict-warn .verdict-word"), "Check");
    assert_eq!(warnings_on(&page), GATE_PAPERS.map(|kind| format!("paper_missing_{kind}")));
    assert_eq!(page.text_of("label.check"), "Vehicle registration: missing.");
    assert_eq!(reasons_on(&page), [""; 0]);
}

#[tokio::test]
async fn a_paper_that_runs_out_within_seven_days_is_a_warning() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234")
        .with_paper("vehicle_registration", "2026-11-20")
        .with_paper("vehicle_insurance", "2026-11-27")
        .with_paper("puc", "2026-11-28")
        .with_paper("driver_license", "");
    let entry = entry.submitted_by(&asha).await.approved_by(&app.supervisor().await).await;
    let page = verdict(&app.guard().await, &entry).await;
    let warnings = ["paper_expiring_vehicle_registration", "paper_expiring_vehicle_insurance"];
    assert_eq!(warnings_on(&page), warnings);
    assert_eq!(page.text_of("label.check"), "Vehicle registration: runs out within 7 days.");
    assert_eq!(
        page.all("dl.summary dd").last().unwrap(),
        "on file",
        "a paper without a date does not run out"
    );
}

/// Approved for today and tomorrow; the insurance runs out today.
async fn insured_until_today(app: &App) -> Submitted {
    let entry = Entry::for_vehicle("MH 12 AB 1234")
        .with_paper("vehicle_registration", "")
        .with_paper("vehicle_insurance", "2026-11-20")
        .with_paper("puc", "")
        .with_paper("driver_license", "");
    entry.submitted_by(&app.customer("Asha").await).await.approved_by(&app.supervisor().await).await
}

#[tokio::test]
async fn an_expired_paper_stops_where_the_site_says_so() {
    let app = App::spawn().await;
    let entry = insured_until_today(&app).await;
    app.clock.advance(Duration::hours(13));
    let reasons = [INSURANCE_EXPIRED, "Comes after the expected day."];
    expect_stop(&app, &app.guard().await, &entry, &reasons).await;
}

#[tokio::test]
async fn an_expired_paper_is_confirmed_where_the_site_only_warns() {
    let app = App::spawn_with(&[("EXPIRED_PAPERS", "warn")]).await;
    let entry = insured_until_today(&app).await;
    app.clock.advance(Duration::hours(13));
    let guard = app.guard().await;
    let page = verdict(&guard, &entry).await;
    let warnings = ["paper_expired_vehicle_insurance", "after_expected_day"];
    assert_eq!(page.text_of(".verdict-warn .verdict-word"), "Check");
    assert_eq!(warnings_on(&page), warnings);
    check_in(&guard, &entry, NONCE, &warnings[1..]).await.expect_status(409);
    check_in(&guard, &entry, NONCE, &warnings).await.expect_status(303);
}

#[tokio::test]
async fn a_day_after_the_expected_one_is_a_warning() {
    let app = App::spawn().await;
    let entry = approved(&app).await;
    app.clock.advance(Duration::hours(12) - Duration::minutes(1));
    assert!(verdict(&app.guard().await, &entry).await.has(".verdict-ok"), "it is still 23:59");
    app.clock.advance(Duration::minutes(1));
    let page = verdict(&app.guard().await, &entry).await;
    assert_eq!(warnings_on(&page), ["after_expected_day"]);
}

#[tokio::test]
async fn a_corrected_name_is_a_warning() {
    for phone in ["98200 00001", "98200 00002"] {
        let app = App::spawn().await;
        let entry = approved(&app).await;
        correct_crew(&app, phone).await;
        let page = verdict(&app.guard().await, &entry).await;
        assert_eq!(warnings_on(&page), ["crew_corrected"], "{phone}");
    }
}

#[tokio::test]
async fn a_pass_is_valid_from_midnight_of_the_expected_day_at_the_site() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().on("2026-11-21");
    let entry = entry.submitted_by(&asha).await.approved_by(&app.supervisor().await).await;
    app.clock.advance(Duration::hours(12) - Duration::minutes(1));
    expect_stop(&app, &app.guard().await, &entry, &["The pass is not valid yet."]).await;
    app.clock.advance(Duration::minutes(1));
    assert!(verdict(&app.guard().await, &entry).await.has(".verdict-ok"));
}

#[tokio::test]
async fn a_pass_is_over_at_midnight_after_its_last_day() {
    let app = App::spawn().await;
    let entry = approved(&app).await;
    app.clock.advance(Duration::hours(36) - Duration::minutes(1));
    assert!(verdict(&app.guard().await, &entry).await.has(".verdict-warn"), "it is still 23:59");
    app.clock.advance(Duration::minutes(1));
    expect_stop(&app, &app.guard().await, &entry, &["The days of this pass are over."]).await;
}

#[tokio::test]
async fn a_pending_entry_whose_days_are_over_is_stopped() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    app.clock.advance(Duration::days(2));
    expect_stop(&app, &app.guard().await, &entry, &["The days of this pass are over."]).await;
}

#[tokio::test]
async fn a_rejected_entry_is_stopped() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let entry = approved(&app).await.rejected_by(&supervisor, "No load today").await;
    expect_stop(&app, &app.guard().await, &entry, &["The plant rejected this entry."]).await;
    expect_stop(&app, &supervisor, &entry, &["The plant rejected this entry."]).await;
}

#[tokio::test]
async fn a_cancelled_entry_is_stopped() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    let entry = entry.approved_by(&app.supervisor().await).await.cancelled_by(&asha).await;
    expect_stop(&app, &app.guard().await, &entry, &["The customer cancelled this entry."]).await;
}

#[tokio::test]
async fn a_pass_that_was_used_is_stopped() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = approved(&app).await.checked_in_by(&guard).await.checked_out_by(&guard).await;
    expect_stop(&app, &guard, &entry, &["This pass has been used: the visit is over."]).await;
}

#[tokio::test]
async fn a_blacklisted_driver_is_stopped() {
    let app = App::spawn().await;
    let entry = approved(&app).await;
    blacklist_crew(&app, "98200 00001", app.clock.now(), None).await;
    expect_stop(&app, &app.guard().await, &entry, &["The driver is on the blacklist."]).await;
}

#[tokio::test]
async fn a_blacklisted_helper_is_stopped() {
    let app = App::spawn().await;
    let entry = approved(&app).await;
    blacklist_crew(&app, "98200 00002", app.clock.now(), None).await;
    expect_stop(&app, &app.guard().await, &entry, &["The helper is on the blacklist."]).await;
}

#[tokio::test]
async fn a_blacklisted_vehicle_is_stopped() {
    let app = App::spawn().await;
    let entry = approved(&app).await;
    blacklist_vehicle(&app, "MH 12 AB 1234", app.clock.now(), None).await;
    expect_stop(&app, &app.guard().await, &entry, &["The vehicle is on the blacklist."]).await;
}

#[tokio::test]
async fn a_blacklist_holds_from_its_beginning_to_its_end() {
    let app = App::spawn().await;
    let entry = approved(&app).await;
    let guard = app.guard().await;
    let now = app.clock.now();
    let (from, until) = (now + Duration::hours(1), now + Duration::hours(2));
    blacklist_crew(&app, "98200 00001", from, Some(until)).await;
    blacklist_vehicle(&app, "MH 12 AB 1234", from, Some(until)).await;
    assert!(verdict(&guard, &entry).await.has(".verdict-ok"), "it has not begun");
    app.clock.advance(Duration::hours(1));
    let reasons = ["The driver is on the blacklist.", "The vehicle is on the blacklist."];
    expect_stop(&app, &guard, &entry, &reasons).await;
    app.clock.advance(Duration::hours(1));
    assert!(verdict(&guard, &entry).await.has(".verdict-ok"), "it has ended");
}

#[tokio::test]
async fn a_vehicle_that_is_inside_with_another_pass_is_stopped() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let inside = approved(&app).await.checked_in_by(&guard).await;
    let asha = app.nobody().signed_in_as("asha@example.com").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    let entry = entry.approved_by(&app.supervisor().await).await;
    expect_stop(&app, &guard, &entry, &["The vehicle is inside with another pass."]).await;
    let told = verdict(&guard, &entry).await.all(".verdict > p").join(" ");
    assert!(told.contains("Inside since 20 Nov 2026, 12:00 IST, Main gate, let in by Gurpreet"), "{told}");

    inside.checked_out_by(&guard).await;
    assert!(verdict(&guard, &entry).await.has(".verdict-ok"));
}

#[tokio::test]
async fn the_worst_reason_decides_and_comes_first() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").on("2026-11-25").submitted_by(&asha).await;
    blacklist_vehicle(&app, "MH 12 AB 1234", app.clock.now(), None).await;
    let reasons = [
        "The pass is not valid yet.",
        "The vehicle is on the blacklist.",
        "Waits for the desk’s decision.",
        "Vehicle registration: missing.",
        "Vehicle insurance: missing.",
        "PUC certificate: missing.",
        "Driving licence: missing.",
    ];
    expect_stop(&app, &app.guard().await, &entry, &reasons).await;
}

#[tokio::test]
async fn a_draft_is_nobodys_business_at_the_gate() {
    let app = App::spawn().await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&app.customer("Asha").await).await;
    let guard = app.guard().await;
    let path = format!("/gate{}", draft.path());
    guard.get(&path).await.expect_status(404);
    guard.post(&format!("{path}/check-in"), &[("nonce", NONCE)]).await.expect_status(404);
    guard.post(&format!("{path}/check-out"), &[("nonce", NONCE)]).await.expect_status(404);
    guard.post(&format!("{path}/refuse"), &[("reason", "Why?")]).await.expect_status(404);
    assert!(visits(&app).await.is_empty());
}
