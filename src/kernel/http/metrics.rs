//! `/metrics`, and the middleware that counts requests. Routes are told by their patterns: paths of passes
//! and one-time links are secrets.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, FORWARDED, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use secrecy::ExposeSecret as _;

use super::feature::Features;
use super::response::Answer;
use crate::kernel::error::{AppError, one_line};
use crate::kernel::keys::sha256_hex;
use crate::kernel::state::AppState;
use crate::kernel::telemetry::metrics::Sample;

/// Where the numbers are.
pub const PATH: &str = "/metrics";

/// What Prometheus scrapes.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource(PATH).get(get));
}

async fn get(state: web::Data<AppState>, features: web::Data<Features>, request: HttpRequest) -> Answer {
    if !may_read(&state, &request) {
        return Err(AppError::NotFound);
    }
    // Without the database the rest is told all the same: that is when it is looked at.
    let mut values = gauges(&state, **features).await.unwrap_or_else(|error| {
        tracing::warn!(cause = %one_line(&error), "metrics without the database");
        Vec::new()
    });
    values.extend(of_the_database(&state));
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(state.metrics.render(&values)?))
}

/// How much this process has asked of the database.
fn of_the_database(state: &AppState) -> [Sample; 2] {
    #[expect(clippy::cast_precision_loss, reason = "Prometheus knows floating point alone")]
    let (statements, transactions) =
        (state.database.statements() as f64, state.database.transactions() as f64);
    [
        Sample {
            name: "gatehouse_database_statements",
            help: "Statements that this process has sent since it began.",
            value: statements,
        },
        Sample {
            name: "gatehouse_database_transactions",
            help: "Transactions that write which this process has begun.",
            value: transactions,
        },
    ]
}

/// What the features know.
async fn gauges(state: &AppState, features: Features) -> Result<Vec<Sample>, AppError> {
    let mut all = Vec::new();
    for gauges in features.iter().filter_map(|feature| feature.gauges) {
        all.extend(gauges(state).await?);
    }
    Ok(all)
}

/// Whoever shows the token; without one in the settings, programs on this machine that no proxy stands
/// before. A proxy on this machine is a peer on loopback too: its notes give it away.
fn may_read(state: &AppState, request: &HttpRequest) -> bool {
    let headers = request.headers();
    if let Some(token) = &state.config.metrics_token {
        // Hashes are compared, so that the time it takes tells nothing of the token.
        bearer(headers).is_some_and(|shown| sha256_hex(shown) == sha256_hex(token.expose_secret()))
    } else {
        let forwarded = headers.contains_key(FORWARDED)
            || headers.contains_key("x-forwarded-for")
            || headers.contains_key("x-real-ip")
            || headers.contains_key("via");
        request.peer_addr().is_some_and(|peer| peer.ip().is_loopback()) && !forwarded
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Middleware: counts the request and the time it took.
pub async fn count(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = tokio::time::Instant::now();
    let method = method_label(request.method());
    let route = request.match_pattern();
    let outcome = next.call(request).await;
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    let route = route.as_deref().unwrap_or("none");
    state.metrics.request(route, method, status_class(status.as_u16()), begun.elapsed());
    outcome
}

/// Anybody can make up methods; labels must not grow with them.
pub(super) fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

fn status_class(status: u16) -> &'static str {
    match status {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}
