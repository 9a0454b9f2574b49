//! The last step: what keeps an entry from being submitted, and submitting it once.

use chrono::{DateTime, Duration, Utc};
use gatehouse::features::submissions::actions::{MOVE_REFUSED, SUBMISSION_CREATED, SUBMISSION_REFUSED};
use gatehouse::kernel::audit::Action;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::{crew_member, vehicle};
use gatehouse::kernel::types::{PhoneNumber, RegistrationNo};
use reqwest::multipart::Form;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use super::written;
use crate::support::entries::{Draft, Entry, PDF, TODAY};
use crate::support::{App, Client};

const CONTACT_THE_PLANT: &str = "This entry cannot be submitted. Contact the plant.";

/// The first step of the vehicle that most entries here are of.
fn vehicle_on(day: &str) -> [(&str, &str); 3] {
    [("vehicle_number", "MH 12 AB 1234"), ("customer_phone", "98765 43210"), ("expected_on", day)]
}

/// How often something happened to an entry.
async fn count(app: &App, id: &str, action: Action) -> u64 {
    audit_log::Entity::find()
        .filter(audit_log::Column::RootId.eq(uuid::Uuid::parse_str(id).unwrap()))
        .filter(audit_log::Column::Action.eq(action))
        .count(app.state().database.reader())
        .await
        .unwrap()
}

#[tokio::test]
async fn nothing_is_submitted_without_consent() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let before = written(&app).await;
    let version = asha.get(&draft.step("review")).await.field_value("draft_version");
    let page = asha.post(&draft.step("review"), &[("draft_version", &version)]).await.expect_status(422);
    assert_eq!(page.error_at("consent"), "Tick the box to confirm that all of this is right");
    assert_eq!(page.field_value("draft_version"), version);
    assert_eq!(written(&app).await, before);
}

#[tokio::test]
async fn a_draft_that_changed_since_it_was_looked_at_is_not_submitted() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let seen = asha.get(&draft.step("review")).await.field_value("draft_version");
    let fields = [("driver_name", "Mahesh Patel"), ("driver_phone", "98200 00003")];
    asha.post(&draft.step("crew"), &fields).await.expect_status(303);

    let before = written(&app).await;
    let fields = [("consent", "yes"), ("draft_version", seen.as_str())];
    let page = asha.post(&draft.step("review"), &fields).await.expect_status(409);
    assert_eq!(
        page.text_of("#problem li"),
        "This entry was changed since you looked at it. Check it once more."
    );
    assert!(
        page.all(".summary dd").contains(&"Mahesh Patel · +91 98200 00003".to_owned()),
        "{}",
        page.text()
    );
    assert_eq!(written(&app).await, before);

    let fields = [("consent", "yes"), ("draft_version", &page.field_value("draft_version"))];
    asha.post(&draft.step("review"), &fields).await.expect_status(303);
}

#[tokio::test]
async fn whatever_changes_a_draft_makes_an_earlier_look_at_it_stale() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let mut unnoticed = Vec::new();
    for change in
        [Change::Vehicle, Change::Crew, Change::NewPaper, Change::Day, Change::NoPaper, Change::Removal]
    {
        let draft = Entry::for_vehicle("MH 12 AB 1234").with_paper("puc", "2027-01-31");
        let draft = draft.drafted_by(&asha).await;
        let seen = asha.get(&draft.step("review")).await.field_value("draft_version");
        change.make(&asha, &draft).await;
        let fields = [("consent", "yes"), ("draft_version", seen.as_str())];
        if asha.post(&draft.step("review"), &fields).await.status != 409 {
            unnoticed.push(change);
        }
    }
    assert_eq!(unnoticed, []);
}

/// What somebody does to a draft between looking at it and submitting it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Vehicle,
    Crew,
    NewPaper,
    /// Of an attached paper.
    Day,
    NoPaper,
    /// Of an attached paper from the list of papers.
    Removal,
}

impl Change {
    async fn make(self, customer: &Client, draft: &Draft) {
        let documents = draft.step("documents");
        let changed = match self {
            Self::Vehicle => customer.post(&draft.step("vehicle"), &vehicle_on("2026-11-21")).await,
            Self::Crew => {
                let fields = [("driver_name", "Mahesh Patel"), ("driver_phone", "98200 00003")];
                customer.post(&draft.step("crew"), &fields).await
            }
            Self::NewPaper => {
                customer.post_multipart(&documents, Form::new().part("vehicle_insurance", PDF.part())).await
            }
            Self::Day => {
                let form = Form::new().text("puc_valid_until", "2027-02-28");
                customer.post_multipart(&documents, form).await
            }
            Self::NoPaper => customer.post_multipart(&documents, Form::new().text("detach", "puc")).await,
            Self::Removal => {
                let paper = customer.get(&documents).await.attribute(".on-file a", "href");
                customer.post(&format!("{paper}/remove"), &[]).await
            }
        };
        assert_eq!(changed.status, 303, "{self:?}: {}", changed.text());
    }
}

