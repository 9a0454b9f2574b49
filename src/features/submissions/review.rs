//! `/submissions/{id}/review`: check everything, then submit.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::service::submitting::{self, Missing, SubmitError};
use super::steps::{self, Step, page_of};
use crate::features::documents::service::attachments;
use crate::kernel::access::Customer;
use crate::kernel::entity::document;
use crate::kernel::entity::submission;
use crate::kernel::error::AppError;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page, page_with, see_other, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::SubmissionId;

#[derive(Template)]
#[template(path = "submissions/review.html")]
struct ReviewPage {
    layout: Layout,
    draft: submission::Model,
    papers: Vec<document::Model>,
    missing: Vec<Missing>,
}

impl ReviewPage {
    async fn load(
        state: &AppState,
        customer: &Customer,
        layout: Layout,
        draft: submission::Model,
    ) -> Result<Self, AppError> {
        let papers = attachments::of_submission(state.database.reader(), draft.id).await?;
        let missing = submitting::missing(state, customer, &draft, &papers).await?;
        Ok(Self { layout, draft, papers, missing })
    }

    /// What only the attempt to submit found is shown, and leads to its step, as the rest does.
    fn with_found(mut self, found: Vec<Missing>) -> Self {
        let found = found.into_iter().filter(|found| *found != Missing::ContactThePlant);
        let new: Vec<_> = found.filter(|found| !self.missing.contains(found)).collect();
        self.missing.extend(new);
        self
    }

    /// The step where something missing is put right.
    fn step(&self, missing: &Missing) -> String {
        let step = match missing {
            Missing::ExpectedDay => "vehicle",
            Missing::Crew
            | Missing::DriverHasOtherName
            | Missing::HelperHasOtherName
            | Missing::HelperIsDriver => "crew",
            Missing::ExpiredPaper(_) => "documents",
            Missing::Confirmation | Missing::ContactThePlant => return String::new(),
        };
        format!("{}/{step}", page_of(self.draft.id))
    }

    fn waits_for_confirmation(&self) -> bool {
        self.missing.contains(&Missing::Confirmation)
    }

    fn driver(&self) -> String {
        name_and_phone(self.draft.driver_name.as_deref(), self.draft.driver_phone.as_ref())
    }

    fn helper(&self) -> String {
        name_and_phone(self.draft.helper_name.as_deref(), self.draft.helper_phone.as_ref())
    }

    fn paper_note(&self, paper: &document::Model) -> String {
        match &paper.valid_until {
            None => paper.file_name.clone(),
            Some(day) => format!("{} · {}", paper.file_name, self.layout.t.valid_until(self.layout.day(day))),
        }
    }
}

fn name_and_phone(name: Option<&str>, phone: Option<&crate::kernel::types::PhoneNumber>) -> String {
    match (name, phone) {
        (Some(name), Some(phone)) => format!("{name} · {phone}"),
        _ => String::new(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ReviewForm {
    consent: String,
    draft_version: String,
}

pub async fn get(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
) -> Answer {
    match steps::open(&state, &customer, *id).await? {
        Step::Submitted(answer) => Ok(answer),
        Step::Draft(draft) => page(&ReviewPage::load(&state, &customer, layout, *draft).await?),
    }
}

pub async fn post(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
    form: web::Form<ReviewForm>,
) -> Answer {
    let t = layout.t;
    let draft = match steps::open(&state, &customer, *id).await? {
        Step::Submitted(_) => return Ok(see_other(page_of(*id))),
        Step::Draft(draft) => *draft,
    };
    let mut errors = FormErrors::new();
    let mut found = Vec::new();
    if form.consent.is_empty() {
        errors.add("consent", t.consent_missing());
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return again(&state, &customer, status, layout.with_errors(errors), draft, found).await;
    }
    // What is no number was never the version of a page.
    let version = form.draft_version.parse().unwrap_or(-1);
    let status = match submitting::submit(&state, &customer, *id, version).await {
        Ok(()) => return Ok(see_other_saying(&state, page_of(*id), &t.submitted())),
        Err(SubmitError::NotFound) => return Err(AppError::NotFound),
        Err(SubmitError::Failed(error)) => return Err(error),
        Err(SubmitError::Changed) => {
            errors.add_general(t.draft_changed());
            StatusCode::CONFLICT
        }
        Err(SubmitError::Missing(missing)) => {
            for missing in &missing {
                // What has no step is not among the links below.
                let field = if *missing == Missing::ContactThePlant { "" } else { missing.slug() };
                errors.add(field, t.missing(missing));
            }
            found = missing;
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    again(&state, &customer, status, layout.with_errors(errors), draft, found).await
}

async fn again(
    state: &AppState,
    customer: &Customer,
    status: StatusCode,
    layout: Layout,
    draft: submission::Model,
    found: Vec<Missing>,
) -> Answer {
    page_with(status, &ReviewPage::load(state, customer, layout, draft).await?.with_found(found))
}
