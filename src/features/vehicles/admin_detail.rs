//! `/admin/vehicles/{id}`: a vehicle as the desk knows it, and what the desk says of it.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;

use super::service as vehicles;
use crate::access::Supervisor;
use crate::entity::{audit_log, document, submission, vehicle};
use crate::error::AppError;
use crate::features::audit::service as audit;
use crate::features::documents::service::{reading, storing};
use crate::features::opinions::service::{self as opinions, Entry, JudgeError, Standing, Subject};
use crate::features::opinions::typed::{Form, Typed};
use crate::features::submissions::service::lists;
use crate::http::form::{Choice, FormErrors};
use crate::http::layout::Layout;
use crate::http::response::{Answer, page_with, see_other_saying};
use crate::state::AppState;
use crate::types::VehicleId;

#[derive(Template)]
#[template(path = "vehicles/admin_detail.html")]
struct AdminDetailPage {
    layout: Layout,
    vehicle: vehicle::Model,
    standing: Standing,
    typed: Typed,
    entries: Vec<submission::Model>,
    papers: Vec<document::Model>,
    history: Vec<Entry>,
    events: Vec<audit_log::Model>,
}

impl AdminDetailPage {
    fn ratings(&self) -> Vec<Choice> {
        Choice::list(self.layout.t.rating_none(), self.layout.t.ratings(), &self.typed.rating)
    }
}

/// What was typed into which form.
type Sent = (Form, Typed);

/// The page as things stand, with a status and what was typed.
async fn show(
    state: &AppState,
    supervisor: &Supervisor,
    layout: Layout,
    id: VehicleId,
    status: StatusCode,
    sent: Option<Sent>,
) -> Answer {
    let vehicle = vehicles::find_by_id(state, supervisor, id).await?.ok_or(AppError::NotFound)?;
    let standing = vehicle.standing();
    let mut typed = Typed::of(&standing, layout.zone(), layout.now());
    if let Some((form, sent)) = sent {
        sent.keep(form, &mut typed);
    }
    let (subject, papers_of) = (Subject::Vehicle(id), storing::Subject::Vehicle(id));
    let page = AdminDetailPage {
        entries: lists::last_of(state, supervisor, subject).await?,
        papers: reading::accepted_about(state.database.reader(), papers_of).await?,
        history: opinions::history(state, supervisor, subject).await?,
        events: audit::about(state, supervisor, id.as_uuid()).await?,
        layout,
        vehicle,
        standing,
        typed,
    };
    page_with(status, &page)
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<VehicleId>,
) -> Answer {
    show(&state, &supervisor, layout, *id, StatusCode::OK, None).await
}

pub async fn remark(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<VehicleId>,
    typed: web::Form<Typed>,
) -> Answer {
    judge(&state, &supervisor, layout, *id, (Form::Opinion, typed.into_inner())).await
}

pub async fn blacklist(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<VehicleId>,
    typed: web::Form<Typed>,
) -> Answer {
    judge(&state, &supervisor, layout, *id, (Form::Blacklist, typed.into_inner())).await
}

pub async fn lift(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<VehicleId>,
    typed: Option<web::Form<Typed>>,
) -> Answer {
    let typed = typed.map(web::Form::into_inner).unwrap_or_default();
    judge(&state, &supervisor, layout, *id, (Form::Lift, typed)).await
}

async fn judge(
    state: &AppState,
    supervisor: &Supervisor,
    layout: Layout,
    id: VehicleId,
    (form, typed): Sent,
) -> Answer {
    let t = layout.t;
    let mut errors = FormErrors::new();
    let judged = match typed.judgement(form, layout.zone(), layout.now()) {
        Ok(judgement) => vehicles::judge(state, supervisor, id, typed.seen(), judgement).await,
        Err(found) => {
            for error in found {
                errors.add(error.field(), t.opinion_error(error));
            }
            let (layout, status) = (layout.with_errors(errors), StatusCode::UNPROCESSABLE_ENTITY);
            return show(state, supervisor, layout, id, status, Some((form, typed))).await;
        }
    };
    match judged {
        Ok(()) => Ok(see_other_saying(state, format!("/admin/vehicles/{id}"), &t.judged(form))),
        Err(JudgeError::NotFound) => Err(AppError::NotFound),
        Err(JudgeError::Failed(error)) => Err(error),
        Err(JudgeError::Changed) => {
            errors.add_general(t.opinion_changed_meanwhile());
            let layout = layout.with_errors(errors);
            show(state, supervisor, layout, id, StatusCode::CONFLICT, Some((form, typed))).await
        }
    }
}
