//! `/login`: signing in.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::Duration;
use secrecy::SecretString;
use serde::Deserialize;

use super::home;
use super::service::sign_in::{self, SignInError, SignedIn};
use crate::error::AppError;
use crate::http::address::client_address;
use crate::http::form::FormErrors;
use crate::http::layout::Layout;
use crate::http::response::{Answer, page, page_with, see_other};
use crate::http::session::{self, site_cookie};
use crate::state::AppState;

/// The cookie by which a device is known that has signed in before.
const DEVICE_COOKIE: &str = "device";

#[derive(Template)]
#[template(path = "accounts/login.html")]
struct LoginPage {
    layout: Layout,
    form: LoginForm,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LoginForm {
    email: String,
    password: SecretString,
    next: String,
}

#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

pub async fn get(layout: Layout, query: web::Query<Next>) -> Answer {
    let form = LoginForm { next: query.into_inner().next, ..LoginForm::default() };
    page(&LoginPage { layout, form })
}

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
    form: web::Form<LoginForm>,
) -> Answer {
    let form = form.into_inner();
    let address = client_address(&request, &state);
    let device = request.cookie(DEVICE_COOKIE).map(|cookie| cookie.value().to_owned());
    let signed_in =
        sign_in::sign_in(&state, &form.email, form.password.clone(), &address, device.as_deref()).await;
    match signed_in {
        Ok(signed_in) => welcome(&state, &request, signed_in, &form.next).await,
        Err(error) => {
            let form = LoginForm { password: SecretString::default(), ..form };
            let wrong = ("email", layout.t.login_wrong());
            refuse(layout, error, wrong, |layout| LoginPage { layout, form })
        }
    }
}

async fn welcome(state: &AppState, request: &HttpRequest, signed_in: SignedIn, next: &str) -> Answer {
    let SignedIn { transaction, account } = signed_in;
    let cookie = session::open(state, &transaction, request, &account).await?;
    transaction.commit().await?;
    let device = sign_in::device_code(state, &account.email);
    let path = local_path(next).unwrap_or(home::path_of(account.role));
    let mut answer = see_other(path);
    for cookie in [cookie, site_cookie(state, DEVICE_COOKIE, device, Duration::days(365))] {
        answer.add_cookie(&cookie).map_err(|error| AppError::internal(error.to_string()))?;
    }
    Ok(answer)
}

/// The form once more, with what is wrong at `field`; `wrong` says that it was the password.
pub(super) fn refuse<P: Template>(
    layout: Layout,
    error: SignInError,
    (field, wrong): (&str, String),
    page: impl FnOnce(Layout) -> P,
) -> Answer {
    let (status, message, retry_after) = match error {
        SignInError::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, wrong, None),
        SignInError::Throttled { retry_after } => {
            let minutes = retry_after.div_ceil(60);
            (StatusCode::TOO_MANY_REQUESTS, layout.t.login_throttled(minutes), Some(retry_after))
        }
        SignInError::Failed(error) => return Err(error),
    };
    let mut errors = FormErrors::new();
    errors.add(field, message);
    let mut answer = page_with(status, &page(layout.with_errors(errors)))?;
    if let Some(seconds) = retry_after {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(answer)
}

/// `next`, if it is a path of this site and nothing else.
pub fn local_path(next: &str) -> Option<&str> {
    let is_path = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| byte.is_ascii_graphic());
    is_path.then_some(next)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for next in ["/submissions", "/gate?x=1", "/p/ABC"] {
            assert_eq!(local_path(next), Some(next));
        }
        for next in [
            "",
            "submissions",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/a b",
        ] {
            assert_eq!(local_path(next), None, "{next:?}");
        }
    }
}
