//! Writing messages, in the transaction of the change that they tell of.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    prelude::Json,
    sea_query::{Expr, LockBehavior, LockType},
};
use serde_json::json;

use super::MessageKind;
use super::actions::{SMS_HELD, SMS_QUEUED};
use crate::kernel::access::By;
use crate::kernel::audit::{Action, Event, Subject};
use crate::kernel::clock::Clock;
use crate::kernel::entity::notification::{self, Channel, Column, DeliveryState, Says};
use crate::kernel::keys::Keys;
use crate::kernel::types::{EmailAddress, Language, NotificationId, PhoneNumber};

/// A message that is to be sent.
#[derive(Clone, Debug)]
pub struct Message {
    kind: String,
    says: Says,
    channel: Channel,
    subject: Subject,
    address: String,
    language: Language,
    secret: Option<String>,
    held: Option<&'static str>,
}

impl Message {
    /// An e-mail about `subject`.
    pub fn email(
        kind: MessageKind,
        subject: impl Into<Subject>,
        to: &EmailAddress,
        language: Language,
    ) -> Self {
        Self::new(kind, Channel::Email, subject.into(), to.as_str(), language)
    }

    /// A text message about `subject`.
    pub fn sms(kind: MessageKind, subject: impl Into<Subject>, to: &PhoneNumber, language: Language) -> Self {
        Self::new(kind, Channel::Sms, subject.into(), to.as_str(), language)
    }

    /// The same as one that was written before, without what its link needed.
    pub fn again(row: &notification::Model) -> Self {
        Self {
            kind: row.kind.clone(),
            says: row.says,
            channel: row.channel,
            subject: row.subject(),
            address: row.address.clone(),
            language: row.language,
            secret: None,
            held: None,
        }
    }

    /// With what its link needs, at most 200 bytes: kept sealed until the message is sent, and never shown.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.secret = Some(secret.to_owned());
        self
    }

    /// Written and not sent; why not, in English, for the desk, which may send it all the same.
    #[must_use]
    pub fn held_because(mut self, why: &'static str) -> Self {
        self.held = Some(why);
        self
    }

    fn new(kind: MessageKind, channel: Channel, subject: Subject, address: &str, language: Language) -> Self {
        Self {
            kind: kind.code.to_owned(),
            says: kind.says,
            channel,
            subject,
            address: address.to_owned(),
            language,
            secret: None,
            held: None,
        }
    }

    /// Whether `waiting` tells the same to the same.
    fn is(&self, waiting: &notification::Model) -> bool {
        (&self.kind, self.channel, self.subject.id()) == (&waiting.kind, waiting.channel, waiting.subject_id)
            && self.address == waiting.address
    }

    fn into_row(self, clock: &Clock, keys: &Keys, now: DateTime<Utc>) -> notification::Model {
        let id = NotificationId::new(clock.new_uuid());
        notification::Model {
            id,
            kind: self.kind,
            says: self.says,
            channel: self.channel,
            subject_kind: self.subject.kind().to_owned(),
            subject_id: self.subject.id(),
            subject_label: self.subject.label().to_owned(),
            address: self.address,
            language: self.language,
            secret: self.secret.map(|secret| keys.seal(&seal_context(id), secret.as_bytes())),
            state: if self.held.is_some() { DeliveryState::Held } else { DeliveryState::Queued },
            attempts: 0,
            next_attempt_at: now,
            leased_until: None,
            last_error: self.held.map(ToOwned::to_owned),
            created_at: now,
            sent_at: None,
        }
    }
}

/// Writes `messages`, no two of them alike, into the outbox, and answers the events of the new ones. They are sent once
/// `transaction` is committed, by whichever process comes first.
///
/// The same message that waits already is due now instead, if it says how it stands when it is sent.
///
/// # Errors
/// When the database does not answer.
pub async fn write(
    clock: &Clock,
    keys: &Keys,
    transaction: &impl ConnectionTrait,
    now: DateTime<Utc>,
    mut messages: Vec<Message>,
) -> Result<Vec<Event>, DbErr> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let mut waiting = waiting(transaction, &messages).await?;
    waiting.retain(|waiting| messages.iter().any(|message| message.is(waiting)));
    if !waiting.is_empty() {
        notification::Entity::update_many()
            .col_expr(Column::NextAttemptAt, Expr::value(now))
            .filter(Column::Id.is_in(waiting.iter().map(|waiting| waiting.id)))
            .exec(transaction)
            .await?;
        messages.retain(|message| !waiting.iter().any(|waiting| message.is(waiting)));
    }
    let rows: Vec<_> = messages.into_iter().map(|message| message.into_row(clock, keys, now)).collect();
    let texts = rows.iter().filter(|row| row.channel == Channel::Sms);
    let events = texts
        .map(|row| match &row.last_error {
            None => event(SMS_QUEUED, row, json!({})),
            Some(why) => event(SMS_HELD, row, json!({ "reason": why })),
        })
        .collect();
    let rows = rows.into_iter().map(notification::ActiveModel::from);
    notification::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    Ok(events)
}

/// Whether the same as `message` waits already.
///
/// # Errors
/// When the database does not answer.
pub async fn is_waiting(transaction: &impl ConnectionTrait, message: &Message) -> Result<bool, DbErr> {
    let waiting = waiting(transaction, std::slice::from_ref(message)).await?;
    Ok(waiting.iter().any(|waiting| message.is(waiting)))
}

/// What waits about the subjects of those of `messages` that say how it stands: locked, so that it is not sent before
/// the transaction ends.
async fn waiting(
    transaction: &impl ConnectionTrait,
    messages: &[Message],
) -> Result<Vec<notification::Model>, DbErr> {
    let about: Vec<&Message> = messages.iter().filter(|message| message.says == Says::State).collect();
    if about.is_empty() {
        return Ok(Vec::new());
    }
    notification::Entity::find()
        .filter(Column::SubjectId.is_in(about.iter().map(|message| message.subject.id())))
        .filter(Column::Kind.is_in(about.iter().map(|message| message.kind.as_str())))
        .filter(Column::Address.is_in(about.iter().map(|message| message.address.as_str())))
        .filter(Column::State.eq(DeliveryState::Queued))
        .filter(Column::LeasedUntil.is_null())
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(transaction)
        .await
}

/// An event of a message's way, by the application itself. `after` gets the message's kind as well.
pub fn event(action: Action, message: &notification::Model, mut after: Json) -> Event {
    after["kind"] = json!(message.kind);
    Event::of(action).done_by(By::system()).about(message).under(message.subject()).after(after)
}

/// What binds a message's secret to its row.
pub fn seal_context(id: NotificationId) -> String {
    format!("notification {id}")
}
