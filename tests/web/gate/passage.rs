//! Letting in, letting out, sending away.

use chrono::Duration;

use super::verdicts::{blacklist_crew, blacklist_vehicle, correct_crew};
use super::{NONCE, check_in, nonce_on, reasons_on, scan, scans, times, verdict, visits, warnings_on};
use crate::support::App;
use crate::support::entries::{Entry, Submitted};
use gatehouse::features::gate::actions::{CHECK_IN_REFUSED, ENTRY_REFUSED, OVERRIDE_REFUSED};
use gatehouse::features::submissions::actions::{CHECKED_IN, CHECKED_OUT};

/// Approved, with two papers missing.
async fn with_two_warnings(app: &App) -> Submitted {
    let entry = Entry::for_vehicle("MH 12 AB 1234")
        .with_paper("vehicle_registration", "")
        .with_paper("vehicle_insurance", "");
    entry.submitted_by(&app.customer("Asha").await).await.approved_by(&app.supervisor().await).await
}

/// Approved, with nothing against it.
async fn without_warnings(app: &App) -> Submitted {
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers();
    entry.submitted_by(&app.customer("Asha").await).await.approved_by(&app.supervisor().await).await
}

#[tokio::test]
async fn a_vehicle_is_let_in_and_out_again_which_completes_its_entry() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = without_warnings(&app).await;
    let desk = app.supervisor().await;

    let nonce = nonce_on(&verdict(&guard, &entry).await);
    let done = check_in(&guard, &entry, &nonce, &[]).await.expect_status(303);
    assert_eq!(done.location(), "/gate");
    let page = done.follow().await.expect_status(200);
    assert_eq!(page.flash(), "Let in.");
    assert_eq!(page.text_of(".stats dd"), "1");
    assert_eq!(desk.get(&entry.desk("")).await.text_of(".title .badge"), "Inside");

    app.clock.advance(Duration::hours(2));
    let nonce = nonce_on(&verdict(&guard, &entry).await);
    let done = guard.post(&entry.gate("/check-out"), &[("nonce", nonce.as_str())]).await.expect_status(303);
    assert_eq!(done.location(), "/gate");
    let page = done.follow().await.expect_status(200);
    assert_eq!(page.flash(), "Let out.");
    assert_eq!(page.text_of(".stats dd"), "0");
    assert_eq!(desk.get(&entry.desk("")).await.text_of(".title .badge"), "Completed");

    let [visit] = visits(&app).await.try_into().unwrap();
    assert_eq!((visit.left_at.unwrap() - visit.entered_at).num_hours(), 2);
    assert_eq!(visit.exit_gate_id, Some(visit.entry_gate_id));
    assert_eq!(times(&app, CHECKED_IN).await, 1);
    assert_eq!(times(&app, CHECKED_OUT).await, 1);
}

#[tokio::test]
async fn every_warning_must_be_confirmed() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = with_two_warnings(&app).await;
    let warnings = ["paper_missing_puc", "paper_missing_driver_license"];
    let page = verdict(&guard, &entry).await;
    assert_eq!(warnings_on(&page), warnings);
    let nonce = nonce_on(&page);
    for confirmed in [&[][..], &warnings[..1], &warnings[1..], &["paper_missing_puc", "pending"]] {
        let page = check_in(&guard, &entry, &nonce, confirmed).await.expect_status(409);
        assert_eq!(warnings_on(&page), warnings, "{confirmed:?}");
        assert!(visits(&app).await.is_empty(), "{confirmed:?}");
    }
    assert_eq!(times(&app, CHECKED_IN).await, 0);
    assert_eq!(times(&app, CHECK_IN_REFUSED).await, 4);

    check_in(&guard, &entry, &nonce, &warnings).await.expect_status(303);
    let [visit] = visits(&app).await.try_into().unwrap();
    assert_eq!(visit.confirmed, warnings.join(" "));
}

