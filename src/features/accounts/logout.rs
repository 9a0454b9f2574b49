//! `/logout`: ends the session.

use actix_web::{HttpRequest, HttpResponse, web};

use super::service::sessions;
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::see_other_saying;
use crate::kernel::http::{auth, session};
use crate::kernel::state::AppState;

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
) -> Result<HttpResponse, AppError> {
    if let (Some(actor), Some(current)) = (auth::actor(&request), session::current(&request)) {
        sessions::sign_out(&state, &actor, current.session).await?;
    }
    let mut answer = see_other_saying(&state, "/login", &layout.t.signed_out());
    answer.add_cookie(&session::no_cookie(&state)).map_err(|error| AppError::internal(error.to_string()))?;
    Ok(answer)
}
