//! `/admin/crew/{id}/merge`: the person under another phone is the same one; compares the two, asks once, then
//! makes them one.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::service as crew;
use crate::features::submissions::service::merging::{self, MergeError};
use crate::kernel::access::Supervisor;
use crate::kernel::entity::crew_member;
use crate::kernel::error::AppError;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page_with, see_other, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::{CrewMemberId, PhoneNumber};

#[derive(Template)]
#[template(path = "crew/merge.html")]
struct MergePage {
    layout: Layout,
    /// Who goes.
    person: crew_member::Model,
    /// Who stays, once found.
    other: Option<crew_member::Model>,
    phone: String,
}

impl MergePage {
    /// Both, each with what becomes of it.
    fn both<'a>(&'a self, other: &'a crew_member::Model) -> [(String, &'a crew_member::Model); 2] {
        [(self.layout.t.merge_goes(), &self.person), (self.layout.t.merge_stays(), other)]
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct MergeForm {
    /// Of who stays.
    phone: String,
    /// The version that the page showed of who goes.
    seen: String,
    /// The version that the page showed of who stays.
    seen_other: String,
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<CrewMemberId>,
    query: web::Query<MergeForm>,
) -> Answer {
    let person = crew::find_by_id(&state, &supervisor, *id).await?.ok_or(AppError::NotFound)?;
    if let Some(into) = person.merged_into {
        return Ok(see_other(format!("/admin/crew/{into}")));
    }
    let phone = query.into_inner().phone;
    if phone.is_empty() {
        return page_with(StatusCode::OK, &MergePage { layout, person, other: None, phone });
    }
    let mut errors = FormErrors::new();
    let other = find_other(&state, layout.t, &person, &phone, &mut errors).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_with(status, &MergePage { layout: layout.with_errors(errors), person, other, phone })
}

pub async fn post(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<CrewMemberId>,
    form: web::Form<MergeForm>,
) -> Answer {
    let t = layout.t;
    let person = crew::find_by_id(&state, &supervisor, *id).await?.ok_or(AppError::NotFound)?;
    let mut errors = FormErrors::new();
    let other = find_other(&state, t, &person, &form.phone, &mut errors).await?;
    let phone = form.phone.clone();
    let Some(other) = other else {
        let page = MergePage { layout: layout.with_errors(errors), person, other, phone };
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let seen = (form.seen.parse().ok(), form.seen_other.parse().ok());
    let refusal = match merging::merge(&state, &supervisor, *id, other.id, seen).await {
        Ok(()) => {
            return Ok(see_other_saying(&state, format!("/admin/crew/{}", other.id), &t.merged()));
        }
        Err(MergeError::NotFound) => return Err(AppError::NotFound),
        Err(MergeError::Failed(error)) => return Err(error),
        Err(MergeError::SamePerson) => t.merge_same(),
        Err(MergeError::ComeTogether(reference)) => t.merge_together(reference.to_string()),
        Err(MergeError::Changed) => t.merged_meanwhile(),
    };
    errors.add_general(refusal);
    let page = MergePage { layout: layout.with_errors(errors), person, other: None, phone };
    page_with(StatusCode::CONFLICT, &page)
}

/// The person with this phone, if it is another one.
async fn find_other(
    state: &AppState,
    t: Texts,
    person: &crew_member::Model,
    phone: &str,
    errors: &mut FormErrors,
) -> Result<Option<crew_member::Model>, AppError> {
    let Some(phone) = errors.check("phone", PhoneNumber::parse(phone), |error| t.phone_error(error)) else {
        return Ok(None);
    };
    let other = crew::find(state.database.reader(), &phone).await?.ok_or_else(|| t.merge_unknown());
    let other = other.and_then(|other| if other.id == person.id { Err(t.merge_same()) } else { Ok(other) });
    Ok(errors.check("phone", other, |message| message))
}