#[tokio::test]
async fn a_warning_that_was_left_out_is_asked_for_and_the_others_stay_confirmed() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = with_two_warnings(&app).await;
    let page = verdict(&guard, &entry).await;
    let shown = page.attribute("form[action$='/check-in'] input[name=shown]", "value");
    let nonce = nonce_on(&page);
    let mut fields = vec![("nonce", nonce.as_str()), ("shown", &shown), ("confirm", "paper_missing_puc")];
    let page = guard.post(&entry.gate("/check-in"), &fields).await.expect_status(409);
    assert_eq!(page.error_at("confirm"), "Confirm each warning before you let the vehicle in");
    assert_eq!(page.attribute("input[name=confirm][checked]", "value"), "paper_missing_puc");
    assert!(visits(&app).await.is_empty());

    // Who has seen one alone is told that things changed.
    fields[1].1 = "paper_missing_puc";
    let page = guard.post(&entry.gate("/check-in"), &fields).await.expect_status(409);
    assert_eq!(page.all("#problem li"), ["Not done: this is how things stand now."]);
}

#[tokio::test]
async fn what_came_up_after_the_page_was_shown_is_not_passed() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = without_warnings(&app).await;
    let nonce = nonce_on(&verdict(&guard, &entry).await);
    blacklist_vehicle(&app, "MH 12 AB 1234", app.clock.now(), None).await;
    let page = check_in(&guard, &entry, &nonce, &[]).await.expect_status(409);
    assert_eq!(reasons_on(&page), ["The vehicle is on the blacklist."]);
    assert_eq!(page.all("#problem li"), ["Not done: this is how things stand now."]);
    assert!(visits(&app).await.is_empty());
}

#[tokio::test]
async fn a_warning_that_came_up_after_the_page_was_shown_is_shown_first() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = with_two_warnings(&app).await;
    let page = verdict(&guard, &entry).await;
    let shown = warnings_on(&page);
    let shown: Vec<_> = shown.iter().map(String::as_str).collect();
    correct_crew(&app, "98200 00001").await;
    let page = check_in(&guard, &entry, &nonce_on(&page), &shown).await.expect_status(409);
    assert!(visits(&app).await.is_empty());

    let shown = warnings_on(&page);
    assert!(shown.contains(&"crew_corrected".to_owned()), "{shown:?}");
    let shown: Vec<_> = shown.iter().map(String::as_str).collect();
    check_in(&guard, &entry, &nonce_on(&page), &shown).await.expect_status(303);
}

#[tokio::test]
async fn an_entry_that_was_rejected_after_the_page_was_shown_is_not_let_in() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = without_warnings(&app).await;
    let nonce = nonce_on(&verdict(&guard, &entry).await);
    let entry = entry.rejected_by(&app.supervisor().await, "No load today").await;
    check_in(&guard, &entry, &nonce, &[]).await.expect_status(409);
    assert!(visits(&app).await.is_empty());
}

#[tokio::test]
async fn the_same_form_sent_twice_is_one_event() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = without_warnings(&app).await;
    let nonce = nonce_on(&verdict(&guard, &entry).await);
    for _ in 0..2 {
        let done = check_in(&guard, &entry, &nonce, &[]).await.expect_status(303);
        assert_eq!(done.location(), "/gate");
    }
    assert_eq!(visits(&app).await.len(), 1);
    assert_eq!(times(&app, CHECKED_IN).await, 1);

    let nonce = nonce_on(&verdict(&guard, &entry).await);
    for _ in 0..2 {
        let done = guard.post(&entry.gate("/check-out"), &[("nonce", nonce.as_str())]).await;
        assert_eq!(done.expect_status(303).location(), "/gate");
    }
    assert_eq!(times(&app, CHECKED_OUT).await, 1);
}

#[tokio::test]
async fn another_form_does_not_let_in_again() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = without_warnings(&app).await.checked_in_by(&guard).await;
    let page = check_in(&guard, &entry, NONCE, &[]).await.expect_status(409);
    assert!(page.has(".verdict-inside"));
    let told = page.all(".verdict > p").join(" ");
    assert!(told.contains("Inside since 20 Nov 2026, 12:00 IST, Main gate, let in by Gurpreet"), "{told}");
    assert_eq!(visits(&app).await.len(), 1);
}

