//! What every request passes on its way: the same-origin check and the security headers.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use crate::error::AppError;
use crate::state::AppState;

/// No inline scripts or styles, nothing from elsewhere, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Middleware: answers HEAD as GET; the server leaves the body out (RFC 9110, 9.3.2).
pub async fn head_as_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if *request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}

/// Middleware: refuses a state-changing request that another site's page made the browser send.
pub async fn same_origin(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let reads = matches!(*request.method(), Method::GET | Method::OPTIONS);
    if !reads && !is_same_origin(request.headers(), state.config.base_url.as_str()) {
        return Ok(request.error_response(AppError::Forbidden));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// `Sec-Fetch-Site` decides where there is one. Without it, an `Origin` must be the site's own, or have
/// the host and port that the request was sent to. With neither it is no browser.
fn is_same_origin(headers: &HeaderMap, base_url: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN) else { return true };
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    origin == base_url || (host.is_some() && host == text(HOST))
}

/// Middleware: says what browsers may do with the answer.
pub async fn security_headers(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let path = request.path();
    let is_pass = path.starts_with("/p/") || path.starts_with("/P/");
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, if is_pass { "no-referrer" } else { "same-origin" });
    set(PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    set(OPENER_POLICY, "same-origin");
    set(CACHE_CONTROL, "no-store");
    if state.config.base_url.is_https() {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn only_this_sites_pages_may_change_something() {
        let base = "https://gate.example.com";
        for (headers, passes) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", base)], false),
            (&[("origin", base)], true),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (&[("origin", "null"), ("host", "null")], false),
            (&[("origin", "http://192.168.1.5:8080"), ("host", "192.168.1.5:8080")], true),
            (&[("origin", "http://192.168.1.5:8081"), ("host", "192.168.1.5:8080")], false),
            (&[("origin", "https://gate.example.com.evil.example")], false),
            (&[("origin", "file://192.168.1.5:8080"), ("host", "192.168.1.5:8080")], false),
            (&[("host", "gate.example.com")], true),
            (&[], true),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(name.parse().unwrap(), value.parse().unwrap());
            }
            assert_eq!(is_same_origin(&map, base), passes, "{headers:?}");
        }
    }
}
