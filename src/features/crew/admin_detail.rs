//! `/admin/crew/{id}`: a driver or helper as the desk knows them, what the desk says of them, and their name.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::service as crew;
use crate::access::Supervisor;
use crate::entity::{audit_log, crew_member, document, submission};
use crate::error::AppError;
use crate::features::audit::service as audit;
use crate::features::documents::service::{reading, storing};
use crate::features::opinions::service::{self as opinions, Entry, JudgeError, Standing, Subject};
use crate::features::opinions::typed::{Form, Typed};
use crate::features::submissions::service::lists;
use crate::http::form::{Choice, FormErrors};
use crate::http::layout::Layout;
use crate::http::response::{Answer, page_with, see_other, see_other_saying};
use crate::state::AppState;
use crate::types::{CrewMemberId, PersonName};

#[derive(Template)]
#[template(path = "crew/admin_detail.html")]
struct AdminDetailPage {
    layout: Layout,
    person: crew_member::Model,
    /// The registered name, as typed.
    new_name: String,
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

/// The page as things stand, with a status and what was typed. One who was merged into another while the page
/// was open is shown as the other.
async fn show(
    state: &AppState,
    supervisor: &Supervisor,
    layout: Layout,
    id: CrewMemberId,
    status: StatusCode,
    sent: Option<Sent>,
    name: Option<String>,
) -> Answer {
    let found = crew::find_by_id(state, supervisor, id).await?.ok_or(AppError::NotFound)?;
    let person = match found.merged_into {
        None => found,
        Some(into) => crew::find_by_id(state, supervisor, into).await?.ok_or(AppError::NotFound)?,
    };
    show_person(state, supervisor, layout, person, status, sent, name).await
}

async fn show_person(
    state: &AppState,
    supervisor: &Supervisor,
    layout: Layout,
    person: crew_member::Model,
    status: StatusCode,
    sent: Option<Sent>,
    name: Option<String>,
) -> Answer {
    let id = person.id;
    let standing = person.standing();
    let mut typed = Typed::of(&standing, layout.zone(), layout.now());
    if let Some((form, sent)) = sent {
        sent.keep(form, &mut typed);
    }
    let (subject, papers_of) = (Subject::CrewMember(id), storing::Subject::Driver(id));
    let page = AdminDetailPage {
        entries: lists::last_of(state, supervisor, subject).await?,
        papers: reading::accepted_about(state.database.reader(), papers_of).await?,
        history: opinions::history(state, supervisor, subject).await?,
        events: audit::about(state, supervisor, id.as_uuid()).await?,
        layout,
        new_name: name.unwrap_or_else(|| person.full_name.clone()),
        person,
        standing,
        typed,
    };
    page_with(status, &page)
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<CrewMemberId>,
) -> Answer {
    let found = crew::find_by_id(&state, &supervisor, *id).await?.ok_or(AppError::NotFound)?;
    match found.merged_into {
        Some(into) => Ok(see_other(format!("/admin/crew/{into}"))),
        None => show_person(&state, &supervisor, layout, found, StatusCode::OK, None, None).await,
    }
}

pub async fn remark(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<CrewMemberId>,
    typed: web::Form<Typed>,
) -> Answer {
    judge(&state, &supervisor, layout, *id, (Form::Opinion, typed.into_inner())).await
}

pub async fn blacklist(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<CrewMemberId>,
    typed: web::Form<Typed>,
) -> Answer {
    judge(&state, &supervisor, layout, *id, (Form::Blacklist, typed.into_inner())).await
}

pub async fn lift(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<CrewMemberId>,
    typed: Option<web::Form<Typed>>,
) -> Answer {
    let typed = typed.map(web::Form::into_inner).unwrap_or_default();
    judge(&state, &supervisor, layout, *id, (Form::Lift, typed)).await
}

async fn judge(
    state: &AppState,
    supervisor: &Supervisor,
    layout: Layout,
    id: CrewMemberId,
    (form, typed): Sent,
) -> Answer {
    let t = layout.t;
    let mut errors = FormErrors::new();
    let judged = match typed.judgement(form, layout.zone(), layout.now()) {
        Ok(judgement) => crew::judge(state, supervisor, id, typed.seen(), judgement).await,
        Err(found) => {
            for error in found {
                errors.add(error.field(), t.opinion_error(error));
            }
            let (layout, status) = (layout.with_errors(errors), StatusCode::UNPROCESSABLE_ENTITY);
            return show(state, supervisor, layout, id, status, Some((form, typed)), None).await;
        }
    };
    match judged {
        Ok(()) => Ok(see_other_saying(state, format!("/admin/crew/{id}"), &t.judged(form))),
        Err(JudgeError::NotFound) => Err(AppError::NotFound),
        Err(JudgeError::Failed(error)) => Err(error),
        Err(JudgeError::Changed) => {
            errors.add_general(t.opinion_changed_meanwhile());
            let layout = layout.with_errors(errors);
            show(state, supervisor, layout, id, StatusCode::CONFLICT, Some((form, typed)), None).await
        }
    }
}

/// The form that corrects the name.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RenameForm {
    name: String,
    /// The version that the page showed.
    seen: String,
}

pub async fn rename(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<CrewMemberId>,
    form: web::Form<RenameForm>,
) -> Answer {
    let RenameForm { name: typed, seen } = form.into_inner();
    let t = layout.t;
    let mut errors = FormErrors::new();
    let Some(name) = errors.check("name", PersonName::parse(&typed), |error| t.person_name_error(error))
    else {
        let (layout, status) = (layout.with_errors(errors), StatusCode::UNPROCESSABLE_ENTITY);
        return show(&state, &supervisor, layout, *id, status, None, Some(typed)).await;
    };
    match crew::rename(&state, &supervisor, *id, seen.parse().ok(), &name).await {
        Ok(()) => Ok(see_other_saying(&state, format!("/admin/crew/{id}"), &t.renamed())),
        Err(JudgeError::NotFound) => Err(AppError::NotFound),
        Err(JudgeError::Failed(error)) => Err(error),
        Err(JudgeError::Changed) => {
            errors.add_general(t.opinion_changed_meanwhile());
            let layout = layout.with_errors(errors);
            show(&state, &supervisor, layout, *id, StatusCode::CONFLICT, None, Some(typed)).await
        }
    }
}
