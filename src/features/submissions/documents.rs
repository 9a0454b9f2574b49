//! `/submissions/{id}/documents`: the eight papers of a draft.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::web;
use askama::Template;
use chrono::NaiveDate;
use sea_orm::Iterable as _;

use super::service::drafts::{self, DraftError};
use super::service::prefill;
use super::steps::{self, Step, page_of, refused};
use crate::features::documents::parts::{Outcome, Refusals};
use crate::features::documents::service::attachments;
use crate::features::documents::service::storing::NewPaper;
use crate::kernel::access::Customer;
use crate::kernel::entity::document::{self, DocumentType};
use crate::kernel::entity::submission;
use crate::kernel::error::AppError;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::fragment::Fragment;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page, see_other_saying};
use crate::kernel::http::upload::{Part, Upload, UploadedFile};
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::{DocumentId, SubmissionId, optional_day};

#[derive(Template)]
#[template(path = "submissions/documents.html", blocks = ["papers"])]
struct DocumentsPage {
    layout: Layout,
    id: SubmissionId,
    rows: Vec<Row>,
}

/// One of the eight.
struct Row {
    document_type: DocumentType,
    /// What the draft would be submitted with.
    attached: Option<document::Model>,
    /// What could be used instead.
    offered: Option<document::Model>,
    /// The last day, as typed or as on file.
    valid_until: String,
}

impl Row {
    fn field(&self) -> &'static str {
        self.document_type.name()
    }

    fn valid_until_field(&self) -> String {
        format!("{}_valid_until", self.field())
    }

    fn is_expired(&self, today: NaiveDate) -> bool {
        let last_day = self.attached.as_ref().and_then(|paper| paper.valid_until);
        last_day.is_some_and(|last_day| last_day < today)
    }
}

impl DocumentsPage {
    async fn load(
        state: &AppState,
        layout: Layout,
        draft: &submission::Model,
        typed: &Typed,
    ) -> Result<Self, AppError> {
        let attached = attachments::of_submission(state.database.reader(), draft.id).await?;
        let offered = offered(state, draft).await?;
        let row = |document_type: DocumentType| {
            let attached = attached.iter().find(|paper| paper.document_type == document_type).cloned();
            let other = |paper: &&document::Model| {
                paper.document_type == document_type && Some(paper.id) != attached.as_ref().map(|a| a.id)
            };
            let on_file = attached.as_ref().and_then(|paper| paper.valid_until);
            let typed = typed.days.get(&document_type).cloned();
            Row {
                document_type,
                offered: offered.iter().find(other).cloned(),
                valid_until: typed.or_else(|| on_file.map(|day| day.to_string())).unwrap_or_default(),
                attached,
            }
        };
        Ok(Self { layout, id: draft.id, rows: DocumentType::iter().map(row).collect() })
    }
}

/// The papers on file that a draft may use: about its vehicle, its driver, or of the vehicle's last entry.
async fn offered(state: &AppState, draft: &submission::Model) -> Result<Vec<document::Model>, AppError> {
    let mut papers = drafts::papers_on_file(state.database.reader(), draft).await?;
    papers.extend(prefill::offered_papers(state.database.reader(), draft).await?);
    Ok(papers)
}

/// The fields of the form, and which files came.
#[derive(Default)]
struct Typed {
    files: BTreeSet<DocumentType>,
    days: BTreeMap<DocumentType, String>,
    uses: BTreeMap<DocumentType, String>,
    detach: Option<DocumentType>,
}

impl Typed {
    fn is_about(&self, kind: DocumentType) -> bool {
        let named = self.files.contains(&kind) || self.days.contains_key(&kind);
        named || self.uses.contains_key(&kind) || self.detach == Some(kind)
    }

    /// The form shows the last day of the paper that it has. Where a new file takes that one's place, a day that
    /// was left as it was is not the new paper's.
    fn forget_days_of(&mut self, replaced: &[document::Model]) {
        let files = &self.files;
        self.days.retain(|kind, day| {
            let shown = replaced.iter().filter(|paper| paper.document_type == *kind);
            let mut shown = shown.filter_map(|paper| paper.valid_until).map(|day| day.to_string());
            !files.contains(kind) || shown.all(|shown| shown != *day)
        });
    }

    fn take(&mut self, name: &str, value: String, t: Texts, errors: &mut FormErrors) {
        if DocumentType::from_name(name).is_some() && !value.is_empty() {
            // Its name alone, say: a file would have been one.
            errors.add(name, t.upload_none());
        } else if name == "detach" {
            self.detach = DocumentType::from_name(&value);
        } else if let Some(kind) = name.strip_suffix("_valid_until").and_then(DocumentType::from_name) {
            if kind.runs_out() {
                self.days.insert(kind, value);
            }
        } else if let Some(kind) = name.strip_suffix("_use").and_then(DocumentType::from_name) {
            self.uses.insert(kind, value);
        }
    }
}

pub async fn get(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
) -> Answer {
    match steps::open(&state, &customer, *id).await? {
        Step::Submitted(answer) => Ok(answer),
        Step::Draft(draft) => page(&DocumentsPage::load(&state, layout, &draft, &Typed::default()).await?),
    }
}

