//! Pages in part, for scripts that put a part of a page in the place of an older one. What a script shows is
//! what the server would have shown.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpRequest};

use crate::kernel::error::AppError;

/// The header that our scripts send; a form cannot.
const HEADER: HeaderName = HeaderName::from_static("x-requested-with");

/// Whether a script of ours asks, for a part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment(pub bool);

/// Whether the answer to a request with `headers` is a part of a page.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    headers.get(HEADER).is_some_and(|value| value == "fetch")
}

impl FromRequest for Fragment {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(is_wanted(request.headers()))))
    }
}
