//! Writes the audit log, in the transaction of the change that it tells of.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, prelude::Json,
};
use uuid::Uuid;

use crate::access::{Actor, Supervisor};
use crate::entity::audit_log::{self, AuditAction};
use crate::state::AppState;
use crate::types::{AuditId, SubmissionId};

/// One entry of the log.
#[derive(Debug)]
pub struct Event(audit_log::ActiveModel);

impl Event {
    /// `action`, done by `actor`.
    pub fn by(actor: &Actor, action: AuditAction) -> Self {
        Self::new(action, Some(actor), actor.email().as_str(), actor.address())
    }

    /// `action`, done by somebody who is not signed in and says to be `name`.
    pub fn by_stranger(name: &str, address: &str, action: AuditAction) -> Self {
        Self::new(action, None, name, address)
    }

    /// `action`, done at the command line or by the application itself.
    pub fn by_system(action: AuditAction) -> Self {
        Self::new(action, None, "system", "")
    }

    fn new(action: AuditAction, actor: Option<&Actor>, name: &str, address: &str) -> Self {
        Self(audit_log::ActiveModel {
            account_id: Set(actor.map(Actor::account)),
            actor: Set(name.to_owned()),
            address: Set(address.to_owned()),
            action: Set(action),
            submission_id: Set(None),
            subject_id: Set(None),
            before: Set(None),
            after: Set(None),
            ..Default::default()
        })
    }

    /// The submission that it is about.
    #[must_use]
    pub fn on(mut self, submission: SubmissionId) -> Self {
        self.0.submission_id = Set(Some(submission));
        self
    }

    /// The other row that it is about.
    #[must_use]
    pub fn about(mut self, subject: Uuid) -> Self {
        self.0.subject_id = Set(Some(subject));
        self
    }

    /// What it was.
    #[must_use]
    pub fn before(mut self, before: Json) -> Self {
        self.0.before = Set(Some(before));
        self
    }

    /// What it became.
    #[must_use]
    pub fn after(mut self, after: Json) -> Self {
        self.0.after = Set(Some(after));
        self
    }
}

/// Writes `event` with the change that it tells of.
pub async fn record(state: &AppState, transaction: &DatabaseTransaction, event: Event) -> Result<(), DbErr> {
    let mut row = event.0;
    row.id = Set(AuditId::new(state.clock.new_uuid()));
    row.at = Set(state.clock.now());
    row.insert(transaction).await?;
    Ok(())
}

/// Writes an event that changes nothing else: a refusal by a rule.
pub async fn record_alone(state: &AppState, event: Event) -> Result<(), DbErr> {
    let transaction = state.database.write().await?;
    record(state, &transaction, event).await?;
    transaction.commit().await
}

/// What workers of the outbox note: too much of it, when a mail server is away, to stand among what people did.
const DELIVERIES: [AuditAction; 5] = [
    AuditAction::SmsQueued,
    AuditAction::EmailSent,
    AuditAction::SmsSent,
    AuditAction::EmailFailed,
    AuditAction::SmsFailed,
];

/// The latest events of a submission, at most 200, oldest first. The fate of its messages is told by the messages.
pub async fn of_submission(
    state: &AppState,
    submission: SubmissionId,
) -> Result<Vec<audit_log::Model>, DbErr> {
    let mut events = audit_log::Entity::find()
        .filter(audit_log::Column::SubmissionId.eq(submission))
        .filter(audit_log::Column::Action.is_not_in(DELIVERIES))
        .order_by_desc(audit_log::Column::Id)
        .limit(200)
        .all(state.database.reader())
        .await?;
    events.reverse();
    Ok(events)
}

/// The latest events about `subject`, at most 50, the latest first.
pub async fn about(state: &AppState, _: &Supervisor, subject: Uuid) -> Result<Vec<audit_log::Model>, DbErr> {
    audit_log::Entity::find()
        .filter(audit_log::Column::SubjectId.eq(subject))
        .order_by_desc(audit_log::Column::Id)
        .limit(50)
        .all(state.database.reader())
        .await
}
