//! `/gate/scans/{id}`: a scan that led to no pass, or to several.

use actix_web::web;
use askama::Template;

use super::service::scanning;
use super::verdict::{Level, Reason};
use crate::kernel::access::Guard;
use crate::kernel::entity::scan;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page, see_other};
use crate::kernel::state::AppState;
use crate::kernel::types::ScanId;

#[derive(Template)]
#[template(path = "gate/unknown.html")]
struct UnknownPage {
    layout: Layout,
    scan: scan::Model,
    passes: Vec<submission::Model>,
}

impl UnknownPage {
    fn reason(&self) -> String {
        let reason = Reason::from_code(&self.scan.reasons).unwrap_or(Reason::Unknown);
        self.layout.t.gate_reason(&reason)
    }

    fn word(&self) -> String {
        self.layout.t.verdict_word(&Level::Stop)
    }

    fn status_of(&self, row: &submission::Model) -> SubmissionStatus {
        row.status_at(self.layout.now())
    }
}

pub async fn get(state: web::Data<AppState>, guard: Guard, layout: Layout, id: web::Path<ScanId>) -> Answer {
    let (scan, passes) = scanning::find(&state, &guard, *id).await?.ok_or(AppError::NotFound)?;
    if let Some(id) = scan.submission_id {
        return Ok(see_other(format!("/gate/submissions/{id}")));
    }
    page(&UnknownPage { layout, scan, passes })
}
