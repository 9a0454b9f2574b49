//! The words of the messages about accounts.

use sea_orm::EntityTrait as _;

use crate::features::accounts::service::links;
use crate::features::notifications::Letter;
use crate::kernel::delivery::MessageKind;
use crate::kernel::dispatch::{Messages, Rendered};
use crate::kernel::entity::notification::{self, Says};
use crate::kernel::entity::{account, one_time_token::TokenKind};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::AccountId;

/// To a new account: confirm the address, by a link.
pub const CONFIRM_ADDRESS: MessageKind =
    MessageKind { code: "confirm_address", words: Texts::message_confirm_address, says: Says::Secret };
/// To an account: somebody tried to register its address once more.
pub const ALREADY_REGISTERED: MessageKind =
    MessageKind { code: "already_registered", words: Texts::message_already_registered, says: Says::Moment };
/// To an account: choose another password, by a link.
pub const RESET_PASSWORD: MessageKind =
    MessageKind { code: "reset_password", words: Texts::message_reset_password, says: Says::Secret };
/// To an account: its password was changed.
pub const PASSWORD_CHANGED: MessageKind =
    MessageKind { code: "password_changed", words: Texts::message_password_changed, says: Says::Moment };
/// To somebody of the plant: an account waits, by a link.
pub const INVITATION: MessageKind =
    MessageKind { code: "invitation", words: Texts::message_invitation, says: Says::Secret };

/// What is written to accounts.
pub(super) const ALL: Messages = Messages {
    kinds: &[CONFIRM_ADDRESS, ALREADY_REGISTERED, RESET_PASSWORD, PASSWORD_CHANGED, INVITATION],
    render: |state, message, secret| Box::pin(render(state, message, secret)),
};

/// How a kind of message is put into words.
struct Form {
    kind: MessageKind,
    /// What its link does: it is not sent when that works no more.
    link: Option<TokenKind>,
    /// What follows the greeting.
    letter: fn(&Words<'_>, Letter) -> Result<Rendered, AppError>,
}

const FORMS: &[Form] = &[
    Form {
        kind: CONFIRM_ADDRESS,
        link: Some(TokenKind::ConfirmAddress),
        letter: |words, letter| {
            let (t, site) = (letter.t, words.site());
            letter
                .say(t.mail_verify_lead(site))
                .button(t.mail_verify_button(), words.once("/verify"))
                .say(t.mail_verify_not_you())
                .send(t.mail_verify_subject(site))
        },
    },
    Form {
        kind: ALREADY_REGISTERED,
        link: None,
        letter: |words, letter| {
            let (t, site) = (letter.t, words.site());
            let (sign_in, forgot) = (letter.link("/login"), letter.link("/forgot"));
            letter
                .say(t.mail_already_registered_lead(site))
                .button(t.login_title(), sign_in)
                .button(t.mail_reset_button(), forgot)
                .say(t.mail_already_registered_not_you())
                .send(t.mail_already_registered_subject(site))
        },
    },
    Form {
        kind: RESET_PASSWORD,
        link: Some(TokenKind::ResetPassword),
        letter: |words, letter| {
            let (t, site) = (letter.t, words.site());
            letter
                .say(t.mail_reset_lead(site))
                .button(t.mail_reset_button(), words.once("/reset"))
                .say(t.mail_reset_not_you())
                .send(t.mail_reset_subject(site))
        },
    },
    Form {
        kind: PASSWORD_CHANGED,
        link: None,
        letter: |words, letter| {
            let (t, site) = (letter.t, words.site());
            let (when, forgot) = (letter.moment(words.message.created_at), letter.link("/forgot"));
            letter
                .say(t.mail_password_changed_lead(site, when))
                .say(t.mail_password_changed_not_you())
                .button(t.mail_reset_button(), forgot)
                .send(t.mail_password_changed_subject(site))
        },
    },
    Form {
        kind: INVITATION,
        link: Some(TokenKind::Invitation),
        letter: |words, letter| {
            let (t, site) = (letter.t, words.site());
            letter
                .say(t.mail_invite_lead(t.role(&words.account.role), site))
                .button(t.mail_invite_button(), words.once("/invite"))
                .say(t.mail_invite_not_you())
                .send(t.mail_invite_subject(site))
        },
    },
];

/// What letters to an account are made of.
struct Words<'a> {
    state: &'a AppState,
    message: &'a notification::Model,
    account: &'a account::Model,
    secret: Option<&'a str>,
}

impl Words<'_> {
    fn site(&self) -> &str {
        &self.state.config.site_name
    }

    /// The link that works once.
    fn once(&self, path: &str) -> String {
        format!("{}{path}/{}", self.state.config.base_url.as_str(), self.secret.unwrap_or_default())
    }
}

/// Puts a message about an account into words; `secret` is that of its link. What is over is not said any more.
async fn render(
    state: &AppState,
    message: &notification::Model,
    secret: Option<&str>,
) -> Result<Rendered, AppError> {
    let Some(form) = FORMS.iter().find(|form| message.kind == form.kind) else {
        return Ok(Rendered::Pointless("there are no words for it"));
    };
    let id = AccountId::new(message.subject_id);
    let Some(account) = account::Entity::find_by_id(id).one(state.database.reader()).await? else {
        return Ok(Rendered::Pointless("the account does not exist any more"));
    };
    if account.disabled_at.is_some() {
        return Ok(Rendered::Pointless("the account is disabled"));
    }
    if let Some(link) = form.link {
        let works = match secret {
            Some(token) => links::account_of(state, state.database.reader(), link, token).await?.is_some(),
            None => false,
        };
        if !works {
            return Ok(Rendered::Pointless("its link does not work any more"));
        }
    }
    let mut letter = Letter::new(state, message.language);
    // Whoever registers types the name: nobody gets a stranger's words by mail.
    if account.confirmed_at.is_some() || account.is_invited() {
        let greeting = letter.t.mail_greeting(&account.full_name);
        letter = letter.say(greeting);
    }
    (form.letter)(&Words { state, message, account: &account, secret }, letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_words() {
        assert!(FORMS.iter().map(|form| form.kind).eq(ALL.kinds.iter().copied()));
    }
}
