//! `/gate/submissions/{id}/check-in`, `check-out` and `refuse`.

use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use uuid::Uuid;

use super::service::passage::{self, GateError};
use super::show::{Typed, show};
use crate::kernel::access::Guard;
use crate::kernel::error::AppError;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::{Remark, SubmissionId};

/// Fields as they come: `confirm` comes once for each warning.
type Fields = web::Form<Vec<(String, String)>>;

pub async fn check_in(
    state: web::Data<AppState>,
    guard: Guard,
    layout: Layout,
    id: web::Path<SubmissionId>,
    fields: Fields,
) -> Answer {
    let nonce = nonce_in(&fields)?;
    let values = |field| fields.iter().filter(move |(name, _)| name == field).map(|(_, value)| value.clone());
    let confirmed: Vec<String> = values("confirm").collect();
    let shown: Vec<String> = values("shown").flat_map(|codes| words(&codes)).collect();
    match passage::check_in(&state, &guard, *id, nonce, &confirmed).await {
        // What came up since is told as that, and not as something that was left out.
        Err(GateError::Unconfirmed(warnings)) if warnings.iter().all(|code| shown.contains(code)) => {
            let mut errors = FormErrors::new();
            errors.add("confirm", layout.t.gate_unconfirmed());
            let typed = Typed { confirmed, ..Typed::default() };
            show(&state, &guard, layout.with_errors(errors), *id, StatusCode::CONFLICT, typed).await
        }
        passed => {
            let done = layout.t.checked_in();
            answer(&state, &guard, layout, *id, passed, &done, String::new()).await
        }
    }
}

fn words(codes: &str) -> Vec<String> {
    codes.split_whitespace().map(ToOwned::to_owned).collect()
}

pub async fn check_out(
    state: web::Data<AppState>,
    guard: Guard,
    layout: Layout,
    id: web::Path<SubmissionId>,
    fields: Fields,
) -> Answer {
    let passed = passage::check_out(&state, &guard, *id, nonce_in(&fields)?).await;
    let done = layout.t.checked_out();
    answer(&state, &guard, layout, *id, passed, &done, String::new()).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RefuseForm {
    reason: String,
}

pub async fn refuse(
    state: web::Data<AppState>,
    guard: Guard,
    layout: Layout,
    id: web::Path<SubmissionId>,
    form: web::Form<RefuseForm>,
) -> Answer {
    match Remark::parse(&form.reason) {
        Ok(reason) => {
            let refused = passage::refuse(&state, &guard, *id, &reason).await;
            let done = layout.t.entry_refused();
            answer(&state, &guard, layout, *id, refused, &done, form.into_inner().reason).await
        }
        Err(error) => {
            let mut errors = FormErrors::new();
            errors.add("reason", layout.t.reason_error(error));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let typed = Typed { reason: form.into_inner().reason, ..Typed::default() };
            show(&state, &guard, layout.with_errors(errors), *id, status, typed).await
        }
    }
}

/// Every form of a verdict page has its own number.
fn nonce_in(fields: &Fields) -> Result<Uuid, AppError> {
    let nonce = fields.iter().find(|(name, _)| name == "nonce").map(|(_, nonce)| nonce.parse());
    nonce.and_then(Result::ok).ok_or(AppError::BadRequest)
}

/// Back to scanning; or the verdict as it stands now, with the reason that was typed for nothing.
pub async fn answer(
    state: &AppState,
    guard: &Guard,
    layout: Layout,
    id: SubmissionId,
    outcome: Result<(), GateError>,
    done: &str,
    reason: String,
) -> Answer {
    match outcome {
        Ok(()) => Ok(see_other_saying(state, "/gate", done)),
        Err(GateError::NotFound) => Err(AppError::NotFound),
        Err(GateError::Failed(error)) => Err(error),
        Err(GateError::NotPossible | GateError::Unconfirmed(_)) => {
            let mut errors = FormErrors::new();
            errors.add_general(layout.t.gate_changed());
            let typed = Typed { not_noted: reason, ..Typed::default() };
            show(state, guard, layout.with_errors(errors), id, StatusCode::CONFLICT, typed).await
        }
    }
}
