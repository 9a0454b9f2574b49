//! Rejected, corrected, sent again; and a form sent twice.

use chrono::Duration;
use futures_util::future::join_all;
use gatehouse::kernel::entity::submission::{self, SubmissionStatus};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

use super::written;
use crate::support::App;
use crate::support::entries::{Draft, Entry, TODAY};

const WHY: &str = "The insurance is of another vehicle";

fn entry() -> Entry {
    Entry::for_vehicle("MH 12 AB 1234").with_papers().helped_by("Suresh", "98200 00002")
}

fn draft_at(path: &str) -> Draft {
    Draft { id: path.replace("/submissions/", "") }
}

async fn entries(app: &App) -> u64 {
    submission::Entity::find().count(app.state().database.reader()).await.unwrap()
}

#[tokio::test]
async fn a_rejected_entry_is_corrected_in_a_draft_that_has_all_but_the_decision() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = entry().with_paper("purchase_order", "").on("2026-11-25");
    let entry = entry.submitted_by(&asha).await.rejected_by(&supervisor, WHY).await;
    let old = asha.get(&entry.path("")).await;
    assert_eq!(old.text_of(".what-next blockquote"), WHY);
    assert_eq!(old.text_of("form[action$='/resubmit'] button"), "Correct and send again");

    let opened = asha.post(&entry.path("/resubmit"), &[]).await.expect_status(303);
    let draft = draft_at(opened.location());
    assert_ne!(draft.id, entry.id);
    let page = opened.follow().await;
    assert_eq!(page.flash(), "Filled in from the rejected entry. Put it right and submit it.");
    assert_eq!(page.text_of(".alert.warning .reference"), entry.reference);
    assert_eq!(page.text_of(".alert.warning blockquote"), WHY);
    assert!(page.text().contains("5 of 8"), "{}", page.text());
    let vehicle = asha.get(&draft.step("vehicle")).await;
    assert_eq!(vehicle.field_value("vehicle_number"), "MH 12 AB 1234");
    assert_eq!(vehicle.field_value("customer_phone"), "+91 98765 43210");
    assert_eq!(vehicle.field_value("expected_on"), "2026-11-25");
    let crew = asha.get(&draft.step("crew")).await;
    assert_eq!(
        (crew.field_value("driver_name"), crew.field_value("helper_name")),
        ("Ramesh Kumar".into(), "Suresh".into())
    );

    draft.submit(&asha).await.expect_status(303);
    let (old, new) = (asha.get(&entry.path("")).await, asha.get(&draft.path()).await);
    assert!(old.has(&format!(".what-next a.reference[href='{}']", draft.path())), "{}", old.text());
    assert!(!old.has("form[action$='/resubmit']"));
    assert_eq!(old.text_of(".title .badge"), "Rejected");
    assert!(new.has(&format!("dl.summary a[href='{}']", entry.path(""))), "{}", new.text());
    assert_eq!(new.text_of(".title .badge"), "Waiting for decision");
    let desk = supervisor.get(&format!("/admin{}", draft.path())).await;
    assert!(desk.has(&format!("dl.summary a[href='{}']", entry.desk(""))), "{}", desk.text());
    let desk = supervisor.get(&entry.desk("")).await;
    assert!(desk.has(&format!("dl.summary a[href='/admin{}']", draft.path())), "{}", desk.text());
}

#[tokio::test]
async fn a_double_press_makes_one_correction() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = entry().submitted_by(&asha).await.rejected_by(&app.supervisor().await, WHY).await;
    let path = entry.path("/resubmit");
    let answers = join_all((0..8).map(|_| asha.post(&path, &[]))).await;
    let first = answers[0].location().to_owned();
    for answer in answers {
        assert_eq!(answer.expect_status(303).location(), first);
    }
    assert_eq!(entries(&app).await, 2);
    draft_at(&first).submit(&asha).await.expect_status(303);
    assert_eq!(asha.post(&path, &[]).await.expect_status(303).location(), first, "also once it is submitted");
    assert_eq!(entries(&app).await, 2);
}

#[tokio::test]
async fn a_correction_that_was_taken_back_stands_in_nobodys_way() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = entry().submitted_by(&asha).await.rejected_by(&supervisor, WHY).await;
    let first = asha.post(&entry.path("/resubmit"), &[]).await.expect_status(303);
    draft_at(first.location()).submit(&asha).await.expect_status(303);
    let again = asha.post(&entry.path("/resubmit"), &[]).await.expect_status(303);
    assert_eq!(again.location(), first.location());

    asha.post(&format!("{}/cancel", first.location()), &[]).await.expect_status(303);
    assert!(asha.get(&entry.path("")).await.has("form[action$='/resubmit'] button"));
    let second = asha.post(&entry.path("/resubmit"), &[]).await.expect_status(303);
    assert_ne!(second.location(), first.location());
}

