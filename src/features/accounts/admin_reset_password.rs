//! `/admin/users/{id}/reset-password`: asks once, then ends the password and sends a link that sets another.

use actix_web::web;
use askama::Template;

use super::admin_detail::done;
use super::service::users::{self, ChangeError, Details};
use crate::kernel::access::Admin;
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page};
use crate::kernel::state::AppState;
use crate::kernel::types::AccountId;

#[derive(Template)]
#[template(path = "accounts/admin_reset_password.html")]
struct AdminResetPasswordPage {
    layout: Layout,
    details: Details,
}

impl AdminResetPasswordPage {
    /// Whether there is a phone that may be a stranger's.
    fn removes_phone(&self) -> bool {
        let account = &self.details.user.account;
        account.phone.is_some() && users::loses_phone(account, account.role)
    }
}

pub async fn get(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    id: web::Path<AccountId>,
) -> Answer {
    let details = users::find(&state, &admin, *id).await?.ok_or(AppError::NotFound)?;
    if admin.account() == *id {
        return done(&state, &layout, *id, Err(ChangeError::Own), "");
    }
    page(&AdminResetPasswordPage { layout, details })
}

pub async fn post(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    id: web::Path<AccountId>,
) -> Answer {
    let reset = users::reset_password(&state, &admin, *id, layout.t.language()).await;
    done(&state, &layout, *id, reset, &layout.t.user_password_reset())
}
