//! `/logout`: ends the session.

use actix_web::{HttpRequest, HttpResponse, web};

use super::service::sign_in;
use crate::error::AppError;
use crate::http::layout::Layout;
use crate::http::response::see_other_saying;
use crate::http::{auth, session};
use crate::state::AppState;

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
) -> Result<HttpResponse, AppError> {
    if let Some(actor) = auth::actor(&request) {
        sign_in::signed_out(&state, &actor).await?;
    }
    let gone = session::close(&state, &request).await?;
    let mut answer = see_other_saying(&state, "/login", &layout.t.signed_out());
    answer.add_cookie(&gone).map_err(|error| AppError::internal(error.to_string()))?;
    Ok(answer)
}
