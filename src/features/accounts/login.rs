//! `/login`: signing in.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::home;
use super::service::devices::{Codes, KNOWN_FOR};
use super::service::passwords::{NewPassword, NewPasswordError};
use super::service::sign_in::{self, SignInError, SignedIn};
use crate::error::AppError;
use crate::http::address::client_address;
use crate::http::form::FormErrors;
use crate::http::kept;
use crate::http::layout::Layout;
use crate::http::next::local_path;
use crate::http::pages::page_of;
use crate::http::response::{Answer, invalid, page, page_with, see_other};
use crate::http::session::{self, site_cookie};
use crate::state::AppState;
use crate::texts::Texts;

/// The cookie by which a browser is known that has signed in before.
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
    let next = query.into_inner().next;
    let form = LoginForm { next: local_path(&next).unwrap_or_default().to_owned(), ..LoginForm::default() };
    page(&LoginPage { layout, form })
}

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
    form: web::Form<LoginForm>,
) -> Answer {
    let mut form = form.into_inner();
    let address = client_address(&request, &state);
    let password = std::mem::take(&mut form.password);
    let mut errors = FormErrors::new();
    if !fits(&mut errors, layout.t, "password", &password) {
        return invalid(&LoginPage { layout: layout.with_errors(errors), form });
    }
    match sign_in::sign_in(&state, &form.email, password, &address, codes(&request)).await {
        Ok(signed_in) => welcome(&state, &request, signed_in, &form.next).await,
        Err(error) => {
            let wrong = ("email", layout.t.login_wrong());
            refuse(layout, error, wrong, |layout| LoginPage { layout, form })
        }
    }
}

/// Whether a password that was typed at `field` can be one, or a message beside it: what was pasted may be too long.
pub(super) fn fits(errors: &mut FormErrors, t: Texts, field: &str, password: &SecretString) -> bool {
    let fits = password.expose_secret().chars().count() <= NewPassword::MAX;
    if !fits {
        errors.add(field, t.new_password_error(NewPasswordError::TooLong));
    }
    fits
}

/// What the browser is known by.
pub(super) fn codes(request: &HttpRequest) -> Codes {
    request.cookie(DEVICE_COOKIE).map(|cookie| Codes::parse(cookie.value())).unwrap_or_default()
}

async fn welcome(state: &AppState, request: &HttpRequest, signed_in: SignedIn, next: &str) -> Answer {
    let path = match local_path(next) {
        Some(next) => page_of(request, next),
        None => home::path_of(signed_in.account.role).to_owned(),
    };
    open(state, request, signed_in, see_other(path)).await
}

/// `answer`, with the cookies of a session that begins now. It leads to what was typed before the last one ended, if
/// anything was kept.
pub(super) async fn open(
    state: &AppState,
    request: &HttpRequest,
    signed_in: SignedIn,
    mut answer: HttpResponse,
) -> Answer {
    let SignedIn { transaction, account, codes } = signed_in;
    let cookie = session::open(state, &transaction, request, &account).await?;
    let (known, waits) = kept::hand_over(state, &transaction, request, account.id).await?;
    transaction.commit().await?;
    if waits {
        answer.headers_mut().insert(LOCATION, HeaderValue::from_static("/account/kept"));
    }
    for cookie in [cookie, known, site_cookie(state, DEVICE_COOKIE, codes.cookie(), KNOWN_FOR)] {
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
        SignInError::Failed(error) => return busy(layout, error, page),
    };
    let mut errors = FormErrors::new();
    errors.add(field, message);
    let mut answer = page_with(status, &page(layout.with_errors(errors)))?;
    if let Some(seconds) = retry_after {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(answer)
}

/// The form once more, with what was typed, when too many passwords wait to be hashed. Other errors have their
/// own pages.
pub(super) fn busy<P: Template>(layout: Layout, error: AppError, page: impl FnOnce(Layout) -> P) -> Answer {
    let AppError::Busy { retry_after } = error else { return Err(error) };
    let mut errors = FormErrors::new();
    errors.add_general(layout.t.login_busy());
    let mut answer = page_with(StatusCode::SERVICE_UNAVAILABLE, &page(layout.with_errors(errors)))?;
    answer.headers_mut().insert(RETRY_AFTER, retry_after.into());
    Ok(answer)
}
