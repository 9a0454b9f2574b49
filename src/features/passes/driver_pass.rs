//! `/p/{token}`: the driver's pass, in the driver's language with English beside it. No sign-in, no form:
//! whoever has the link sees what is printed and the status. Of a pass that was cancelled or rejected, all but
//! the plant's staff see the status alone.

use actix_web::web;
use askama::Template;

use super::token;
use crate::access::Guard;
use crate::entity::submission::{self, SubmissionStatus};
use crate::error::AppError;
use crate::features::submissions::service::lists;
use crate::http::layout::Layout;
use crate::http::response::{Answer, page};
use crate::state::AppState;
use crate::texts::Texts;
use crate::types::Language;

#[derive(Template)]
#[template(path = "passes/driver_pass.html")]
struct DriverPassPage {
    layout: Layout,
    /// English, where the driver reads another language.
    english: Option<Texts>,
    submission: submission::Model,
    token: String,
    /// Whether it says for whom and when the pass is.
    shows_all: bool,
}

impl DriverPassPage {
    fn status(&self) -> SubmissionStatus {
        self.submission.status_at(self.layout.now())
    }

    fn is_withdrawn(&self) -> bool {
        is_withdrawn(&self.submission)
    }

    /// Whether the pass can still open the gate.
    fn is_live(&self) -> bool {
        self.submission.is_live_at(self.layout.now())
    }

    fn banner(&self) -> &'static str {
        match self.status() {
            SubmissionStatus::Approved => "ok",
            SubmissionStatus::Pending => "warn",
            SubmissionStatus::Completed => "neutral",
            _ => "stop",
        }
    }
}

/// The submission that a pass was issued for. A pass that is none of ours, or that was replaced, is not
/// found.
async fn find(state: &AppState, text: &str) -> Result<submission::Model, AppError> {
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
fn is_withdrawn(submission: &submission::Model) -> bool {
    matches!(submission.status, SubmissionStatus::Cancelled | SubmissionStatus::Rejected)
}

pub async fn get(
    state: web::Data<AppState>,
    staff: Option<Guard>,
    layout: Layout,
    token: web::Path<String>,
) -> Answer {
    let submission = find(&state, &token).await?;
    let layout = layout.in_language(submission.driver_language.unwrap_or_default());
    let english = (layout.t.language() != Language::En).then(|| Texts::of(Language::En));
    let shows_all = staff.is_some() || !is_withdrawn(&submission);
    page(&DriverPassPage { layout, english, submission, token: token.into_inner(), shows_all })
}
