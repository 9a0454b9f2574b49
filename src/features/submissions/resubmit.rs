//! `/submissions/{id}/resubmit`: a rejected entry becomes a draft that can be put right.

use actix_web::web;

use super::cancel::refused;
use super::service::corrections;
use super::steps::page_of;
use crate::access::Customer;
use crate::http::layout::Layout;
use crate::http::response::{Answer, see_other_saying};
use crate::state::AppState;
use crate::types::SubmissionId;

pub async fn post(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
) -> Answer {
    match corrections::resubmit(&state, &customer, *id).await {
        Ok(draft) => Ok(see_other_saying(&state, page_of(draft), &layout.t.resubmit_opened())),
        Err(error) => Err(refused(&state, &layout, error)),
    }
}
