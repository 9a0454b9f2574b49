//! Who is told what about a submission, in the transaction of the change.

use chrono::Duration;
use sea_orm::EntityTrait as _;

use super::decisions::{MoveError, refuse};
use super::drafts::{find_own, lock_own};
use super::text_budget;
use crate::features::accounts::service::throttle::{self, Counter, Purpose};
use crate::features::submissions::messages;
use crate::kernel::access::Customer;
use crate::kernel::audit::Event;
use crate::kernel::delivery::MessageKind;
use crate::kernel::delivery::actions::MESSAGE_RESENT;
use crate::kernel::delivery::outbox::Message;
use crate::kernel::entity::account;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::SubmissionId;
use crate::kernel::work::Work;

/// How often an hour a customer may have the messages of one submission sent again.
const AGAIN_PER_HOUR: i32 = 5;

/// The customer and the driver get the pass.
pub async fn submitted(work: &mut Work<'_>, row: &submission::Model) -> Result<(), AppError> {
    announce(work, row, messages::RECEIVED, messages::DRIVER_PASS).await
}

/// The customer reads why, and the driver that the pass is void.
pub async fn rejected(work: &mut Work<'_>, row: &submission::Model) -> Result<(), AppError> {
    announce(work, row, messages::REJECTED, messages::DRIVER_PASS_WITHDRAWN).await
}

/// The customer has it in writing, and the driver reads that the pass is void.
pub async fn cancelled(work: &mut Work<'_>, row: &submission::Model) -> Result<(), AppError> {
    announce(work, row, messages::CANCELLED, messages::DRIVER_PASS_WITHDRAWN).await
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
    let mut work = Work::begin(state, customer).await?;
    let row = lock_own(&work, customer, id).await?.ok_or(MoveError::NotFound)?;
    match row.status_at(work.now()) {
        SubmissionStatus::Pending | SubmissionStatus::Approved => {
            submitted(&mut work, &row).await?;
        }
        SubmissionStatus::Rejected => rejected(&mut work, &row).await?,
        SubmissionStatus::Cancelled => cancelled(&mut work, &row).await?,
        SubmissionStatus::Draft | SubmissionStatus::Completed | SubmissionStatus::Expired => {
            let standing = refuse(work, row, MESSAGE_RESENT).await?;
            return Err(MoveError::NotPossible(Box::new(standing)));
        }
    }
    work.note(Event::of(MESSAGE_RESENT).about(&row));
    Ok(work.commit().await?)
}

/// Written beside a text message that stays here; in English, for the desk.
const TOO_MANY: &str = "too many text messages to this number or of this customer";

/// Writes `to_customer` as mail and text, and `to_driver` as text. Texts that are too many stay here; the entry does not
/// fail by them.
async fn announce(
    work: &mut Work<'_>,
    row: &submission::Model,
    to_customer: MessageKind,
    to_driver: MessageKind,
) -> Result<(), AppError> {
    let account = account::Entity::find_by_id(row.created_by).one(&*work).await?;
    let language = account.and_then(|account| account.language).unwrap_or_default();
    let phones = std::iter::once(&row.customer_phone).chain(&row.driver_phone);
    let exceeded = text_budget::exceeded_by(work, row.organisation_id, phones).await?;
    let text = |kind, phone, language| {
        let text = Message::sms(kind, row, phone, language);
        if exceeded.contains(&phone) { text.held_because(TOO_MANY) } else { text }
    };
    let in_drivers_language = row.driver_language.unwrap_or_default();
    let driver = row.driver_phone.as_ref().map(|phone| text(to_driver, phone, in_drivers_language));
    let messages = [
        Message::email(to_customer, row, &row.customer_email, language),
        text(to_customer, &row.customer_phone, language),
    ];
    for message in messages.into_iter().chain(driver) {
        work.tell(message);
    }
    Ok(())
}
