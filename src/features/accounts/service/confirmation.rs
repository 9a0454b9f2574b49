//! That an address is its owner's. Until then a customer fills in drafts, and submits none.

use chrono::Duration;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, DbErr, EntityTrait as _, IntoActiveModel as _};
use secrecy::SecretString;

use super::sign_in::{self, SignInError};
use super::throttle::{self, Counter, Purpose};
use super::{devices, links, mails, sessions};
use crate::features::accounts::actions::{ADDRESS_CONFIRMED, CONFIRMATION_SENT};
use crate::kernel::access::Actor;
use crate::kernel::access::By;
use crate::kernel::audit::Event;
use crate::kernel::entity::account;
use crate::kernel::entity::one_time_token::TokenKind;
use crate::kernel::error::AppError;
use crate::kernel::identity::passwords::Checked;
use crate::kernel::state::AppState;
use crate::kernel::types::{Language, SessionId};
use crate::kernel::work::Work;

/// Links that an account may ask for in an hour.
const PER_HOUR: i32 = 3;

/// Whose address the link with `token` confirms, if it still works.
pub async fn account_of(state: &AppState, token: &str) -> Result<Option<account::Model>, DbErr> {
    links::account_of(state, state.database.reader(), TokenKind::ConfirmAddress, token).await
}

/// Why an address was not confirmed.
#[derive(Debug)]
pub enum ConfirmError {
    /// The link does not work any more.
    LinkIsDead,
    /// It is not the account's password.
    WrongPassword,
    /// It could not be tried.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for ConfirmError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Confirms the address that the link was sent to, by whoever knows the password too: others who know the address
/// alone may have registered it. All other links, sessions and browsers end, but the session `kept`, if it is the
/// account's.
///
/// # Errors
/// Why it was not confirmed. A wrong password is not counted: who has the link may set another.
pub async fn confirm(
    state: &AppState,
    token: &str,
    password: SecretString,
    kept: Option<SessionId>,
    address: &str,
) -> Result<(), ConfirmError> {
    let account = account_of(state, token).await?.ok_or(ConfirmError::LinkIsDead)?;
    let lane = sign_in::lane_of(&account, address);
    let checked = state.passwords.check(password, Some(account.password_hash.clone()), lane).await?;
    if checked == Checked::Wrong {
        return Err(ConfirmError::WrongPassword);
    }
    let mut work = Work::begin(state, By::stranger(account.email.as_str(), address)).await?;
    // The account before its links, as everybody locks them.
    let account = match sign_in::lock_unchanged(&work, account).await {
        Ok(account) => account,
        Err(SignInError::Failed(error)) => return Err(error.into()),
        Err(_) => return Err(ConfirmError::LinkIsDead),
    };
    if !links::use_up(&work, TokenKind::ConfirmAddress, token).await? {
        return Err(ConfirmError::LinkIsDead);
    }
    links::end_all(&work, account.id).await?;
    sessions::end_but(&work, account.id, kept).await?;
    devices::end_all(&work, account.id).await?;
    work.note(Event::of(ADDRESS_CONFIRMED).about(&account));
    let mut account = account.into_active_model();
    account.confirmed_at = Set(Some(work.now()));
    account.update(&work).await?;
    Ok(work.commit().await?)
}

/// Sends the actor the link again. Answers whether there was anything to confirm.
///
/// # Errors
/// [`AppError::TooMany`] for the fourth within an hour.
pub async fn send_again(state: &AppState, actor: &Actor, language: Language) -> Result<bool, AppError> {
    if actor.has_confirmed() {
        return Ok(false);
    }
    let subject = actor.account().to_string();
    let counter = Counter { purpose: Purpose::Confirmation, subject: &subject, address: "" };
    let mut work = Work::begin(state, actor).await?;
    throttle::count_in(&mut work, counter, PER_HOUR, Duration::hours(1)).await?;
    let account = account::Entity::find_by_id(actor.account()).one(&work).await?;
    let account = account.ok_or(AppError::SignInFirst)?;
    mails::send_link(&mut work, TokenKind::ConfirmAddress, &account, language).await?;
    work.note(Event::of(CONFIRMATION_SENT).about(&account));
    work.commit().await?;
    Ok(true)
}
