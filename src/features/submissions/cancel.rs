//! `/submissions/{id}/cancel`: asks once, then takes the entry back.

use actix_web::web;
use askama::Template;

use super::service::decisions::{self, MoveError};
use super::service::drafts;
use super::service::status::Act;
use super::steps::page_of;
use crate::kernel::access::Customer;
use crate::kernel::entity::submission;
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page, see_other, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::SubmissionId;

#[derive(Template)]
#[template(path = "submissions/cancel.html")]
struct CancelPage {
    layout: Layout,
    submission: submission::Model,
}

pub async fn get(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
) -> Answer {
    let submission = drafts::find_own(&state, &customer, *id).await?.ok_or(AppError::NotFound)?;
    let status = submission.status_at(layout.now());
    if status.after(Act::Cancel, submission.is_inside()).is_none() {
        return Ok(see_other(page_of(*id)));
    }
    page(&CancelPage { layout, submission })
}

pub async fn post(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
) -> Answer {
    match decisions::cancel(&state, &customer, *id).await {
        Ok(()) => Ok(see_other_saying(&state, page_of(*id), &layout.t.cancelled())),
        Err(error) => Err(refused(&state, &layout, error)),
    }
}

/// A refused move as the page that tells how things stand.
pub fn refused(state: &AppState, layout: &Layout, error: MoveError) -> AppError {
    match error {
        MoveError::NotFound => AppError::NotFound,
        MoveError::NotPossible(standing) => {
            AppError::Conflict(layout.t.standing(state.config.zone, &standing))
        }
        MoveError::Blacklisted => AppError::Conflict(layout.t.standing_blacklisted()),
        MoveError::Failed(error) => error,
    }
}
