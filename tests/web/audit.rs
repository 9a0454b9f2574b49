//! What happened, as the desk reads it.

use chrono::Duration;
use gatehouse::features::accounts::actions::SIGN_IN_FAILED;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::types::AuditId;
use sea_orm::ActiveValue::Set;

use crate::support::entries::{Draft, Entry, TODAY};
use crate::support::{App, Page};

const PATH: &str = "/admin/audit";

/// Each row as a person reads it.
fn rows(page: &Page) -> Vec<String> {
    page.all("tbody tr")
}

#[tokio::test]
async fn the_log_tells_what_happened_when_to_what_by_whom_and_what_it_changed() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let entry = entry.rejected_by(&supervisor, "No <load> today").await;
    let page = supervisor.get(&format!("{PATH}?action=SUBMISSION_REJECTED")).await.expect_status(200);
    let rejected = format!(
        "Rejected 20 Nov 2026, 12:00 IST sunita@example.com 127.0.0.1 MH 12 AB 1234 {} \
         Reason: No <load> today Status: Rejected (was Waiting for decision)",
        entry.reference
    );
    assert_eq!(rows(&page), [rejected]);
    assert_eq!(page.attribute("tbody tr:first-child td a", "href"), entry.desk(""));
    let page = supervisor.get(PATH).await.expect_status(200);
    let told = rows(&page).join("\n");
    assert!(told.contains("Submitted 20 Nov 2026, 12:00 IST asha@example.com"), "{told}");
    for change in ["Expected on: 20 Nov 2026", "Message: Driver’s pass", "Papers: none", "Role: Supervisor"]
    {
        assert!(told.contains(change), "{change}: {told}");
    }
    assert_eq!(page.text_of("nav [aria-current=page]"), "Audit");
}

#[tokio::test]
async fn what_was_noted_as_a_code_is_told_in_words() {
    let app = App::spawn().await;
    let (asha, supervisor, guard) = (app.customer("Asha").await, app.supervisor().await, app.guard().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    let entry = entry.approved_by(&supervisor).await;
    let page = guard.get(&entry.gate("")).await.expect_status(200);
    let nonce = page.attribute(".verdict input[name=nonce]", "value");
    let entry = entry.rejected_by(&supervisor, "No load today").await;
    guard.post(&entry.gate("/check-in"), &[("nonce", nonce.as_str())]).await.expect_status(409);
    let fields =
        [("vehicle_number", "GJ 01 CD 5678"), ("customer_phone", "98765 43210"), ("expected_on", TODAY)];
    let opened = asha.post("/submissions/new", &fields).await.expect_status(303);
    let draft = Draft { id: opened.location().trim_start_matches("/submissions/").to_owned() };
    draft.submit(&asha).await.expect_status(422);

    for (action, told) in [
        ("CHECK_IN_REFUSED", &["Verdict: Stop", "Reasons: The plant rejected this entry."][..]),
        ("SUBMISSION_REFUSED", &["No driver"]),
    ] {
        let page = supervisor.get(&format!("{PATH}?action={action}")).await.expect_status(200);
        let [row] = rows(&page).try_into().unwrap();
        assert!(told.iter().all(|told| row.contains(told)), "{row}");
    }
    app.deliver().await;
    let sent = rows(&supervisor.get(&format!("{PATH}?action=SMS_SENT")).await.expect_status(200));
    assert!(!sent.is_empty() && sent.iter().all(|row| row.contains("MH 12 AB 1234")), "{sent:?}");
}

#[tokio::test]
async fn the_log_names_who_and_what_it_is_about_and_leads_to_them() {
    let app = App::spawn().await;
    let (supervisor, admin) = (app.supervisor().await, app.admin().await);
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let vehicles = supervisor.get("/admin/vehicles").await.expect_status(200);
    let vehicle = vehicles.attribute("tbody a.plate", "href");
    let ban = [("reason", "Overloaded"), ("until", "2026-12-31")];
    supervisor.post(&format!("{vehicle}/blacklist"), &ban).await.expect_status(303);

    let row = |page: &Page| rows(page).remove(0);
    let page = supervisor.get(&format!("{PATH}?action=BLACKLISTED")).await.expect_status(200);
    assert_eq!(page.attribute("tbody td:nth-child(4) a", "href"), vehicle);
    assert!(row(&page).contains("127.0.0.1 MH 12 AB 1234 "), "{}", row(&page));
    assert!(row(&page).contains("Until: 1 Jan 2027, 00:00 IST"), "{}", row(&page));
    let page = supervisor.get(&format!("{PATH}?action=CREW_REGISTERED")).await.expect_status(200);
    assert!(page.attribute("tbody td:nth-child(4) a", "href").starts_with("/admin/crew/"));

    // Accounts have their pages for admins alone.
    let path = format!("{PATH}?action=ACCOUNT_CREATED");
    let page = supervisor.get(&path).await.expect_status(200);
    assert!(row(&page).contains("example.com"), "{}", row(&page));
    assert!(!page.has("tbody td a"));
    let page = admin.get(&path).await.expect_status(200);
    let account = page.attribute("tbody td:nth-child(4) a", "href");
    admin.get(&account).await.expect_status(200);
}

#[tokio::test]
async fn each_filter_narrows_the_log_and_is_taken_away_by_its_chip() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha Patil").await, app.supervisor().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let other = Entry::for_vehicle("GJ 01 CD 5678").submitted_by(&asha).await;
    app.clock.advance(Duration::days(1));
    let supervisor_next_day = app.supervisor().await;
    let entry = entry.approved_by(&supervisor_next_day).await;
    drop(supervisor);
    let supervisor = supervisor_next_day;

    for (query, chip, has, has_not) in [
        ("actor=patil", "by “patil”", "Submitted", "Approved"),
        ("actor=ASHA.PATIL@example.com", "by “ASHA.PATIL@example.com”", "Submitted", "Approved"),
        ("action=SUBMISSION_APPROVED", "Approved", "Approved 21 Nov", "Submitted"),
        (
            &format!("submission={}", entry.reference),
            &format!("entry {}", entry.reference),
            "MH 12 AB 1234",
            "GJ 01",
        ),
        (&format!("submission={}", other.id), &format!("entry {}", other.id), "GJ 01 CD 5678", "MH 12"),
        ("from=2026-11-21", "from 21 Nov 2026", "Approved", "Submitted"),
        (&format!("to={TODAY}"), "to 20 Nov 2026", "Submitted", "Approved 21 Nov"),
    ] {
        let page = supervisor.get(&format!("{PATH}?{query}")).await.expect_status(200);
        assert_eq!(page.all(".chip"), [format!("Remove the filter {chip}")], "{query}");
        assert_eq!(page.attribute(".chip", "href"), PATH, "{query}");
        let told = rows(&page).join("\n");
        assert!(told.contains(has) && !told.contains(has_not), "{query}: {told}");
    }
    let both = format!("{PATH}?actor=sunita&submission={}", entry.reference);
    let page = supervisor.get(&both).await;
    assert_eq!(rows(&page).len(), 1, "{}", page.text());
    assert_eq!(page.attribute(".chip", "href"), format!("{PATH}?submission={}", entry.reference));
}

