//! The words of the messages about accounts.

use sea_orm::EntityTrait as _;

use crate::entity::notification::{self, NotificationKind};
use crate::entity::{account, one_time_token::TokenKind};
use crate::error::AppError;
use crate::features::accounts::service::links;
use crate::features::notifications::Letter;
use crate::features::notifications::service::rendering::Rendered;
use crate::state::AppState;
use crate::types::AccountId;

/// Puts a message about an account into words; `secret` is that of its link. What is over is not said any more.
pub async fn render(
    state: &AppState,
    message: &notification::Model,
    secret: Option<&str>,
) -> Result<Rendered, AppError> {
    let id = AccountId::new(message.subject_id);
    let Some(account) = account::Entity::find_by_id(id).one(state.database.reader()).await? else {
        return Ok(Rendered::Pointless("the account does not exist any more"));
    };
    if account.disabled_at.is_some() {
        return Ok(Rendered::Pointless("the account is disabled"));
    }
    let letter = Letter::new(state, message.language);
    let t = letter.t;
    let site = &state.config.site_name;
    let name = &account.full_name;
    let to = |path: &str| letter.link(&format!("{path}/{}", secret.unwrap_or_default()));
    if let Some(kind) = link_of(message.kind) {
        let works = match secret {
            Some(token) => links::account_of(state, state.database.reader(), kind, token).await?.is_some(),
            None => false,
        };
        if !works {
            return Ok(Rendered::Pointless("its link does not work any more"));
        }
    }
    match message.kind {
        NotificationKind::ConfirmAddress => {
            let link = to("/verify");
            letter
                .say(t.mail_greeting(name))
                .say(t.mail_verify_lead(site))
                .button(t.mail_verify_button(), link)
                .say(t.mail_verify_not_you())
                .send(t.mail_verify_subject(site))
        }
        NotificationKind::ResetPassword => {
            let link = to("/reset");
            letter
                .say(t.mail_greeting(name))
                .say(t.mail_reset_lead(site))
                .button(t.mail_reset_button(), link)
                .say(t.mail_reset_not_you())
                .send(t.mail_reset_subject(site))
        }
        NotificationKind::Invitation => {
            let link = to("/invite");
            letter
                .say(t.mail_greeting(name))
                .say(t.mail_invite_lead(t.role(&account.role), site))
                .button(t.mail_invite_button(), link)
                .say(t.mail_invite_not_you())
                .send(t.mail_invite_subject(site))
        }
        NotificationKind::PasswordChanged => {
            let when = letter.moment(message.created_at);
            let link = letter.link("/forgot");
            letter
                .say(t.mail_greeting(name))
                .say(t.mail_password_changed_lead(site, when))
                .say(t.mail_password_changed_not_you())
                .button(t.mail_reset_button(), link)
                .send(t.mail_password_changed_subject(site))
        }
        _ => {
            let (sign_in, forgot) = (letter.link("/login"), letter.link("/forgot"));
            letter
                .say(t.mail_greeting(name))
                .say(t.mail_already_registered_lead(site))
                .button(t.login_title(), sign_in)
                .button(t.mail_reset_button(), forgot)
                .say(t.mail_already_registered_not_you())
                .send(t.mail_already_registered_subject(site))
        }
    }
}

/// What the link in a message does.
fn link_of(kind: NotificationKind) -> Option<TokenKind> {
    match kind {
        NotificationKind::ConfirmAddress => Some(TokenKind::ConfirmAddress),
        NotificationKind::ResetPassword => Some(TokenKind::ResetPassword),
        NotificationKind::Invitation => Some(TokenKind::Invitation),
        _ => None,
    }
}
