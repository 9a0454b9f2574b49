//! The answers that handlers give.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header::LOCATION};
use askama::Template;

use super::flash;
use super::form::FormErrors;
use super::layout::Layout;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;

/// What a handler answers.
pub type Answer = Result<HttpResponse, AppError>;

/// 200 with a page.
pub fn page(page: &impl Template) -> Answer {
    page_with(StatusCode::OK, page)
}

/// 422 with the form's page, which says what is wrong and keeps what was typed.
pub fn invalid(page: &impl Template) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// The page as it is; with `errors`, [`invalid`].
pub fn page_or_errors<P: Template>(
    layout: Layout,
    errors: FormErrors,
    made: impl FnOnce(Layout) -> P,
) -> Answer {
    let answer = if errors.is_empty() { page } else { invalid };
    answer(&made(layout.with_errors(errors)))
}

/// A page with another status.
pub fn page_with(status: StatusCode, page: &impl Template) -> Answer {
    let html = page.render().map_err(AppError::internal)?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// 303 to a page of this site.
pub fn see_other(path: impl AsRef<str>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path.as_ref())).finish()
}

/// 303 to a page of this site that says `text` first.
pub fn see_other_saying(state: &AppState, path: impl AsRef<str>, text: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path.as_ref()))
        .cookie(flash::cookie(state, text))
        .finish()
}
