//! `/setup/{token}`: the first admin of an empty installation.

use actix_web::{HttpRequest, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::parts::signing_in::{busy, new_password};
use super::service::first_admin::{self, NewAdmin, SetupError};
use crate::kernel::error::AppError;
use crate::kernel::http::address::client_address;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, invalid, page, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::{EmailAddress, PersonName};

#[derive(Template)]
#[template(path = "accounts/setup.html")]
struct SetupPage {
    layout: Layout,
    form: SetupForm,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SetupForm {
    email: String,
    password: SecretString,
    password_confirm: SecretString,
    full_name: String,
}

impl SetupForm {
    fn parse(&self, t: Texts) -> Result<NewAdmin, FormErrors> {
        let mut errors = FormErrors::new();
        let full_name =
            errors.check("full_name", PersonName::parse(&self.full_name), |e| t.person_name_error(e));
        let email = errors.check("email", EmailAddress::parse(&self.email), |e| t.email_error(e));
        let password = new_password(&mut errors, t, &self.password, &self.password_confirm, &self.email);
        match (full_name, email, password) {
            (Some(full_name), Some(email), Some(password)) => Ok(NewAdmin { full_name, email, password }),
            _ => Err(errors),
        }
    }
}

pub async fn get(state: web::Data<AppState>, layout: Layout, token: web::Path<String>) -> Answer {
    if !first_admin::is_open(&state, &token).await? {
        return Err(AppError::NotFound);
    }
    page(&SetupPage { layout, form: SetupForm::default() })
}

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
    token: web::Path<String>,
    form: web::Form<SetupForm>,
) -> Answer {
    if !first_admin::is_open(&state, &token).await? {
        return Err(AppError::NotFound);
    }
    let form = form.into_inner();
    let parsed = form.parse(layout.t);
    let form =
        SetupForm { password: SecretString::default(), password_confirm: SecretString::default(), ..form };
    let errors = match parsed {
        Err(errors) => errors,
        Ok(new) => match first_admin::create(&state, &token, new, &client_address(&request, &state)).await {
            Ok(()) => return Ok(see_other_saying(&state, "/login", &layout.t.setup_done())),
            Err(SetupError::LinkIsUsed) => return Err(AppError::NotFound),
            Err(SetupError::Failed(error)) => {
                return busy(layout, error, |layout| SetupPage { layout, form });
            }
            Err(SetupError::AddressIsTaken) => {
                let mut errors = FormErrors::new();
                errors.add("email", layout.t.setup_address_taken());
                errors
            }
        },
    };
    invalid(&SetupPage { layout: layout.with_errors(errors), form })
}