#[tokio::test]
async fn the_number_of_one_passs_form_does_not_let_another_in() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let first = without_warnings(&app).await;
    check_in(&guard, &first, NONCE, &[]).await.expect_status(303);
    let asha = app.nobody().signed_in_as("asha@example.com").await;
    let other = Entry::for_vehicle("GJ 01 CD 5678").with_papers().submitted_by(&asha).await;
    let other = other.approved_by(&app.supervisor().await).await;
    check_in(&guard, &other, NONCE, &[]).await.expect_status(409);
    assert_eq!(visits(&app).await.len(), 1);
}

#[tokio::test]
async fn what_is_not_inside_is_not_let_out() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = without_warnings(&app).await;
    guard.post(&entry.gate("/check-out"), &[("nonce", NONCE)]).await.expect_status(409);
    let entry = entry.checked_in_by(&guard).await.checked_out_by(&guard).await;
    guard.post(&entry.gate("/check-out"), &[("nonce", NONCE)]).await.expect_status(409);
    assert_eq!(times(&app, CHECKED_OUT).await, 1);
}

#[tokio::test]
async fn what_is_inside_is_let_out_whatever_came_up_since() {
    let app = App::spawn().await;
    let entry = without_warnings(&app).await.checked_in_by(&app.guard().await).await;
    blacklist_vehicle(&app, "MH 12 AB 1234", app.clock.now(), None).await;
    blacklist_crew(&app, "98200 00001", app.clock.now(), None).await;
    app.clock.advance(Duration::days(400));
    let guard = app.guard().await;
    assert!(verdict(&guard, &entry).await.has(".verdict-inside"));
    entry.checked_out_by(&guard).await;
    assert_eq!(times(&app, CHECKED_OUT).await, 1);
}

#[tokio::test]
async fn a_reason_that_comes_too_late_is_shown_and_not_lost() {
    let app = App::spawn().await;
    let (guard, supervisor) = (app.guard().await, app.supervisor().await);
    let entry =
        Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&app.customer("Asha").await).await;
    let entry = entry.approved_by(&supervisor).await.checked_in_by(&guard).await;
    let reason = [("reason", "The seal is broken")];
    for (browser, act) in [(&guard, "/refuse"), (&supervisor, "/override")] {
        let page = browser.post(&entry.gate(act), &reason).await.expect_status(409);
        assert_eq!(page.text_of("#problem li"), "Not done: this is how things stand now.", "{act}");
        assert_eq!(page.text_of(".verdict blockquote"), "The seal is broken", "{act}");
        assert_eq!(page.attribute("body", "data-page"), browser_page(&entry, act), "{act}");
    }
}

/// Where Reload leads after the act was refused.
fn browser_page(entry: &Submitted, act: &str) -> String {
    entry.gate(if act == "/override" { act } else { "" })
}

#[tokio::test]
async fn a_form_without_a_number_of_its_own_is_refused() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = without_warnings(&app).await;
    for fields in
        [&[][..], &[("nonce", "")], &[("nonce", "1")], &[("nonce", "not-a-number")], &[("n", NONCE)]]
    {
        guard.post(&entry.gate("/check-in"), fields).await.expect_status(400);
        guard.post(&entry.gate("/check-out"), fields).await.expect_status(400);
    }
    assert!(visits(&app).await.is_empty());
}

#[tokio::test]
async fn sending_away_needs_a_reason() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = without_warnings(&app).await;
    for (reason, message) in [
        (String::new(), "Enter a reason"),
        (" \r\n ".to_owned(), "Enter a reason"),
        ("x".repeat(1_001), "The reason must have at most 1,000 characters"),
        ("bad\u{1B}[31m".to_owned(), "The reason has characters that cannot be shown"),
    ] {
        let page = guard.post(&entry.gate("/refuse"), &[("reason", reason.as_str())]).await;
        let page = page.expect_status(422);
        assert_eq!(page.error_at("reason"), message, "{reason:?}");
        assert!(page.has("details[open] textarea[name=reason]"), "{reason:?}");
    }
    let page = guard.post(&entry.gate("/refuse"), &[("reason", "bad\u{1B}")]).await.expect_status(422);
    assert_eq!(page.field_value("reason"), "bad\u{1B}");
    assert!(scans(&app).await.is_empty());
    assert_eq!(times(&app, ENTRY_REFUSED).await, 0);
}

