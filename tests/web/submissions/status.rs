//! What becomes of an entry: the desk's decision, cancelling, and the end of its window.

use chrono::Duration;

use super::written;
use crate::support::App;
use crate::support::entries::{Entry, Submitted};

fn entry() -> Entry {
    entry_of("MH 12 AB 1234")
}

fn entry_of(vehicle: &str) -> Entry {
    Entry::for_vehicle(vehicle).with_papers()
}

/// From noon of the expected day to the end of the second, when a pass of two days ends.
fn until_the_window_ends() -> Duration {
    Duration::hours(36)
}

#[tokio::test]
async fn an_entry_is_expired_from_the_moment_its_window_has_passed_wherever_it_is_read() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let pending = entry().submitted_by(&asha).await;
    let approved = entry().submitted_by(&asha).await.approved_by(&app.supervisor().await).await;

    app.clock.advance(until_the_window_ends() - Duration::minutes(1));
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    assert_eq!(asha.get(&pending.path("")).await.text_of(".title .badge"), "Waiting for decision");
    assert_eq!(asha.get(&approved.path("")).await.text_of(".title .badge"), "Approved");

    app.clock.advance(Duration::minutes(1));
    for entry in [&pending, &approved] {
        let pass = asha.get(&entry.path("")).await;
        assert_eq!(pass.text_of(".title .badge"), "Expired");
        assert!(!pass.has(".qr"), "{}", pass.text());
        let detail = supervisor.get(&entry.desk("")).await;
        assert_eq!(detail.text_of(".title .badge"), "Expired");
        assert!(!detail.has("main form"), "{}", detail.text());
        let drivers = app.nobody().get(&format!("/p/{}", entry.token)).await;
        assert_eq!(drivers.text_of(".banner-stop strong"), "Expired");
        let verdict = supervisor.get(&entry.gate("")).await;
        assert_eq!(verdict.all(".verdict-stop .reasons li"), ["The days of this pass are over."]);
    }
    for list in ["/submissions", "/admin/submissions"] {
        let browser = if list == "/submissions" { &asha } else { &supervisor };
        assert_eq!(browser.get(list).await.all("tbody .badge"), ["Expired", "Expired"], "{list}");
        for (status, rows) in [("expired", 2), ("pending", 0), ("approved", 0)] {
            let page = browser.get(&format!("{list}?status={status}")).await;
            assert_eq!(page.all("tbody tr").len(), rows, "{list}, {status}");
        }
    }
}

#[tokio::test]
async fn a_vehicle_that_is_inside_does_not_expire() {
    let app = App::spawn().await;
    let entry = entry().submitted_by(&app.customer("Asha").await).await;
    let entry = entry.approved_by(&app.supervisor().await).await.checked_in_by(&app.guard().await).await;
    app.clock.advance(until_the_window_ends());
    let (asha, guard) = (app.customer("Asha").await, app.guard().await);
    assert_eq!(asha.get(&entry.path("")).await.text_of(".title .badge"), "Inside");
    assert_eq!(asha.get("/submissions?status=approved").await.all("tbody .badge"), ["Inside"]);
    assert_eq!(asha.get("/submissions?status=expired").await.all("tbody tr"), [""; 0]);
    assert_eq!(guard.get(&entry.gate("")).await.text_of(".verdict-word"), "Inside");
    entry.checked_out_by(&guard).await;
    assert_eq!(asha.get("/submissions").await.all("tbody .badge"), ["Completed"]);
}

#[tokio::test]
async fn a_pass_is_valid_for_as_many_days_as_the_site_says() {
    let app = App::spawn_with(&[("PASS_DAYS", "1")]).await;
    let asha = app.customer("Asha").await;
    let entry = entry().submitted_by(&asha).await;
    app.clock.advance(Duration::hours(12) - Duration::minutes(1));
    assert_eq!(asha.get(&entry.path("")).await.text_of(".title .badge"), "Waiting for decision");
    app.clock.advance(Duration::minutes(1));
    assert_eq!(asha.get(&entry.path("")).await.text_of(".title .badge"), "Expired");
}

/// Where an entry stands before somebody tries to move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Draft,
    Pending,
    Approved,
    Inside,
    Rejected,
    Completed,
    Cancelled,
    Expired,
}

const DECIDED: &str = "Decided on 20 Nov 2026, 12:00 IST by Sunita.";

