//! Signing in, slower the more often it failed. A stranger never keeps the owner out for more than 15
//! minutes, and never learns whether an address is known.
//!
//! Failures in a row are counted where they happen: at a network address, at a browser that signed in to the
//! account before, in a session. Strangers have two budgets beside: one of an account, one of a network.

use chrono::Duration;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _,
};
use secrecy::SecretString;
use serde_json::json;

use super::devices::{self, Codes};
use super::throttle::{self, Counter, Purpose, seconds};
use crate::features::accounts::actions::{
    PASSWORD_RESET_ASKED, SIGN_IN_FAILED, SIGN_IN_THROTTLED, SIGNED_IN,
};
use crate::kernel::access::Actor;
use crate::kernel::access::By;
use crate::kernel::audit::Action;
use crate::kernel::audit::Event;
use crate::kernel::data::{AT_ONCE, DatabaseTransaction, in_batches};
use crate::kernel::entity::account;
use crate::kernel::error::AppError;
use crate::kernel::identity::passwords::Checked;
use crate::kernel::identity::turns::Lane;
use crate::kernel::state::AppState;
use crate::kernel::types::{DeviceId, EmailAddress};
use crate::kernel::work::Work;

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

/// Failures in a row from one place that cost nothing.
const FREE_FAILURES: i32 = 4;
/// Failures over all addresses before browsers that never signed in must wait.
const STRANGERS_BUDGET: i32 = 50;
/// Failures of a network, whose ever the accounts: a city of drivers may share one.
const NETWORK_BUDGET: i32 = 300;
const LONGEST_WAIT: Duration = Duration::minutes(15);

/// Where a password is tried.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// At a browser that never signed in to the account, and this network address.
    Stranger(&'a str),
    /// At a browser that has signed in to the account.
    Device(DeviceId),
    /// Where somebody is signed in.
    Session,
}

impl Place<'_> {
    /// What failures in a row at this place are counted under.
    fn key(self) -> String {
        match self {
            Self::Stranger(address) => address.to_owned(),
            Self::Device(device) => format!("device {device}"),
            Self::Session => "session".to_owned(),
        }
    }

    /// In which lane a password that is tried from `address` waits to be hashed.
    fn lane(self, account: Option<&account::Model>, address: &str) -> Lane {
        match (self, account) {
            (Self::Device(_) | Self::Session, Some(account)) => lane_of(account, address),
            (Self::Stranger(_), _) | (_, None) => Lane::of_address(address),
        }
    }

    /// The counters that are heeded, and count.
    fn counters<'a>(self, email: &'a EmailAddress, key: &'a str) -> Vec<Counter<'a>> {
        let mut counters = vec![in_a_row(email, key)];
        if let Self::Stranger(_) = self {
            counters.push(Counter { purpose: Purpose::SignIn, subject: email.as_str(), address: "" });
            counters.push(Counter { purpose: Purpose::SignIn, subject: "", address: key });
        }
        counters
    }
}

/// The lane of whoever has shown to belong to `account`. While nobody has shown that its address is theirs, it is the
/// lane of strangers at `address`: anybody may register as many accounts as they want lanes.
pub(super) fn lane_of(account: &account::Model, address: &str) -> Lane {
    if account.is_unconfirmed() { Lane::of_address(address) } else { Lane::Account(account.id) }
}

/// Somebody whose password was right. Their session belongs in the same transaction, which the caller commits:
/// no session begins after the password changed or the account was disabled.
#[derive(Debug)]
pub struct SignedIn<'a> {
    /// Not committed yet.
    pub work: Work<'a>,
    /// The account, locked.
    pub account: account::Model,
    /// What the browser is known by from now on.
    pub codes: Codes,
}

