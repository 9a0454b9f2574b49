//! The words of the messages about accounts.

use sea_orm::EntityTrait as _;

use crate::features::accounts::service::links;
use crate::features::notifications::Letter;
use crate::features::notifications::service::rendering::Rendered;
use crate::kernel::entity::notification::{self, NotificationKind};
use crate::kernel::entity::{account, one_time_token::TokenKind};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::AccountId;

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
    if let Some(kind) = link_of(message.kind) {
        let works = match secret {
            Some(token) => links::account_of(state, state.database.reader(), kind, token).await?.is_some(),
            None => false,
        };
        if !works {
            return Ok(Rendered::Pointless("its link does not work any more"));
        }
    }
    let mut letter = Letter::new(state, message.language);
    let t = letter.t;
    let site = &state.config.site_name;
    let own = |path: &str| format!("{}{path}", state.config.base_url.as_str());
    let once = |path: &str| own(&format!("{path}/{}", secret.unwrap_or_default()));
    // Whoever registers types the name: nobody gets a stranger's words by mail.
    if account.confirmed_at.is_some() || account.is_invited() {
        letter = letter.say(t.mail_greeting(&account.full_name));
    }
    match message.kind {
        NotificationKind::ConfirmAddress => letter
            .say(t.mail_verify_lead(site))
            .button(t.mail_verify_button(), once("/verify"))
            .say(t.mail_verify_not_you())
            .send(t.mail_verify_subject(site)),
        NotificationKind::ResetPassword => letter
            .say(t.mail_reset_lead(site))
            .button(t.mail_reset_button(), once("/reset"))
            .say(t.mail_reset_not_you())
            .send(t.mail_reset_subject(site)),
        NotificationKind::Invitation => letter
            .say(t.mail_invite_lead(t.role(&account.role), site))
            .button(t.mail_invite_button(), once("/invite"))
            .say(t.mail_invite_not_you())
            .send(t.mail_invite_subject(site)),
        NotificationKind::PasswordChanged => {
            let when = letter.moment(message.created_at);
            letter
                .say(t.mail_password_changed_lead(site, when))
                .say(t.mail_password_changed_not_you())
                .button(t.mail_reset_button(), own("/forgot"))
                .send(t.mail_password_changed_subject(site))
        }
        _ => letter
            .say(t.mail_already_registered_lead(site))
            .button(t.login_title(), own("/login"))
            .button(t.mail_reset_button(), own("/forgot"))
            .say(t.mail_already_registered_not_you())
            .send(t.mail_already_registered_subject(site)),
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