/// Every move that somebody may try and that is not allowed.
#[tokio::test]
async fn a_move_that_is_not_allowed_is_refused_with_how_things_stand() {
    use Standing::{Approved, Cancelled, Completed, Draft, Expired, Inside, Pending, Rejected};
    let inside = "The vehicle has been inside since 20 Nov 2026, 12:00 IST.".to_owned();
    let status = |word: &str| format!("The entry’s status is now: {word}.");
    let decided = |word: &str| format!("The entry’s status is now: {word}. {DECIDED}");
    let app = App::spawn().await;
    for (standing, acts, told) in [
        (Draft, &["cancel"][..], status("Draft")),
        (Pending, &["complete"], status("Waiting for decision")),
        (Approved, &["approve"], decided("Approved")),
        (Inside, &["approve", "reject", "cancel"], inside),
        (Rejected, &["approve", "reject", "complete", "cancel"], decided("Rejected")),
        (Completed, &["approve", "reject", "complete", "cancel"], status("Completed")),
        (Cancelled, &["approve", "reject", "complete", "cancel"], status("Cancelled")),
        (Expired, &["approve", "reject", "complete", "cancel"], status("Expired")),
    ] {
        let id = arrange(&app, standing).await;
        let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
        let before = written(&app).await;
        for act in acts {
            let refused = match *act {
                "cancel" => asha.post(&format!("/submissions/{id}/cancel"), &[]).await,
                act => {
                    let path = format!("/admin/submissions/{id}/{act}");
                    supervisor.post(&path, &[("reason", "The papers are of another vehicle")]).await
                }
            };
            assert_eq!(refused.status, 409, "{act} when {standing:?}");
            let explanation = refused.text_of("h1 + p");
            assert!(explanation.starts_with(&told), "{act} when {standing:?}: {explanation}");
        }
        assert_eq!(written(&app).await, before, "{standing:?}");
    }
}

/// An entry that stands so, of a vehicle of its own. The one that expires must be the last: it takes its time.
async fn arrange(app: &App, standing: Standing) -> String {
    let (asha, supervisor, guard) = (app.customer("Asha").await, app.supervisor().await, app.guard().await);
    let entry = entry_of(&format!("MH 12 AB {:04}", standing as u8));
    if standing == Standing::Draft {
        return entry.drafted_by(&asha).await.id;
    }
    let submitted = entry.submitted_by(&asha).await;
    let reason = "The papers are of another vehicle";
    let Submitted { id, .. } = match standing {
        Standing::Draft | Standing::Pending => submitted,
        Standing::Approved => submitted.approved_by(&supervisor).await,
        Standing::Inside => submitted.approved_by(&supervisor).await.checked_in_by(&guard).await,
        Standing::Rejected => submitted.rejected_by(&supervisor, reason).await,
        Standing::Completed => {
            let inside = submitted.approved_by(&supervisor).await.checked_in_by(&guard).await;
            inside.checked_out_by(&guard).await
        }
        Standing::Cancelled => submitted.cancelled_by(&asha).await,
        Standing::Expired => {
            app.clock.advance(until_the_window_ends());
            submitted
        }
    };
    id
}

#[tokio::test]
async fn who_comes_second_is_told_who_was_first_and_when() {
    let app = App::spawn().await;
    let (asha, anand, supervisor) = (app.customer("Asha").await, app.admin().await, app.supervisor().await);
    let pending = entry().submitted_by(&asha).await;
    let approved = entry().submitted_by(&asha).await.approved_by(&supervisor).await;
    app.clock.advance(Duration::hours(1));
    for (entry, act) in [(&pending, "/reject"), (&approved, "/complete")] {
        let fields = [("reason", "The papers are of another vehicle")];
        anand.post(&entry.desk(act), &fields).await.expect_status(303);
        app.clock.advance(Duration::minutes(1));
        let refused = supervisor.post(&entry.desk(act), &fields).await.expect_status(409);
        let explanation = refused.text_of("h1 + p");
        assert!(explanation.contains("20 Nov 2026, 13:0"), "{act}: {explanation}");
        assert!(explanation.contains("Anand"), "{act}: {explanation}");
    }
}

