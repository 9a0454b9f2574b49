//! `/admin/submissions/{id}/tell-apart`: the vehicle is not the one on the blacklist that it looks like.

use actix_web::web;
use serde::Deserialize;

use super::service::lists;
use crate::access::{Guard, Supervisor};
use crate::error::AppError;
use crate::features::vehicles::service::lookalikes;
use crate::http::layout::Layout;
use crate::http::response::{Answer, see_other_saying};
use crate::state::AppState;
use crate::types::{SubmissionId, VehicleId};

#[derive(Deserialize)]
pub struct ApartForm {
    /// The one on the blacklist.
    other: VehicleId,
}

pub async fn post(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<SubmissionId>,
    form: web::Form<ApartForm>,
) -> Answer {
    let row =
        lists::find_for_staff(&state, &Guard::from(&supervisor), *id).await?.ok_or(AppError::NotFound)?;
    lookalikes::tell_apart(&state, &supervisor, row.vehicle_id, form.other).await?;
    Ok(see_other_saying(&state, format!("/admin/submissions/{id}"), &layout.t.lookalike_told_apart()))
}
