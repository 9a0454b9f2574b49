//! `/register`: a customer opens an account.

use actix_web::{HttpRequest, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::parts::signing_in::{busy, new_password};
use super::service::registration::{self, Registration};
use crate::kernel::http::address::client_address;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, invalid, page, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::{CompanyName, EmailAddress, PersonName, PhoneNumber};

#[derive(Template)]
#[template(path = "accounts/register.html")]
struct RegisterPage {
    layout: Layout,
    form: RegisterForm,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RegisterForm {
    email: String,
    password: SecretString,
    password_confirm: SecretString,
    full_name: String,
    phone: String,
    company_name: String,
}

impl RegisterForm {
    fn parse(&self, t: Texts) -> Result<Registration, FormErrors> {
        let mut errors = FormErrors::new();
        let company_name =
            errors.check("company_name", CompanyName::parse(&self.company_name), |e| t.company_name_error(e));
        let full_name =
            errors.check("full_name", PersonName::parse(&self.full_name), |e| t.person_name_error(e));
        let phone = errors.check("phone", PhoneNumber::parse(&self.phone), |e| t.phone_error(e));
        let email = errors.check("email", EmailAddress::parse(&self.email), |e| t.email_error(e));
        let password = new_password(&mut errors, t, &self.password, &self.password_confirm, &self.email);
        match (company_name, full_name, phone, email, password) {
            (Some(company_name), Some(full_name), Some(phone), Some(email), Some(password)) => {
                Ok(Registration { company_name, full_name, phone, email, password })
            }
            _ => Err(errors),
        }
    }
}

pub async fn get(layout: Layout) -> Answer {
    page(&RegisterPage { layout, form: RegisterForm::default() })
}

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
    form: web::Form<RegisterForm>,
) -> Answer {
    let form = form.into_inner();
    let parsed = form.parse(layout.t);
    let form =
        RegisterForm { password: SecretString::default(), password_confirm: SecretString::default(), ..form };
    match parsed {
        Ok(new) => {
            let address = client_address(&request, &state);
            match registration::register(&state, new, layout.t.language(), &address).await {
                Ok(()) => Ok(see_other_saying(&state, "/login", &layout.t.register_done())),
                Err(error) => busy(layout, error, |layout| RegisterPage { layout, form }),
            }
        }
        Err(errors) => invalid(&RegisterPage { layout: layout.with_errors(errors), form }),
    }
}
