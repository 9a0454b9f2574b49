//! `/account`: what the user tells of themselves.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::service::profile::{self, Profile};
use crate::kernel::access::Actor;
use crate::kernel::entity::{account, organisation};
use crate::kernel::error::AppError;
use crate::kernel::http::form::{Choice, FormErrors};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, invalid, page, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::{CompanyName, Language, PersonName, PhoneNumber, clean_line};

#[derive(Template)]
#[template(path = "accounts/account.html")]
struct AccountPage {
    layout: Layout,
    actor: Actor,
    form: AccountForm,
}

impl AccountPage {
    fn role(&self) -> String {
        self.layout.t.role(&self.actor.role())
    }

    /// The languages that have texts, after leaving it to the browser.
    fn languages(&self) -> Vec<Choice> {
        let choice = |value: &str, label: String| Choice {
            value: value.to_owned(),
            label,
            chosen: value == self.form.language,
        };
        let known =
            Texts::available().map(|language| choice(language.code(), language.native_name().to_owned()));
        std::iter::once(choice("", self.layout.t.language_of_browser())).chain(known).collect()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct AccountForm {
    full_name: String,
    phone: String,
    company_name: String,
    language: String,
}

impl AccountForm {
    fn of(account: &account::Model, organisation: &organisation::Model) -> Self {
        Self {
            full_name: account.full_name.clone(),
            phone: account.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
            company_name: organisation.name.clone(),
            language: account.language.map(Language::code).unwrap_or_default().to_owned(),
        }
    }

    /// Staff have no company of their own, and need not give a phone.
    fn parse(&self, t: Texts, is_staff: bool) -> Result<Profile, FormErrors> {
        let mut errors = FormErrors::new();
        let company_name = if is_staff {
            None
        } else {
            errors.check("company_name", CompanyName::parse(&self.company_name), |e| t.company_name_error(e))
        };
        let full_name =
            errors.check("full_name", PersonName::parse(&self.full_name), |e| t.person_name_error(e));
        let phone = if is_staff && clean_line(&self.phone).is_empty() {
            None
        } else {
            errors.check("phone", PhoneNumber::parse(&self.phone), |e| t.phone_error(e))
        };
        let language = Language::from_code(&self.language);
        if language.is_none() && !self.language.is_empty() {
            errors.add("language", t.language_unknown());
        }
        match full_name {
            Some(full_name) if errors.is_empty() => Ok(Profile { full_name, phone, company_name, language }),
            _ => Err(errors),
        }
    }
}

pub async fn get(state: web::Data<AppState>, actor: Actor, layout: Layout) -> Answer {
    let found = profile::find(&state, actor.account()).await?;
    let (account, organisation) = found.ok_or(AppError::SignInFirst)?;
    page(&AccountPage { layout, actor, form: AccountForm::of(&account, &organisation) })
}

pub async fn post(
    state: web::Data<AppState>,
    actor: Actor,
    layout: Layout,
    form: web::Form<AccountForm>,
) -> Answer {
    let form = form.into_inner();
    match form.parse(layout.t, actor.is_staff()) {
        Ok(profile) => {
            profile::change(&state, &actor, profile).await?;
            Ok(see_other_saying(&state, "/account", &layout.t.account_saved()))
        }
        Err(errors) => invalid(&AccountPage { layout: layout.with_errors(errors), actor, form }),
    }
}
