//! `/admin/users/{id}`: one account, and what an admin does with it.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use sea_orm::Iterable as _;
use serde::Deserialize;

use super::service::users::{self, AccountState, ChangeError, Details, RoleChange};
use crate::kernel::access::Admin;
use crate::kernel::entity::account::Role;
use crate::kernel::error::AppError;
use crate::kernel::http::form::{Choice, FormErrors};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page_with, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::AccountId;

#[derive(Template)]
#[template(path = "accounts/admin_detail.html")]
struct AdminDetailPage {
    layout: Layout,
    details: Details,
    is_own: bool,
}

impl AdminDetailPage {
    fn state(&self) -> AccountState {
        self.details.user.state()
    }

    fn is(&self, state: &str) -> bool {
        self.state().name() == state
    }

    fn roles(&self) -> Vec<Choice> {
        let choice = |role: Role| Choice {
            value: role.name().to_owned(),
            label: self.layout.t.role(&role),
            chosen: self.details.user.account.role == role,
        };
        Role::iter().map(choice).collect()
    }

    fn last_seen(&self) -> String {
        match self.details.sessions.first() {
            Some(session) => self.layout.moment(&session.seen_at),
            None => self.layout.t.user_not_signed_in(),
        }
    }
}

async fn show(state: &AppState, admin: &Admin, layout: Layout, id: AccountId, status: StatusCode) -> Answer {
    let details = users::find(state, admin, id).await?.ok_or(AppError::NotFound)?;
    page_with(status, &AdminDetailPage { is_own: admin.account() == id, layout, details })
}

pub async fn get(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    id: web::Path<AccountId>,
) -> Answer {
    show(&state, &admin, layout, *id, StatusCode::OK).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RoleForm {
    role: String,
}

pub async fn role(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    id: web::Path<AccountId>,
    form: Option<web::Form<RoleForm>>,
) -> Answer {
    let name = form.map(|form| form.into_inner().role).unwrap_or_default();
    let Some(role) = Role::from_name(&name) else {
        let mut errors = FormErrors::new();
        errors.add("role", layout.t.role_unknown());
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show(&state, &admin, layout.with_errors(errors), *id, status).await;
    };
    let t = layout.t;
    let changed = users::change_role(&state, &admin, *id, role, t.language()).await;
    let said = match changed {
        Ok(RoleChange::Kept) => t.user_role_kept(),
        Ok(RoleChange::Invited) => t.user_role_asked(),
        _ => t.user_role_changed(),
    };
    done(&state, &layout, *id, changed.map(drop), &said)
}

pub async fn enable(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    id: web::Path<AccountId>,
) -> Answer {
    let enabled = users::set_enabled(&state, &admin, *id, true).await;
    done(&state, &layout, *id, enabled, &layout.t.user_enabled())
}

pub async fn unlock(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    id: web::Path<AccountId>,
) -> Answer {
    let unlocked = users::unlock(&state, &admin, *id).await;
    done(&state, &layout, *id, unlocked, &layout.t.user_unlocked())
}

pub async fn end_sessions(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    id: web::Path<AccountId>,
) -> Answer {
    let ended = users::end_sessions(&state, &admin, *id).await;
    done(&state, &layout, *id, ended, &layout.t.user_signed_out())
}

pub async fn invite_again(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    id: web::Path<AccountId>,
) -> Answer {
    let invited = users::invite_again(&state, &admin, *id, layout.t.language()).await;
    done(&state, &layout, *id, invited, &layout.t.user_invited())
}

/// Back to the account's page, or why it was not changed.
pub fn done(
    state: &AppState,
    layout: &Layout,
    id: AccountId,
    changed: Result<(), ChangeError>,
    text: &str,
) -> Answer {
    let t = layout.t;
    match changed {
        Ok(()) => Ok(see_other_saying(state, format!("/admin/users/{id}"), text)),
        Err(ChangeError::NotFound) => Err(AppError::NotFound),
        Err(ChangeError::Own) => Err(AppError::Conflict(t.user_own_password())),
        Err(ChangeError::LastAdmin) => Err(AppError::Conflict(t.user_last_admin())),
        Err(ChangeError::Disabled) => Err(AppError::Conflict(t.user_is_disabled())),
        Err(ChangeError::NotInvited) => Err(AppError::Conflict(t.user_not_invited())),
        Err(ChangeError::Failed(error)) => Err(error),
    }
}
