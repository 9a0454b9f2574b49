//! `/gate/submissions/{id}`: the verdict, filling the screen.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use uuid::Uuid;

use super::service::facts::{Sight, look};
use super::verdict::Reason;
use crate::features::submissions::service::lists;
use crate::kernel::access::{Guard, Supervisor};
use crate::kernel::entity::{document, vehicle};
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page_with};
use crate::kernel::state::AppState;
use crate::kernel::types::SubmissionId;

#[derive(Template)]
#[template(path = "gate/verdict.html")]
struct VerdictPage {
    layout: Layout,
    sight: Sight,
    /// Since when, where and by whom it was let in, if the vehicle is inside.
    inside: Option<String>,
    /// The forms' own number: sent twice, they are one event.
    nonce: Uuid,
    typed: Typed,
    may_decide: bool,
}

/// What a guard typed into the page's forms.
#[derive(Default)]
pub struct Typed {
    /// The reason for a refusal.
    pub reason: String,
    /// A reason for what is not possible any more: it is shown, so that it can be used elsewhere.
    pub not_noted: String,
    /// The codes of the warnings that were confirmed.
    pub confirmed: Vec<String>,
}

impl VerdictPage {
    /// The reasons that are confirmed one by one.
    fn warnings(&self) -> Vec<Reason> {
        if self.sight.verdict.can_check_in() {
            self.sight.verdict.warnings().copied().collect()
        } else {
            Vec::new()
        }
    }

    /// Their codes: what a guard has seen is known from what comes back.
    fn shown(&self) -> String {
        self.warnings().iter().map(|reason| reason.code()).collect::<Vec<_>>().join(" ")
    }

    fn is_confirmed(&self, reason: &Reason) -> bool {
        self.typed.confirmed.contains(&reason.code())
    }

    /// The reasons that are only told.
    fn told(&self) -> Vec<Reason> {
        let warnings = self.warnings();
        let reasons = self.sight.verdict.reasons.iter().copied();
        reasons.filter(|reason| !warnings.contains(reason)).collect()
    }

    /// What the desk wrote when it rejected the entry.
    fn rejection(&self) -> Option<&str> {
        let rejected = self.sight.verdict.reasons.contains(&Reason::Rejected);
        self.sight.submission.decision_reason.as_deref().filter(|_| rejected)
    }

    /// The vehicles on the blacklist that a guard is to compare with the plate.
    fn lookalikes(&self) -> &[vehicle::Model] {
        let compare = self.sight.verdict.reasons.contains(&Reason::VehicleLookalike);
        if compare { &self.sight.lookalikes } else { &[] }
    }

    fn waits_for_decision(&self) -> bool {
        self.sight.verdict.reasons.contains(&Reason::Pending)
    }

    fn last_day(&self, paper: &document::Model) -> String {
        match &paper.valid_until {
            Some(day) => self.layout.t.valid_until(self.layout.day(day)),
            None => self.layout.t.valid_until_unknown(),
        }
    }

    /// The papers that the gate looks at.
    fn papers(&self) -> impl Iterator<Item = &document::Model> {
        self.sight.papers.iter().filter(|paper| paper.document_type.runs_out())
    }
}

/// The verdict as things stand, with a status and what was typed.
pub async fn show(
    state: &AppState,
    guard: &Guard,
    layout: Layout,
    id: SubmissionId,
    status: StatusCode,
    typed: Typed,
) -> Answer {
    let row = lists::find_for_staff(state, guard, id).await?.ok_or(AppError::NotFound)?;
    let sight = look(state, state.database.reader(), row).await?;
    let inside = sight.open_visit.as_ref().map(|visit| {
        let since = layout.t.gate_inside_since(&visit.guard, &visit.gate, layout.moment(&visit.entered_at));
        match &visit.override_reason {
            None => since,
            Some(reason) => layout.t.gate_inside_by_override(reason, since),
        }
    });
    let page = VerdictPage {
        layout,
        sight,
        inside,
        nonce: state.clock.new_uuid(),
        typed,
        may_decide: Supervisor::of(guard).is_some(),
    };
    page_with(status, &page)
}

pub async fn get(
    state: web::Data<AppState>,
    guard: Guard,
    layout: Layout,
    id: web::Path<SubmissionId>,
) -> Answer {
    show(&state, &guard, layout, *id, StatusCode::OK, Typed::default()).await
}