#[tokio::test]
async fn who_rejects_what_was_approved_meanwhile_is_told_and_keeps_the_reason() {
    let app = App::spawn().await;
    let (asha, anand, supervisor) = (app.customer("Asha").await, app.admin().await, app.supervisor().await);
    let pending = entry().submitted_by(&asha).await;
    let page = supervisor.get(&pending.desk("")).await.expect_status(200);
    let seen = page.attribute("form[action$='/reject'] input[name=seen]", "value");
    let pending = pending.approved_by(&anand).await;

    let reason = "The papers are of another vehicle";
    let fields = [("reason", reason), ("seen", seen.as_str())];
    let page = supervisor.post(&pending.desk("/reject"), &fields).await.expect_status(409);
    assert!(page.error_at("reason").contains("Anand"), "{}", page.error_at("reason"));
    assert_eq!(page.field_value("reason"), reason);
    let seen = page.attribute("form[action$='/reject'] input[name=seen]", "value");
    let fields = [("reason", reason), ("seen", seen.as_str())];
    for typed in ["", &"x".repeat(1_001)] {
        let fields = [("reason", typed), ("seen", "pending")];
        let page = supervisor.post(&pending.desk("/reject"), &fields).await.expect_status(409);
        assert!(page.error_at("reason").contains("Anand"), "{}", page.error_at("reason"));
        assert_eq!(page.field_value("reason"), typed);
    }
    supervisor.post(&pending.desk("/reject"), &fields).await.expect_status(303);
    // Where nothing is left to reject, the status comes before what is wrong with the reason.
    for typed in ["", "The load is missing"] {
        let fields = [("reason", typed), ("seen", "approved")];
        let page = anand.post(&pending.desk("/reject"), &fields).await.expect_status(409);
        assert!(page.text_of("h1 + p").contains("Rejected"), "{}", page.text());
    }
}

#[tokio::test]
async fn what_the_customer_took_back_is_not_said_to_be_the_desks_decision() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = entry().submitted_by(&asha).await.approved_by(&supervisor).await.cancelled_by(&asha).await;
    let refused = supervisor.post(&entry.desk("/complete"), &[]).await.expect_status(409);
    let explanation = refused.text_of("h1 + p");
    assert!(explanation.starts_with("The entry’s status is now: Cancelled."), "{explanation}");
    assert!(!explanation.contains("Sunita"), "{explanation}");
}

#[tokio::test]
async fn the_page_of_an_entry_offers_the_moves_that_are_possible_and_no_others() {
    let app = App::spawn().await;
    for (standing, offered, may_cancel) in [
        (Standing::Pending, &["approve", "reject"][..], true),
        (Standing::Approved, &["reject", "complete"], true),
        (Standing::Inside, &["complete"], false),
        (Standing::Rejected, &[], false),
        (Standing::Completed, &[], false),
        (Standing::Cancelled, &[], false),
        (Standing::Expired, &[], false),
    ] {
        let id = arrange(&app, standing).await;
        let detail = app.supervisor().await.get(&format!("/admin/submissions/{id}")).await;
        for act in ["approve", "reject", "complete"] {
            let form = format!("form[action='/admin/submissions/{id}/{act}']");
            assert_eq!(detail.has(&form), offered.contains(&act), "{act} when {standing:?}");
        }
        let guards = app.guard().await.get(&format!("/admin/submissions/{id}")).await;
        assert!(!guards.has("main form"), "{standing:?}: {}", guards.text());
        let pass = app.customer("Asha").await.get(&format!("/submissions/{id}")).await;
        let cancel = format!("a[href='/submissions/{id}/cancel']");
        assert_eq!(pass.has(&cancel), may_cancel, "{standing:?}");
    }
}

#[tokio::test]
async fn an_entry_that_was_submitted_does_not_change() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = entry().submitted_by(&asha).await;
    let before = written(&app).await;
    let vehicle = [
        ("vehicle_number", "GJ 01 XY 9999"),
        ("customer_phone", "98765 43210"),
        ("expected_on", "2026-11-21"),
    ];
    let crew = [("driver_name", "Mahesh Patel"), ("driver_phone", "98200 00003")];
    let paper = crate::support::entries::PDF.part();
    let papers = reqwest::multipart::Form::new().part("puc", paper);
    for refused in [
        asha.post(&entry.path("/vehicle"), &vehicle).await,
        asha.post(&entry.path("/crew"), &crew).await,
        asha.post_multipart(&entry.path("/documents"), papers).await,
        asha.post(&entry.path("/vehicle"), &[]).await,
    ] {
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert_eq!(
            refused.text_of("main p"),
            "This entry has been submitted. It cannot be changed any more."
        );
    }
    for step in ["vehicle", "crew", "documents", "review"] {
        let page = asha.get(&entry.path(&format!("/{step}"))).await.expect_status(303);
        assert_eq!(page.location(), entry.path(""), "{step}");
    }
    assert_eq!(written(&app).await, before);
}

