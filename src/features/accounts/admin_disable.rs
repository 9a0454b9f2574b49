//! `/admin/users/{id}/disable`: asks once, then signs the account out and keeps it out.

use actix_web::web;
use askama::Template;

use super::admin_detail::done;
use super::service::users::{self, Details};
use crate::kernel::access::Admin;
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page};
use crate::kernel::state::AppState;
use crate::kernel::types::AccountId;

#[derive(Template)]
#[template(path = "accounts/admin_disable.html")]
struct AdminDisablePage {
    layout: Layout,
    details: Details,
    is_own: bool,
}

pub async fn get(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    id: web::Path<AccountId>,
) -> Answer {
    let details = users::find(&state, &admin, *id).await?.ok_or(AppError::NotFound)?;
    page(&AdminDisablePage { is_own: admin.account() == *id, layout, details })
}

pub async fn post(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    id: web::Path<AccountId>,
) -> Answer {
    let disabled = users::set_enabled(&state, &admin, *id, false).await;
    done(&state, &layout, *id, disabled, &layout.t.user_disabled())
}
