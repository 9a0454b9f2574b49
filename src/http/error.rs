//! [`AppError`] as a page: plain words, a way on, the request's id.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, LOCATION, REFERER, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError};
use askama::Template;

use super::layout::Layout;
use super::response::page_with;
use crate::error::{AppError, one_line};

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignInFirst => StatusCode::SEE_OTHER,
            Self::BadMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Bare: [`render`] makes the page, which needs the request.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    layout: Layout,
    title: String,
    explanation: String,
}

/// Middleware: gives every refusal that has no page yet its page.
pub async fn render(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    let error = response.response().error();
    let has_page = error.is_none() && response.headers().contains_key(CONTENT_TYPE);
    let refuses = error.is_some() || status.is_client_error() || status.is_server_error();
    if has_page || !refuses {
        return Ok(response);
    }
    let page = match error.and_then(|error| error.as_error::<AppError>()) {
        Some(error) => answer(response.request(), error),
        None => answer(response.request(), &of_status(status)),
    };
    Ok(response.into_response(page))
}

fn of_status(status: StatusCode) -> AppError {
    match status {
        StatusCode::NOT_FOUND => AppError::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => AppError::BadMethod,
        StatusCode::FORBIDDEN => AppError::Forbidden,
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::URI_TOO_LONG => AppError::TooLarge,
        status if status.is_client_error() => AppError::BadRequest,
        status => AppError::internal(format!("answered {status} without a reason")),
    }
}

fn answer(request: &HttpRequest, error: &AppError) -> HttpResponse {
    match error {
        AppError::SignInFirst => return to_sign_in(request),
        AppError::Internal(cause) => tracing::error!(cause = %one_line(&**cause), "internal error"),
        AppError::Unavailable(cause) => tracing::warn!(cause = %one_line(&**cause), "unavailable"),
        _ => {}
    }
    let page = Layout::of(request).and_then(|layout| {
        let t = layout.t;
        let (title, explanation) = match error {
            AppError::BadRequest | AppError::BadMethod => (t.error_400_title(), t.error_400_text()),
            AppError::Forbidden => (t.error_403_title(), t.error_403_text()),
            AppError::NotFound => (t.error_404_title(), t.error_404_text()),
            AppError::Conflict(state) => (t.error_409_title(), state.clone()),
            AppError::TooSlow => (t.error_408_title(), t.error_408_text()),
            AppError::TooLarge => (t.error_413_title(), t.error_413_text()),
            AppError::TooMany { retry_after } => {
                (t.error_429_title(), t.error_429_text(retry_after.div_ceil(60)))
            }
            AppError::Unavailable(_) => (t.error_503_title(), t.error_503_text()),
            AppError::SignInFirst | AppError::Internal(_) => (t.error_500_title(), t.error_500_text()),
        };
        page_with(error.status_code(), &ErrorPage { layout, title, explanation })
    });
    let mut response = page.unwrap_or_else(|_| HttpResponse::new(error.status_code()));
    if let AppError::TooMany { retry_after } = error {
        response.headers_mut().insert(RETRY_AFTER, (*retry_after).into());
    }
    response
}

/// The sign-in page, with the way back: the page itself, or for a form the page it stood on.
fn to_sign_in(request: &HttpRequest) -> HttpResponse {
    let back = if request.method() == Method::GET {
        request.uri().path_and_query().map(ToString::to_string)
    } else {
        let referrer = request.headers().get(REFERER).and_then(|value| value.to_str().ok());
        referrer.and_then(|url| url::Url::parse(url).ok()).map(|url| url.path().to_owned())
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("next", &back.unwrap_or_else(|| "/".to_owned()))
        .finish();
    HttpResponse::SeeOther().insert_header((LOCATION, format!("/login?{query}"))).finish()
}