#[tokio::test]
async fn cancelling_asks_first_and_then_the_pass_opens_no_gate() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    for approved in [false, true] {
        let mut entry = entry().submitted_by(&asha).await;
        if approved {
            entry = entry.approved_by(&supervisor).await;
        }
        let before = written(&app).await;
        let asked = asha.get(&entry.path("/cancel")).await.expect_status(200);
        assert_eq!(asked.text_of("h1"), "Cancel this entry?");
        assert!(asked.has("main form[method=post] button"), "{}", asked.text());
        assert_eq!(written(&app).await, before);

        let cancelled = asha.post(&entry.path("/cancel"), &[]).await.expect_status(303).follow().await;
        assert_eq!(cancelled.flash(), "The entry is cancelled.");
        assert_eq!(cancelled.text_of(".title .badge"), "Cancelled");
        let verdict = supervisor.get(&entry.gate("")).await;
        assert_eq!(verdict.all(".verdict-stop .reasons li"), ["The customer cancelled this entry."]);
    }
}

#[tokio::test]
async fn what_cannot_be_cancelled_is_not_asked_about() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = entry().submitted_by(&asha).await.cancelled_by(&asha).await;
    assert_eq!(asha.get(&entry.path("/cancel")).await.expect_status(303).location(), entry.path(""));
}

#[tokio::test]
async fn a_rejection_needs_a_reason_which_stays_typed() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let entry = entry().submitted_by(&app.customer("Asha").await).await;
    let before = written(&app).await;
    let too_long = "x".repeat(1_001);
    for (reason, message) in [
        ("", "Enter a reason"),
        (" \n", "Enter a reason"),
        (&too_long, "The reason must have at most 1,000 characters"),
        ("Call\u{7} us", "The reason has characters that cannot be shown"),
    ] {
        let page = supervisor.post(&entry.desk("/reject"), &[("reason", reason)]).await.expect_status(422);
        assert_eq!(page.error_at("reason"), message);
        assert!(page.has("details[open] textarea[name=reason]"), "{}", page.text());
        assert_eq!(page.field_value("reason"), reason.trim());
    }
    assert_eq!(written(&app).await, before);
}

#[tokio::test]
async fn the_customer_reads_why_an_entry_was_rejected_also_after_it_was_approved() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let pending = entry().submitted_by(&asha).await;
    let approved = entry().submitted_by(&asha).await.approved_by(&supervisor).await;
    for entry in [pending, approved] {
        let entry = entry.rejected_by(&supervisor, "The insurance is of <another> vehicle").await;
        let pass = asha.get(&entry.path("")).await;
        assert_eq!(pass.text_of(".title .badge"), "Rejected");
        assert_eq!(pass.text_of(".what-next blockquote"), "The insurance is of <another> vehicle");
        assert!(!pass.has(".qr"), "{}", pass.text());
        let detail = supervisor.get(&entry.desk("")).await;
        assert!(detail.text().contains("The insurance is of &#60;another&#62; vehicle"), "{}", detail.text());
    }
}

#[tokio::test]
async fn the_desk_completes_what_never_came_and_what_never_left() {
    let app = App::spawn().await;
    let (asha, supervisor, guard) = (app.customer("Asha").await, app.supervisor().await, app.guard().await);
    let never_came = entry().submitted_by(&asha).await.approved_by(&supervisor).await;
    let never_left = entry().submitted_by(&asha).await.approved_by(&supervisor).await;
    let never_left = never_left.checked_in_by(&guard).await;
    assert_eq!(guard.get("/gate").await.text_of(".stats dd"), "1");
    for entry in [never_came, never_left] {
        let completed = supervisor.post(&entry.desk("/complete"), &[]).await.expect_status(303);
        assert_eq!(completed.follow().await.text_of(".title .badge"), "Completed");
        assert_eq!(asha.get(&entry.path("")).await.text_of(".title .badge"), "Completed");
    }
    assert_eq!(guard.get("/gate").await.text_of(".stats dd"), "0");
}
