//! `/admin/submissions/{id}`: facts beside papers, what happened, and the decision.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use sea_orm::Iterable as _;
use serde::Deserialize;

use super::cancel::refused;
use super::service::corrections::{self, Corrections};
use super::service::decisions::{self, Decision, MoveError};
use super::service::lists;
use super::service::status::Act;
use super::service::visits;
use crate::features::audit::service as audit;
use crate::features::documents::service::attachments;
use crate::features::notifications::service::lists as messages;
use crate::features::vehicles::service::lookalikes;
use crate::kernel::access::{Guard, Supervisor};
use crate::kernel::entity::document::{self, DocumentType};
use crate::kernel::entity::notification::{self, DeliveryState};
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::entity::{audit_log, vehicle, visit};
use crate::kernel::error::AppError;
use crate::kernel::http::form::{FormErrors, OptionalForm};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page_with, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::{CrewMemberId, Remark, SubmissionId};

#[derive(Template)]
#[template(path = "submissions/admin_detail.html")]
struct AdminDetailPage {
    layout: Layout,
    submission: submission::Model,
    papers: Vec<document::Model>,
    events: Vec<audit_log::Model>,
    messages: Vec<notification::Model>,
    visit: Option<visit::Model>,
    corrections: Corrections,
    /// Those on the blacklist that its vehicle looks like, while it may still come.
    lookalikes: Vec<vehicle::Model>,
    may_decide: bool,
    reason: String,
}

impl AdminDetailPage {
    fn status(&self) -> SubmissionStatus {
        self.submission.status_at(self.layout.now())
    }

    fn can(&self, act: Act) -> bool {
        self.may_decide && self.status().after(act, self.submission.is_inside()).is_some()
    }

    fn can_approve(&self) -> bool {
        self.can(Act::Approve)
    }

    fn can_reject(&self) -> bool {
        self.can(Act::Reject)
    }

    fn can_complete(&self) -> bool {
        self.can(Act::Complete)
    }

    /// The papers that the gate looks at and that are not there.
    fn missing(&self) -> impl Iterator<Item = DocumentType> {
        DocumentType::iter()
            .filter(|kind| kind.runs_out() && !self.papers.iter().any(|paper| paper.document_type == *kind))
    }

    /// Where a driver or helper is found, for those who may look.
    fn person(&self, id: &Option<CrewMemberId>) -> Option<String> {
        id.filter(|_| self.may_decide).map(|id| format!("/admin/crew/{id}"))
    }

    /// The one that was made from it, once it is the desk's to see.
    fn corrected_by(&self) -> Option<&submission::Model> {
        self.corrections.by.as_ref().filter(|by| by.status != SubmissionStatus::Draft)
    }

    /// How a paper's last day stands to the expected day.
    fn paper_state(&self, paper: &document::Model) -> &'static str {
        match paper.valid_until {
            Some(last_day) if last_day < self.submission.expected_on => "expired",
            Some(last_day) if last_day <= self.submission.expected_on + chrono::Days::new(7) => "expiring",
            Some(_) => "valid",
            None => "neutral",
        }
    }

    fn paper_note(&self, paper: &document::Model) -> String {
        match &paper.valid_until {
            Some(day) => self.layout.t.valid_until(self.layout.day(day)),
            None => self.layout.t.valid_until_unknown(),
        }
    }
}

