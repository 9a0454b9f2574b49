//! Submitting: the crew is registered, the pass issued and the draft closed, all or nothing, once.

use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, DbErr, IntoActiveModel as _};
use serde_json::json;

use super::drafts::{self, expected_days, lock_own};
use super::status::Act;
use super::{announcing, wrong_names};
use crate::features::crew::service::licences::BlacklistedLicences;
use crate::features::crew::service::{self as crew, Objections, Person};
use crate::features::documents::service::{attachments, storing};
use crate::features::passes::service as passes;
use crate::features::passes::token::Claims;
use crate::features::submissions::actions::{SUBMISSION_CREATED, SUBMISSION_REFUSED};
use crate::kernel::access::Customer;
use crate::kernel::audit::{Event, Subject};
use crate::kernel::config::ExpiredPapers;
use crate::kernel::entity::document::{self, DocumentType};
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::entity::{crew_member, vehicle};
use crate::kernel::error::{AppError, was_overtaken};
use crate::kernel::state::AppState;
use crate::kernel::types::{PersonName, SubmissionId, folded};
use crate::kernel::work::{Core, Work};

/// What keeps a draft from being submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The customer has not confirmed their address.
    Confirmation,
    /// No driver is named.
    Crew,
    /// The expected day has passed or is too far ahead.
    ExpectedDay,
    /// A paper that the gate looks at is not valid on the expected day.
    ExpiredPaper(DocumentType),
    /// The driver's phone is registered under another name.
    DriverHasOtherName,
    /// The helper's phone is registered under another name.
    HelperHasOtherName,
    /// Driver and helper are one person with two phones.
    HelperIsDriver,
    /// The vehicle, one of the crew or whoever has a licence of theirs is on the blacklist; which is not told.
    ContactThePlant,
}

impl Missing {
    /// Its name on pages.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Confirmation => "missing-confirmation",
            Self::Crew => "missing-crew",
            Self::ExpectedDay => "missing-expected-day",
            Self::ExpiredPaper(_) => "missing-paper",
            Self::DriverHasOtherName => "missing-driver-name",
            Self::HelperHasOtherName => "missing-helper-name",
            Self::HelperIsDriver => "missing-helper",
            Self::ContactThePlant => "missing-contact",
        }
    }

    fn is_wrong_name(self) -> bool {
        matches!(self, Self::DriverHasOtherName | Self::HelperHasOtherName)
    }
}

