//! `/p/{token}/qr.png` and `/p/{token}/qr.svg`.

use actix_web::{HttpResponse, web};

use super::parts::find_to_print;
use super::qr::{self, Level, Qr};
use super::service;
use crate::kernel::access::Guard;
use crate::kernel::error::AppError;
use crate::kernel::http::response::Answer;
use crate::kernel::state::AppState;

/// Pixels of a module: 45 modules and their margin make an image of some 600 pixels.
const MODULE_PIXELS: u32 = 10;

pub async fn png(state: web::Data<AppState>, staff: Option<Guard>, token: web::Path<String>) -> Answer {
    let (code, _) = draw(&state, staff, &token).await?;
    Ok(HttpResponse::Ok().content_type("image/png").body(code.png(MODULE_PIXELS)))
}

pub async fn svg(state: web::Data<AppState>, staff: Option<Guard>, token: web::Path<String>) -> Answer {
    let (code, reference) = draw(&state, staff, &token).await?;
    Ok(HttpResponse::Ok().content_type("image/svg+xml").body(code.svg(&reference)))
}

async fn draw(state: &AppState, staff: Option<Guard>, text: &str) -> Result<(Qr, String), AppError> {
    let submission = find_to_print(state, staff.as_ref(), text).await?;
    let token = submission.pass_token.ok_or(AppError::NotFound)?;
    let code = qr::code(&service::url(state, &token), Level::Screen).map_err(AppError::internal)?;
    Ok((code, submission.reference.to_string()))
}