#[tokio::test]
async fn a_made_up_version_submits_nothing() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let before = written(&app).await;
    for version in ["", "x", "-1", "0", "2147483648", "٢", "2 "] {
        let fields = [("consent", "yes"), ("draft_version", version)];
        asha.post(&draft.step("review"), &fields).await.expect_status(409);
    }
    assert_eq!(written(&app).await, before);
}

#[tokio::test]
async fn submitting_again_leads_to_the_same_page_and_submits_nothing_more() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let version = asha.get(&draft.step("review")).await.field_value("draft_version");
    let fields = [("consent", "yes"), ("draft_version", version.as_str())];
    let first = asha.post(&draft.step("review"), &fields).await.expect_status(303);
    let before = written(&app).await;
    for fields in [&fields[..], &fields[1..], &[]] {
        let again = asha.post(&draft.step("review"), fields).await.expect_status(303);
        assert_eq!(again.location(), first.location());
    }
    assert_eq!(asha.get(&draft.step("review")).await.location(), first.location());
    assert_eq!(written(&app).await, before);
    assert_eq!(count(&app, &draft.id, SUBMISSION_CREATED).await, 1);
}

#[tokio::test]
async fn a_draft_without_a_driver_is_not_submitted() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let opened = asha.post("/submissions/new", &vehicle_on(TODAY)).await;
    let draft = Draft { id: opened.location().replace("/submissions/", "") };
    let review = asha.get(&draft.step("review")).await;
    assert_eq!(review.all(".alert.warning li"), ["Enter the driver"]);
    assert_eq!(review.attribute(".alert.warning a", "href"), draft.step("crew"));

    let before = written(&app).await;
    let refused = draft.submit(&asha).await.expect_status(422);
    assert_eq!(refused.all("#problem li"), ["Enter the driver"]);
    assert_eq!(written(&app).await, before);
    assert_eq!(count(&app, &draft.id, SUBMISSION_REFUSED).await, 1);
}

#[tokio::test]
async fn a_draft_whose_day_has_passed_is_submitted_for_another_day_only() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    app.clock.advance(Duration::days(1));
    let asha = app.customer("Asha").await;
    let refused = draft.submit(&asha).await.expect_status(422);
    assert_eq!(refused.all("#problem li"), ["The expected day has passed. Choose another."]);
    let tasks = asha.get(&draft.path()).await.all(".tasks .badge");
    assert_eq!(tasks, ["To do", "Done", "0 of 8", "To do"]);

    asha.post(&draft.step("vehicle"), &vehicle_on("2026-11-21")).await.expect_status(303);
    draft.submit(&asha).await.expect_status(303);
}

/// Entries of 25 November: each paper that the gate looks at ran out on the day before.
async fn drafts_with_a_paper_run_out(app: &App) -> Vec<(Draft, &'static str)> {
    let asha = app.customer("Asha").await;
    let mut drafts = Vec::new();
    for (place, (document_type, name)) in [
        ("vehicle_registration", "Vehicle registration"),
        ("vehicle_insurance", "Vehicle insurance"),
        ("puc", "PUC certificate"),
        ("driver_license", "Driving licence"),
    ]
    .into_iter()
    .enumerate()
    {
        let entry = Entry::for_vehicle(&format!("MH 12 AB {place:04}")).on("2026-11-25");
        let entry = entry.driven_by("Ramesh Kumar", &format!("98200 {place:05}"));
        drafts.push((entry.with_paper(document_type, "2026-11-24").drafted_by(&asha).await, name));
    }
    drafts
}

#[tokio::test]
async fn a_paper_that_runs_out_before_the_expected_day_keeps_an_entry_from_being_submitted() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for (draft, paper) in drafts_with_a_paper_run_out(&app).await {
        let before = written(&app).await;
        let message = format!("{paper}: not valid any more on the expected day. Hand in the renewed one.");
        let review = asha.get(&draft.step("review")).await;
        assert_eq!(review.all(".alert.warning li"), [message.as_str()]);
        assert_eq!(review.attribute(".alert.warning a", "href"), draft.step("documents"));
        let refused = draft.submit(&asha).await.expect_status(422);
        assert_eq!(refused.all("#problem li"), [message]);
        assert_eq!(written(&app).await, before, "{paper}");
    }
}

