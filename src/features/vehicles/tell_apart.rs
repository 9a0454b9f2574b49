//! `/admin/vehicles/{id}/tell-apart`: the vehicle is not the one on the blacklist that it looks like. A page of its own with
//! a reason to be typed, so that it is never one press. `/warn-again` takes it back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::service::lookalikes;
use crate::kernel::access::Supervisor;
use crate::kernel::entity::vehicle;
use crate::kernel::error::AppError;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::next::local_path;
use crate::kernel::http::response::{Answer, page_with, see_other, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::{Remark, VehicleId};

#[derive(Template)]
#[template(path = "vehicles/tell_apart.html")]
struct TellApartPage {
    layout: Layout,
    vehicle: vehicle::Model,
    /// The one on the blacklist.
    other: vehicle::Model,
    /// The page to come back to.
    next: String,
    reason: String,
}

impl TellApartPage {
    /// Whether a truck waits: the page has the field for the next scan then.
    fn is_at_the_gate(&self) -> bool {
        self.next.starts_with("/gate/")
    }
}

fn page_of(id: VehicleId) -> String {
    format!("/admin/vehicles/{id}")
}

/// Which pair, where to come back to, and why.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Pair {
    other: Option<VehicleId>,
    next: String,
    reason: String,
}

impl Pair {
    /// With no other page to come back to than one of this site: the vehicle's if none is named.
    fn checked(self, request: &HttpRequest, id: VehicleId) -> Self {
        let next = local_path(request, &self.next).map_or_else(|| page_of(id), ToOwned::to_owned);
        Self { next, ..self }
    }
}

/// The page, while there is a warning to turn off.
async fn show(
    state: &AppState,
    supervisor: &Supervisor,
    layout: Layout,
    id: VehicleId,
    status: StatusCode,
    pair: Pair,
) -> Answer {
    let among = lookalikes::find(state, supervisor, id).await?.ok_or(AppError::NotFound)?;
    match among.blacklisted.into_iter().find(|listed| Some(listed.id) == pair.other) {
        None => Ok(see_other(pair.next)),
        Some(other) => {
            let (vehicle, Pair { next, reason, .. }) = (among.vehicle, pair);
            page_with(status, &TellApartPage { layout, vehicle, other, next, reason })
        }
    }
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    request: HttpRequest,
    layout: Layout,
    id: web::Path<VehicleId>,
    pair: web::Query<Pair>,
) -> Answer {
    let pair = pair.into_inner().checked(&request, *id);
    show(&state, &supervisor, layout, *id, StatusCode::OK, pair).await
}

pub async fn post(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    request: HttpRequest,
    layout: Layout,
    id: web::Path<VehicleId>,
    form: web::Form<Pair>,
) -> Answer {
    let pair = form.into_inner().checked(&request, *id);
    let other = pair.other.ok_or(AppError::NotFound)?;
    match Remark::parse(&pair.reason) {
        Ok(reason) => {
            lookalikes::tell_apart(&state, &supervisor, *id, other, reason).await?;
            Ok(see_other_saying(&state, pair.next, &layout.t.lookalike_told_apart()))
        }
        Err(error) => {
            let mut errors = FormErrors::new();
            errors.add("reason", layout.t.reason_error(error));
            let (layout, status) = (layout.with_errors(errors), StatusCode::UNPROCESSABLE_ENTITY);
            show(&state, &supervisor, layout, *id, status, pair).await
        }
    }
}

/// `POST /admin/vehicles/{id}/warn-again`: takes it back, on the vehicle's page.
pub async fn warn_again(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<VehicleId>,
    form: web::Form<Pair>,
) -> Answer {
    let other = form.other.ok_or(AppError::NotFound)?;
    lookalikes::take_back(&state, &supervisor, *id, other).await?;
    Ok(see_other_saying(&state, page_of(*id), &layout.t.lookalike_taken_back()))
}