/// Signs in the account with this address and password. A browser that has a code of the account's is not slowed
/// by failures from elsewhere.
///
/// # Errors
/// Why nobody is signed in.
pub async fn sign_in<'a>(
    state: &'a AppState,
    email: &str,
    password: SecretString,
    address: &str,
    codes: Codes,
) -> Result<SignedIn<'a>, SignInError> {
    let Ok(email) = EmailAddress::parse(email) else {
        return Err(SignInError::Wrong);
    };
    // Asked before the account is known, so that the time it takes tells nothing of the account.
    let devices = codes.known(state).await?;
    let account = account::Entity::find()
        .filter(account::Column::Email.eq(email.clone()))
        .one(state.database.reader())
        .await?;
    let device =
        devices.iter().find(|device| account.as_ref().is_some_and(|account| account.id == device.account_id));
    let device = device.map(|device| device.id);
    let place = device.map_or(Place::Stranger(address), Place::Device);
    let lane = place.lane(account.as_ref(), address);
    let (account, checked) = prove(state, &email, account, password.clone(), place, address).await?;
    let fresh_hash = match checked {
        Checked::RightButStale => Some(state.passwords.hash(password, lane).await?),
        Checked::Right | Checked::Wrong => None,
    };
    let (mut work, account) = succeed(state, account, place, address, fresh_hash).await?;
    let codes = devices::remember(&mut work, account.id, device, codes).await?;
    Ok(SignedIn { work, account, codes })
}

/// `account`, if it is there, may sign in and has this password, unless too many were wrong. A wrong one is counted.
pub(super) async fn prove(
    state: &AppState,
    email: &EmailAddress,
    account: Option<account::Model>,
    password: SecretString,
    place: Place<'_>,
    address: &str,
) -> Result<(account::Model, Checked), SignInError> {
    let key = place.key();
    let counters = place.counters(email, &key);
    refuse_if_blocked(state, &counters).await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let lane = place.lane(account.as_ref(), address);
    let is_known = account.is_some();
    let checked = state.passwords.check(password, hash, lane).await;
    if let Err(AppError::Busy { .. }) = &checked {
        state.metrics.sign_in_failure("busy");
    }
    let checked = checked?;
    // Guesses that were sent at once count too: those that finished first may have filled the measure.
    refuse_if_blocked(state, &counters).await?;
    match account {
        Some(account) if checked != Checked::Wrong && account.disabled_at.is_none() => Ok((account, checked)),
        _ => {
            fail(state, email, is_known, &counters, address).await?;
            Err(SignInError::Wrong)
        }
    }
}

