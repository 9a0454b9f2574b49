//! `/admin/users/invite`: makes an account; its owner sets the password by a link.

use actix_web::web;
use askama::Template;
use sea_orm::Iterable as _;
use serde::Deserialize;

use super::service::users::{self, Invitation, InviteError};
use crate::kernel::access::Admin;
use crate::kernel::entity::account::Role;
use crate::kernel::http::form::{Choice, FormErrors};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, invalid, page, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::{EmailAddress, PersonName};

#[derive(Template)]
#[template(path = "accounts/admin_invite.html")]
struct AdminInvitePage {
    layout: Layout,
    form: InviteForm,
}

impl AdminInvitePage {
    fn roles(&self) -> Vec<Choice> {
        let choice = |role: Role| Choice {
            value: role.name().to_owned(),
            label: self.layout.t.role(&role),
            chosen: self.form.role == role.name(),
        };
        Role::iter().map(choice).collect()
    }
}

#[derive(Deserialize)]
#[serde(default)]
pub struct InviteForm {
    email: String,
    full_name: String,
    role: String,
}

impl Default for InviteForm {
    fn default() -> Self {
        // Who is invited is mostly staff, and the least that staff may is the safest to begin with.
        Self { email: String::new(), full_name: String::new(), role: Role::Guard.name().to_owned() }
    }
}

impl InviteForm {
    fn parse(&self, t: Texts) -> Result<Invitation, FormErrors> {
        let mut errors = FormErrors::new();
        let full_name =
            errors.check("full_name", PersonName::parse(&self.full_name), |e| t.person_name_error(e));
        let email = errors.check("email", EmailAddress::parse(&self.email), |e| t.email_error(e));
        let role = errors.check("role", Role::from_name(&self.role).ok_or(()), |()| t.role_unknown());
        match (email, full_name, role) {
            (Some(email), Some(full_name), Some(role)) => Ok(Invitation { email, full_name, role }),
            _ => Err(errors),
        }
    }
}

pub async fn get(_: Admin, layout: Layout) -> Answer {
    page(&AdminInvitePage { layout, form: InviteForm::default() })
}

pub async fn post(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    form: web::Form<InviteForm>,
) -> Answer {
    let t = layout.t;
    let form = form.into_inner();
    let errors = match form.parse(t) {
        Err(errors) => errors,
        Ok(invitation) => match users::invite(&state, &admin, invitation, t.language()).await {
            Ok(id) => return Ok(see_other_saying(&state, format!("/admin/users/{id}"), &t.user_invited())),
            Err(InviteError::Failed(error)) => return Err(error),
            Err(InviteError::Exists) => {
                let mut errors = FormErrors::new();
                errors.add("email", t.user_exists());
                errors
            }
        },
    };
    invalid(&AdminInvitePage { layout: layout.with_errors(errors), form })
}
