//! What the desk says of vehicles and people, and puts right about them.

mod crew;
mod merging;
mod vehicles;

use gatehouse::kernel::audit::Action;
use gatehouse::kernel::entity::{audit_log, submission};
use gatehouse::kernel::types::SubmissionId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::Value;

use crate::support::entries::Submitted;
use crate::support::{App, Client, Page};

/// The row of an entry.
async fn row(app: &App, entry: &Submitted) -> submission::Model {
    let id: SubmissionId = entry.id.parse().unwrap();
    submission::Entity::find_by_id(id).one(app.state().database.reader()).await.unwrap().unwrap()
}

/// Where the desk finds the vehicle of an entry.
async fn vehicle_of(app: &App, entry: &Submitted) -> String {
    format!("/admin/vehicles/{}", row(app, entry).await.vehicle_id)
}

/// Where the desk finds the driver of an entry.
async fn driver_of(app: &App, entry: &Submitted) -> String {
    format!("/admin/crew/{}", row(app, entry).await.driver_id.unwrap())
}

/// Sends a form of the page at `path`.
async fn send(supervisor: &Client, path: &str, form: &str, fields: &[(&str, &str)]) -> Page {
    supervisor.post(&format!("{path}/{form}"), fields).await
}

/// The version that a page shows in its forms.
#[track_caller]
fn seen_on(page: &Page) -> String {
    page.attribute("form[action$='/remark'] input[name=seen]", "value")
}

/// What the audit trail keeps of `action`, before and after, the first first.
async fn changes(app: &App, action: Action) -> Vec<(Value, Value)> {
    let events = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq(action))
        .order_by_asc(audit_log::Column::Id)
        .all(app.state().database.reader())
        .await
        .unwrap();
    events
        .into_iter()
        .map(|event| (event.before.unwrap_or_default(), event.after.unwrap_or_default()))
        .collect()
}
