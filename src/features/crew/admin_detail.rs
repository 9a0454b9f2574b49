//! `/admin/crew/{id}`: a driver or helper as the desk knows them, what the desk says of them, and their name.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::service::{self as crew, licences};
use crate::features::audit::service as audit;
use crate::features::documents::service::{reading, storing};
use crate::features::opinions::parts::typed::{Form, Refused, Typed};
use crate::features::opinions::service::{self as opinions, Entry, Standing, Subject};
use crate::features::submissions::service::lists;
use crate::kernel::access::Supervisor;
use crate::kernel::entity::{audit_log, crew_member, document, submission};
use crate::kernel::error::AppError;
use crate::kernel::http::form::{Choice, FormErrors};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page, page_with, see_other, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::{CrewMemberId, PersonName};

#[derive(Template)]
#[template(path = "crew/admin_detail.html")]
struct AdminDetailPage {
    layout: Layout,
    person: crew_member::Model,
    standing: Standing,
    typed: Typed,
    rename: RenameForm,
    /// Those on the blacklist who have the same licence.
    same_licence: Vec<crew_member::Model>,
    entries: Vec<submission::Model>,
    papers: Vec<document::Model>,
    history: Vec<Entry>,
    events: Vec<audit_log::Model>,
}

impl AdminDetailPage {
    /// The page of `person` as things stand.
    async fn load(
        state: &AppState,
        supervisor: &Supervisor,
        layout: Layout,
        (person, same_licence): (crew_member::Model, Vec<crew_member::Model>),
    ) -> Result<Self, AppError> {
        let (subject, papers_of) = (Subject::CrewMember(person.id), storing::Subject::Driver(person.id));
        let standing = person.standing();
        Ok(Self {
            entries: lists::last_of(state, supervisor, subject).await?,
            papers: reading::accepted_about(state.database.reader(), papers_of).await?,
            history: opinions::history(state, supervisor, subject).await?,
            events: audit::about_all(state, supervisor, crew::with_merged(person.id)).await?,
            typed: Typed::of(&standing, layout.zone(), layout.now()),
            rename: RenameForm { name: person.full_name.clone(), ..RenameForm::default() },
            layout,
            person,
            same_licence,
            standing,
        })
    }

    /// The page that a form comes back with. One who was merged into another since is shown as the other.
    async fn again(
        state: &AppState,
        supervisor: &Supervisor,
        layout: Layout,
        id: CrewMemberId,
        errors: FormErrors,
    ) -> Result<Self, AppError> {
        let find =
            async |id| licences::find_with_others(state, supervisor, id).await?.ok_or(AppError::NotFound);
        let found = find(id).await?;
        let found = match found.0.merged_into {
            None => found,
            Some(into) => find(into).await?,
        };
        Self::load(state, supervisor, layout.with_errors(errors), found).await
    }

    fn ratings(&self) -> Vec<Choice> {
        Choice::list(self.layout.t.rating_none(), self.layout.t.ratings(), &self.typed.rating)
    }
}

fn page_of(id: CrewMemberId) -> String {
    format!("/admin/crew/{id}")
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<CrewMemberId>,
) -> Answer {
    let found = licences::find_with_others(&state, &supervisor, *id).await?.ok_or(AppError::NotFound)?;
    if let Some(into) = found.0.merged_into {
        return Ok(see_other(page_of(into)));
    }
    page(&AdminDetailPage::load(&state, &supervisor, layout, found).await?)
}

pub async fn judge(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<CrewMemberId>,
    form: Form,
    typed: web::Form<Typed>,
) -> Answer {
    let refused = match typed.judgement(form, &layout) {
        Err(refused) => refused,
        Ok(judgement) => match crew::judge(&state, &supervisor, *id, typed.seen(), judgement).await {
            Err(error) => Refused::because(layout.t, error)?,
            Ok(()) => return Ok(see_other_saying(&state, page_of(*id), &layout.t.judged(form))),
        },
    };
    let mut again = AdminDetailPage::again(&state, &supervisor, layout, *id, refused.errors).await?;
    typed.into_inner().keep(form, &mut again.typed);
    page_with(refused.status, &again)
}

/// The form that corrects the name.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RenameForm {
    /// The registered name, as typed.
    name: String,
    /// The version that the page showed.
    seen: String,
    /// Whether it came back.
    #[serde(skip)]
    returned: bool,
}

pub async fn rename(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<CrewMemberId>,
    form: web::Form<RenameForm>,
) -> Answer {
    let t = layout.t;
    let mut errors = FormErrors::new();
    let name = errors.check("name", PersonName::parse(&form.name), |error| t.person_name_error(error));
    let refused = match name {
        None => Refused::invalid(errors),
        Some(name) => match crew::rename(&state, &supervisor, *id, form.seen.parse().ok(), &name).await {
            Err(error) => Refused::because(t, error)?,
            Ok(()) => return Ok(see_other_saying(&state, page_of(*id), &t.renamed())),
        },
    };
    let mut again = AdminDetailPage::again(&state, &supervisor, layout, *id, refused.errors).await?;
    again.rename = RenameForm { returned: true, ..form.into_inner() };
    page_with(refused.status, &again)
}
