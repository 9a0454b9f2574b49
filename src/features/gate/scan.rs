//! `/gate`: the field that always waits for the next scan.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::service::scanning::{self, Led};
use crate::features::submissions::service::visits;
use crate::kernel::access::Guard;
use crate::kernel::entity::{scan, submission};
use crate::kernel::error::AppError;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page_with, see_other};
use crate::kernel::state::AppState;
use crate::kernel::types::clean_line;

/// Scans shown under the field.
const RECENT: u64 = 8;
/// The longest text that is looked through for a code: that of a long message. The longest pass has some 400 characters.
const LONGEST: usize = 4_000;

#[derive(Template)]
#[template(path = "gate/scan.html")]
struct ScanPage {
    layout: Layout,
    code: String,
    inside: u64,
    recent: Vec<(scan::Model, Option<submission::Model>)>,
}

impl ScanPage {
    async fn load(state: &AppState, guard: &Guard, layout: Layout, code: String) -> Result<Self, AppError> {
        let inside = visits::count_inside(state.database.reader()).await?;
        let recent = scanning::recent(state, guard, RECENT).await?;
        Ok(Self { layout, code, inside, recent })
    }

    /// What a scan is called in the list.
    fn name_of(&self, scan: &scan::Model, submission: &Option<submission::Model>) -> String {
        match submission {
            Some(submission) => submission.vehicle_number.to_string(),
            None if scan.typed.is_empty() => self.layout.t.scan_token(),
            None => scan.typed.clone(),
        }
    }

    fn href_of(scan: &scan::Model) -> String {
        match scan.submission_id {
            Some(id) => format!("/gate/submissions/{id}"),
            None => format!("/gate/scans/{}", scan.id),
        }
    }

    /// Kind and word of the badge.
    fn badge_of(&self, scan: &scan::Model) -> (&'static str, String) {
        let t = self.layout.t;
        match scan.verdict.as_str() {
            _ if scan.refusal.is_some() => ("rejected", t.scan_refused()),
            "ok" => ("approved", t.verdict_ok()),
            "inside" => ("inside", t.verdict_inside()),
            "warn" => ("pending", t.verdict_warn()),
            _ => ("rejected", t.verdict_stop()),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ScanForm {
    code: String,
}

pub async fn get(state: web::Data<AppState>, guard: Guard, layout: Layout) -> Answer {
    page_with(StatusCode::OK, &ScanPage::load(&state, &guard, layout, String::new()).await?)
}

pub async fn post(
    state: web::Data<AppState>,
    guard: Guard,
    layout: Layout,
    form: web::Form<ScanForm>,
) -> Answer {
    let code = form.into_inner().code;
    let t = layout.t;
    let problem = match clean_line(&code).chars().count() {
        0 => Some(t.scan_empty()),
        length if length > LONGEST => Some(t.scan_too_long()),
        _ => None,
    };
    if let Some(problem) = problem {
        let mut errors = FormErrors::new();
        errors.add("code", problem);
        let page = ScanPage::load(&state, &guard, layout.with_errors(errors), code).await?;
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    Ok(see_other(match scanning::scan(&state, &guard, &code).await? {
        Led::To(id) => format!("/gate/submissions/{id}"),
        Led::Nowhere(id) => format!("/gate/scans/{id}"),
    }))
}
