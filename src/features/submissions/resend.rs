//! `/submissions/{id}/resend`: the entry's messages once more.

use actix_web::web;

use super::cancel::refused;
use super::service::announcing;
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
    match announcing::again(&state, &customer, *id).await {
        Ok(()) => Ok(see_other_saying(&state, page_of(*id), &layout.t.messages_resent())),
        Err(error) => Err(refused(&state, &layout, error)),
    }
}
