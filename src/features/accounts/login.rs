//! `/login`: signing in.

use actix_web::{HttpRequest, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::home;
use super::parts::signing_in::{codes, fits, open, refuse};
use super::service::sign_in::{self, SignedIn};
use crate::kernel::http::address::client_address;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::next::local_path;
use crate::kernel::http::pages::page_of;
use crate::kernel::http::response::{Answer, invalid, page, see_other};
use crate::kernel::state::AppState;

#[derive(Template)]
#[template(path = "accounts/login.html")]
struct LoginPage {
    layout: Layout,
    form: LoginForm,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LoginForm {
    email: String,
    password: SecretString,
    next: String,
}

#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

pub async fn get(request: HttpRequest, layout: Layout, query: web::Query<Next>) -> Answer {
    let next = query.into_inner().next;
    let form = LoginForm {
        next: local_path(&request, &next).unwrap_or_default().to_owned(),
        ..LoginForm::default()
    };
    page(&LoginPage { layout, form })
}

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
    form: web::Form<LoginForm>,
) -> Answer {
    let mut form = form.into_inner();
    let address = client_address(&request, &state);
    let password = std::mem::take(&mut form.password);
    let mut errors = FormErrors::new();
    if !fits(&mut errors, layout.t, "password", &password) {
        return invalid(&LoginPage { layout: layout.with_errors(errors), form });
    }
    match sign_in::sign_in(&state, &form.email, password, &address, codes(&request)).await {
        Ok(signed_in) => welcome(&state, &request, signed_in, &form.next).await,
        Err(error) => {
            let wrong = ("email", layout.t.login_wrong());
            refuse(layout, error, wrong, |layout| LoginPage { layout, form })
        }
    }
}

async fn welcome(state: &AppState, request: &HttpRequest, signed_in: SignedIn<'_>, next: &str) -> Answer {
    let path = match local_path(request, next) {
        Some(next) => page_of(request, next),
        None => home::path_of(signed_in.account.role).to_owned(),
    };
    open(state, request, signed_in, see_other(path)).await
}
