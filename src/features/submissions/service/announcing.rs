//! Who is told what about a submission, in the transaction of the change.

use chrono::Duration;
use sea_orm::EntityTrait as _;

use super::decisions::{MoveError, refuse};
use super::drafts::{find_own, lock_own};
use super::text_budget;
use crate::features::accounts::service::throttle::{self, Counter, Purpose};
use crate::features::audit::service::{self as audit, Event};
use crate::features::notifications::service::outbox::{Message, enqueue};
use crate::kernel::access::Customer;
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::delivery::actions::MESSAGE_RESENT;
use crate::kernel::entity::account;
use crate::kernel::entity::notification::NotificationKind;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::SubmissionId;

/// How often an hour a customer may have the messages of one submission sent again.
const AGAIN_PER_HOUR: i32 = 5;

/// The customer and the driver get the pass.
pub async fn submitted(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &submission::Model,
) -> Result<(), AppError> {
    announce(state, transaction, row, NotificationKind::SubmissionReceived, NotificationKind::DriverPass)
        .await
}

/// The customer reads why, and the driver that the pass is void.
pub async fn rejected(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &submission::Model,
) -> Result<(), AppError> {
    announce(
        state,
        transaction,
        row,
        NotificationKind::SubmissionRejected,
        NotificationKind::DriverPassWithdrawn,
    )
    .await
}

/// The customer has it in writing, and the driver reads that the pass is void.
pub async fn cancelled(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &submission::Model,
) -> Result<(), AppError> {
    announce(
        state,
        transaction,
        row,
        NotificationKind::SubmissionCancelled,
        NotificationKind::DriverPassWithdrawn,
    )
    .await
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
            let standing = refuse(state, transaction, customer, row, MESSAGE_RESENT).await?;
            return Err(MoveError::NotPossible(Box::new(standing)));
        }
    }
    let event = Event::by(customer, MESSAGE_RESENT).on(id);
    audit::record(state, &transaction, event).await?;
    Ok(transaction.commit().await?)
}

/// Written beside a text message that stays here; in English, for the desk.
const TOO_MANY: &str = "too many text messages to this number or of this customer";

/// Writes `to_customer` as mail and text, and `to_driver` as text. Texts that are too many stay here; the entry does not
/// fail by them.
async fn announce(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &submission::Model,
    to_customer: NotificationKind,
    to_driver: NotificationKind,
) -> Result<(), AppError> {
    let account = account::Entity::find_by_id(row.created_by).one(transaction).await?;
    let language = account.and_then(|account| account.language).unwrap_or_default();
    let subject = row.id.as_uuid();
    let phones = std::iter::once(&row.customer_phone).chain(&row.driver_phone);
    let exceeded = text_budget::exceeded_by(state, transaction, row.organisation_id, phones).await?;
    let text = |kind, phone, language| {
        let text = Message::sms(kind, subject, phone, language);
        if exceeded.contains(&phone) { text.held_because(TOO_MANY) } else { text }
    };
    let in_drivers_language = row.driver_language.unwrap_or_default();
    let driver = row.driver_phone.as_ref().map(|phone| text(to_driver, phone, in_drivers_language));
    let messages = [
        Message::email(to_customer, subject, &row.customer_email, language),
        text(to_customer, &row.customer_phone, language),
    ];
    enqueue(state, transaction, messages.into_iter().chain(driver)).await?;
    Ok(())
}
