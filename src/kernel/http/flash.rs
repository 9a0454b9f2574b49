//! A sentence for the next page: "Saved." It travels in a cookie that only this site can make.

use actix_web::body::MessageBody;
use actix_web::cookie::Cookie;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, web};
use chrono::Duration;
use data_encoding::BASE64URL_NOPAD;

use super::fragment;
use super::session::{site_cookie, site_cookie_of};
use crate::kernel::state::AppState;

const NAME: &str = "flash";

/// The cookie that brings `text` to the next page.
pub fn cookie(state: &AppState, text: &str) -> Cookie<'static> {
    let value = format!("{}.{}", state.keys.mac(NAME, text), BASE64URL_NOPAD.encode(text.as_bytes()));
    site_cookie(state, NAME, value, Duration::minutes(1))
}

/// Middleware: takes the sentence away with the first page that shows it; a part of a page does not.
pub async fn forget(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let came = site_cookie_of(request.request(), NAME).is_some() && !fragment::is_wanted(request.headers());
    let mut response = next.call(request).await?;
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let shown = content_type.is_some_and(|content_type| content_type.starts_with("text/html"));
    if came && shown {
        let gone = site_cookie(&state, NAME, String::new(), Duration::zero());
        response.response_mut().add_cookie(&gone)?;
    }
    Ok(response)
}

/// The sentence that came with the request.
pub fn read(request: &HttpRequest) -> Option<String> {
    let state = request.app_data::<web::Data<AppState>>()?;
    let cookie = site_cookie_of(request, NAME)?;
    let (mac, text) = cookie.value().split_once('.')?;
    let text = String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
    state.keys.is_mac(NAME, &text, mac).then_some(text)
}
