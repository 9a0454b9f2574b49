//! What the desk sees of messages, and sending one again. What a message says, and its secret, are never told.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde_json::json;

use crate::kernel::access::Supervisor;
use crate::kernel::audit::Event;
use crate::kernel::delivery::actions::MESSAGE_RESENT;
use crate::kernel::delivery::outbox::{self, Message};
use crate::kernel::dispatch::{Render, Rendered};
use crate::kernel::entity::notification::{self, Column, DeliveryState, Says};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::telemetry::metrics::Sample;
use crate::kernel::types::{NotificationId, SubmissionId};
use crate::kernel::work::Work;

/// Messages of a submission that its pages show at most: the latest.
const OF_SUBMISSION: u64 = 30;

/// All messages, the latest first: `limit` of them, those behind `after`.
pub async fn all(
    state: &AppState,
    _: &Supervisor,
    delivery: Option<DeliveryState>,
    after: Option<NotificationId>,
    limit: u64,
) -> Result<Vec<notification::Model>, DbErr> {
    let mut query = notification::Entity::find();
    if let Some(delivery) = delivery {
        query = query.filter(Column::State.eq(delivery));
    }
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after));
    }
    query.order_by_desc(Column::Id).limit(limit).all(state.database.reader()).await
}

/// The messages of a submission, oldest first, for those who may read the submission.
pub async fn of_submission(
    state: &AppState,
    submission: SubmissionId,
) -> Result<Vec<notification::Model>, DbErr> {
    let mut found = notification::Entity::find()
        .filter(Column::SubjectId.eq(submission.as_uuid()))
        .order_by_desc(Column::Id)
        .limit(OF_SUBMISSION)
        .all(state.database.reader())
        .await?;
    found.reverse();
    Ok(found)
}

/// What the outbox holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Messages that wait for their first or their next attempt.
    pub messages: u64,
    /// When the oldest of them was written.
    pub since: Option<DateTime<Utc>>,
}

/// What the outbox holds, over all processes.
pub async fn waiting(state: &AppState) -> Result<Waiting, DbErr> {
    let queued = notification::Entity::find().filter(Column::State.eq(DeliveryState::Queued));
    let messages = queued.clone().count(state.database.reader()).await?;
    let oldest = queued.order_by_asc(Column::Id).one(state.database.reader()).await?;
    Ok(Waiting { messages, since: oldest.map(|oldest| oldest.created_at) })
}

/// What `/metrics` tells of them.
pub async fn gauges(state: &AppState) -> Result<Vec<Sample>, AppError> {
    let waiting = waiting(state).await?;
    let age = waiting.since.map_or(0, |since| (state.clock.now() - since).num_seconds().max(0));
    #[expect(clippy::cast_precision_loss, reason = "Prometheus knows floating point alone")]
    let (messages, age) = (waiting.messages as f64, age as f64);
    Ok(vec![
        Sample { name: "gatehouse_outbox_messages", help: "Messages that wait to be sent.", value: messages },
        Sample {
            name: "gatehouse_outbox_oldest_seconds",
            help: "Age of the oldest message that waits.",
            value: age,
        },
    ])
}

/// Why a message was not written again.
#[derive(Debug)]
pub enum ResendError {
    /// There is none.
    NotFound,
    /// It is still being tried.
    Queued,
    /// It bears a secret, which only its receiver may ask for anew.
    HasSecret,
    /// It tells of a moment that has passed.
    OfAMoment,
    /// There is nothing to say any more, and why not.
    Pointless(&'static str),
    /// It could not be tried.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for ResendError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Writes a message once more, to the same address.
///
/// # Errors
/// Why it was not; then nothing was written.
pub async fn resend(
    state: &AppState,
    supervisor: &Supervisor,
    render: Render,
    id: NotificationId,
) -> Result<(), ResendError> {
    let found = notification::Entity::find_by_id(id).one(state.database.reader()).await?;
    let message = found.ok_or(ResendError::NotFound)?;
    match message.says {
        Says::Secret => return Err(ResendError::HasSecret),
        Says::Moment => return Err(ResendError::OfAMoment),
        Says::State => {}
    }
    if let Rendered::Pointless(why) = render(state, &message, None).await? {
        return Err(ResendError::Pointless(why));
    }
    let mut work = Work::begin(state, supervisor).await?;
    let found = notification::Entity::find_by_id(id).lock_exclusive().one(&work).await?;
    let message = found.ok_or(ResendError::NotFound)?;
    let again = Message::again(&message);
    if message.state == DeliveryState::Queued || outbox::is_waiting(&work, &again).await? {
        return Err(ResendError::Queued);
    }
    let after = json!({ "kind": message.kind });
    work.note(Event::of(MESSAGE_RESENT).about(&message).under(message.subject()).after(after));
    work.tell(again);
    Ok(work.commit().await?)
}
