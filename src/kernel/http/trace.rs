//! What log lines tell of requests: the route, never the path. Paths of passes and one-time links are secrets.

use std::rc::Rc;

use actix_web::HttpMessage as _;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::{Level, Metadata, Span};
use tracing_actix_web::{RequestId, RootSpanBuilder};

/// The pattern of the route that a request takes, in its extensions.
#[derive(Clone, Debug)]
pub struct Route(pub Rc<str>);

/// Whether a log line or span may be kept, whatever the log is set to. Libraries print requests, paths and values at
/// `debug` and `trace`; of them all only sqlx is known to leave the values out.
pub fn is_discreet(about: &Metadata<'_>) -> bool {
    let target = about.target();
    let of =
        |name| target.strip_prefix(name).is_some_and(|rest: &str| rest.is_empty() || rest.starts_with("::"));
    *about.level() <= Level::INFO || of("gatehouse") || of("sqlx")
}

/// Opens a span per request with its id, method and route.
#[derive(Debug)]
pub struct RouteSpan;

impl RootSpanBuilder for RouteSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(ToString::to_string);
        let route = Route(request.match_pattern().as_deref().unwrap_or("none").into());
        let span = tracing::info_span!(
            "request",
            id = id.as_deref().unwrap_or_default(),
            method = %request.method(),
            route = &*route.0,
            status = tracing::field::Empty,
        );
        request.extensions_mut().insert(route);
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, actix_web::Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
        span.in_scope(|| tracing::info!("answered"));
    }
}
