//! `/account/password`: another password, by who knows the present one.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::register::new_password;
use super::service::password_change;
use super::service::sign_in::SignInError;
use crate::access::Actor;
use crate::error::AppError;
use crate::http::form::FormErrors;
use crate::http::layout::Layout;
use crate::http::response::{Answer, invalid, page, page_with, see_other_saying};
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
        Err(error) => refuse(layout, email, error),
    }
}

fn refuse(layout: Layout, email: String, error: SignInError) -> Answer {
    let t = layout.t;
    let (status, message, retry_after) = match error {
        SignInError::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, t.current_password_wrong(), None),
        SignInError::Throttled { retry_after } => {
            let minutes = retry_after.div_ceil(60);
            (StatusCode::TOO_MANY_REQUESTS, t.login_throttled(minutes), Some(retry_after))
        }
        SignInError::Failed(error) => return Err(error),
    };
    let mut errors = FormErrors::new();
    errors.add("current_password", message);
    let mut answer: HttpResponse =
        page_with(status, &PasswordPage { layout: layout.with_errors(errors), email })?;
    if let Some(seconds) = retry_after {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(answer)
}
