//! [`AppError`] as a page: plain words, a way on, the request's id.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::test::TestRequest;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError, web};
use askama::Template;
use tracing_actix_web::RequestId;

use super::kept;
use super::layout::Layout;
use super::metrics::method_label;
use super::next::local_path;
use super::pages::page_of;
use super::response::{page_with, see_other, see_other_saying};
use super::trace::Route;
use crate::error::{AppError, one_line};
use crate::infra::panics;
use crate::infra::reports::Place;
use crate::state::AppState;

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
            Self::Busy { .. } | Self::Unavailable(_) | Self::MaybeSaved(_) | Self::TooLate { .. } => {
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

/// Middleware: gives every refusal that has no page yet its page. A panic is a refusal too.
pub async fn render(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let kept = Kept::of(&request, state);
    let response = match panics::caught(async { next.call(request).await }).await {
        Ok(response) => response?.map_into_boxed_body(),
        Err(panic) => {
            let request = kept.into_request();
            let page = answer(&request, &AppError::internal(panic));
            return Ok(ServiceResponse::new(request, page));
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

/// What is left of a request when a panic has taken it.
struct Kept {
    state: web::Data<AppState>,
    method: Method,
    id: Option<RequestId>,
    route: Option<Route>,
}

impl Kept {
    /// A copy of the request itself would keep the router from its work.
    fn of(request: &ServiceRequest, state: web::Data<AppState>) -> Self {
        let extensions = request.extensions();
        Self {
            state,
            method: request.method().clone(),
            id: extensions.get().copied(),
            route: extensions.get().cloned(),
        }
    }

    /// A request of nobody's, which the page can be made for. actix makes such only under this name.
    fn into_request(self) -> HttpRequest {
        let request = TestRequest::default().app_data(self.state).method(self.method).to_http_request();
        let mut extensions = request.extensions_mut();
        self.id.map(|id| extensions.insert(id));
        self.route.map(|route| extensions.insert(route));
        drop(extensions);
        request
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
    match error {
        AppError::SignInFirst => return to_sign_in(request),
        AppError::Internal(cause) => {
            tracing::error!(cause = %one_line(&**cause), "internal error");
            report(request, error);
        }
        AppError::Unavailable(cause) | AppError::MaybeSaved(cause) => {
            tracing::warn!(cause = %one_line(&**cause), "unavailable");
        }
        _ => {}
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
pub fn page_saying(layout: Layout, error: &AppError, way_on: String) -> HttpResponse {
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
        AppError::TooLate { changes: false } => (t.error_late_title(), t.error_late_text()),
        AppError::TooLate { changes: true } => (t.error_late_title(), t.error_late_saved()),
        AppError::SignInFirst | AppError::Internal(_) => (t.error_500_title(), t.error_500_text()),
    };
    let page = page_with(error.status_code(), &ErrorPage { layout, title, explanation, way_on });
    let mut response = page.unwrap_or_else(|_| HttpResponse::new(error.status_code()));
    if let AppError::TooMany { retry_after } | AppError::Busy { retry_after } = error {
        response.headers_mut().insert(RETRY_AFTER, (*retry_after).into());
    }
    response
}

fn report(request: &HttpRequest, error: &AppError) {
    let Some(state) = request.app_data::<web::Data<AppState>>() else { return };
    let extensions = request.extensions();
    let id = extensions.get::<RequestId>().map(ToString::to_string);
    let place = Place::Request {
        method: method_label(request.method()),
        route: extensions.get::<Route>().map_or("none", |route| &*route.0),
        id: id.as_deref().unwrap_or_default(),
    };
    state.reports.send(state.clock.now(), place, error);
}

/// The sign-in page, with the way back: the page itself, or for a form the page that it stands on.
fn to_sign_in(request: &HttpRequest) -> HttpResponse {
    let address = match (request.method(), request.uri().path_and_query()) {
        (&Method::GET, Some(address)) => address.as_str(),
        _ => request.path(),
    };
    let page = page_of(request, address);
    let next = local_path(&page).unwrap_or("/");
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    let sign_in = format!("/login?{query}");
    if kept::is_kept(request)
        && let (Some(state), Ok(layout)) = (request.app_data::<web::Data<AppState>>(), Layout::of(request))
    {
        return see_other_saying(state, sign_in, &layout.t.kept_sign_in());
    }
    see_other(sign_in)
}
