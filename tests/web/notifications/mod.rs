//! Messages: what they say, to whom, how they get there, and what the desk sees of them.

mod budgets;
mod delivery;
mod desk;
mod words;

use gatehouse::kernel::access::By;
use gatehouse::kernel::audit::Action;
use gatehouse::kernel::delivery::outbox::Message;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::notification;
use gatehouse::kernel::types::SubmissionId;
use gatehouse::kernel::work::Work;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _};

use crate::support::App;

/// Every message in the outbox, in the order written.
async fn outbox(app: &App) -> Vec<notification::Model> {
    let all = notification::Entity::find().order_by_asc(notification::Column::Id);
    all.all(app.state().database.reader()).await.unwrap()
}

/// The messages about a submission, in the order written.
async fn outbox_of(app: &App, submission: &str) -> Vec<notification::Model> {
    let id: SubmissionId = submission.parse().unwrap();
    outbox(app).await.into_iter().filter(|message| message.subject_id == id.as_uuid()).collect()
}

/// Writes messages, as a service would.
async fn write(app: &App, messages: Vec<Message>) {
    let mut work = Work::begin(app.state(), By::system()).await.unwrap();
    for message in messages {
        work.tell(message);
    }
    work.commit().await.unwrap();
}

/// How often something happened.
async fn times(app: &App, action: Action) -> u64 {
    let events = audit_log::Entity::find().filter(audit_log::Column::Action.eq(action));
    events.count(app.state().database.reader()).await.unwrap()
}
