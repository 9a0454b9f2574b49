//! The form behind a link that sets a password: `/reset`, `/invite` and `/verify` show it.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::signing_in::{busy, new_password};
use crate::features::accounts::service::recovery::{self, PasswordLink};
use crate::kernel::http::address::client_address;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, invalid, page, page_with, see_other_saying};
use crate::kernel::state::AppState;

#[derive(Template)]
#[template(path = "accounts/reset.html")]
struct ResetPage {
    layout: Layout,
    link: PasswordLink,
    /// For the browser's store of passwords.
    email: String,
}

impl ResetPage {
    fn title(&self) -> String {
        match self.link {
            PasswordLink::Reset => self.layout.t.reset_title(),
            PasswordLink::Invitation => self.layout.t.invite_title(&self.layout.site_name),
            PasswordLink::Confirmation => self.layout.t.verify_title(),
        }
    }

    fn lead(&self) -> String {
        match self.link {
            PasswordLink::Reset => self.layout.t.reset_lead(&self.email),
            PasswordLink::Invitation => self.layout.t.invite_lead(&self.email),
            PasswordLink::Confirmation => self.layout.t.verify_new_lead(&self.email),
        }
    }
}

/// The new password, typed twice.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewPasswordForm {
    /// The first time.
    pub password: SecretString,
    /// The second time.
    pub password_confirm: SecretString,
}

/// The form of a link that works.
pub async fn show(state: &AppState, layout: Layout, link: PasswordLink, token: &str) -> Answer {
    match recovery::account_of(state, link, token).await? {
        Some(account) => page(&ResetPage { layout, link, email: account.email.to_string() }),
        None => dead(layout, link),
    }
}

/// Sets the password that was sent.
pub async fn set(
    state: &AppState,
    request: &HttpRequest,
    layout: Layout,
    link: PasswordLink,
    token: &str,
    form: &NewPasswordForm,
) -> Answer {
    let t = layout.t;
    let Some(account) = recovery::account_of(state, link, token).await? else {
        return dead(layout, link);
    };
    let email = account.email.to_string();
    let mut errors = FormErrors::new();
    let Some(password) = new_password(&mut errors, t, &form.password, &form.password_confirm, &email) else {
        return invalid(&ResetPage { layout: layout.with_errors(errors), link, email });
    };
    let address = client_address(request, state);
    match recovery::set_password(state, link, token, password, t.language(), &address).await {
        Ok(true) => Ok(see_other_saying(state, "/login", &t.reset_done())),
        Ok(false) => dead(layout, link),
        Err(error) => busy(layout, error, |layout| ResetPage { layout, link, email }),
    }
}

#[derive(Template)]
#[template(path = "accounts/dead_link.html")]
struct DeadLinkPage {
    layout: Layout,
    text: String,
    href: &'static str,
    link_text: String,
}

/// 404 for a link that is invalid, too old or already used: why that may be, and the way on.
pub fn dead(layout: Layout, link: PasswordLink) -> Answer {
    let t = layout.t;
    let (text, href, link_text) = match link {
        PasswordLink::Reset => (t.reset_dead(), "/forgot", t.forgot_title()),
        PasswordLink::Invitation => (t.invite_dead(), "/login", t.login_title()),
        PasswordLink::Confirmation => (t.verify_dead(), "/account", t.verify_dead_way_on()),
    };
    page_with(StatusCode::NOT_FOUND, &DeadLinkPage { layout, text, href, link_text })
}
