//! The messages that follow from what happens to an account.

use sea_orm::DbErr;

use super::links;
use crate::features::notifications::service::outbox::{self, Message};
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::account;
use crate::kernel::entity::notification::NotificationKind;
use crate::kernel::entity::one_time_token::TokenKind;
use crate::kernel::state::AppState;
use crate::kernel::types::Language;

/// Tells the account's owner, in the language they chose, or else in `language`.
pub(super) async fn send(
    state: &AppState,
    transaction: &DatabaseTransaction,
    kind: NotificationKind,
    account: &account::Model,
    language: Language,
) -> Result<(), DbErr> {
    outbox::enqueue(state, transaction, [message(kind, account, language)]).await?;
    Ok(())
}

/// Sends the account's owner a new link.
pub(super) async fn send_link(
    state: &AppState,
    transaction: &DatabaseTransaction,
    link: TokenKind,
    account: &account::Model,
    language: Language,
) -> Result<(), DbErr> {
    let kind = match link {
        TokenKind::ConfirmAddress => NotificationKind::ConfirmAddress,
        TokenKind::ResetPassword => NotificationKind::ResetPassword,
        TokenKind::FirstAdmin | TokenKind::Invitation => NotificationKind::Invitation,
    };
    let token = links::make(state, transaction, link, Some(account.id)).await?;
    outbox::enqueue(state, transaction, [message(kind, account, language).with_secret(&token)]).await?;
    Ok(())
}

fn message(kind: NotificationKind, account: &account::Model, language: Language) -> Message {
    let language = account.language.unwrap_or(language);
    Message::email(kind, account.id.as_uuid(), &account.email, language)
}