async fn show(
    state: &AppState,
    guard: &Guard,
    layout: Layout,
    id: SubmissionId,
    status: StatusCode,
    reason: String,
) -> Answer {
    let submission = lists::find_for_staff(state, guard, id).await?.ok_or(AppError::NotFound)?;
    let database = state.database.reader();
    let may_decide = Supervisor::of(guard).is_some();
    let mut papers = attachments::of_submission(database, id).await?;
    // A guard reads the vehicle's and the driver's.
    papers.retain(|paper| may_decide || paper.document_type.runs_out());
    let (vehicle, number, now) = (submission.vehicle_id, &submission.vehicle_number, layout.now());
    let may_come = may_decide && submission.is_live_at(now) && !submission.is_inside();
    let lookalikes = if may_come {
        lookalikes::on_the_blacklist(database, vehicle, number, now).await?
    } else {
        Vec::new()
    };
    page_with(
        status,
        &AdminDetailPage {
            papers,
            events: audit::timeline(state, id).await?,
            messages: messages::of_submission(state, id).await?,
            visit: match submission.entered_at {
                None => None,
                Some(_) => visits::of_submission(database, id).await?,
            },
            may_decide,
            lookalikes,
            // Once the vehicle has come, nobody asks what its entry corrected.
            corrections: match submission.entered_at {
                None => corrections::around(state, &submission).await?,
                Some(_) => Corrections::default(),
            },
            layout,
            submission,
            reason,
        },
    )
}

pub async fn get(
    state: web::Data<AppState>,
    guard: Guard,
    layout: Layout,
    id: web::Path<SubmissionId>,
) -> Answer {
    show(&state, &guard, layout, *id, StatusCode::OK, String::new()).await
}

/// What the forms of the page send. Programs that post without having seen the page leave `seen` out.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    reason: String,
    /// The status that the page showed.
    seen: String,
}

type Sent = OptionalForm<DecisionForm>;

pub async fn approve(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<SubmissionId>,
    form: Sent,
) -> Answer {
    decide(&state, &supervisor, &layout, *id, form, Decision::Approve, &layout.t.approved()).await
}

pub async fn complete(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<SubmissionId>,
    form: Sent,
) -> Answer {
    decide(&state, &supervisor, &layout, *id, form, Decision::Complete, &layout.t.completed()).await
}

pub async fn reject(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<SubmissionId>,
    form: Sent,
) -> Answer {
    let t = layout.t;
    let OptionalForm(DecisionForm { reason: typed, seen }) = form;
    let seen = SubmissionStatus::from_name(&seen);
    match Remark::parse(&typed) {
        Ok(reason) => {
            match decisions::decide(&state, &supervisor, *id, seen, Decision::Reject(reason)).await {
                Ok(()) => Ok(see_other_saying(&state, format!("/admin/submissions/{id}"), &t.rejected())),
                Err(error) => overtaken(&state, &supervisor, layout, *id, error, typed).await,
            }
        }
        Err(error) => {
            if let Some(standing) =
                decisions::in_the_way_of(&state, &supervisor, *id, seen, Act::Reject).await?
            {
                return overtaken(&state, &supervisor, layout, *id, MoveError::NotPossible(standing), typed)
                    .await;
            }
            let mut errors = FormErrors::new();
            errors.add("reason", t.reason_error(error));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let guard = Guard::from(&supervisor);
            show(&state, &guard, layout.with_errors(errors), *id, status, typed).await
        }
    }
}

/// Somebody else decided meanwhile. Where rejecting is possible still, the form stays open with what was typed.
async fn overtaken(
    state: &AppState,
    supervisor: &Supervisor,
    layout: Layout,
    id: SubmissionId,
    error: MoveError,
    typed: String,
) -> Answer {
    let may_still = matches!(&error, MoveError::NotPossible(standing) if standing.allows(Act::Reject));
    match refused(state, &layout, error) {
        AppError::Conflict(told) if may_still => {
            let mut errors = FormErrors::new();
            errors.add("reason", told);
            let guard = Guard::from(supervisor);
            show(state, &guard, layout.with_errors(errors), id, StatusCode::CONFLICT, typed).await
        }
        error => Err(error),
    }
}

async fn decide(
    state: &AppState,
    supervisor: &Supervisor,
    layout: &Layout,
    id: SubmissionId,
    form: Sent,
    decision: Decision,
    done: &str,
) -> Result<HttpResponse, AppError> {
    let seen = SubmissionStatus::from_name(&form.0.seen);
    match decisions::decide(state, supervisor, id, seen, decision).await {
        Ok(()) => Ok(see_other_saying(state, format!("/admin/submissions/{id}"), done)),
        Err(error) => Err(refused(state, layout, error)),
    }
}
