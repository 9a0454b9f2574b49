//! The messages that follow from what happens to an account.

use sea_orm::DbErr;

use super::links;
use crate::features::accounts::messages;
use crate::kernel::delivery::MessageKind;
use crate::kernel::delivery::outbox::Message;
use crate::kernel::entity::account;
use crate::kernel::entity::one_time_token::TokenKind;
use crate::kernel::types::Language;
use crate::kernel::work::Work;

/// Tells the account's owner, in the language they chose, or else in `language`.
pub(super) fn send(work: &mut Work<'_>, kind: MessageKind, account: &account::Model, language: Language) {
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
        TokenKind::ConfirmAddress => messages::CONFIRM_ADDRESS,
        TokenKind::ResetPassword => messages::RESET_PASSWORD,
        TokenKind::FirstAdmin | TokenKind::Invitation => messages::INVITATION,
    };
    let token = links::make(work, link, Some(account.id)).await?;
    work.tell(message(kind, account, language).with_secret(&token));
    Ok(())
}

fn message(kind: MessageKind, account: &account::Model, language: Language) -> Message {
    let language = account.language.unwrap_or(language);
    Message::email(kind, account, &account.email, language)
}
