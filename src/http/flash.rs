//! A sentence for the next page: "Saved." It travels in a cookie that only this site can make.

use actix_web::cookie::Cookie;
use actix_web::{HttpRequest, web};
use chrono::Duration;
use data_encoding::BASE64URL_NOPAD;

use super::session::site_cookie;
use crate::state::AppState;

const NAME: &str = "flash";

/// The cookie that brings `text` to the next page.
pub fn cookie(state: &AppState, text: &str) -> Cookie<'static> {
    let value = format!("{}.{}", state.keys.mac(NAME, text), BASE64URL_NOPAD.encode(text.as_bytes()));
    site_cookie(state, NAME, value, Duration::minutes(1))
}

/// The cookie that takes it away once shown.
pub fn shown(state: &AppState) -> Cookie<'static> {
    site_cookie(state, NAME, String::new(), Duration::zero())
}

/// The sentence that came with the request.
pub fn read(request: &HttpRequest) -> Option<String> {
    let state = request.app_data::<web::Data<AppState>>()?;
    let cookie = request.cookie(NAME)?;
    let (mac, text) = cookie.value().split_once('.')?;
    let text = String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
    (state.keys.mac(NAME, &text) == mac).then_some(text)
}
