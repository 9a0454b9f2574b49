//! Which submission a pass leads to, and who may see it.

use super::token;
use crate::features::submissions::service::lists;
use crate::kernel::access::Guard;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;

/// The submission that a pass was issued for. A pass that is none of ours, or that was replaced, is not
/// found.
pub async fn find(state: &AppState, text: &str) -> Result<submission::Model, AppError> {
    lists::find_by_pass(state, &token::hash(text)).await?.ok_or(AppError::NotFound)
}

/// The submission whose pass is printed or drawn: a cancelled or rejected one is found by staff alone.
pub async fn find_to_print(
    state: &AppState,
    staff: Option<&Guard>,
    text: &str,
) -> Result<submission::Model, AppError> {
    let submission = find(state, text).await?;
    if is_withdrawn(&submission) && staff.is_none() {
        return Err(AppError::NotFound);
    }
    Ok(submission)
}

/// Whether the pass was taken back before it was used.
pub fn is_withdrawn(submission: &submission::Model) -> bool {
    matches!(submission.status, SubmissionStatus::Cancelled | SubmissionStatus::Rejected)
}
