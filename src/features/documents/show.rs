//! `/documents/{id}`: what is known of a paper, and its versions.

use actix_web::web;
use askama::Template;

use super::service::reading;
use crate::kernel::access::Reader;
use crate::kernel::entity::document;
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page};
use crate::kernel::state::AppState;
use crate::kernel::types::DocumentId;

#[derive(Template)]
#[template(path = "documents/show.html")]
struct ShowPage {
    layout: Layout,
    document: document::Model,
    versions: Vec<document::Model>,
    may_remove: bool,
}

impl ShowPage {
    /// `1.2 MB`
    fn size(&self) -> String {
        let bytes = self.document.size;
        match bytes {
            ..1_000 => format!("{bytes} B"),
            1_000..1_000_000 => format!("{} kB", bytes / 1_000),
            _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        }
    }

    fn state_of(&self, version: &document::Model) -> String {
        let t = self.layout.t;
        if version.removed_at.is_some() {
            t.document_taken_back()
        } else if version.active {
            t.document_current()
        } else {
            t.document_replaced()
        }
    }

    fn back(&self) -> &'static str {
        if self.may_remove { "/documents" } else { "/" }
    }
}

pub async fn get(
    state: web::Data<AppState>,
    reader: Reader,
    layout: Layout,
    id: web::Path<DocumentId>,
) -> Answer {
    let document = reading::find(&state, &reader, *id).await?.ok_or(AppError::NotFound)?;
    let versions = reading::versions(&state, &reader, &document).await?;
    let may_remove = matches!(reader, Reader::Customer(_)) && document.removed_at.is_none();
    page(&ShowPage { layout, document, versions, may_remove })
}
