//! Who is told what about a submission, in the transaction of the change.

use chrono::Duration;
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait as _};

use super::decisions::{MoveError, refuse};
use super::drafts::{find_own, lock_own};
use crate::access::Customer;
use crate::entity::account;
use crate::entity::audit_log::AuditAction;
use crate::entity::notification::NotificationKind;
use crate::entity::submission::{self, SubmissionStatus};
use crate::features::accounts::service::throttle::{self, Counter, Purpose};
use crate::features::audit::service::{self as audit, Event};
use crate::features::notifications::service::outbox::{Message, enqueue};
use crate::state::AppState;
use crate::types::{Language, SubmissionId};

/// How often an hour a customer may have the messages of one submission sent again.
const AGAIN_PER_HOUR: i32 = 5;

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

/// Writes the messages that belong to the submission's status once more.
///
/// # Errors
/// When the submission is nobody's to tell about any more, or it was asked for too often.
pub async fn again(state: &AppState, customer: &Customer, id: SubmissionId) -> Result<(), MoveError> {
    find_own(state, customer, id).await?.ok_or(MoveError::NotFound)?;
    let subject = id.to_string();
    let counter = Counter { purpose: Purpose::Resend, subject: &subject, address: "" };
    throttle::count(state, counter, AGAIN_PER_HOUR, Duration::hours(1)).await?;
    let transaction = state.database.write().await?;
    let row = lock_own(&transaction, customer, id).await?.ok_or(MoveError::NotFound)?;
    match row.status_at(state.clock.now()) {
        SubmissionStatus::Pending | SubmissionStatus::Approved => {
            submitted(state, &transaction, &row).await?;
        }
        SubmissionStatus::Rejected => rejected(state, &transaction, &row).await?,
        SubmissionStatus::Cancelled => cancelled(state, &transaction, &row).await?,
        SubmissionStatus::Draft | SubmissionStatus::Completed | SubmissionStatus::Expired => {
            let standing = refuse(state, transaction, customer, row, AuditAction::MessageResent).await?;
            return Err(MoveError::NotPossible(Box::new(standing)));
        }
    }
    let event = Event::by(customer, AuditAction::MessageResent).on(id);
    audit::record(state, &transaction, event).await?;
    Ok(transaction.commit().await?)
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
    enqueue(state, transaction, Message::sms(kind, subject, &row.customer_phone, language)).await?;
    Ok(())
}

async fn to_driver(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &submission::Model,
    kind: NotificationKind,
) -> Result<(), DbErr> {
    let Some(phone) = &row.driver_phone else { return Ok(()) };
    let language: Language = row.driver_language.unwrap_or_default();
    enqueue(state, transaction, Message::sms(kind, row.id.as_uuid(), phone, language)).await?;
    Ok(())
}
