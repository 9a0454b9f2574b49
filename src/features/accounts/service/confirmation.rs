//! That an address is its owner's. Until then a customer fills in drafts, and submits none.

use chrono::Duration;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, DbErr, EntityTrait as _, IntoActiveModel as _, QuerySelect as _,
};

use super::throttle::{self, Counter, Purpose};
use super::{links, mails};
use crate::access::Actor;
use crate::entity::account;
use crate::entity::audit_log::AuditAction;
use crate::entity::one_time_token::TokenKind;
use crate::error::AppError;
use crate::features::audit::service::{self as audit, Event};
use crate::state::AppState;
use crate::types::Language;

/// Links that an account may ask for in an hour.
const PER_HOUR: i32 = 3;

/// Whether the link with `token` still works.
pub async fn is_open(state: &AppState, token: &str) -> Result<bool, DbErr> {
    let account = links::account_of(state, state.database.reader(), TokenKind::ConfirmAddress, token).await?;
    Ok(account.is_some())
}

/// Confirms the address that the link was sent to. Answers whether the link worked.
pub async fn confirm(state: &AppState, token: &str, address: &str) -> Result<bool, DbErr> {
    let transaction = state.database.write().await?;
    let Some(account) = links::account_of(state, &*transaction, TokenKind::ConfirmAddress, token).await?
    else {
        return Ok(false);
    };
    // The account before its links, as everybody locks them.
    let account = account::Entity::find_by_id(account.id).lock_exclusive().one(&*transaction).await?;
    let Some(account) = account else { return Ok(false) };
    if !links::use_up(state, &transaction, TokenKind::ConfirmAddress, token).await? {
        return Ok(false);
    }
    links::end(&transaction, account.id, &[TokenKind::ConfirmAddress]).await?;
    if account.confirmed_at.is_none() {
        let event = Event::by_stranger(account.email.as_str(), address, AuditAction::AddressConfirmed)
            .about(account.id.as_uuid());
        let mut account = account.into_active_model();
        account.confirmed_at = Set(Some(state.clock.now()));
        account.update(&*transaction).await?;
        audit::record(state, &transaction, event).await?;
    }
    transaction.commit().await?;
    Ok(true)
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
    let transaction = state.database.write().await?;
    throttle::count_in(state, &transaction, counter, PER_HOUR, Duration::hours(1)).await?;
    let account = account::Entity::find_by_id(actor.account()).one(&*transaction).await?;
    let account = account.ok_or(AppError::SignInFirst)?;
    mails::send_link(state, &transaction, TokenKind::ConfirmAddress, &account, language).await?;
    let event = Event::by(actor, AuditAction::ConfirmationSent).about(account.id.as_uuid());
    audit::record(state, &transaction, event).await?;
    transaction.commit().await?;
    Ok(true)
}