async fn succeed<'a>(
    state: &'a AppState,
    account: account::Model,
    place: Place<'_>,
    address: &str,
    fresh_hash: Option<String>,
) -> Result<(Work<'a>, account::Model), SignInError> {
    let mut work = Work::begin(state, &Actor::signed_in(&account, address.to_owned())).await?;
    let account = lock_unchanged(&work, account).await?;
    forget_failures_at(&work, &account.email, place).await?;
    let account = match fresh_hash {
        None => account,
        Some(hash) => {
            let mut account = account.into_active_model();
            account.password_hash = Set(hash);
            account.update(&work).await?
        }
    };
    work.note(Event::of(SIGNED_IN).about(&account));
    Ok((work, account))
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

/// Forgets the failures in a row at one place.
pub(super) async fn forget_failures_at(
    transaction: &DatabaseTransaction,
    email: &EmailAddress,
    place: Place<'_>,
) -> Result<(), DbErr> {
    throttle::clear(transaction, in_a_row(email, &place.key())).await
}

/// Forgets the failures everywhere.
pub(super) async fn forget_failures(
    transaction: &DatabaseTransaction,
    email: &EmailAddress,
) -> Result<(), DbErr> {
    throttle::clear_everywhere(transaction, Purpose::SignIn, email.as_str()).await
}

async fn fail(
    state: &AppState,
    email: &EmailAddress,
    is_known: bool,
    counters: &[Counter<'_>],
    address: &str,
) -> Result<(), AppError> {
    let mut work = Work::begin(state, By::stranger(email.as_str(), address)).await?;
    let mut in_a_row = 0;
    // Always in this order, so that nobody waits for somebody who waits for them.
    for (counter, budget) in counters.iter().zip([None, Some(STRANGERS_BUDGET), Some(NETWORK_BUDGET)]) {
        match budget {
            None => {
                let window = Duration::days(1);
                in_a_row = throttle::count_failure(&mut work, *counter, window, wait_after).await?;
            }
            Some(budget) => {
                let block = |count| (count >= budget).then_some(LONGEST_WAIT);
                throttle::count_failure(&mut work, *counter, LONGEST_WAIT, block).await?;
            }
        }
    }
    if is_known {
        let is_slowed = wait_after(in_a_row).is_some();
        let action = if is_slowed { SIGN_IN_THROTTLED } else { SIGN_IN_FAILED };
        let event = Event::of(action).after(json!({ "in_a_row": in_a_row }));
        work.note(event);
    } else {
        throttle::add(&mut work, Purpose::UnknownSignIn, address).await?;
    }
    work.commit().await?;
    state.metrics.sign_in_failure("wrong");
    Ok(())
}

/// What strangers tried with addresses that have no account: anybody can make those up, so that the log has
/// one row of a network and hour, written when the hour is over.
pub(super) async fn note_unknown(state: &AppState) -> Result<u64, DbErr> {
    let mut noted = 0;
    for (purpose, action) in
        [(Purpose::UnknownSignIn, SIGN_IN_FAILED), (Purpose::UnknownReset, PASSWORD_RESET_ASKED)]
    {
        noted += in_batches(AT_ONCE, || note_some_unknown(state, purpose, action)).await?;
    }
    Ok(noted)
}

async fn note_some_unknown(state: &AppState, purpose: Purpose, action: Action) -> Result<u64, DbErr> {
    let mut work = Work::begin(state, By::system()).await?;
    let over = throttle::take_older(&mut work, purpose, Duration::hours(1)).await?;
    let events = over.iter().map(|counted| {
        Event::of(action)
            .done_by(By::stranger("unknown", &counted.address))
            .after(json!({ "tries": counted.count, "since": counted.since }))
    });
    for event in events {
        work.note(event);
    }
    work.commit().await?;
    Ok(over.len() as u64)
}

/// 1, 2, 4, 8, 15, 15 … minutes from the fifth failure on.
fn wait_after(failures: i32) -> Option<Duration> {
    let doublings = u32::try_from(failures - FREE_FAILURES - 1).ok()?;
    let minutes = 1_i64.checked_shl(doublings.min(4)).unwrap_or(i64::MAX);
    Some(Duration::minutes(minutes).min(LONGEST_WAIT))
}

async fn refuse_if_blocked(state: &AppState, counters: &[Counter<'_>]) -> Result<(), SignInError> {
    match throttle::blocked_for(state, counters).await? {
        None => Ok(()),
        Some(wait) => {
            state.metrics.sign_in_failure("throttled");
            Err(SignInError::Throttled { retry_after: seconds(wait) })
        }
    }
}

fn in_a_row<'a>(email: &'a EmailAddress, place: &'a str) -> Counter<'a> {
    Counter { purpose: Purpose::SignIn, subject: email.as_str(), address: place }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::kernel::entity::account::Role;
    use crate::kernel::types::{AccountId, OrganisationId};

    #[test]
    fn waiting_doubles_from_the_fifth_failure_to_a_quarter_of_an_hour() {
        let minutes: Vec<_> = (1..=11).map(|n| wait_after(n).map(|wait| wait.num_minutes())).collect();
        let expected = [0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15].map(|n| (n > 0).then_some(n));
        assert_eq!(minutes, expected);
    }

    #[test]
    fn an_account_has_a_lane_of_its_own_once_its_address_is_confirmed() {
        let now = DateTime::UNIX_EPOCH;
        let mut account = account::Model {
            id: AccountId::new(Uuid::from_u128(1)),
            organisation_id: OrganisationId::new(Uuid::from_u128(2)),
            email: EmailAddress::parse("asha@example.com").unwrap(),
            password_hash: String::new(),
            full_name: String::new(),
            phone: None,
            role: Role::Customer,
            language: None,
            disabled_at: None,
            confirmed_at: None,
            invited_at: None,
            search_text: String::new(),
            created_at: now,
        };
        let device = Place::Device(DeviceId::new(Uuid::from_u128(3)));
        let network = Lane::of_address("192.0.2.1");
        for place in [device, Place::Session] {
            assert_eq!(place.lane(Some(&account), "192.0.2.1"), network, "{place:?}");
        }
        account.confirmed_at = Some(now);
        for place in [device, Place::Session] {
            assert_eq!(place.lane(Some(&account), "192.0.2.1"), Lane::Account(account.id), "{place:?}");
        }
        assert_eq!(Place::Stranger("192.0.2.1").lane(Some(&account), "192.0.2.1"), network);
    }
}
