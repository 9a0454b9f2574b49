//! `/p/{token}`: the driver's pass, in the driver's language with English beside it. No sign-in, no form:
//! whoever has the link sees what is printed and the status. Of a pass that was cancelled or rejected, all but
//! the plant's staff see the status alone.

use actix_web::web;
use askama::Template;

use super::parts::{find, is_withdrawn};
use crate::kernel::access::Guard;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page};
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::Language;

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