/// Why a draft was not submitted.
#[derive(Debug)]
pub enum SubmitError {
    /// The organisation has no such submission.
    NotFound,
    /// The draft changed since the page that was looked at.
    Changed,
    /// Something is missing.
    Missing(Vec<Missing>),
    /// It could not be tried.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for SubmitError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// What a draft lacks, before it is submitted. Whether its names fit their phones is told of crews alone whose names were
/// counted when they were typed.
pub async fn missing(
    state: &AppState,
    customer: &Customer,
    draft: &submission::Model,
    papers: &[document::Model],
) -> Result<Vec<Missing>, AppError> {
    let mut missing = missing_in_draft(state, customer, draft, papers);
    if !has_counted_names(customer, draft) {
        return Ok(missing);
    }
    let (driver, helper) = (driver_of(draft), helper_of(draft));
    let objections = Objections::against(state.database.reader(), driver.as_ref(), helper.as_ref()).await?;
    let found = [
        (objections.driver_has_other_name, Missing::DriverHasOtherName),
        (objections.helper_has_other_name, Missing::HelperHasOtherName),
        (objections.one_person, Missing::HelperIsDriver),
    ];
    missing.extend(found.into_iter().filter_map(|(holds, objection)| holds.then_some(objection)));
    Ok(missing)
}

/// Whether the names in a draft that did not fit were counted when they were typed. In one that was begun before its
/// customer confirmed the address they are counted when it is submitted.
fn has_counted_names(customer: &Customer, draft: &submission::Model) -> bool {
    customer.had_confirmed_at(draft.created_at)
}

fn missing_in_draft(
    core: &Core,
    customer: &Customer,
    draft: &submission::Model,
    papers: &[document::Model],
) -> Vec<Missing> {
    let mut missing = Vec::new();
    if !customer.has_confirmed() {
        missing.push(Missing::Confirmation);
    }
    let (first, last) = expected_days(core);
    if draft.expected_on < first || last < draft.expected_on {
        missing.push(Missing::ExpectedDay);
    }
    if driver_of(draft).is_none() {
        missing.push(Missing::Crew);
    }
    missing.extend(expired_papers(core, draft, papers));
    missing
}

/// The papers that keep a draft from being submitted.
fn expired_papers(core: &Core, draft: &submission::Model, papers: &[document::Model]) -> Vec<Missing> {
    match core.config.expired_papers {
        ExpiredPapers::Block => expired(papers, draft.expected_on).map(Missing::ExpiredPaper).collect(),
        ExpiredPapers::Warn => Vec::new(),
    }
}

/// The types of those papers that the gate looks at and that are not valid on `day`.
pub fn expired(papers: &[document::Model], day: NaiveDate) -> impl Iterator<Item = DocumentType> {
    papers
        .iter()
        .filter(move |paper| paper.document_type.runs_out())
        .filter(move |paper| paper.valid_until.is_some_and(|last_day| last_day < day))
        .map(|paper| paper.document_type)
}

/// The driver as the draft names one.
pub fn driver_of(draft: &submission::Model) -> Option<Person> {
    Some(Person {
        name: PersonName::parse(draft.driver_name.as_deref()?).ok()?,
        phone: draft.driver_phone.clone()?,
        language: draft.driver_language.unwrap_or_default(),
        license_no: draft.driver_license_no.clone(),
    })
}

/// The helper as the draft names one.
pub fn helper_of(draft: &submission::Model) -> Option<Person> {
    Some(Person {
        name: PersonName::parse(draft.helper_name.as_deref()?).ok()?,
        phone: draft.helper_phone.clone()?,
        language: draft.helper_language.unwrap_or_default(),
        license_no: None,
    })
}

/// Tries of a submission that waits for a merge which waits for it: two merges at once can turn the order in which
/// people are locked.
const TRIES: usize = 3;

/// Submits a draft as it was at `version`. Submitting again is the same as having submitted.
///
/// # Errors
/// Why it was not submitted; then nothing was written but the audit row of a refusal, and the count of names that were
/// wrong. [`AppError::TooMany`] after so many of those.
pub async fn submit(
    state: &AppState,
    customer: &Customer,
    id: SubmissionId,
    version: i32,
) -> Result<(), SubmitError> {
    for _ in 1..TRIES {
        match submit_once(state, customer, id, version).await {
            Err(SubmitError::Failed(error)) if was_overtaken(&error) => {}
            submitted => return submitted,
        }
    }
    submit_once(state, customer, id, version).await
}

async fn submit_once(
    state: &AppState,
    customer: &Customer,
    id: SubmissionId,
    version: i32,
) -> Result<(), SubmitError> {
    let mut work = Work::begin(state, customer).await?;
    let draft = lock_own(&work, customer, id).await?.ok_or(SubmitError::NotFound)?;
    let Some(status) = draft.status.after(Act::Submit, false) else {
        return Ok(());
    };
    if draft.draft_version != version {
        return Err(SubmitError::Changed);
    }
    let subject = Subject::from(&draft);
    let counts_names = customer.has_confirmed() && !has_counted_names(customer, &draft);
    if counts_names {
        wrong_names::refuse_if_too_many(&mut work, customer).await?;
    }
    match close(&mut work, customer, draft, status).await {
        Ok(()) => Ok(work.commit().await?),
        Err(SubmitError::Missing(missing)) => {
            drop(work);
            record_refusal(state, customer, subject, &missing, counts_names).await?;
            Err(SubmitError::Missing(missing))
        }
        Err(error) => Err(error),
    }
}

async fn record_refusal(
    state: &AppState,
    customer: &Customer,
    subject: Subject,
    missing: &[Missing],
    counts_names: bool,
) -> Result<(), AppError> {
    let mut work = Work::begin(state, customer).await?;
    if counts_names && missing.iter().any(|missing| missing.is_wrong_name()) {
        wrong_names::count(&mut work, customer).await?;
    }
    let event = Event::of(SUBMISSION_REFUSED)
        .about(subject)
        .after(json!(missing.iter().map(|missing| missing.slug()).collect::<Vec<_>>()));
    work.note(event);
    Ok(work.commit().await?)
}

async fn close(
    work: &mut Work<'_>,
    customer: &Customer,
    draft: submission::Model,
    status: SubmissionStatus,
) -> Result<(), SubmitError> {
    let papers = attachments::of_submission(&*work, draft.id).await?;
    let missing = missing_in_draft(work.core(), customer, &draft, &papers);
    if !missing.is_empty() {
        return Err(SubmitError::Missing(missing));
    }
    let vehicle = drafts::vehicle_of(&*work, &draft).await?;
    let (driver, helper) = register_crew(work, &draft).await?;
    if is_blacklisted(work, vehicle.as_ref(), &driver, helper.as_ref()).await? {
        return Err(SubmitError::Missing(vec![Missing::ContactThePlant]));
    }
    storing::settle_driver(&*work, draft.organisation_id, draft.id, driver.id).await?;
    // The owner is locked by now: no other draft changes a date of these papers any more.
    let papers = attachments::of_submission(&*work, draft.id).await?;
    let expired = expired_papers(work.core(), &draft, &papers);
    if !expired.is_empty() {
        return Err(SubmitError::Missing(expired));
    }
    let id = draft.id;
    let (valid_from, valid_until) =
        work.core().config.zone.window(draft.expected_on, work.core().config.pass_days);
    let claims = Claims {
        submission: id.as_uuid(),
        valid_from,
        valid_until,
        plate: draft.vehicle_number.as_str().to_owned(),
        driver: draft.driver_name.clone().unwrap_or_default(),
        helper: draft.helper_name.clone().unwrap_or_default(),
    };
    let pass = passes::issue(work, &claims).await?;
    let now = work.now();
    let search_text = search_text(&draft);
    let after = json!({
        "vehicle": draft.vehicle_number.as_str(),
        "expected_on": draft.expected_on,
        "papers": papers.iter().map(|paper| paper.id).collect::<Vec<_>>(),
    });
    let mut row = draft.into_active_model();
    row.status = Set(status);
    row.submitted_at = Set(Some(now));
    row.changed_at = Set(now);
    row.driver_id = Set(Some(driver.id));
    row.helper_id = Set(helper.map(|helper| helper.id));
    row.valid_from = Set(Some(valid_from));
    row.valid_until = Set(Some(valid_until));
    row.pass_token = Set(Some(pass.token));
    row.pass_hash = Set(Some(pass.hash));
    row.search_text = Set(search_text);
    let row = row.update(&*work).await?;
    let event = Event::of(SUBMISSION_CREATED).about(&row).after(after);
    work.note(event);
    Ok(announcing::submitted(work, &row).await?)
}

/// Registers driver and helper, in the order of their registered phones.
async fn register_crew(
    work: &mut Work<'_>,
    draft: &submission::Model,
) -> Result<(crew_member::Model, Option<crew_member::Model>), SubmitError> {
    let driver = driver_of(draft).ok_or_else(|| SubmitError::Missing(vec![Missing::Crew]))?;
    let Some(helper) = helper_of(draft) else {
        return Ok((register(work, &driver, Missing::DriverHasOtherName).await?, None));
    };
    let driver_phone = crew::registered_phone(&*work, &driver.phone).await?;
    let helper_phone = crew::registered_phone(&*work, &helper.phone).await?;
    let (driver, helper) = if driver_phone.as_str() <= helper_phone.as_str() {
        let driver = register(work, &driver, Missing::DriverHasOtherName).await?;
        (driver, register(work, &helper, Missing::HelperHasOtherName).await?)
    } else {
        let helper = register(work, &helper, Missing::HelperHasOtherName).await?;
        (register(work, &driver, Missing::DriverHasOtherName).await?, helper)
    };
    if driver.id == helper.id {
        return Err(SubmitError::Missing(vec![Missing::HelperIsDriver]));
    }
    Ok((driver, Some(helper)))
}

/// Registers `person`; `has_other_name` where the phone is registered under another name.
async fn register(
    work: &mut Work<'_>,
    person: &Person,
    has_other_name: Missing,
) -> Result<crew_member::Model, SubmitError> {
    let member = crew::register(work, person).await?;
    member.ok_or_else(|| SubmitError::Missing(vec![has_other_name]))
}

/// Whoever comes with the licence of somebody on the blacklist is taken for that person.
async fn is_blacklisted(
    work: &mut Work<'_>,
    vehicle: Option<&vehicle::Model>,
    driver: &crew_member::Model,
    helper: Option<&crew_member::Model>,
) -> Result<bool, DbErr> {
    let now = work.now();
    let crew = || std::iter::once(driver).chain(helper);
    let numbers = || crew().map(|member| member.license_no.as_ref());
    Ok(vehicle.is_some_and(|vehicle| vehicle.is_blacklisted(now))
        || crew().any(|member| member.is_blacklisted(now))
        || BlacklistedLicences::among(&*work, numbers(), now).await?.have(numbers()))
}

/// The length of the column.
const SEARCH_TEXT: usize = 1_500;

/// All that the desk searches by, folded, words apart.
fn search_text(draft: &submission::Model) -> String {
    let mut words = vec![
        draft.reference.as_str().to_owned(),
        draft.vehicle_number.as_str().to_owned(),
        draft.customer_phone.as_str().to_owned(),
        draft.customer_email.search_words(),
    ];
    words.extend(draft.driver_name.clone());
    words.extend(draft.driver_phone.as_ref().map(|phone| phone.as_str().to_owned()));
    words.extend(draft.helper_name.clone());
    words.extend(draft.helper_phone.as_ref().map(|phone| phone.as_str().to_owned()));
    // Folded, a name may be many times as long.
    words.push(draft.company_name.clone());
    folded(&words.join(" ")).chars().take(SEARCH_TEXT).collect()
}