#[tokio::test]
async fn what_is_not_found_says_so_and_what_was_made_up_is_refused() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    for query in
        ["submission=ZZZZZZZZ", "submission=%3Cb%3E", "actor=nobody%25", "actor=_", "from=2030-01-01"]
    {
        let page = supervisor.get(&format!("{PATH}?{query}")).await.expect_status(200);
        assert_eq!(page.text_of(".empty"), "No results. Clear filters", "{query}");
    }
    for query in ["action=NOTHING", "action=approved", "cursor=1", "cursor=x.y"] {
        supervisor.get(&format!("{PATH}?{query}")).await.expect_status(400);
    }
}

#[tokio::test]
async fn fifty_events_are_a_page_and_each_is_shown_once_the_latest_first() {
    const EVENTS: u32 = 120;
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let now = app.clock.now();
    for number in 0..EVENTS {
        app.insert(audit_log::ActiveModel {
            id: Set(AuditId::new(app.state().clock.new_uuid())),
            // Two at a time, so that a page ends between equal ones.
            at: Set(now + Duration::seconds(i64::from(number / 2))),
            account_id: Set(None),
            actor: Set(format!("stranger {number:03}")),
            address: Set(String::new()),
            action: Set(SIGN_IN_FAILED.code.to_owned()),
            subject_kind: Set(None),
            subject_id: Set(None),
            subject_label: Set(String::new()),
            root_kind: Set(None),
            root_id: Set(None),
            root_label: Set(String::new()),
            before: Set(None),
            after: Set(None),
        })
        .await;
    }
    let mut path = format!("{PATH}?action=SIGN_IN_FAILED");
    let mut seen = Vec::new();
    loop {
        let page = supervisor.get(&path).await.expect_status(200);
        assert!(rows(&page).len() <= 50);
        seen.extend(page.all("tbody td:nth-child(3)"));
        if !page.has("a[rel=next]") {
            break;
        }
        path = page.attribute("a[rel=next]", "href");
        assert!(path.contains("action=SIGN_IN_FAILED"), "{path}");
    }
    let expected: Vec<String> = (0..EVENTS).rev().map(|number| format!("stranger {number:03}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn the_log_holds_no_secrets() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    app.nobody().sign_in("asha@example.com", "a wrong password").await;
    let supervisor = app.supervisor().await;
    let text = supervisor.get(PATH).await.expect_status(200).text();
    for secret in [&entry.token, "a wrong password", crate::support::PASSWORD, "9820000001", "9876543210"] {
        assert!(!text.contains(secret), "the log tells {secret}");
    }
}
