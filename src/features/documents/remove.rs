//! `/documents/{id}/remove`: takes a paper off the list; entries made with it keep it.

use actix_web::web;

use super::service::storing;
use crate::kernel::access::Customer;
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::DocumentId;

pub async fn post(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<DocumentId>,
) -> Answer {
    if !storing::remove(&state, &customer, *id).await? {
        return Err(AppError::NotFound);
    }
    Ok(see_other_saying(&state, "/documents", &layout.t.document_removed()))
}
