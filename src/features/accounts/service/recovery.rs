//! A password without the old one: by a link to who forgot it, or to whom the plant invites.

use std::time::Duration as Wait;

use chrono::Duration;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _,
};
use tokio::time::{Instant, sleep_until};

use super::passwords::NewPassword;
use super::profile::told_of_owner;
use super::throttle::{self, Counter, Purpose};
use super::{links, mails, sign_in, ways_in};
use crate::features::accounts::actions::{
    ADDRESS_CONFIRMED, INVITATION_ACCEPTED, PASSWORD_RESET, PASSWORD_RESET_ASKED,
};
use crate::features::accounts::messages;
use crate::kernel::access::By;
use crate::kernel::audit::Event;
use crate::kernel::entity::account;
use crate::kernel::entity::one_time_token::TokenKind;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{EmailAddress, Language};
use crate::kernel::work::Work;

/// Links for one address in an hour, whether it has an account or not.
const PER_HOUR: i32 = 3;
/// Links asked for from one network address in an hour; a depot's office shares one.
const PER_HOUR_FROM_HERE: i32 = 300;
/// When asking is answered: late enough that nothing shows what there was to do.
const ANSWER_AFTER: Wait = Wait::from_millis(250);

/// A link that sets a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordLink {
    /// Asked for by who forgot the old one; 30 minutes.
    Reset,
    /// Sent by the plant with a new account or role; 7 days.
    Invitation,
    /// Sent to who registered, and taken by somebody who does not know the password; 7 days.
    Confirmation,
}

impl PasswordLink {
    fn kind(self) -> TokenKind {
        match self {
            Self::Reset => TokenKind::ResetPassword,
            Self::Invitation => TokenKind::Invitation,
            Self::Confirmation => TokenKind::ConfirmAddress,
        }
    }
}

/// Sends a link to `email`, if it has an account that may sign in. Neither the answer nor its time tells.
///
/// # Errors
/// [`AppError::TooMany`] for the fourth within an hour, or a flood from one network address.
pub async fn ask(
    state: &AppState,
    email: &EmailAddress,
    language: Language,
    address: &str,
) -> Result<(), AppError> {
    let answer_at = Instant::now() + ANSWER_AFTER;
    let from_here = Counter { purpose: Purpose::Reset, subject: "", address };
    let for_account = Counter { purpose: Purpose::Reset, subject: email.as_str(), address: "" };
    let mut work = Work::begin(state, By::stranger(email.as_str(), address)).await?;
    throttle::count_in(&mut work, from_here, PER_HOUR_FROM_HERE, Duration::hours(1)).await?;
    throttle::count_in(&mut work, for_account, PER_HOUR, Duration::hours(1)).await?;
    let account = account::Entity::find()
        .filter(account::Column::Email.eq(email.clone()))
        .filter(account::Column::DisabledAt.is_null())
        .one(&work)
        .await?;
    if let Some(account) = account {
        mails::send_link(&mut work, TokenKind::ResetPassword, &account, language).await?;
        work.note(Event::of(PASSWORD_RESET_ASKED).about(&account));
    } else {
        throttle::add(&mut work, Purpose::UnknownReset, address).await?;
    }
    work.commit().await?;
    sleep_until(answer_at).await;
    Ok(())
}

/// Whose password the link with `token` sets, if it still works.
pub async fn account_of(
    state: &AppState,
    link: PasswordLink,
    token: &str,
) -> Result<Option<account::Model>, DbErr> {
    links::account_of(state, state.database.reader(), link.kind(), token).await
}

/// Sets the password of the account that the link was sent to, which confirms its address, ends its sessions
/// and its other links, and forgets its browsers and failed sign-ins. Whoever proves the address decides: the phone
/// of an account that nobody had confirmed may be a stranger's, and goes. Answers whether the link worked.
pub async fn set_password(
    state: &AppState,
    link: PasswordLink,
    token: &str,
    password: NewPassword,
    language: Language,
    address: &str,
) -> Result<bool, AppError> {
    let Some(account) = account_of(state, link, token).await? else { return Ok(false) };
    let lane = sign_in::lane_of(&account, address);
    let password_hash = state.passwords.hash(password.into_secret(), lane).await?;
    let mut work = Work::begin(state, By::stranger(account.email.as_str(), address)).await?;
    // The account before its links, as everybody locks them.
    let account = account::Entity::find_by_id(account.id)
        .filter(account::Column::DisabledAt.is_null())
        .lock_exclusive()
        .one(&work)
        .await?;
    let Some(account) = account else { return Ok(false) };
    if !links::use_up(&work, link.kind(), token).await? {
        return Ok(false);
    }
    let (id, was_unconfirmed) = (account.id, account.is_unconfirmed());
    let before = told_of_owner(&account);
    let confirmed_at = account.confirmed_at.unwrap_or_else(|| work.now());
    let mut account = account.into_active_model();
    account.password_hash = Set(password_hash);
    account.confirmed_at = Set(Some(confirmed_at));
    if was_unconfirmed {
        account.phone = Set(None);
    }
    let account = account.update(&work).await?;
    ways_in::end(&work, id).await?;
    sign_in::forget_failures(&work, &account.email).await?;
    let set = match link {
        PasswordLink::Reset | PasswordLink::Confirmation => PASSWORD_RESET,
        PasswordLink::Invitation => INVITATION_ACCEPTED,
    };
    if was_unconfirmed {
        let event = Event::of(ADDRESS_CONFIRMED).about(&account);
        work.note(event.before(before).after(told_of_owner(&account)));
    }
    work.note(Event::of(set).about(&account));
    if link == PasswordLink::Reset {
        mails::send(&mut work, messages::PASSWORD_CHANGED, &account, language);
    }
    work.commit().await?;
    Ok(true)
}
