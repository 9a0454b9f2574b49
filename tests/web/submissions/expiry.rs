//! The sweep that writes down what has expired.

use chrono::Duration;
use futures_util::future::join_all;
use gatehouse::app::Jobs;
use gatehouse::features::submissions::actions::SUBMISSION_EXPIRED;
use gatehouse::features::submissions::service::expiry::sweep;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::submission::{self, SubmissionStatus};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::support::App;
use crate::support::entries::{Entry, Submitted};

fn entry(number: u32) -> Entry {
    Entry::for_vehicle(&format!("MH 12 AB {number:04}")).with_papers()
}

async fn row_of(app: &App, entry: &Submitted) -> submission::Model {
    let id: gatehouse::kernel::types::SubmissionId = entry.id.parse().unwrap();
    submission::Entity::find_by_id(id).one(app.state().database.reader()).await.unwrap().unwrap()
}

async fn events(app: &App) -> Vec<audit_log::Model> {
    let swept = audit_log::Entity::find().filter(audit_log::Column::Action.eq(SUBMISSION_EXPIRED));
    swept.all(app.state().database.reader()).await.unwrap()
}

#[tokio::test]
async fn what_waited_past_its_window_is_written_down_once_and_nothing_else() {
    let app = App::spawn().await;
    let (asha, supervisor, guard) = (app.customer("Asha").await, app.supervisor().await, app.guard().await);
    let pending = entry(1).submitted_by(&asha).await;
    let approved = entry(2).submitted_by(&asha).await.approved_by(&supervisor).await;
    let inside =
        entry(3).submitted_by(&asha).await.approved_by(&supervisor).await.checked_in_by(&guard).await;
    let cancelled = entry(4).submitted_by(&asha).await.cancelled_by(&asha).await;
    let later = entry(5).on("2026-11-21").submitted_by(&asha).await;
    let draft = entry(6).drafted_by(&asha).await;

    app.clock.advance(Duration::hours(36) - Duration::minutes(1));
    assert_eq!(sweep(app.state()).await.unwrap(), 0, "the window is still open");
    app.clock.advance(Duration::minutes(1));
    assert_eq!(sweep(app.state()).await.unwrap(), 2);
    assert_eq!(sweep(app.state()).await.unwrap(), 0);

    for (entry, before) in [(&pending, "pending"), (&approved, "approved")] {
        let row = row_of(&app, entry).await;
        assert_eq!((row.status, row.ended_at.is_some()), (SubmissionStatus::Expired, true), "{before}");
        let event =
            events(&app).await.into_iter().find(|event| event.root_id == Some(row.id.as_uuid())).unwrap();
        assert_eq!((event.actor.as_str(), event.account_id), ("system", None));
        assert_eq!(event.before.unwrap()["status"], before);
        assert_eq!(event.after.unwrap()["status"], "expired");
    }
    assert_eq!(events(&app).await.len(), 2);
    assert_eq!(row_of(&app, &inside).await.status, SubmissionStatus::Approved);
    assert_eq!(row_of(&app, &cancelled).await.status, SubmissionStatus::Cancelled);
    assert_eq!(row_of(&app, &later).await.status, SubmissionStatus::Pending);
    let asha = app.customer("Asha").await;
    assert_eq!(asha.get(&draft.path()).await.expect_status(200).all(".title .badge"), [""; 0]);
}

#[tokio::test]
async fn many_processes_that_sweep_at_once_share_the_work() {
    const ENTRIES: u32 = 120;
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let model = row_of(&app, &entry(0).submitted_by(&asha).await).await;
    for number in 1..ENTRIES {
        let mut row = submission::ActiveModel::from(model.clone());
        let clock = &app.state().clock;
        row.id = sea_orm::Set(gatehouse::kernel::types::SubmissionId::new(clock.new_uuid()));
        let [.., a, b] = number.to_be_bytes();
        row.reference = sea_orm::Set(gatehouse::kernel::types::Reference::from_bytes([0, 0, 0, a, b]));
        row.pass_token = sea_orm::Set(None);
        row.pass_hash = sea_orm::Set(None);
        row.opened_with = sea_orm::Set(None);
        app.insert(row).await;
    }
    app.clock.advance(Duration::days(2));
    let swept = join_all((0..4).map(|_| sweep(app.state()))).await;
    let swept: u64 = swept.into_iter().map(Result::unwrap).sum();
    assert_eq!(swept, u64::from(ENTRIES));
    assert_eq!(events(&app).await.len(), ENTRIES as usize, "each is told once");
}

#[tokio::test]
async fn who_asks_for_a_swept_entry_is_not_told_that_somebody_decided() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let entry = entry(1).submitted_by(&app.customer("Asha").await).await.approved_by(&supervisor).await;
    app.clock.advance(Duration::days(2));
    for swept in [false, true] {
        if swept {
            assert_eq!(sweep(app.state()).await.unwrap(), 1);
        }
        let refused = app.supervisor().await.post(&entry.desk("/complete"), &[]).await.expect_status(409);
        let explanation = refused.text_of("h1 + p");
        assert!(explanation.starts_with("The entry’s status is now: Expired."), "{explanation}");
        assert!(!explanation.contains("Decided"), "{explanation}");
    }
}

#[tokio::test]
async fn the_process_sweeps_by_itself_and_ends_when_it_is_told_to() {
    let app = App::spawn().await;
    let entry = entry(1).submitted_by(&app.customer("Asha").await).await;
    app.clock.advance(Duration::days(2));
    let jobs = Jobs::start(app.state());
    let swept = async {
        while row_of(&app, &entry).await.status != SubmissionStatus::Expired {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let patience = std::time::Duration::from_secs(30);
    tokio::time::timeout(patience, swept).await.expect("it is swept");
    tokio::time::timeout(patience, jobs.stop()).await.expect("it ends");
    assert_eq!(events(&app).await.len(), 1);
}
