//! Who is told what about a submission, in the transaction of the change.

use sea_orm::{DatabaseTransaction, DbErr, EntityTrait as _};

use crate::entity::notification::NotificationKind;
use crate::entity::{account, submission};
use crate::features::notifications::service::outbox::{Message, enqueue};
use crate::state::AppState;
use crate::types::Language;

/// The customer and the driver get the pass.
pub async fn submitted(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &submission::Model,
) -> Result<(), DbErr> {
    to_customer(state, transaction, row, NotificationKind::SubmissionReceived).await?;
    to_driver(state, transaction, row, NotificationKind::DriverPass).await
}

/// The customer reads why, and the driver that the pass is void.
pub async fn rejected(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &submission::Model,
) -> Result<(), DbErr> {
    to_customer(state, transaction, row, NotificationKind::SubmissionRejected).await?;
    to_driver(state, transaction, row, NotificationKind::DriverPassWithdrawn).await
}

/// The customer has it in writing, and the driver reads that the pass is void.
pub async fn cancelled(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &submission::Model,
) -> Result<(), DbErr> {
    to_customer(state, transaction, row, NotificationKind::SubmissionCancelled).await?;
    to_driver(state, transaction, row, NotificationKind::DriverPassWithdrawn).await
}

async fn to_customer(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &submission::Model,
    kind: NotificationKind,
) -> Result<(), DbErr> {
    let account = account::Entity::find_by_id(row.created_by).one(transaction).await?;
    let language = account.and_then(|account| account.language).unwrap_or_default();
    let subject = row.id.as_uuid();
    enqueue(state, transaction, Message::email(kind, subject, &row.customer_email, language)).await?;
    enqueue(state, transaction, Message::sms(kind, subject, &row.customer_phone, language)).await
}

async fn to_driver(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &submission::Model,
    kind: NotificationKind,
) -> Result<(), DbErr> {
    let Some(phone) = &row.driver_phone else { return Ok(()) };
    let language: Language = row.driver_language.unwrap_or_default();
    enqueue(state, transaction, Message::sms(kind, row.id.as_uuid(), phone, language)).await
}
