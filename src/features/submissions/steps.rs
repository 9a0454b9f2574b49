//! What the steps of a draft share: finding it, and saying why it does not change.

use actix_web::HttpResponse;

use super::service::drafts::{self, DraftError};
use crate::features::documents::service::storing::NotKept;
use crate::kernel::access::Customer;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::http::response::see_other;
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::SubmissionId;

/// Where a step finds its draft.
pub enum Step {
    /// It may be changed.
    Draft(Box<submission::Model>),
    /// It has been submitted: its page tells how things stand.
    Submitted(HttpResponse),
}

/// The customer's draft for a step's page.
pub async fn open(state: &AppState, customer: &Customer, id: SubmissionId) -> Result<Step, AppError> {
    let found = drafts::find_own(state, customer, id).await?.ok_or(AppError::NotFound)?;
    if found.status == SubmissionStatus::Draft {
        Ok(Step::Draft(Box::new(found)))
    } else {
        Ok(Step::Submitted(see_other(page_of(id))))
    }
}

/// The customer's draft for a step's form.
pub async fn open_for_change(
    state: &AppState,
    customer: &Customer,
    t: Texts,
    id: SubmissionId,
) -> Result<submission::Model, AppError> {
    match open(state, customer, id).await? {
        Step::Draft(draft) => Ok(*draft),
        Step::Submitted(_) => Err(AppError::Conflict(t.draft_submitted_already())),
    }
}

/// The page of a submission.
pub fn page_of(id: SubmissionId) -> String {
    format!("/submissions/{id}")
}

/// A refusal of the service as the page it leads to.
pub fn refused(t: Texts, error: DraftError) -> AppError {
    match error {
        DraftError::NotFound => AppError::NotFound,
        DraftError::NotADraft => AppError::Conflict(t.draft_submitted_already()),
        DraftError::Changed => AppError::Conflict(t.draft_changed()),
        DraftError::ConfirmFirst => AppError::Conflict(t.drafts_confirm_first()),
        DraftError::TooMany(limit) => AppError::Conflict(t.drafts_too_many(limit)),
        DraftError::NotKept(NotKept::NoRoom) => AppError::Unavailable("the store takes nothing".into()),
        DraftError::NotKept(NotKept::Quota { retry_after }) => AppError::TooMany { retry_after },
        DraftError::Failed(error) => error,
    }
}
