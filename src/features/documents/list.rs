//! `/documents`: the customer's papers on file, and adding a renewed one outside an entry.

use std::collections::HashMap;

use actix_web::web;
use askama::Template;
use sea_orm::Iterable as _;
use serde::Deserialize;

use super::parts::{Outcome, Refusals};
use super::service::reading;
use super::service::storing::{self, About, NewPaper, StoreError};
use crate::features::submissions::service::lists;
use crate::kernel::access::Customer;
use crate::kernel::entity::document::{self, DocumentType, SubjectKind};
use crate::kernel::error::AppError;
use crate::kernel::http::form::{Choice, FormErrors};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::list::{Keyset, List, ListUrl, PAGE_SIZE, asked};
use crate::kernel::http::response::{Answer, page, see_other_saying};
use crate::kernel::http::upload::{Part, Upload, UploadError, UploadedFile};
use crate::kernel::state::AppState;
use crate::kernel::types::{DocumentId, PhoneNumber, RegistrationNo, optional_day};

#[derive(Template)]
#[template(path = "documents/list.html")]
struct ListPage {
    layout: Layout,
    list: List<document::Model>,
    subjects: HashMap<DocumentId, String>,
    form: AddForm,
}

impl ListPage {
    async fn load(
        state: &AppState,
        customer: &Customer,
        layout: Layout,
        before: Option<Keyset>,
        form: AddForm,
    ) -> Result<Self, AppError> {
        let before = before.map(|keyset| keyset.id);
        let rows = reading::own(state, customer, before, PAGE_SIZE + 1).await?;
        let url = ListUrl::new("/documents", vec![]);
        let list = List::of(url, rows, |row| Keyset::by_id(row.id.as_uuid()));
        let subjects = reading::subjects(state, customer, &list.rows).await?;
        Ok(Self { layout, list, subjects, form })
    }

    /// The kinds that belong to a vehicle or a driver; the others belong to an entry.
    fn types(&self) -> Vec<Choice> {
        let t = self.layout.t;
        let kinds = DocumentType::iter().filter(|kind| kind.runs_out());
        let kinds = kinds.map(|kind| (kind.name().to_owned(), t.document_type(&kind)));
        Choice::list(t.document_type_unknown(), kinds, &self.form.document_type)
    }

    /// Which vehicle or driver the paper is about.
    fn subject(&self, paper: &document::Model) -> &str {
        self.subjects.get(&paper.id).map_or("", String::as_str)
    }

    fn is_expired(&self, paper: &document::Model) -> bool {
        paper.valid_until.is_some_and(|last_day| last_day < self.layout.today())
    }
}

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    cursor: String,
}

pub async fn get(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    query: web::Query<Query>,
) -> Answer {
    let before = asked(&query.cursor, Keyset::parse)?;
    page(&ListPage::load(&state, &customer, layout, before, AddForm::default()).await?)
}

/// What was typed.
#[derive(Default)]
struct AddForm {
    document_type: String,
    valid_until: String,
    vehicle_number: String,
    driver_phone: String,
}

impl AddForm {
    fn take(&mut self, name: &str, value: String) {
        match name {
            "document_type" => self.document_type = value,
            "valid_until" => self.valid_until = value,
            "vehicle_number" => self.vehicle_number = value,
            "driver_phone" => self.driver_phone = value,
            _ => {}
        }
    }
}

pub async fn post(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    mut upload: Upload,
) -> Answer {
    let mut typed = AddForm::default();
    let mut refusals = Refusals::none();
    let mut file = None;
    while let Some(part) = upload.next().await? {
        match part {
            Part::Text { name, value } => typed.take(&name, value),
            Part::File { name, file: arrived } if name == "file" && file.is_none() => file = Some(arrived),
            Part::File { name, .. } => refusals.stray(layout.t, &name),
        }
    }
    add(&state, &customer, &layout, &typed, file, &mut refusals).await?;
    let outcome = refusals.outcome();
    if outcome == Outcome::Kept {
        return Ok(see_other_saying(&state, "/documents", &layout.t.document_added()));
    }
    let layout = layout.with_errors(refusals.errors);
    outcome.answer(&ListPage::load(&state, &customer, layout, None, typed).await?)
}

async fn add(
    state: &AppState,
    customer: &Customer,
    layout: &Layout,
    typed: &AddForm,
    file: Option<Result<UploadedFile, UploadError>>,
    refusals: &mut Refusals,
) -> Result<(), AppError> {
    let t = layout.t;
    let errors = &mut refusals.errors;
    let kind = DocumentType::from_name(&typed.document_type).ok_or_else(|| t.document_type_unknown());
    let kind = errors.check("document_type", kind, |message| message);
    let about = match kind {
        None => None,
        Some(kind) => about(state, customer, layout, kind, typed, errors).await?,
    };
    let valid_until = optional_day(&typed.valid_until);
    let valid_until = errors.check("valid_until", valid_until, |_| t.valid_until_invalid()).flatten();
    let file = errors.check("file", file.ok_or_else(|| t.upload_none()), |message| message);
    let file = file.and_then(|file| file.map_err(|error| refusals.refuse(t, "file", error)).ok());
    let (Some(document_type), Some(about), Some(file)) = (kind, about, file) else { return Ok(()) };
    if !refusals.errors.is_empty() {
        return Ok(());
    }
    let paper = NewPaper {
        document_type,
        file_name: &file.file_name,
        content_type: file.content_type,
        size: file.size,
        sha256: &file.sha256,
        path: file.file.path(),
        valid_until,
    };
    match storing::store(state, customer, about, paper).await {
        Ok(_) => Ok(()),
        Err(StoreError::NotKept(why)) => {
            refusals.put_off(layout, customer, "file", why);
            Ok(())
        }
        Err(StoreError::Failed(error)) => Err(error),
    }
}

/// Whose paper it is. A driver must be one that the customer has sent: nothing is told of others.
async fn about(
    state: &AppState,
    customer: &Customer,
    layout: &Layout,
    kind: DocumentType,
    typed: &AddForm,
    errors: &mut FormErrors,
) -> Result<Option<About>, AppError> {
    let t = layout.t;
    Ok(match kind.subject_kind() {
        SubjectKind::Submission => {
            errors.add("document_type", t.document_only_vehicle_or_driver());
            None
        }
        SubjectKind::Vehicle => {
            let number = RegistrationNo::parse_any_format(&typed.vehicle_number);
            errors.check("vehicle_number", number, |error| t.vehicle_number_error(error)).map(About::Vehicle)
        }
        SubjectKind::Driver => {
            let phone = PhoneNumber::parse(&typed.driver_phone);
            let Some(phone) = errors.check("driver_phone", phone, |error| t.phone_error(error)) else {
                return Ok(None);
            };
            let driver = lists::own_driver(state.database.reader(), customer.organisation(), &phone).await?;
            if driver.is_none() {
                errors.add("driver_phone", t.document_driver_unknown());
            }
            driver.map(|driver| About::Driver(driver.id))
        }
    })
}
