//! `/submissions/{id}/crew`: who drives, who helps.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::service::drafts::{self, Crew, DraftError};
use super::steps::{self, Step, page_of, refused};
use crate::features::crew::service::{Objections, Person};
use crate::kernel::access::Customer;
use crate::kernel::entity::submission;
use crate::kernel::error::AppError;
use crate::kernel::http::form::{Choice, FormErrors};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, invalid, page, page_with, see_other};
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::{Language, LicenceNo, PersonName, PhoneNumber, SubmissionId, clean_line};

#[derive(Template)]
#[template(path = "submissions/crew.html")]
struct CrewPage {
    layout: Layout,
    id: SubmissionId,
    form: CrewForm,
}

impl CrewPage {
    fn languages(chosen: &str) -> Vec<Choice> {
        let choice = |language: Language| Choice {
            value: language.code().to_owned(),
            label: language.native_name().to_owned(),
            chosen: language.code() == chosen,
        };
        Language::ALL.into_iter().map(choice).collect()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CrewForm {
    driver_name: String,
    driver_phone: String,
    driver_language: String,
    driver_license_no: String,
    helper_name: String,
    helper_phone: String,
    helper_language: String,
}

impl CrewForm {
    fn of(draft: &submission::Model) -> Self {
        let phone = |phone: &Option<PhoneNumber>| phone.as_ref().map(ToString::to_string).unwrap_or_default();
        let language = |language: Option<Language>| language.unwrap_or_default().code().to_owned();
        let license_no = draft.driver_license_no.as_ref().map(ToString::to_string);
        Self {
            driver_name: draft.driver_name.clone().unwrap_or_default(),
            driver_phone: phone(&draft.driver_phone),
            driver_language: language(draft.driver_language),
            driver_license_no: license_no.unwrap_or_default(),
            helper_name: draft.helper_name.clone().unwrap_or_default(),
            helper_phone: phone(&draft.helper_phone),
            helper_language: language(draft.helper_language),
        }
    }

    fn parse(&self, t: Texts) -> Result<Crew, FormErrors> {
        let mut errors = FormErrors::new();
        let driver = self.parse_driver(t, &mut errors);
        let helper = self.parse_helper(t, &mut errors);
        if let (Some(driver), Some(helper)) = (&driver, &helper)
            && driver.phone == helper.phone
        {
            errors.add("helper_phone", t.helper_is_driver());
        }
        match driver {
            Some(driver) if errors.is_empty() => Ok(Crew { driver, helper }),
            _ => Err(errors),
        }
    }

    fn parse_driver(&self, t: Texts, errors: &mut FormErrors) -> Option<Person> {
        let name =
            errors.check("driver_name", PersonName::parse(&self.driver_name), |e| t.person_name_error(e));
        let phone =
            errors.check("driver_phone", PhoneNumber::parse(&self.driver_phone), |e| t.phone_error(e));
        let language = parse_language(t, errors, "driver_language", &self.driver_language);
        let license_no = match clean_line(&self.driver_license_no).as_str() {
            "" => Some(None),
            typed => {
                errors.check("driver_license_no", LicenceNo::parse(typed), |e| t.license_error(e)).map(Some)
            }
        };
        Some(Person { name: name?, phone: phone?, language: language?, license_no: license_no? })
    }

    /// Name and phone go together; without both there is no helper.
    fn parse_helper(&self, t: Texts, errors: &mut FormErrors) -> Option<Person> {
        if clean_line(&self.helper_name).is_empty() && clean_line(&self.helper_phone).is_empty() {
            return None;
        }
        let name =
            errors.check("helper_name", PersonName::parse(&self.helper_name), |e| t.person_name_error(e));
        let phone =
            errors.check("helper_phone", PhoneNumber::parse(&self.helper_phone), |e| t.phone_error(e));
        let language = parse_language(t, errors, "helper_language", &self.helper_language);
        Some(Person { name: name?, phone: phone?, language: language?, license_no: None })
    }
}

/// Left out, it is English.
fn parse_language(t: Texts, errors: &mut FormErrors, field: &str, code: &str) -> Option<Language> {
    if code.is_empty() {
        return Some(Language::default());
    }
    let language = Language::from_code(code);
    if language.is_none() {
        errors.add(field, t.language_unknown());
    }
    language
}

pub async fn get(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
) -> Answer {
    match steps::open(&state, &customer, *id).await? {
        Step::Submitted(answer) => Ok(answer),
        Step::Draft(draft) => page(&CrewPage { layout, id: *id, form: CrewForm::of(&draft) }),
    }
}

pub async fn post(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
    form: web::Form<CrewForm>,
) -> Answer {
    let t = layout.t;
    steps::open_for_change(&state, &customer, t, *id).await?;
    let form = form.into_inner();
    let crew = match form.parse(t) {
        Ok(crew) => crew,
        Err(errors) => return invalid(&CrewPage { layout: layout.with_errors(errors), id: *id, form }),
    };
    let objections = match drafts::change_crew(&state, &customer, *id, &crew).await {
        Ok(objections) => objections,
        Err(DraftError::Failed(AppError::TooMany { retry_after })) => {
            return later(CrewPage { layout, id: *id, form }, retry_after);
        }
        Err(error) => return Err(refused(t, error)),
    };
    match told(t, objections) {
        errors if errors.is_empty() => Ok(see_other(page_of(*id))),
        errors => invalid(&CrewPage { layout: layout.with_errors(errors), id: *id, form }),
    }
}

/// 429 with the form as it was typed.
fn later(mut page: CrewPage, retry_after: u64) -> Answer {
    let mut errors = FormErrors::new();
    errors.add_general(page.layout.t.crew_too_many_names(retry_after.div_ceil(60)));
    page.layout = page.layout.with_errors(errors);
    let mut answer = page_with(StatusCode::TOO_MANY_REQUESTS, &page)?;
    answer.headers_mut().insert(RETRY_AFTER, retry_after.into());
    Ok(answer)
}

/// What submitting would refuse, in words.
fn told(t: Texts, objections: Objections) -> FormErrors {
    let mut errors = FormErrors::new();
    if objections.driver_has_other_name {
        errors.add("driver_phone", t.crew_other_name());
    }
    if objections.helper_has_other_name {
        errors.add("helper_phone", t.crew_other_name());
    }
    if objections.one_person {
        errors.add("helper_phone", t.helper_is_driver());
    }
    errors
}
