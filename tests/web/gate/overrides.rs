//! A supervisor's word against the gate's: past these stops, never past others, and never in silence.

use chrono::Duration;
use gatehouse::features::gate::actions::OVERRIDE_REFUSED;
use gatehouse::features::submissions::actions::CHECKED_IN_BY_OVERRIDE;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::submission::{self, SubmissionStatus};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::verdicts::{blacklist_crew, blacklist_vehicle};
use super::{NONCE, reasons_on, times, verdict, visits};
use crate::support::entries::{Entry, Submitted};
use crate::support::{App, Client, Page};

const WHY: &str = "The plant manager vouches for them";

fn entry() -> Entry {
    Entry::for_vehicle("MH 12 AB 1234").with_papers().helped_by("Suresh", "98200 00002")
}

async fn approved(app: &App, entry: Entry) -> Submitted {
    entry.submitted_by(&app.customer("Asha").await).await.approved_by(&app.supervisor().await).await
}

/// What the page of the override would send.
async fn sent_by(supervisor: &Client, entry: &Submitted) -> [String; 2] {
    let page = supervisor.get(&entry.gate("/override")).await.expect_status(200);
    [page.field_value("nonce"), page.field_value("seen")]
}

async fn press(supervisor: &Client, entry: &Submitted, [nonce, seen]: &[String; 2]) -> Page {
    let fields = [("nonce", nonce.as_str()), ("seen", seen), ("reason", WHY)];
    supervisor.post(&entry.gate("/override"), &fields).await
}

async fn status_of(app: &App, entry: &Submitted) -> SubmissionStatus {
    let row =
        submission::Entity::find_by_id(entry.id.parse::<gatehouse::kernel::types::SubmissionId>().unwrap());
    row.one(app.state().database.reader()).await.unwrap().unwrap().status
}

/// The supervisor is led to the page from the verdict, gives a reason there, and the vehicle is inside.
async fn expect_passed(app: &App, entry: &Submitted, reasons: &[&str], codes: &str) {
    let (guard, supervisor) = (app.guard().await, app.supervisor().await);
    let guards = verdict(&guard, entry).await;
    assert_eq!(guards.text_of(".call"), "Call a supervisor.", "{codes}");
    let link = format!("a[href='{}']", entry.gate("/override"));
    assert!(!guards.has(&link), "{codes}");
    let page = verdict(&supervisor, entry).await;
    assert_eq!(page.text_of(".verdict-word"), "Stop", "{codes}");
    assert!(page.has(&link) && !page.has(".call"), "{codes}");
    assert!(!page.has("form[action$='/override']"), "an override is never one press");

    let page = supervisor.get(&entry.gate("/override")).await.expect_status(200);
    assert_eq!(page.all(".reasons li"), reasons);
    let sent = sent_by(&supervisor, entry).await;
    assert_eq!(sent[1], codes);
    let done = press(&supervisor, entry, &sent).await.expect_status(303).follow().await;
    assert_eq!(done.flash(), "Let in by override.");

    let visit =
        visits(app).await.into_iter().find(|visit| visit.submission_id.to_string() == entry.id).unwrap();
    assert_eq!((visit.confirmed.as_str(), visit.override_reason.as_deref()), (codes, Some(WHY)));
    assert_eq!(status_of(app, entry).await, SubmissionStatus::Approved);
    let inside = verdict(&guard, entry).await;
    assert!(inside.has(".verdict-inside"), "{}", inside.text());
    let told = inside.all(".verdict > p").join(" ");
    assert!(told.contains(&format!("let in by Sunita, by override: {WHY}")), "{told}");
    let detail = supervisor.get(&entry.desk("")).await;
    assert!(detail.text().contains(WHY), "{}", detail.text());
}

/// How the override stands in the log: before, and after.
async fn logged(app: &App) -> (String, String) {
    let events = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq(CHECKED_IN_BY_OVERRIDE))
        .all(app.state().database.reader())
        .await
        .unwrap();
    let [event] = events.try_into().unwrap();
    assert_eq!(event.actor, "sunita@example.com");
    (event.before.unwrap().to_string(), event.after.unwrap().to_string())
}

