//! [`AppError`] as a page: plain words, a way on, the request's id.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, ResponseError, web};
use askama::Template;
use thiserror::Error;
use tracing_actix_web::RequestId;

use super::fragment;
use super::guards::SecurityHeaders;
use super::kept;
use super::layout::Layout;
use super::metrics::method_label;
use super::next::local_path;
use super::pages::page_of;
use super::response::{page_with, see_other, see_other_saying};
use super::trace::Route;
use crate::kernel::error::{AppError, one_line};
use crate::kernel::state::AppState;
use crate::kernel::telemetry::panics;
use crate::kernel::telemetry::reports::Place;

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound | Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::SignInFirst => StatusCode::SEE_OTHER,
            Self::BadMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy { .. } | Self::Unavailable(_) | Self::MaybeSaved(_) | Self::TooLate => {
                StatusCode::SERVICE_UNAVAILABLE
            }
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
    /// The page to go to; the start page if there is none nearer.
    way_on: String,
}

/// Middleware: gives every refusal that has no page yet its page.
pub async fn render(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let origin = Origin::of(request.request());
    let response = match panics::caught(async { next.call(request).await }).await {
        Ok(response) => response?.map_into_boxed_body(),
        // Of a middleware: those of handlers are caught where more is known of the request.
        Err(panic) => {
            let error = AppError::internal(panic);
            origin.note(&state, &error);
            return Err(error.into());
        }
    };
    let status = response.status();
    let error = response.response().error();
    let has_page = error.is_none() && response.headers().contains_key(CONTENT_TYPE);
    let refuses = error.is_some() || status.is_client_error() || status.is_server_error();
    if has_page || !refuses {
        return Ok(response);
    }
    let closes = response.response().head().connection_type() == ConnectionType::Close;
    let mut page = match error.and_then(|error| error.as_error::<AppError>()) {
        Some(error) => answer(response.request(), error),
        None => answer(response.request(), &of_status(status)),
    };
    if closes {
        page.head_mut().set_connection_type(ConnectionType::Close);
    }
    if let Some(methods) = response.headers().get(ALLOW) {
        page.headers_mut().insert(ALLOW, with_head(methods));
    }
    Ok(response.into_response(page))
}

/// What an answer needs of a request. A handler takes the request with it when it panics or is given up, and a copy of
/// the request itself would keep the router from its work.
#[derive(Debug)]
pub struct Asked {
    state: web::Data<AppState>,
    origin: Origin,
    layout: Layout,
    headers: SecurityHeaders,
}

impl Asked {
    /// Of a request that is about to be handled.
    ///
    /// # Errors
    /// When the application has no state, which is a fault in its wiring.
    pub fn of(request: &ServiceRequest, state: web::Data<AppState>) -> Result<Self, AppError> {
        let mut layout = Layout::of(request.request())?;
        layout.flash = None; // It waits for a page that takes it away.
        let headers = SecurityHeaders::of(request);
        Ok(Self { state, origin: Origin::of(request.request()), layout, headers })
    }

    /// The answer to a request whose handler has ended with `error`.
    pub fn refused(self, error: AppError) -> Unanswered {
        self.origin.note(&self.state, &error);
        Unanswered { asked: self, error }
    }
}

/// A handler that has ended without an answer.
#[derive(Debug, Error)]
#[error("{error}")]
pub struct Unanswered {
    asked: Asked,
    error: AppError,
}

impl ResponseError for Unanswered {
    fn status_code(&self) -> StatusCode {
        self.error.status_code()
    }

    /// The whole answer: without the request, no middleware adds to it.
    fn error_response(&self) -> HttpResponse {
        let mut page = page_saying(self.asked.layout.clone(), &self.error, "/".to_owned());
        self.asked.headers.set(page.headers_mut());
        page
    }
}

/// What log and reports tell of a request.
#[derive(Debug)]
struct Origin {
    method: Method,
    id: Option<RequestId>,
    route: Option<Route>,
}

impl Origin {
    fn of(request: &HttpRequest) -> Self {
        let extensions = request.extensions();
        Self {
            method: request.method().clone(),
            id: extensions.get().copied(),
            route: extensions.get().cloned(),
        }
    }