#[tokio::test]
async fn a_vehicle_that_was_sent_away_may_come_again() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = without_warnings(&app).await;
    let reason = "The driver is drunk.\r\nWe call the transporter.";
    let done = guard.post(&entry.gate("/refuse"), &[("reason", reason)]).await.expect_status(303);
    assert_eq!(done.location(), "/gate");
    let page = done.follow().await.expect_status(200);
    assert_eq!(page.flash(), "The refusal is noted.");
    assert_eq!(page.all(".recent .badge"), ["Refused"]);

    let [refusal] = scans(&app).await.try_into().unwrap();
    assert_eq!(refusal.refusal.as_deref(), Some("The driver is drunk.\nWe call the transporter."));
    assert_eq!(refusal.submission_id.map(|id| id.to_string()), Some(entry.id.clone()));
    assert_eq!(times(&app, ENTRY_REFUSED).await, 1);
    guard.post(&entry.gate("/refuse"), &[("reason", reason)]).await.expect_status(303);
    assert_eq!(scans(&app).await.len(), 1, "pressed twice");
    app.clock.advance(Duration::seconds(11));
    guard.post(&entry.gate("/refuse"), &[("reason", reason)]).await.expect_status(303);
    assert_eq!(times(&app, ENTRY_REFUSED).await, 2);

    let desk = app.supervisor().await.get(&entry.desk("")).await.expect_status(200);
    assert!(desk.text().contains("Reason: The driver is drunk."), "{}", desk.text());

    scan(&guard, &entry.token).await;
    entry.checked_in_by(&guard).await;
    assert_eq!(visits(&app).await.len(), 1);
}

#[tokio::test]
async fn supervisors_and_admins_let_in_too() {
    let app = App::spawn().await;
    let entry = without_warnings(&app).await.checked_in_by(&app.supervisor().await).await;
    entry.checked_out_by(&app.admin().await).await;
    assert_eq!(times(&app, CHECKED_OUT).await, 1);
}

#[tokio::test]
async fn a_refusal_that_only_the_database_sees_is_in_the_log_too() {
    let app = App::spawn().await;
    let (asha, guard, supervisor) = (app.customer("Asha").await, app.guard().await, app.supervisor().await);
    let approved = async |number: &str, day: &str| {
        let entry = Entry::for_vehicle(number).with_papers().on(day).submitted_by(&asha).await;
        entry.approved_by(&supervisor).await
    };
    let today = "2026-11-20";
    check_in(&guard, &approved("MH 12 AB 0001", today).await, NONCE, &[]).await.expect_status(303);
    // The number of a form is one event's: another entry cannot have it.
    let other = approved("MH 12 AB 0002", today).await;
    check_in(&guard, &other, NONCE, &[]).await.expect_status(409);
    let early = approved("MH 12 AB 0003", "2026-11-25").await;
    let fields = [("reason", "It is expected"), ("nonce", NONCE)];
    supervisor.post(&early.gate("/override"), &fields).await.expect_status(409);
    for (action, entry) in [(CHECK_IN_REFUSED, &other), (OVERRIDE_REFUSED, &early)] {
        let told = app.events(action).await;
        let about: Vec<_> = told.iter().filter_map(|event| event.root_id).map(|id| id.to_string()).collect();
        assert_eq!(about, std::slice::from_ref(&entry.id), "{action:?}");
        assert_eq!(told[0].after.as_ref().unwrap()["reasons"], serde_json::json!(["already_inside"]));
    }
    assert_eq!(visits(&app).await.len(), 1);
}
