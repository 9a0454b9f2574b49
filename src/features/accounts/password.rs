//! `/account/password`: another password, by who knows the present one.

use actix_web::{HttpRequest, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::login::refuse;
use super::register::new_password;
use super::service::password_change;
use crate::access::Actor;
use crate::error::AppError;
use crate::http::form::FormErrors;
use crate::http::layout::Layout;
use crate::http::response::{Answer, invalid, page, see_other_saying};
use crate::http::session;
use crate::state::AppState;

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
    let Some(new) = new_password(&mut errors, t, &form.password, &form.password_confirm, &email) else {
        return invalid(&PasswordPage { layout: layout.with_errors(errors), email });
    };
    let changed = password_change::change(&state, &actor, form.current_password, new, t.language()).await;
    match changed {
        Ok(changed) => {
            let cookie = session::open(&state, &changed.transaction, &request, &changed.account).await?;
            changed.transaction.commit().await?;
            let mut answer = see_other_saying(&state, "/account", &t.password_changed());
            answer.add_cookie(&cookie).map_err(|error| AppError::internal(error.to_string()))?;
            Ok(answer)
        }
        Err(error) => {
            let wrong = ("current_password", t.current_password_wrong());
            refuse(layout, error, wrong, |layout| PasswordPage { layout, email })
        }
    }
}
