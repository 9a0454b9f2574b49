//! `/p/{token}/print/{a4,a6,80mm}`: the pass on paper, one page of its own size, with its code at level Q.
//! It says what the driver's page says, and when it was printed.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::parts::find_to_print;
use super::qr::{self, Level};
use super::service;
use crate::kernel::access::Guard;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page};
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::Language;

/// The paper. Each has a style sheet `print/<name>.css`, because a page has one `@page` size.
#[derive(Clone, Copy, Deserialize)]
pub enum Format {
    #[serde(rename = "a4")]
    A4,
    #[serde(rename = "a6")]
    A6,
    /// The roll of a receipt printer.
    #[serde(rename = "80mm")]
    Roll,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::A6 => "a6",
            Self::Roll => "80mm",
        }
    }
}

#[derive(Template)]
#[template(path = "passes/print.html")]
struct PrintPage {
    layout: Layout,
    /// English, where the driver reads another language.
    english: Option<Texts>,
    format: Format,
    submission: submission::Model,
    /// The code as SVG, while the pass can still open the gate.
    code: Option<String>,
}

impl PrintPage {
    fn status(&self) -> SubmissionStatus {
        self.submission.status_at(self.layout.now())
    }

    fn printed_at(&self) -> String {
        self.layout.moment(&self.layout.now())
    }

    /// Whether the plate is wider than those that most vehicles have: `MH 12 AB 1234`.
    fn is_long_plate(&self) -> bool {
        self.submission.vehicle_number.to_string().chars().count() > 13
    }

    /// What to do at the gate, where the paper has room for it, with the English beside it.
    fn steps(&self) -> Vec<(String, Option<String>)> {
        let steps = |t: Texts| {
            [t.print_step_papers(), t.print_step_code(), t.print_step_exit(), t.print_step_named()]
        };
        let mut english = self.english.map(|t| steps(t).into_iter());
        let has_room = matches!(self.format, Format::A4) && self.code.is_some();
        let steps = steps(self.layout.t).into_iter().filter(|_| has_room);
        steps.map(|step| (step, english.as_mut().and_then(Iterator::next))).collect()
    }

    fn style_sheet(&self) -> String {
        self.layout.asset(&format!("print/{}.css", self.format.name()))
    }

    fn format_name(&self) -> String {
        let t = self.layout.t;
        match self.format {
            Format::A4 => t.print_a4(),
            Format::A6 => t.print_a6(),
            Format::Roll => t.print_roll(),
        }
    }
}

pub async fn get(
    state: web::Data<AppState>,
    staff: Option<Guard>,
    layout: Layout,
    path: web::Path<(String, Format)>,
) -> Answer {
    let (token, format) = path.into_inner();
    let submission = find_to_print(&state, staff.as_ref(), &token).await?;
    let code = match &submission.pass_token {
        Some(token) if submission.is_live_at(layout.now()) => {
            let code = qr::code(&service::url(&state, token), Level::Paper).map_err(AppError::internal)?;
            Some(code.svg(&layout.t.qr_alt(submission.vehicle_number.to_string())))
        }
        _ => None,
    };
    let layout = layout.in_language(submission.driver_language.unwrap_or_default());
    let english = (layout.t.language() != Language::En).then(|| Texts::of(Language::En));
    page(&PrintPage { layout, english, format, submission, code })
}
