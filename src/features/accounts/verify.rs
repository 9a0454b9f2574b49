//! `/verify/{token}`: confirms an address. Mail scanners follow links, so only a form does, and others register
//! addresses that are not theirs, so it asks for the password: who does not know it sets a new one.

use actix_web::{HttpRequest, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::parts::password_link::{self, NewPasswordForm};
use super::parts::signing_in::{busy, fits};
use super::service::confirmation::{self, ConfirmError};
use super::service::recovery::PasswordLink;
use crate::kernel::access::Actor;
use crate::kernel::http::address::client_address;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::next::local_path;
use crate::kernel::http::response::{Answer, invalid, page, see_other_saying};
use crate::kernel::http::session;
use crate::kernel::state::AppState;

#[derive(Template)]
#[template(path = "accounts/verify.html")]
struct VerifyPage {
    layout: Layout,
    /// For the browser's store of passwords.
    email: String,
}

/// Whether a new password is wanted.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    new: bool,
}

pub async fn get(
    state: web::Data<AppState>,
    layout: Layout,
    token: web::Path<String>,
    wanted: web::Query<Wanted>,
) -> Answer {
    let link = PasswordLink::Confirmation;
    if wanted.new {
        return password_link::show(&state, layout, link, &token).await;
    }
    match confirmation::account_of(&state, &token).await? {
        Some(account) => page(&VerifyPage { layout, email: account.email.to_string() }),
        None => password_link::dead(layout, link),
    }
}

/// The password, or a new one, typed twice.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct VerifyForm {
    password: SecretString,
    password_confirm: Option<SecretString>,
}

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
    token: web::Path<String>,
    form: web::Form<VerifyForm>,
) -> Answer {
    let link = PasswordLink::Confirmation;
    let VerifyForm { password, password_confirm } = form.into_inner();
    if let Some(password_confirm) = password_confirm {
        let form = NewPasswordForm { password, password_confirm };
        return password_link::set(&state, &request, layout, link, &token, &form).await;
    }
    let Some(account) = confirmation::account_of(&state, &token).await? else {
        return password_link::dead(layout, link);
    };
    let email = account.email.to_string();
    let mut errors = FormErrors::new();
    if !fits(&mut errors, layout.t, "password", &password) {
        return invalid(&VerifyPage { layout: layout.with_errors(errors), email });
    }
    let kept = session::current(&request).map(|current| current.session);
    let address = client_address(&request, &state);
    match confirmation::confirm(&state, &token, password, kept, &address).await {
        // From there on to the sign-in page, or to where the user's work is.
        Ok(()) => Ok(see_other_saying(&state, "/", &layout.t.verify_done())),
        Err(ConfirmError::LinkIsDead) => password_link::dead(layout, link),
        Err(ConfirmError::WrongPassword) => {
            errors.add("password", layout.t.verify_wrong());
            invalid(&VerifyPage { layout: layout.with_errors(errors), email })
        }
        Err(ConfirmError::Failed(error)) => busy(layout, error, |layout| VerifyPage { layout, email }),
    }
}

#[derive(Deserialize)]
#[serde(default)]
pub struct Again {
    /// The page to come back to.
    next: String,
}

impl Default for Again {
    fn default() -> Self {
        Self { next: "/account".to_owned() }
    }
}

/// `POST /verify`: sends the link again to who is signed in.
pub async fn again(
    state: web::Data<AppState>,
    request: HttpRequest,
    actor: Actor,
    layout: Layout,
    form: Option<web::Form<Again>>,
) -> Answer {
    let t = layout.t;
    let sent = confirmation::send_again(&state, &actor, t.language()).await?;
    let text = if sent { t.verify_sent(actor.email().to_string()) } else { t.verify_done() };
    let next = form.map(web::Form::into_inner).unwrap_or_default().next;
    Ok(see_other_saying(&state, local_path(&request, &next).unwrap_or("/account"), &text))
}
