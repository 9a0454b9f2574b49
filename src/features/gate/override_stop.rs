//! `/gate/submissions/{id}/override`: a supervisor lets a vehicle in past a stop. A page of its own with a
//! reason to be typed, so that it is never one press.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::passage::answer;
use super::service::facts::{Sight, look};
use super::service::passage::{self, GateError, Override};
use crate::features::submissions::service::lists;
use crate::kernel::access::{Guard, Supervisor};
use crate::kernel::error::AppError;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page_with, see_other};
use crate::kernel::state::AppState;
use crate::kernel::types::{Remark, SubmissionId};

#[derive(Template)]
#[template(path = "gate/override.html")]
struct OverridePage {
    layout: Layout,
    sight: Sight,
    /// The form's own number: sent twice, it is one event.
    nonce: Uuid,
    reason: String,
}

impl OverridePage {
    /// The codes of the reasons shown.
    fn seen(&self) -> String {
        let codes: Vec<String> = self.sight.verdict.reasons.iter().map(|reason| reason.code()).collect();
        codes.join(" ")
    }
}

/// The page, where a word of a supervisor passes what stops the vehicle now.
async fn show(
    state: &AppState,
    guard: &Guard,
    layout: Layout,
    id: SubmissionId,
    status: StatusCode,
    reason: String,
) -> Result<Option<HttpResponse>, AppError> {
    let row = lists::find_for_staff(state, guard, id).await?.ok_or(AppError::NotFound)?;
    let sight = look(state, state.database.reader(), row).await?;
    if !sight.verdict.can_be_overridden() {
        return Ok(None);
    }
    page_with(status, &OverridePage { layout, sight, nonce: state.clock.new_uuid(), reason }).map(Some)
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<SubmissionId>,
) -> Answer {
    let guard = Guard::from(&supervisor);
    let page = show(&state, &guard, layout, *id, StatusCode::OK, String::new()).await?;
    Ok(page.unwrap_or_else(|| see_other(format!("/gate/submissions/{id}"))))
}

/// What the form sends. Programs that post without having seen the page leave all but `reason` out.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct OverrideForm {
    reason: String,
    nonce: Option<Uuid>,
    /// The codes of the reasons that the page showed, by space.
    seen: Option<String>,
}

pub async fn post(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<SubmissionId>,
    form: web::Form<OverrideForm>,
) -> Answer {
    let guard = Guard::from(&supervisor);
    let OverrideForm { reason, nonce, seen } = form.into_inner();
    let word = match Remark::parse(&reason) {
        Ok(reason) => Override {
            reason,
            nonce: nonce.unwrap_or_else(|| state.clock.new_uuid()),
            seen: seen.map(|codes| codes.split(' ').map(ToOwned::to_owned).collect()),
        },
        Err(error) => {
            let mut errors = FormErrors::new();
            errors.add("reason", layout.t.reason_error(error));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let page = show(&state, &guard, layout.with_errors(errors), *id, status, reason).await?;
            return Ok(page.unwrap_or_else(|| see_other(format!("/gate/submissions/{id}"))));
        }
    };
    let passed = passage::override_stop(&state, &supervisor, *id, word).await;
    if matches!(passed, Err(GateError::NotPossible)) {
        // Something came up meanwhile: the page tells what, with the reason that was typed.
        let mut errors = FormErrors::new();
        errors.add_general(layout.t.gate_changed());
        let layout = layout.clone().with_errors(errors);
        if let Some(page) = show(&state, &guard, layout, *id, StatusCode::CONFLICT, reason.clone()).await? {
            return Ok(page);
        }
    }
    let done = layout.t.overridden();
    answer(&state, &guard, layout, *id, passed, &done, reason).await
}