#[tokio::test]
async fn a_paper_that_has_run_out_only_warns_where_the_site_says_so() {
    let app = App::spawn_with(&[("EXPIRED_PAPERS", "warn")]).await;
    let asha = app.customer("Asha").await;
    for (draft, _) in drafts_with_a_paper_run_out(&app).await {
        draft.submit(&asha).await.expect_status(303);
    }
}

#[tokio::test]
async fn a_paper_is_valid_on_its_last_day() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").on("2026-11-25").with_paper("puc", "2026-11-25");
    entry.submitted_by(&asha).await;
}

/// Who is on the blacklist.
#[derive(Clone, Copy, Debug)]
enum Banned {
    Vehicle,
    Driver,
    Helper,
}

const EVERY_BAN: [Banned; 3] = [Banned::Vehicle, Banned::Driver, Banned::Helper];

/// The entry that a ban is about; each has a vehicle and a crew of its own.
fn entry(who: Banned) -> Entry {
    let [vehicle, driver, helper] = names(who);
    Entry::for_vehicle(&vehicle).driven_by("Ramesh Kumar", &driver).helped_by("Suresh Yadav", &helper)
}

/// Its vehicle's number, its driver's phone and its helper's.
fn names(who: Banned) -> [String; 3] {
    let number = who as u8;
    [format!("MH 12 AB {number:04}"), format!("98200 1{number:04}"), format!("98200 2{number:04}")]
}

/// Bans who came with an entry before.
async fn ban(app: &App, who: Banned, from: DateTime<Utc>, until: Option<DateTime<Utc>>) {
    let [vehicle, driver, helper] = names(who);
    let transaction = app.state().database.write().await.unwrap();
    let banned = match who {
        Banned::Vehicle => {
            use vehicle::Column::{BlacklistedFrom, BlacklistedUntil, RegistrationNo as Number};
            vehicle::Entity::update_many()
                .col_expr(BlacklistedFrom, Expr::value(from))
                .col_expr(BlacklistedUntil, Expr::value(until))
                .filter(Number.eq(RegistrationNo::parse(&vehicle).unwrap()))
                .exec(&*transaction)
                .await
        }
        Banned::Driver | Banned::Helper => {
            use crew_member::Column::{BlacklistedFrom, BlacklistedUntil, Phone};
            let phone = if matches!(who, Banned::Driver) { driver } else { helper };
            crew_member::Entity::update_many()
                .col_expr(BlacklistedFrom, Expr::value(from))
                .col_expr(BlacklistedUntil, Expr::value(until))
                .filter(Phone.eq(PhoneNumber::parse(&phone).unwrap()))
                .exec(&*transaction)
                .await
        }
    };
    assert_eq!(banned.unwrap().rows_affected, 1, "{who:?}");
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn who_is_on_the_blacklist_is_kept_out_and_the_customer_is_not_told_who() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for who in EVERY_BAN {
        entry(who).submitted_by(&asha).await;
        ban(&app, who, app.clock.now(), None).await;
        let draft = entry(who).drafted_by(&asha).await;

        let before = written(&app).await;
        let refused = draft.submit(&asha).await.expect_status(422);
        assert_eq!(refused.all("#problem li"), [CONTACT_THE_PLANT], "{who:?}");
        assert_eq!(refused.all("p.error"), [""; 0], "{who:?}");
        assert!(!refused.text().to_lowercase().contains("blacklist"), "{who:?}: {}", refused.text());
        assert_eq!(written(&app).await, before, "{who:?}");
        assert_eq!(count(&app, &draft.id, SUBMISSION_REFUSED).await, 1, "{who:?}");
    }
}

#[tokio::test]
async fn whose_ban_is_over_or_has_not_begun_may_come() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for who in EVERY_BAN {
        entry(who).submitted_by(&asha).await;
        let now = app.clock.now();
        ban(&app, who, now - Duration::days(2), Some(now)).await;
        entry(who).submitted_by(&asha).await;
        ban(&app, who, now + Duration::days(1), None).await;
        entry(who).submitted_by(&asha).await;
    }
}

#[tokio::test]
async fn an_entry_of_who_was_banned_since_is_not_approved() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    for who in EVERY_BAN {
        let entry = entry(who).submitted_by(&asha).await;
        ban(&app, who, app.clock.now(), None).await;
        let refused = supervisor.post(&entry.desk("/approve"), &[]).await.expect_status(409);
        assert_eq!(
            refused.text_of("h1 + p"),
            "The vehicle or one of its crew is on the blacklist.",
            "{who:?}"
        );
        assert_eq!(
            asha.get(&entry.path("")).await.text_of(".title .badge"),
            "Waiting for decision",
            "{who:?}"
        );
        assert_eq!(count(&app, &entry.id, MOVE_REFUSED).await, 1, "{who:?}");
    }
}