    /// Logs an error that the site is to blame for, and reports a fault.
    fn note(&self, state: &AppState, error: &AppError) {
        match error {
            AppError::Internal(cause) => {
                tracing::error!(cause = %one_line(&**cause), "internal error");
                let id = self.id.map(|id| id.to_string());
                let place = Place::Request {
                    method: method_label(&self.method),
                    route: self.route.as_ref().map_or("none", |route| &*route.0),
                    id: id.as_deref().unwrap_or_default(),
                };
                state.reports.send(state.clock.now(), place, error);
            }
            AppError::Unavailable(cause) | AppError::MaybeSaved(cause) => {
                tracing::warn!(cause = %one_line(&**cause), "unavailable");
            }
            AppError::TooLate => tracing::warn!("a handler is given up"),
            _ => {}
        }
    }
}

/// The methods that an address takes: HEAD is answered wherever GET is.
fn with_head(methods: &HeaderValue) -> HeaderValue {
    let text = methods.to_str().unwrap_or_default();
    if !text.split(", ").any(|method| method == "GET") {
        return methods.clone();
    }
    HeaderValue::try_from(format!("{text}, HEAD")).unwrap_or_else(|_| methods.clone())
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
    if let AppError::SignInFirst = error {
        return to_sign_in(request);
    }
    if let Some(state) = request.app_data::<web::Data<AppState>>() {
        Origin::of(request).note(state, error);
    }
    match Layout::of(request) {
        Ok(layout) => page_saying(layout, error, way_on(request, error)),
        Err(_) => HttpResponse::new(error.status_code()),
    }
}

/// Where to go on from the page of `error`.
fn way_on(request: &HttpRequest, error: &AppError) -> String {
    match error {
        AppError::BadMethod => page_of(request, request.path()),
        _ => "/".to_owned(),
    }
}

/// The page that says what is the matter, and leads to `way_on`.
fn page_saying(layout: Layout, error: &AppError, way_on: String) -> HttpResponse {
    let t = layout.t;
    let (title, explanation) = match error {
        AppError::BadRequest => (t.error_400_title(), t.error_400_text()),
        AppError::BadMethod => (t.error_405_title(), t.error_405_text()),
        AppError::Forbidden => (t.error_403_title(), t.error_403_text()),
        AppError::NotFound => (t.error_404_title(), t.error_404_text()),
        AppError::Missing(what) => (t.error_missing_title(), what.clone()),
        AppError::Conflict(state) => (t.error_409_title(), state.clone()),
        AppError::TooSlow => (t.error_408_title(), t.error_408_text()),
        AppError::TooLarge => (t.error_413_title(), t.error_413_text()),
        AppError::Misdirected => (t.error_421_title(), t.error_421_text()),
        AppError::TooMany { retry_after } => {
            (t.error_429_title(), t.error_429_text(retry_after.div_ceil(60)))
        }
        AppError::Busy { .. } | AppError::Unavailable(_) => (t.error_503_title(), t.error_503_text()),
        AppError::MaybeSaved(_) => (t.error_503_saved_title(), t.error_503_saved_text()),
        AppError::TooLate => (t.error_late_title(), t.error_late_text()),
        AppError::SignInFirst | AppError::Internal(_) => (t.error_500_title(), t.error_500_text()),
    };
    let page = page_with(error.status_code(), &ErrorPage { layout, title, explanation, way_on });
    let mut response = page.unwrap_or_else(|_| HttpResponse::new(error.status_code()));
    if let AppError::TooMany { retry_after } | AppError::Busy { retry_after } = error {
        response.headers_mut().insert(RETRY_AFTER, (*retry_after).into());
    }
    response
}

/// The sign-in page, with the way back: the page itself, or for a form the page that it stands on.
fn to_sign_in(request: &HttpRequest) -> HttpResponse {
    let address = match (request.method(), request.uri().path_and_query()) {
        (&Method::GET, Some(address)) => address.as_str(),
        _ => request.path(),
    };
    let page = page_of(request, address);
    let next = local_path(request, &page).unwrap_or("/");
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    let sign_in = format!("/login?{query}");
    // Scripts tell it themselves, and keep what was chosen.
    if request.method() == Method::POST
        && !fragment::is_wanted(request.headers())
        && let (Some(state), Ok(layout)) = (request.app_data::<web::Data<AppState>>(), Layout::of(request))
    {
        let t = layout.t;
        let told = if kept::is_kept(request) { t.kept_sign_in() } else { t.not_kept_sign_in() };
        return see_other_saying(state, sign_in, &told);
    }
    see_other(sign_in)
}
