//! `/reset/{token}`: another password for who forgot theirs. `/invite/{token}` works alike.

use actix_web::{HttpRequest, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::dead_link;
use super::login::busy;
use super::register::new_password;
use super::service::recovery::{self, PasswordLink};
use crate::http::address::client_address;
use crate::http::form::FormErrors;
use crate::http::layout::Layout;
use crate::http::response::{Answer, invalid, page, see_other_saying};
use crate::state::AppState;

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

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ResetForm {
    pub password: SecretString,
    pub password_confirm: SecretString,
}

pub async fn get(state: web::Data<AppState>, layout: Layout, token: web::Path<String>) -> Answer {
    show(&state, layout, PasswordLink::Reset, &token).await
}

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
    token: web::Path<String>,
    form: web::Form<ResetForm>,
) -> Answer {
    set(&state, &request, layout, PasswordLink::Reset, &token, &form).await
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
    form: &ResetForm,
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

/// What the link shows that does not work any more.
pub fn dead(layout: Layout, link: PasswordLink) -> Answer {
    let t = layout.t;
    match link {
        PasswordLink::Reset => dead_link::answer(layout, t.reset_dead(), "/forgot", t.forgot_title()),
        PasswordLink::Invitation => dead_link::answer(layout, t.invite_dead(), "/login", t.login_title()),
        PasswordLink::Confirmation => {
            dead_link::answer(layout, t.verify_dead(), "/account", t.verify_dead_way_on())
        }
    }
}
