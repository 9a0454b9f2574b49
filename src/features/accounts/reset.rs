//! `/reset/{token}`: another password for who forgot theirs.

use actix_web::{HttpRequest, web};

use super::parts::password_link::{self, NewPasswordForm};
use super::service::recovery::PasswordLink;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::Answer;
use crate::kernel::state::AppState;

pub async fn get(state: web::Data<AppState>, layout: Layout, token: web::Path<String>) -> Answer {
    password_link::show(&state, layout, PasswordLink::Reset, &token).await
}

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
    token: web::Path<String>,
    form: web::Form<NewPasswordForm>,
) -> Answer {
    password_link::set(&state, &request, layout, PasswordLink::Reset, &token, &form).await
}
