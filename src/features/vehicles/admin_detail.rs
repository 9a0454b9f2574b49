//! `/admin/vehicles/{id}`: a vehicle as the desk knows it, and what the desk says of it.

use actix_web::web;
use askama::Template;

use super::service as vehicles;
use super::service::lookalikes::{self, AmongLookalikes, Different};
use crate::features::audit::service as audit;
use crate::features::documents::service::{reading, storing};
use crate::features::opinions::parts::typed::{Form, Refused, Typed};
use crate::features::opinions::service::{self as opinions, Entry, Standing, Subject};
use crate::features::submissions::service::lists;
use crate::kernel::access::Supervisor;
use crate::kernel::entity::{audit_log, document, submission, vehicle};
use crate::kernel::error::AppError;
use crate::kernel::http::form::Choice;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page, page_with, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::VehicleId;

#[derive(Template)]
#[template(path = "vehicles/admin_detail.html")]
struct AdminDetailPage {
    layout: Layout,
    vehicle: vehicle::Model,
    /// Those on the blacklist that it looks like.
    lookalikes: Vec<vehicle::Model>,
    /// Those that it was marked as different from.
    different: Vec<Different>,
    standing: Standing,
    typed: Typed,
    entries: Vec<submission::Model>,
    papers: Vec<document::Model>,
    history: Vec<Entry>,
    events: Vec<audit_log::Model>,
}

impl AdminDetailPage {
    /// The page as things stand.
    async fn load(
        state: &AppState,
        supervisor: &Supervisor,
        layout: Layout,
        id: VehicleId,
    ) -> Result<Self, AppError> {
        let among = lookalikes::find(state, supervisor, id).await?.ok_or(AppError::NotFound)?;
        let AmongLookalikes { vehicle, blacklisted: lookalikes, different } = among;
        let (subject, papers_of) = (Subject::Vehicle(id), storing::Subject::Vehicle(id));
        let standing = vehicle.standing();
        Ok(Self {
            entries: lists::last_of(state, supervisor, subject).await?,
            papers: reading::accepted_about(state.database.reader(), papers_of).await?,
            history: opinions::history(state, supervisor, subject).await?,
            events: audit::about(state, supervisor, id).await?,
            typed: Typed::of(&standing, layout.zone(), layout.now()),
            layout,
            vehicle,
            lookalikes,
            different,
            standing,
        })
    }

    fn ratings(&self) -> Vec<Choice> {
        Choice::list(self.layout.t.rating_none(), self.layout.t.ratings(), &self.typed.rating)
    }
}

fn page_of(id: VehicleId) -> String {
    format!("/admin/vehicles/{id}")
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<VehicleId>,
) -> Answer {
    page(&AdminDetailPage::load(&state, &supervisor, layout, *id).await?)
}

pub async fn judge(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<VehicleId>,
    form: Form,
    typed: web::Form<Typed>,
) -> Answer {
    let refused = match typed.judgement(form, &layout) {
        Err(refused) => refused,
        Ok(judgement) => match vehicles::judge(&state, &supervisor, *id, typed.seen(), judgement).await {
            Err(error) => Refused::because(layout.t, error)?,
            Ok(()) => return Ok(see_other_saying(&state, page_of(*id), &layout.t.judged(form))),
        },
    };
    let layout = layout.with_errors(refused.errors);
    let mut again = AdminDetailPage::load(&state, &supervisor, layout, *id).await?;
    typed.into_inner().keep(form, &mut again.typed);
    page_with(refused.status, &again)
}
