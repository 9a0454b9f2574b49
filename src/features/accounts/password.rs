//! `/account/password`: another password, by who knows the present one.

use actix_web::{HttpRequest, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::parts::signing_in::{codes, fits, new_password, open, refuse};
use super::service::password_change;
use crate::kernel::access::Actor;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, invalid, page, see_other_saying};
use crate::kernel::state::AppState;

#[derive(Template)]
#[template(path = "accounts/password.html")]
struct PasswordPage {
    layout: Layout,
    /// For the browser's store of passwords.
    email: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    current_password: SecretString,
    password: SecretString,
    password_confirm: SecretString,
}

pub async fn get(actor: Actor, layout: Layout) -> Answer {
    page(&PasswordPage { layout, email: actor.email().to_string() })
}

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    actor: Actor,
    layout: Layout,
    form: web::Form<PasswordForm>,
) -> Answer {
    let t = layout.t;
    let form = form.into_inner();
    let email = actor.email().to_string();
    let mut errors = FormErrors::new();
    let fits = fits(&mut errors, t, "current_password", &form.current_password);
    let new = new_password(&mut errors, t, &form.password, &form.password_confirm, &email);
    let Some(new) = new.filter(|_| fits) else {
        return invalid(&PasswordPage { layout: layout.with_errors(errors), email });
    };
    let (current, codes) = (form.current_password, codes(&request));
    let changed = password_change::change(&state, &actor, current, new, codes, t.language()).await;
    match changed {
        Ok(changed) => {
            let answer = see_other_saying(&state, "/account", &t.password_changed());
            open(&state, &request, changed, answer).await
        }
        Err(error) => {
            let wrong = ("current_password", t.current_password_wrong());
            refuse(layout, error, wrong, |layout| PasswordPage { layout, email })
        }
    }
}
