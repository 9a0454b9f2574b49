//! Writing messages, in the transaction of the change that they tell of.

use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _,
    prelude::Json,
    sea_query::{LockBehavior, LockType},
};
use serde_json::json;
use uuid::Uuid;

use crate::entity::audit_log::AuditAction;
use crate::entity::notification::{self, Channel, DeliveryState, NotificationKind};
use crate::features::audit::service::{self as audit, Event};
use crate::state::AppState;
use crate::types::{EmailAddress, Language, NotificationId, PhoneNumber, SubmissionId};

/// A message that is to be sent.
#[derive(Debug)]
pub struct Message {
    kind: NotificationKind,
    channel: Channel,
    subject: Uuid,
    address: String,
    language: Language,
    secret: Option<String>,
}

impl Message {
    /// An e-mail about `subject`: the id of the submission or of the account that `kind` is about.
    pub fn email(kind: NotificationKind, subject: Uuid, to: &EmailAddress, language: Language) -> Self {
        Self::new(kind, Channel::Email, subject, to.as_str(), language)
    }

    /// A text message about `subject`.
    pub fn sms(kind: NotificationKind, subject: Uuid, to: &PhoneNumber, language: Language) -> Self {
        Self::new(kind, Channel::Sms, subject, to.as_str(), language)
    }

    /// With what its link needs, at most 200 bytes: kept sealed until the message is sent, and never shown.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.secret = Some(secret.to_owned());
        self
    }

    pub(super) fn new(
        kind: NotificationKind,
        channel: Channel,
        subject: Uuid,
        address: &str,
        language: Language,
    ) -> Self {
        Self { kind, channel, subject, address: address.to_owned(), language, secret: None }
    }
}

/// Writes `message` into the outbox. It is sent once `transaction` is committed, by whichever process comes first.
///
/// `false`: the same message about a submission waits already, and is due now. It says what holds when it is
/// sent, so that a second one would tell nothing new.
pub async fn enqueue(
    state: &AppState,
    transaction: &DatabaseTransaction,
    message: Message,
) -> Result<bool, DbErr> {
    let now = state.clock.now();
    if message.kind.is_about_submission()
        && let Some(waiting) = waiting(transaction, &message).await?
    {
        let mut waiting = waiting.into_active_model();
        waiting.next_attempt_at = Set(now);
        waiting.update(transaction).await?;
        state.bell.notify_one();
        return Ok(false);
    }
    let id = NotificationId::new(state.clock.new_uuid());
    let row = notification::ActiveModel {
        id: Set(id),
        kind: Set(message.kind),
        channel: Set(message.channel),
        subject_id: Set(message.subject),
        address: Set(message.address),
        language: Set(message.language),
        secret: Set(message.secret.map(|secret| state.keys.seal(&seal_context(id), secret.as_bytes()))),
        state: Set(DeliveryState::Queued),
        attempts: Set(0),
        next_attempt_at: Set(now),
        leased_until: Set(None),
        last_error: Set(None),
        created_at: Set(now),
        sent_at: Set(None),
    };
    let row = row.insert(transaction).await?;
    if row.channel == Channel::Sms {
        audit::record(state, transaction, event(AuditAction::SmsQueued, &row, json!({}))).await?;
    }
    state.bell.notify_one();
    Ok(true)
}

/// The same message, if it waits: locked, so that it is not sent before the transaction ends.
async fn waiting(
    transaction: &DatabaseTransaction,
    message: &Message,
) -> Result<Option<notification::Model>, DbErr> {
    use notification::Column;
    notification::Entity::find()
        .filter(Column::SubjectId.eq(message.subject))
        .filter(Column::State.eq(DeliveryState::Queued))
        .filter(Column::Kind.eq(message.kind))
        .filter(Column::Channel.eq(message.channel))
        .filter(Column::Address.eq(&message.address))
        .filter(Column::LeasedUntil.is_null())
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(transaction)
        .await
}

/// An event of a message's way. `after` gets the message's kind as well.
pub(super) fn event(action: AuditAction, message: &notification::Model, mut after: Json) -> Event {
    after["kind"] = json!(message.kind.to_value());
    on_submission(Event::by_system(action).about(message.id.as_uuid()).after(after), message)
}

/// `event`, with the submission that `message` is about.
pub(super) fn on_submission(event: Event, message: &notification::Model) -> Event {
    if message.kind.is_about_submission() { event.on(SubmissionId::new(message.subject_id)) } else { event }
}

/// What binds a message's secret to its row.
pub(super) fn seal_context(id: NotificationId) -> String {
    format!("notification {id}")
}
