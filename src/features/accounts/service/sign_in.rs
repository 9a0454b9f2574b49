//! Signing in, slower the more often it failed. A stranger never keeps the owner out for more than 15
//! minutes, and never learns whether an address is known.

use chrono::Duration;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
};
use secrecy::SecretString;
use serde_json::json;

use super::throttle::{self, Counter, Purpose, seconds};
use crate::access::Actor;
use crate::entity::account;
use crate::entity::audit_log::AuditAction;
use crate::error::AppError;
use crate::features::audit::service::{self as audit, Event};
use crate::infra::database::WriteTransaction;
use crate::infra::passwords::Checked;
use crate::state::AppState;
use crate::types::EmailAddress;

/// Why nobody was signed in.
#[derive(Debug)]
pub enum SignInError {
    /// The address or the password is wrong, or the account is disabled: the answer is the same.
    Wrong,
    /// Too many failures.
    Throttled {
        /// Seconds until the next try is heard.
        retry_after: u64,
    },
    /// It could not be tried.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for SignInError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Failures in a row from one address that cost nothing.
const FREE_FAILURES: i32 = 4;
/// Failures over all addresses before devices that never signed in must wait.
const STRANGERS_BUDGET: i32 = 50;
const LONGEST_WAIT: Duration = Duration::minutes(15);

/// Somebody whose password was right. Their session belongs in the same transaction, which the caller commits:
/// no session begins after the password changed or the account was disabled.
#[derive(Debug)]
pub struct SignedIn {
    /// Not committed yet.
    pub transaction: WriteTransaction,
    /// The account, locked.
    pub account: account::Model,
}

/// Signs in the account with this address and password. `device` is the code by which a device is known that
/// has signed in before; failures from elsewhere do not slow it.
///
/// # Errors
/// Why nobody is signed in.
pub async fn sign_in(
    state: &AppState,
    email: &str,
    password: SecretString,
    address: &str,
    device: Option<&str>,
) -> Result<SignedIn, SignInError> {
    let Ok(email) = EmailAddress::parse(email) else {
        return Err(SignInError::Wrong);
    };
    let known_device = device.is_some_and(|code| code == device_code(state, &email));
    let (account, checked) = prove(state, &email, password.clone(), address, known_device).await?;
    let fresh_hash = match checked {
        Checked::RightButStale => Some(state.passwords.hash(password).await?),
        Checked::Right | Checked::Wrong => None,
    };
    succeed(state, account, address, fresh_hash).await
}

/// The account with this address and password, unless too many were wrong. A wrong one is counted.
pub(super) async fn prove(
    state: &AppState,
    email: &EmailAddress,
    password: SecretString,
    address: &str,
    known_device: bool,
) -> Result<(account::Model, Checked), SignInError> {
    refuse_if_blocked(state, email, address, known_device).await?;
    let account = account::Entity::find()
        .filter(account::Column::Email.eq(email.clone()))
        .one(state.database.reader())
        .await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let checked = state.passwords.check(password, hash).await?;
    // Guesses that were sent at once count too: those that finished first may have filled the measure.
    refuse_if_blocked(state, email, address, known_device).await?;
    match account {
        Some(account) if checked != Checked::Wrong && account.disabled_at.is_none() => Ok((account, checked)),
        _ => {
            fail(state, email, address).await?;
            Err(SignInError::Wrong)
        }
    }
}

async fn succeed(
    state: &AppState,
    account: account::Model,
    address: &str,
    fresh_hash: Option<String>,
) -> Result<SignedIn, SignInError> {
    let transaction = state.database.write().await?;
    let account = lock_unchanged(&transaction, account).await?;
    forget_failures_from(&transaction, &account.email, address).await?;
    let account = match fresh_hash {
        None => account,
        Some(hash) => {
            let mut account = account.into_active_model();
            account.password_hash = Set(hash);
            account.update(&*transaction).await?
        }
    };
    let actor = Actor::signed_in(&account, address.to_owned());
    audit::record(state, &transaction, Event::by(&actor, AuditAction::SignedIn)).await?;
    Ok(SignedIn { transaction, account })
}

/// The account, locked, if its password is still the one that was checked and it may sign in.
pub(super) async fn lock_unchanged(
    transaction: &DatabaseTransaction,
    checked: account::Model,
) -> Result<account::Model, SignInError> {
    account::Entity::find_by_id(checked.id)
        .filter(account::Column::PasswordHash.eq(checked.password_hash))
        .filter(account::Column::DisabledAt.is_null())
        .lock_exclusive()
        .one(transaction)
        .await?
        .ok_or(SignInError::Wrong)
}

/// Forgets the failures at one place.
pub(super) async fn forget_failures_from(
    transaction: &DatabaseTransaction,
    email: &EmailAddress,
    address: &str,
) -> Result<(), DbErr> {
    throttle::clear(transaction, from_here(email, address)).await
}

/// Forgets the failures everywhere.
pub(super) async fn forget_failures(
    transaction: &DatabaseTransaction,
    email: &EmailAddress,
) -> Result<(), DbErr> {
    throttle::clear_everywhere(transaction, Purpose::SignIn, email.as_str()).await
}

async fn fail(state: &AppState, email: &EmailAddress, address: &str) -> Result<(), DbErr> {
    let transaction = state.database.write().await?;
    let in_a_row = throttle::count_failure(
        state,
        &transaction,
        from_here(email, address),
        Duration::days(1),
        wait_after,
    )
    .await?;
    let block_strangers = |count| (count >= STRANGERS_BUDGET).then_some(LONGEST_WAIT);
    throttle::count_failure(state, &transaction, from_anywhere(email), LONGEST_WAIT, block_strangers).await?;
    let action =
        if wait_after(in_a_row).is_some() { AuditAction::SignInThrottled } else { AuditAction::SignInFailed };
    let event = Event::by_stranger(email.as_str(), address, action).after(json!({ "in_a_row": in_a_row }));
    audit::record(state, &transaction, event).await?;
    transaction.commit().await?;
    state.metrics.sign_in_failure("wrong");
    Ok(())
}

/// 1, 2, 4, 8, 15, 15 … minutes from the fifth failure on.
fn wait_after(failures: i32) -> Option<Duration> {
    let doublings = u32::try_from(failures - FREE_FAILURES - 1).ok()?;
    let minutes = 1_i64.checked_shl(doublings.min(4)).unwrap_or(i64::MAX);
    Some(Duration::minutes(minutes).min(LONGEST_WAIT))
}

async fn refuse_if_blocked(
    state: &AppState,
    email: &EmailAddress,
    address: &str,
    known_device: bool,
) -> Result<(), SignInError> {
    let counters = [from_here(email, address), from_anywhere(email)];
    let heeded = if known_device { &counters[..1] } else { &counters };
    match throttle::blocked_for(state, heeded).await? {
        None => Ok(()),
        Some(wait) => {
            state.metrics.sign_in_failure("throttled");
            Err(SignInError::Throttled { retry_after: seconds(wait) })
        }
    }
}

fn from_here<'a>(email: &'a EmailAddress, address: &'a str) -> Counter<'a> {
    Counter { purpose: Purpose::SignIn, subject: email.as_str(), address }
}

fn from_anywhere(email: &EmailAddress) -> Counter<'_> {
    Counter { purpose: Purpose::SignIn, subject: email.as_str(), address: "" }
}

/// The code by which a device is known that signed in as `email` before.
pub fn device_code(state: &AppState, email: &EmailAddress) -> String {
    state.keys.mac("device", email.as_str())
}

/// Notes that `actor` signed out.
pub async fn signed_out(state: &AppState, actor: &Actor) -> Result<(), DbErr> {
    audit::record_alone(state, Event::by(actor, AuditAction::SignedOut)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_from_the_fifth_failure_to_a_quarter_of_an_hour() {
        let minutes: Vec<_> = (1..=11).map(|n| wait_after(n).map(|wait| wait.num_minutes())).collect();
        let expected = [0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15].map(|n| (n > 0).then_some(n));
        assert_eq!(minutes, expected);
    }
}
