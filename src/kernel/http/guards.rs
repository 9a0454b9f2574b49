//! What every request passes on its way: its head put right, the checks of host and origin, the security headers.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::metrics;
use crate::kernel::config::BaseUrl;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;

/// No inline scripts or styles, nothing from elsewhere, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Middleware: puts a head right before anything reads it.
pub async fn tidy_head(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let head = request.head_mut();
    // HEAD is answered as GET; the server leaves the body out (RFC 9110, 9.3.2).
    if head.method == Method::HEAD {
        head.method = Method::GET;
    }
    keep_readable_cookies(head.headers_mut());
    next.call(request).await
}

/// Cookies are read one by one: one that is no UTF-8, which another site of the domain may have set, takes none of
/// the others with it.
fn keep_readable_cookies(headers: &mut HeaderMap) {
    let is_readable = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok();
    if headers.get_all(COOKIE).all(|value| is_readable(value.as_bytes())) {
        return;
    }
    let cookies = headers.get_all(COOKIE).flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let readable: Vec<&[u8]> = cookies.filter(|cookie| is_readable(cookie)).collect();
    match HeaderValue::from_bytes(&readable.join(&b';')) {
        Ok(value) => headers.insert(COOKIE, value),
        Err(_) => headers.remove(COOKIE),
    };
}

/// Middleware: refuses what was sent to another site's name. Such a request comes from a page that pretends to be
/// this site, or through a proxy that rewrites `Host`. Whoever must show a token for the numbers is asked for no more:
/// a scraper in the same network uses a name of that network.
pub async fn known_host(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let asked = request.uri().authority().map(actix_web::http::uri::Authority::as_str);
    let host = request.headers().get(HOST).map(|value| value.to_str().unwrap_or("?"));
    let needs_token = request.path() == metrics::PATH && state.config.metrics_token.is_some();
    if !needs_token && !asked.into_iter().chain(host).all(|name| state.config.allowed_hosts.allow(name)) {
        return Ok(request.error_response(AppError::Misdirected));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Whether a request of this method changes nothing.
pub fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::OPTIONS)
}

/// Middleware: refuses a state-changing request that another site's page made the browser send.
pub async fn same_origin(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !reads(request.method()) && !is_same_origin(request.headers(), &state.config.base_url) {
        return Ok(request.error_response(AppError::Forbidden));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// `Sec-Fetch-Site` decides where there is one. Without it, an `Origin` must be the site's own, or have the site's
/// scheme and the host and port that the request was sent to. With neither it is no browser.
fn is_same_origin(headers: &HeaderMap, base_url: &BaseUrl) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN) else { return true };
    let host = origin.strip_prefix(if base_url.is_https() { "https://" } else { "http://" });
    origin == base_url.as_str() || (host.is_some() && host == text(HOST))
}

/// Middleware: says what browsers may do with the answer.
pub async fn security_headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let security = SecurityHeaders::of(&request);
    let mut response = next.call(request).await?;
    security.set(response.headers_mut());
    Ok(response)
}

/// What browsers may do with the answer to a request.
#[derive(Clone, Copy, Debug)]
pub struct SecurityHeaders {
    is_pass: bool,
    is_https: bool,
}

impl SecurityHeaders {
    /// Of the answer to `request`.
    pub fn of(request: &ServiceRequest) -> Self {
        let path = request.path();
        let state = request.app_data::<web::Data<AppState>>();
        Self {
            is_pass: path.starts_with("/p/") || path.starts_with("/P/"),
            is_https: state.is_some_and(|state| state.config.base_url.is_https()),
        }
    }

    /// Adds them to what the answer says by itself.
    pub fn set(self, headers: &mut HeaderMap) {
        let mut set = |name: HeaderName, value: &'static str| {
            if !headers.contains_key(&name) {
                headers.insert(name, HeaderValue::from_static(value));
            }
        };
        set(CONTENT_SECURITY_POLICY, POLICY);
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(REFERRER_POLICY, if self.is_pass { "no-referrer" } else { "same-origin" });
        if self.is_pass {
            set(ROBOTS, "noindex, nofollow, noarchive");
        }
        set(PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
        set(OPENER_POLICY, "same-origin");
        set(CACHE_CONTROL, "no-store");
        if self.is_https {
            set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn only_this_sites_pages_may_change_something() {
        let https = "https://gate.example.com";
        let http = "http://gate.example.com:8080";
        for (base, headers, passes) in [
            (https, &[("sec-fetch-site", "same-origin")][..], true),
            (https, &[("sec-fetch-site", "none")], true),
            (https, &[("sec-fetch-site", "same-site")], false),
            (https, &[("sec-fetch-site", "cross-site")], false),
            (https, &[("sec-fetch-site", "cross-site"), ("origin", https)], false),
            (https, &[("origin", https)], true),
            (https, &[("origin", "https://evil.example")], false),
            (https, &[("origin", "null")], false),
            (https, &[("origin", "null"), ("host", "null")], false),
            (https, &[("origin", "http://gate.example.com"), ("host", "gate.example.com")], false),
            (https, &[("origin", "http://192.168.1.5"), ("host", "192.168.1.5")], false),
            (https, &[("origin", "https://192.168.1.5"), ("host", "192.168.1.5")], true),
            (https, &[("origin", "https://gate.example.com.evil.example")], false),
            (https, &[("host", "gate.example.com")], true),
            (https, &[], true),
            (http, &[("origin", http)], true),
            (http, &[("origin", "https://gate.example.com:8080"), ("host", "gate.example.com:8080")], false),
            (http, &[("origin", "http://192.168.1.5:8080"), ("host", "192.168.1.5:8080")], true),
            (http, &[("origin", "http://192.168.1.5:8081"), ("host", "192.168.1.5:8080")], false),
            (http, &[("origin", "file://192.168.1.5:8080"), ("host", "192.168.1.5:8080")], false),
            (http, &[("origin", "null"), ("host", "null")], false),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(name.parse().unwrap(), value.parse().unwrap());
            }
            let base_url = BaseUrl::parse(base).unwrap();
            assert_eq!(is_same_origin(&map, &base_url), passes, "{base}: {headers:?}");
        }
    }

    #[test]
    fn a_cookie_that_cannot_be_read_takes_no_other_with_it() {
        for (sent, kept) in [
            (&[&b"session=a; flash=b"[..]][..], "session=a; flash=b"),
            (&[b"foreign=\xff; session=a; flash=\xe0\xa4; device=b"], " session=a; device=b"),
            (&[b"session=a", b"foreign=\xff"], "session=a"),
            (&["name=\u{930}; session=a".as_bytes(), b"\xff"], "name=\u{930}; session=a"),
            (&[b"\xff"], ""),
        ] {
            let mut headers = HeaderMap::new();
            for value in sent {
                headers.append(COOKIE, HeaderValue::from_bytes(value).unwrap());
            }
            keep_readable_cookies(&mut headers);
            let left: Vec<_> = headers.get_all(COOKIE).map(HeaderValue::as_bytes).collect();
            assert_eq!(left, [kept.as_bytes()]);
        }
    }
}
