//! The messages that follow from what happens to an account.

use sea_orm::DbErr;

use super::links;
use crate::kernel::delivery::outbox::Message;
use crate::kernel::entity::account;
use crate::kernel::entity::notification::NotificationKind;
use crate::kernel::entity::one_time_token::TokenKind;
use crate::kernel::types::Language;
use crate::kernel::work::Work;

/// Tells the account's owner, in the language they chose, or else in `language`.
pub(super) fn send(
    work: &mut Work<'_>,
    kind: NotificationKind,
    account: &account::Model,
    language: Language,
) {
    work.tell(message(kind, account, language));
}

/// Sends the account's owner a new link.
pub(super) async fn send_link(
    work: &mut Work<'_>,
    link: TokenKind,
    account: &account::Model,
    language: Language,
) -> Result<(), DbErr> {
    let kind = match link {
        TokenKind::ConfirmAddress => NotificationKind::ConfirmAddress,
        TokenKind::ResetPassword => NotificationKind::ResetPassword,
        TokenKind::FirstAdmin | TokenKind::Invitation => NotificationKind::Invitation,
    };
    let token = links::make(work, link, Some(account.id)).await?;
    work.tell(message(kind, account, language).with_secret(&token));
    Ok(())
}

fn message(kind: NotificationKind, account: &account::Model, language: Language) -> Message {
    let language = account.language.unwrap_or(language);
    Message::email(kind, account.id.as_uuid(), &account.email, language)
}
