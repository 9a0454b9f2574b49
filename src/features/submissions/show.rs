//! `/submissions/{id}`: the draft's task list; once submitted, its pass.

use actix_web::web;
use askama::Template;

use super::service::corrections::{self, Corrections};
use super::service::drafts;
use super::service::status::Act;
use super::service::submitting::{self, Missing};
use super::service::visits;
use crate::features::documents::service::attachments;
use crate::features::notifications::service::lists as messages;
use crate::features::passes::service as passes;
use crate::kernel::access::Customer;
use crate::kernel::entity::document;
use crate::kernel::entity::notification::{self, DeliveryState};
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::entity::visit;
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page};
use crate::kernel::state::AppState;
use crate::kernel::types::{PhoneNumber, SubmissionId};

#[derive(Template)]
#[template(path = "submissions/draft.html")]
struct DraftPage {
    layout: Layout,
    draft: submission::Model,
    papers: Vec<document::Model>,
    missing: Vec<Missing>,
    corrections: Corrections,
}

impl DraftPage {
    fn vehicle_done(&self) -> bool {
        !self.missing.contains(&Missing::ExpectedDay)
    }

    fn crew_done(&self) -> bool {
        let wrong = [
            Missing::Crew,
            Missing::DriverHasOtherName,
            Missing::HelperHasOtherName,
            Missing::HelperIsDriver,
        ];
        !self.missing.iter().any(|missing| wrong.contains(missing))
    }

    fn crew_note(&self) -> String {
        let names = [self.draft.driver_name.as_deref(), self.draft.helper_name.as_deref()];
        names.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn papers_expired(&self) -> bool {
        self.missing.iter().any(|missing| matches!(missing, Missing::ExpiredPaper(_)))
    }

    fn papers_note(&self) -> String {
        let names = self.papers.iter().map(|paper| self.layout.t.document_type(&paper.document_type));
        names.collect::<Vec<_>>().join(", ")
    }
}

#[derive(Template)]
#[template(path = "submissions/pass.html")]
struct PassPage {
    layout: Layout,
    submission: submission::Model,
    papers: Vec<document::Model>,
    visit: Option<visit::Model>,
    messages: Vec<notification::Model>,
    corrections: Corrections,
    /// The driver's page, as it is passed on.
    link: String,
}

impl PassPage {
    fn status(&self) -> SubmissionStatus {
        self.submission.status_at(self.layout.now())
    }

    /// Whether the pass can still open the gate.
    fn is_live(&self) -> bool {
        self.submission.is_live_at(self.layout.now())
    }

    fn can_cancel(&self) -> bool {
        self.status().after(Act::Cancel, self.submission.is_inside()).is_some()
    }

    fn can_resend(&self) -> bool {
        !matches!(self.status(), SubmissionStatus::Completed | SubmissionStatus::Expired)
    }

    /// Whether the entry is over, and a new one is what comes next.
    fn may_come_again(&self) -> bool {
        use SubmissionStatus::{Cancelled, Completed, Expired};
        matches!(self.status(), Completed | Cancelled | Expired)
    }

    fn token(&self) -> &str {
        self.submission.pass_token.as_deref().unwrap_or_default()
    }

    fn share_text(&self) -> String {
        let day = self.layout.day(&self.submission.expected_on);
        self.layout.t.share_text(day, &self.link, self.submission.vehicle_number.to_string())
    }

    fn share_text_in_url(&self) -> String {
        in_url(&self.share_text())
    }

    fn share_subject_in_url(&self) -> String {
        in_url(&self.layout.t.share_subject(self.submission.vehicle_number.to_string()))
    }

    fn driver_phone(&self) -> &str {
        self.submission.driver_phone.as_ref().map(PhoneNumber::as_str).unwrap_or_default()
    }
}

/// A text as a value in the query of a `https:`, `mailto:` or `sms:` URL. Unlike forms, the latter two take a
/// plus sign for what it is (RFC 6068, 5).
fn in_url(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

pub async fn get(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
) -> Answer {
    let found = drafts::find_own(&state, &customer, *id).await?.ok_or(AppError::NotFound)?;
    let papers = attachments::of_submission(state.database.reader(), *id).await?;
    let corrections = corrections::around(&state, &found).await?;
    if found.status == SubmissionStatus::Draft {
        let missing = submitting::missing(&state, &customer, &found, &papers).await?;
        return page(&DraftPage { layout, draft: found, papers, missing, corrections });
    }
    let visit = match found.entered_at {
        None => None,
        Some(_) => visits::of_submission(state.database.reader(), *id).await?,
    };
    let messages = messages::of_submission(&state, *id).await?;
    let link = passes::link(&state, found.pass_token.as_deref().unwrap_or_default());
    page(&PassPage { layout, submission: found, papers, visit, messages, corrections, link })
}