pub async fn post(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
    fragment: Fragment,
    mut upload: Upload,
) -> Answer {
    let t = layout.t;
    let draft = steps::open_for_change(&state, &customer, t, *id).await?;
    let before = attachments::of_submission(state.database.reader(), *id).await?;
    let mut refusals = Refusals::none();
    let mut typed = Typed::default();
    while let Some(part) = upload.next().await? {
        match part {
            Part::Text { name, value } => typed.take(&name, value, t, &mut refusals.errors),
            Part::File { name, file } => {
                let Some(kind) = DocumentType::from_name(&name) else {
                    refusals.stray(t, &name);
                    continue;
                };
                typed.files.insert(kind);
                match file {
                    Err(error) => refusals.refuse(t, &name, error),
                    Ok(file) => keep(&state, &customer, &layout, &draft, kind, file, &mut refusals).await?,
                }
            }
        }
    }
    let errors = &mut refusals.errors;
    use_papers_on_file(&state, &customer, &layout, &draft, &typed, errors).await?;
    if let Some(kind) = typed.detach {
        drafts::detach(&state, &customer, *id, kind).await.map_err(|error| refused(t, error))?;
        typed.days.remove(&kind);
    }
    typed.forget_days_of(&before);
    set_days(&state, &customer, &layout, &draft, &typed, errors).await?;
    let outcome = refusals.outcome();
    if outcome == Outcome::Kept && !fragment.0 {
        let next = if typed.detach.is_some() { "/documents" } else { "" };
        return Ok(see_other_saying(&state, format!("{}{next}", page_of(*id)), &t.documents_saved()));
    }
    let mut found = DocumentsPage::load(&state, layout.with_errors(refusals.errors), &draft, &typed).await?;
    if !fragment.0 {
        return outcome.answer(&found);
    }
    // A script gets the rows that it sent, as they stand now.
    found.rows.retain(|row| typed.is_about(row.document_type));
    outcome.answer(&found.as_papers())
}

/// Stores a file as it arrives and attaches it.
async fn keep(
    state: &AppState,
    customer: &Customer,
    layout: &Layout,
    draft: &submission::Model,
    document_type: DocumentType,
    file: UploadedFile,
    refusals: &mut Refusals,
) -> Result<(), AppError> {
    let subject = drafts::subject_of(state, draft, document_type).await?;
    let paper = NewPaper {
        document_type,
        file_name: &file.file_name,
        content_type: file.content_type,
        size: file.size,
        sha256: &file.sha256,
        path: file.file.path(),
        valid_until: None,
    };
    match drafts::hand_in(state, customer, draft.id, subject, paper).await {
        Err(DraftError::NotKept(why)) => {
            refusals.put_off(layout, customer, document_type.name(), why);
            Ok(())
        }
        handed_in => handed_in.map_err(|error| refused(layout.t, error)),
    }
}

/// Attaches the papers on file that were chosen, if they are among those offered.
async fn use_papers_on_file(
    state: &AppState,
    customer: &Customer,
    layout: &Layout,
    draft: &submission::Model,
    typed: &Typed,
    errors: &mut FormErrors,
) -> Result<(), AppError> {
    let chosen: Vec<_> = typed.uses.iter().filter(|(_, id)| !id.is_empty()).collect();
    if chosen.is_empty() {
        return Ok(());
    }
    let offered = offered(state, draft).await?;
    for (kind, id) in chosen {
        let id: Option<DocumentId> = id.parse().ok();
        let paper = offered.iter().find(|paper| paper.document_type == *kind && Some(paper.id) == id);
        match paper {
            None => errors.add(kind.name(), layout.t.document_not_on_file()),
            Some(paper) => drafts::attach(state, customer, draft.id, paper.id)
                .await
                .map_err(|error| refused(layout.t, error))?,
        }
    }
    Ok(())
}

/// Dates the attached papers, whichever order the fields came in.
async fn set_days(
    state: &AppState,
    customer: &Customer,
    layout: &Layout,
    draft: &submission::Model,
    typed: &Typed,
    errors: &mut FormErrors,
) -> Result<(), AppError> {
    let attached = attachments::of_submission(state.database.reader(), draft.id).await?;
    let field = |kind: DocumentType| format!("{}_valid_until", kind.name());
    let mut days = Vec::new();
    for (kind, day) in &typed.days {
        let day = errors.check(&field(*kind), optional_day(day), |_| layout.t.valid_until_invalid());
        let Some(Some(day)) = day else { continue };
        match attached.iter().find(|paper| paper.document_type == *kind) {
            None if errors.has(kind.name()) => {}
            None => errors.add(kind.name(), layout.t.document_file_for_date()),
            Some(paper) if paper.valid_until == Some(day) => {}
            Some(paper) => days.push((paper, day)),
        }
    }
    let kept = drafts::set_valid_until(state, customer, draft.id, &days).await;
    for kind in kept.map_err(|error| refused(layout.t, error))? {
        errors.add(field(kind), layout.t.valid_until_submitted());
    }
    Ok(())
}
