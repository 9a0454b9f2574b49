//! Names that did not fit the phones of people whom somebody else may have registered. They can be guessed, so that
//! wrong ones are counted for all accounts of an organisation.

use chrono::Duration;

use crate::features::accounts::service::throttle::{self, Counter, Purpose};
use crate::kernel::access::Customer;
use crate::kernel::error::AppError;
use crate::kernel::work::Work;

/// Names that may be wrong in a day before each further one has to wait: 1, 2, 4 ... 60 minutes.
const FREE: i32 = 5;

/// Locks the organisation's counter until the transaction ends: its names are looked at one after the other.
///
/// # Errors
/// [`AppError::TooMany`] after so many names that were wrong.
pub(super) async fn refuse_if_too_many(work: &mut Work<'_>, customer: &Customer) -> Result<(), AppError> {
    let owner = customer.organisation().to_string();
    match throttle::lock(work, counter(&owner)).await? {
        None => Ok(()),
        Some(wait) => Err(AppError::TooMany { retry_after: throttle::seconds(wait) }),
    }
}

/// Counts a name that was wrong.
pub(super) async fn count(work: &mut Work<'_>, customer: &Customer) -> Result<(), AppError> {
    let owner = customer.organisation().to_string();
    let block = |wrong: i32| {
        let doublings = u32::try_from(wrong - FREE).ok()?;
        Some(Duration::minutes(2_i64.saturating_pow(doublings).min(60)))
    };
    throttle::count_failure(work, counter(&owner), Duration::days(1), block).await?;
    Ok(())
}

fn counter(owner: &str) -> Counter<'_> {
    Counter { purpose: Purpose::CrewMismatch, subject: owner, address: "" }
}