#[tokio::test]
async fn a_day_that_has_passed_becomes_today_and_a_renewed_paper_takes_its_place() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = entry().submitted_by(&asha).await.rejected_by(&app.supervisor().await, WHY).await;
    app.clock.advance(Duration::days(5));
    let asha = app.nobody().signed_in_as("asha@example.com").await;
    let renewed = reqwest::multipart::Form::new()
        .text("document_type", "vehicle_insurance")
        .text("vehicle_number", "MH 12 AB 1234")
        .text("valid_until", "2028-01-31")
        .part("file", crate::support::entries::JPEG.part());
    asha.post_multipart("/documents", renewed).await.expect_status(303);
    let opened = asha.post(&entry.path("/resubmit"), &[]).await.expect_status(303);
    let draft = draft_at(opened.location());
    assert_eq!(asha.get(&draft.step("vehicle")).await.field_value("expected_on"), "2026-11-25");
    let papers = asha.get(&draft.step("documents")).await;
    assert_eq!(papers.field_value("vehicle_insurance_valid_until"), "2028-01-31");
    assert!(papers.text().contains("paper.jpg"), "{}", papers.text());
}

#[tokio::test]
async fn only_a_rejected_entry_of_ones_own_is_corrected() {
    let app = App::spawn().await;
    let (asha, bina, supervisor) =
        (app.customer("Asha").await, app.customer("Bina").await, app.supervisor().await);
    let pending = entry().submitted_by(&asha).await;
    let cancelled = entry().submitted_by(&asha).await.cancelled_by(&asha).await;
    let rejected = entry().submitted_by(&asha).await.rejected_by(&supervisor, WHY).await;
    let draft = entry().drafted_by(&asha).await;
    let before = written(&app).await;
    for path in [pending.path("/resubmit"), cancelled.path("/resubmit"), draft.step("resubmit")] {
        let refused = asha.post(&path, &[]).await.expect_status(409);
        assert!(refused.text_of("h1 + p").starts_with("The entry’s status is now:"), "{}", refused.text());
    }
    bina.post(&rejected.path("/resubmit"), &[]).await.expect_status(404);
    assert_eq!(written(&app).await, before);
}

#[tokio::test]
async fn an_entry_that_is_over_offers_a_new_one_of_its_vehicle() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let cancelled = entry().submitted_by(&asha).await.cancelled_by(&asha).await;
    let expired = entry().submitted_by(&asha).await;
    let link = "a[href='/submissions/new?vehicle_number=MH12AB1234']";
    assert!(!asha.get(&expired.path("")).await.has(link), "it is not over");
    app.clock.advance(Duration::days(2));
    let asha = app.nobody().signed_in_as("asha@example.com").await;
    for entry in [cancelled, expired] {
        let page = asha.get(&entry.path("")).await;
        assert_eq!(page.text_of(link), "New entry for this vehicle");
    }
    let form = asha.get("/submissions/new?vehicle_number=MH12AB1234").await;
    assert_eq!(form.field_value("vehicle_number"), "MH12AB1234");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_opens_one_draft() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let nonce = asha.get("/submissions/new").await.field_value("nonce");
    let fields = |vehicle: &'static str| {
        [
            ("vehicle_number", vehicle),
            ("customer_phone", "98765 43210"),
            ("expected_on", TODAY),
            ("nonce", nonce.as_str()),
        ]
    };
    let sent = fields("MH 12 AB 1234");
    let answers = join_all((0..8).map(|_| asha.post("/submissions/new", &sent))).await;
    let first = answers[0].location().to_owned();
    for answer in answers {
        assert_eq!(answer.expect_status(303).location(), first);
    }
    assert_eq!(entries(&app).await, 1);

    // The browser's back button, and another vehicle.
    let other = asha.post("/submissions/new", &fields("GJ 01 CD 5678")).await.expect_status(303);
    assert_ne!(other.location(), first);
    // Somebody else's form, whatever its number.
    let bina = app.customer("Bina").await;
    let theirs = bina.post("/submissions/new", &sent).await.expect_status(303);
    assert_ne!(theirs.location(), first);
    assert_eq!(entries(&app).await, 3);
    // A new look at the form, or a program that has not looked at all.
    for nonce in [asha.get("/submissions/new").await.field_value("nonce"), String::new(), "?".to_owned()] {
        let mut again = sent;
        again[3].1 = &nonce;
        asha.post("/submissions/new", &again).await.expect_status(303);
    }
    assert_eq!(entries(&app).await, 6);
    let rows = submission::Entity::find().all(app.state().database.reader()).await.unwrap();
    assert!(rows.iter().all(|row| row.status == SubmissionStatus::Draft));
}
