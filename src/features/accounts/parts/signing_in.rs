//! What the pages that take a password have in common: what they say of it, and how a session begins.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::SecretString;

use crate::features::accounts::service::devices::{Codes, KNOWN_FOR};
use crate::features::accounts::service::passwords::{NewPassword, NewPasswordError};
use crate::features::accounts::service::sign_in::{SignInError, SignedIn};
use crate::kernel::error::AppError;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::kept;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page_with};
use crate::kernel::http::session::{self, site_cookie, site_cookie_of};
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;

/// The cookie by which a browser is known that has signed in before.
const DEVICE_COOKIE: &str = "device";

/// Whether a password that was typed at `field` can be one, or a message beside it: what was pasted may be too long.
pub fn fits(errors: &mut FormErrors, t: Texts, field: &str, password: &SecretString) -> bool {
    let fits = NewPassword::could_be(password);
    if !fits {
        errors.add(field, t.new_password_error(NewPasswordError::TooLong));
    }
    fits
}

/// The password of a form with `password` and `password_confirm`, or a message beside one of them.
pub fn new_password(
    errors: &mut FormErrors,
    t: Texts,
    password: &SecretString,
    confirm: &SecretString,
    email: &str,
) -> Option<NewPassword> {
    NewPassword::parse(password, confirm, email)
        .map_err(|error| {
            let field = if error == NewPasswordError::Mismatch { "password_confirm" } else { "password" };
            errors.add(field, t.new_password_error(error));
        })
        .ok()
}

/// What the browser is known by.
pub fn codes(request: &HttpRequest) -> Codes {
    site_cookie_of(request, DEVICE_COOKIE).map(|cookie| Codes::parse(cookie.value())).unwrap_or_default()
}

/// `answer`, with the cookies of a session that begins now. It leads to what was typed before the last one ended, if
/// anything was kept.
pub async fn open(
    state: &AppState,
    request: &HttpRequest,
    signed_in: SignedIn<'_>,
    mut answer: HttpResponse,
) -> Answer {
    let SignedIn { work, account, codes } = signed_in;
    let cookie = session::open(state, &work, request, &account).await?;
    let (known, waits) = kept::hand_over(state, &work, request, account.id).await?;
    work.commit().await?;
    if waits {
        answer.headers_mut().insert(LOCATION, HeaderValue::from_static("/account/kept"));
    }
    for cookie in [cookie, known, site_cookie(state, DEVICE_COOKIE, codes.cookie(), KNOWN_FOR)] {
        answer.add_cookie(&cookie).map_err(|error| AppError::internal(error.to_string()))?;
    }
    Ok(answer)
}

/// The form once more, with what is wrong at `field`; `wrong` says that it was the password.
pub fn refuse<P: Template>(
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
pub fn busy<P: Template>(layout: Layout, error: AppError, page: impl FnOnce(Layout) -> P) -> Answer {
    let AppError::Busy { retry_after } = error else { return Err(error) };
    let mut errors = FormErrors::new();
    errors.add_general(layout.t.login_busy());
    let mut answer = page_with(StatusCode::SERVICE_UNAVAILABLE, &page(layout.with_errors(errors)))?;
    answer.headers_mut().insert(RETRY_AFTER, retry_after.into());
    Ok(answer)
}
