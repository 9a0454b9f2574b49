//! `/forgot`: asks for a link that sets another password.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::service::recovery;
use crate::kernel::http::address::client_address;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, invalid, page, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::EmailAddress;

#[derive(Template)]
#[template(path = "accounts/forgot.html")]
struct ForgotPage {
    layout: Layout,
    form: ForgotForm,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ForgotForm {
    email: String,
}

pub async fn get(layout: Layout) -> Answer {
    page(&ForgotPage { layout, form: ForgotForm::default() })
}

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
    form: web::Form<ForgotForm>,
) -> Answer {
    let t = layout.t;
    match EmailAddress::parse(&form.email) {
        Ok(email) => {
            let address = client_address(&request, &state);
            recovery::ask(&state, &email, t.language(), &address).await?;
            Ok(see_other_saying(&state, "/login", &t.forgot_done()))
        }
        Err(error) => {
            let mut errors = FormErrors::new();
            errors.add("email", t.email_error(error));
            invalid(&ForgotPage { layout: layout.with_errors(errors), form: form.into_inner() })
        }
    }
}
