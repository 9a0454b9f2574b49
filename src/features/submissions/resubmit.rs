//! `/submissions/{id}/resubmit`: a rejected entry becomes a draft that can be put right.

use actix_web::web;

use super::cancel::refused;
use super::service::corrections;
use super::steps::page_of;
use crate::kernel::access::Customer;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::SubmissionId;

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