#[tokio::test]
async fn a_supervisor_lets_in_before_the_window() {
    let app = App::spawn().await;
    let entry = approved(&app, entry().on("2026-11-21")).await;
    expect_passed(&app, &entry, &["The pass is not valid yet."], "not_yet_valid").await;
    let (before, after) = logged(&app).await;
    assert_eq!(before, r#"{"status":"approved"}"#);
    assert!(after.contains(WHY) && after.contains(r#""passed":["not_yet_valid"]"#), "{after}");
    entry.checked_out_by(&app.guard().await).await;
}

#[tokio::test]
async fn a_supervisor_lets_in_after_the_window_whether_or_not_it_was_swept() {
    for swept in [false, true] {
        let app = App::spawn().await;
        let entry = approved(&app, entry()).await;
        app.clock.advance(Duration::days(3));
        if swept {
            gatehouse::features::submissions::service::expiry::sweep(app.state()).await.unwrap();
            assert_eq!(status_of(&app, &entry).await, SubmissionStatus::Expired);
        }
        expect_passed(&app, &entry, &["The days of this pass are over."], "expired").await;
        assert_eq!(logged(&app).await.0, r#"{"status":"expired"}"#);
        app.clock.advance(Duration::days(3));
        assert_eq!(gatehouse::features::submissions::service::expiry::sweep(app.state()).await.unwrap(), 0);
        let entry = entry.checked_out_by(&app.guard().await).await;
        assert_eq!(status_of(&app, &entry).await, SubmissionStatus::Completed);
    }
}

#[tokio::test]
async fn a_supervisor_lets_in_past_a_blacklist_and_a_paper_that_ran_out() {
    let app = App::spawn().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234")
        .with_paper("vehicle_registration", "")
        .with_paper("vehicle_insurance", "2026-11-20")
        .with_paper("driver_license", "")
        .helped_by("Suresh", "98200 00002");
    let entry = approved(&app, entry).await;
    app.clock.advance(Duration::hours(13));
    let now = app.clock.now();
    blacklist_vehicle(&app, "MH 12 AB 1234", now, None).await;
    blacklist_crew(&app, "98200 00001", now, None).await;
    blacklist_crew(&app, "98200 00002", now, None).await;
    let reasons = [
        "The driver is on the blacklist.",
        "The helper is on the blacklist.",
        "The vehicle is on the blacklist.",
        "Vehicle insurance: not valid any more.",
        "PUC certificate: missing.",
        "Comes after the expected day.",
    ];
    let codes = "driver_blacklisted helper_blacklisted vehicle_blocked paper_expired_vehicle_insurance \
                 paper_missing_puc after_expected_day";
    expect_passed(&app, &entry, &reasons, codes).await;
}

/// What stops a vehicle for good.
#[derive(Clone, Copy, Debug)]
enum Stop {
    Rejected,
    Cancelled,
    Completed,
    Pending,
    InsideWithAnotherPass,
    Inside,
    NothingAtAll,
}

#[tokio::test]
async fn an_override_never_passes_anything_else() {
    let app = App::spawn().await;
    let (asha, guard, supervisor) = (app.customer("Asha").await, app.guard().await, app.supervisor().await);
    for (number, stop) in [
        Stop::Rejected,
        Stop::Cancelled,
        Stop::Completed,
        Stop::Pending,
        Stop::InsideWithAnotherPass,
        Stop::Inside,
        Stop::NothingAtAll,
    ]
    .into_iter()
    .enumerate()
    {
        let plate = format!("MH 12 AB {number:04}");
        let fresh = || Entry::for_vehicle(&plate).with_papers();
        let pending = fresh().submitted_by(&asha).await;
        let entry = match stop {
            Stop::Rejected => pending.rejected_by(&supervisor, "No load today").await,
            Stop::Cancelled => pending.cancelled_by(&asha).await,
            Stop::Completed => {
                pending
                    .approved_by(&supervisor)
                    .await
                    .checked_in_by(&guard)
                    .await
                    .checked_out_by(&guard)
                    .await
            }
            Stop::Pending => {
                blacklist_vehicle(&app, &plate, app.clock.now(), None).await;
                pending
            }
            Stop::InsideWithAnotherPass => {
                pending.approved_by(&supervisor).await.checked_in_by(&guard).await;
                fresh().submitted_by(&asha).await.approved_by(&supervisor).await
            }
            Stop::Inside => pending.approved_by(&supervisor).await.checked_in_by(&guard).await,
            Stop::NothingAtAll => pending.approved_by(&supervisor).await,
        };
        let before = (visits(&app).await.len(), times(&app, OVERRIDE_REFUSED).await);
        for page in [verdict(&guard, &entry).await, verdict(&supervisor, &entry).await] {
            assert!(!page.has("a[href$='/override'], .call"), "{stop:?}: {}", page.text());
        }
        let form = supervisor.get(&entry.gate("/override")).await.expect_status(303);
        assert_eq!(form.location(), entry.gate(""), "{stop:?}");
        let refused = supervisor.post(&entry.gate("/override"), &[("reason", WHY)]).await;
        let page = refused.expect_status(409);
        assert_eq!(page.all("#problem li"), ["Not done: this is how things stand now."], "{stop:?}");
        assert_eq!(visits(&app).await.len(), before.0, "{stop:?}");
        assert_eq!(times(&app, OVERRIDE_REFUSED).await, before.1 + 1, "{stop:?}");
    }
    assert_eq!(times(&app, CHECKED_IN_BY_OVERRIDE).await, 0);
}

#[tokio::test]
async fn an_override_needs_a_reason_which_stays_typed() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let entry = approved(&app, entry().on("2026-11-21")).await;
    for (reason, message) in
        [("", "Enter a reason"), ("bad\u{1B}", "The reason has characters that cannot be shown")]
    {
        let page = supervisor.post(&entry.gate("/override"), &[("reason", reason)]).await.expect_status(422);
        assert_eq!(page.error_at("reason"), message);
        assert_eq!(page.field_value("reason"), reason);
    }
    assert!(visits(&app).await.is_empty());
}

#[tokio::test]
async fn what_came_up_after_the_page_was_shown_is_not_overridden() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let entry = approved(&app, entry().on("2026-11-21")).await;
    let sent = sent_by(&supervisor, &entry).await;
    blacklist_vehicle(&app, "MH 12 AB 1234", app.clock.now(), None).await;
    let page = press(&supervisor, &entry, &sent).await.expect_status(409);
    assert_eq!(page.all(".reasons li"), ["The pass is not valid yet.", "The vehicle is on the blacklist."]);
    assert_eq!(page.all("#problem li"), ["Not done: this is how things stand now."]);
    assert_eq!(page.field_value("reason"), WHY);
    assert!(visits(&app).await.is_empty());
    let sent = sent_by(&supervisor, &entry).await;
    press(&supervisor, &entry, &sent).await.expect_status(303);
}

#[tokio::test]
async fn an_override_sent_twice_is_one_event_and_by_a_guard_none() {
    let app = App::spawn().await;
    let (guard, supervisor) = (app.guard().await, app.supervisor().await);
    let entry = approved(&app, entry().on("2026-11-21")).await;
    let fields = [("nonce", NONCE), ("reason", WHY)];
    guard.post(&entry.gate("/override"), &fields).await.expect_status(403);
    assert!(visits(&app).await.is_empty());
    for _ in 0..2 {
        let done = supervisor.post(&entry.gate("/override"), &fields).await.expect_status(303);
        assert_eq!(done.location(), "/gate");
    }
    assert_eq!(visits(&app).await.len(), 1);
    assert_eq!(times(&app, CHECKED_IN_BY_OVERRIDE).await, 1);
}

#[tokio::test]
async fn the_gate_tells_why_the_desk_rejected_an_entry_that_it_had_approved() {
    let app = App::spawn().await;
    let entry = approved(&app, entry()).await.rejected_by(&app.supervisor().await, "The load was sold").await;
    let page = verdict(&app.guard().await, &entry).await;
    assert_eq!(reasons_on(&page), ["The plant rejected this entry."]);
    assert_eq!(page.text_of(".verdict blockquote"), "The load was sold");
}
