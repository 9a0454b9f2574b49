//! Drafts: opening and changing them. What is typed lives in the draft until it is submitted.

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr,
    EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::OnConflict,
};
use serde_json::json;

use super::{lists, prefill, wrong_names};
use crate::features::accounts::service::throttle::{self, Budget, Counter, Purpose};
use crate::features::crew::service::{Objections, Person};
use crate::features::documents::service::storing::{NewPaper, NotKept, StoreError, Subject};
use crate::features::documents::service::{attachments, reading, storing};
use crate::features::submissions::actions::{
    DOCUMENT_ATTACHED, DOCUMENT_DETACHED, DRAFT_CHANGED, DRAFT_OPENED,
};
use crate::features::vehicles::service as vehicles;
use crate::kernel::access::Customer;
use crate::kernel::audit::Event;
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::document::{self, DocumentType, SubjectKind};
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::entity::{crew_member, organisation, vehicle};
use crate::kernel::error::AppError;
use crate::kernel::keys::{random, sha256_hex};
use crate::kernel::state::AppState;
use crate::kernel::types::{
    DocumentId, OrganisationId, PersonName, PhoneNumber, Reference, RegistrationNo, SubmissionId, VehicleId,
};
use crate::kernel::work::{Core, Work};
use uuid::Uuid;

/// How far ahead a vehicle may be announced.
pub const DAYS_AHEAD: u64 = 30;

/// Drafts that an organisation may have open.
const OPEN_DRAFTS: u64 = 200;

/// Drafts that an organisation may have open before its address is confirmed, and that such accounts may open a day
/// from one network: registering again does not begin anew.
const UNCONFIRMED_DRAFTS: u64 = 5;
const UNCONFIRMED_DRAFTS_OF_A_NETWORK: i32 = 60;

/// Changes of drafts a day by an account whose address is not confirmed, and by all such accounts of a network.
const UNCONFIRMED_CHANGES: i32 = 200;
const UNCONFIRMED_CHANGES_OF_A_NETWORK: i32 = 1000;

/// The first step: which vehicle, whom to call, which day.
#[derive(Clone, Debug)]
pub struct Vehicle {
    /// The vehicle's number.
    pub number: RegistrationNo,
    /// Whom the plant calls.
    pub customer_phone: PhoneNumber,
    /// The day it is expected.
    pub expected_on: NaiveDate,
}

/// The second step: who drives, who helps.
#[derive(Clone, Debug)]
pub struct Crew {
    /// The driver.
    pub driver: Person,
    /// The helper, another person.
    pub helper: Option<Person>,
}

/// Why a draft did not change.
#[derive(Debug)]
pub enum DraftError {
    /// The organisation has no such submission.
    NotFound,
    /// It has been submitted, and changes no more.
    NotADraft,
    /// It has another vehicle or driver now, or the paper was removed.
    Changed,
    /// Without a confirmed address there are as many drafts, or changes of them, as there may be.
    ConfirmFirst,
    /// The organisation has as many drafts as it may have; how many.
    TooMany(u64),
    /// The paper may be handed in again.
    NotKept(NotKept),
    /// It could not be tried.
    Failed(AppError),
}

impl From<NotKept> for DraftError {
    fn from(why: NotKept) -> Self {
        Self::NotKept(why)
    }
}

impl From<StoreError> for DraftError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotKept(why) => Self::NotKept(why),
            StoreError::Failed(error) => Self::Failed(error),
        }
    }
}

impl<E: Into<AppError>> From<E> for DraftError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The first and the last day that may be expected today.
pub fn expected_days(core: &Core) -> (NaiveDate, NaiveDate) {
    let today = core.config.zone.day_of(core.clock.now());
    (today, today.checked_add_days(Days::new(DAYS_AHEAD)).unwrap_or(today))
}

/// A submission of the customer's organisation, in whatever status.
pub async fn find_own(
    state: &AppState,
    customer: &Customer,
    id: SubmissionId,
) -> Result<Option<submission::Model>, DbErr> {
    own(customer.organisation(), id).one(state.database.reader()).await
}

fn own(owner: OrganisationId, id: SubmissionId) -> sea_orm::Select<submission::Entity> {
    submission::Entity::find_by_id(id).filter(submission::Column::OrganisationId.eq(owner))
}

/// A submission of the customer's organisation, locked until the transaction ends.
pub(super) async fn lock_own(
    transaction: &DatabaseTransaction,
    customer: &Customer,
    id: SubmissionId,
) -> Result<Option<submission::Model>, DbErr> {
    own(customer.organisation(), id).lock_exclusive().one(transaction).await
}

/// A draft of the customer's organisation, locked until the transaction ends.
async fn lock_draft(
    transaction: &DatabaseTransaction,
    customer: &Customer,
    id: SubmissionId,
) -> Result<submission::Model, DraftError> {
    let found = lock_own(transaction, customer, id).await?.ok_or(DraftError::NotFound)?;
    if found.status == SubmissionStatus::Draft { Ok(found) } else { Err(DraftError::NotADraft) }
}

/// A draft that was opened.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// The draft.
    pub id: SubmissionId,
    /// When the submission was made from which it is filled in, if there is one.
    pub filled_from: Option<DateTime<Utc>>,
}

/// Opens a draft, filled in from the organisation's last submission of the vehicle. `form` is the number of
/// the form that was filled in: sent twice, as by a double press, it opens one draft.
///
/// # Errors
/// [`DraftError::ConfirmFirst`], [`DraftError::TooMany`]; then nothing was written.
pub async fn open(
    state: &AppState,
    customer: &Customer,
    vehicle: &Vehicle,
    form: Option<Uuid>,
) -> Result<Opened, DraftError> {
    let mut work = Work::begin(state, customer).await?;
    let known = vehicles::find_or_create(&mut work, &vehicle.number).await?;
    let last = prefill::last_submission(&work, customer.organisation(), known.id).await?;
    let mut draft = blank(&mut work, customer, known.id, vehicle).await?;
    draft.opened_with = Set(form.map(|form| digest(form, vehicle)));
    if let Some(last) = &last {
        prefill::copy_crew(last, &mut draft);
    }
    let (draft, is_new) = insert_with_reference(&work, draft).await?;
    let opened = Opened { id: draft.id, filled_from: last.and_then(|last| last.submitted_at) };
    if !is_new {
        return Ok(opened);
    }
    attach_papers_on_file(&mut work, &draft, None).await?;
    check_number_of_drafts(&mut work, customer).await?;
    let event = Event::of(DRAFT_OPENED)
        .about(&draft)
        .after(json!({ "vehicle": vehicle.number.as_str(), "expected_on": vehicle.expected_on }));
    work.note(event);
    work.commit().await?;
    Ok(opened)
}

/// Whether one more draft is not one too many. The owner is locked: of two that are opened at once the later counts both.
async fn check_number_of_drafts(work: &mut Work<'_>, customer: &Customer) -> Result<(), DraftError> {
    let drafts = submission::Entity::find()
        .filter(submission::Column::OrganisationId.eq(customer.organisation()))
        .filter(submission::Column::Status.eq(SubmissionStatus::Draft))
        .count(&*work)
        .await?;
    if customer.has_confirmed() {
        return if drafts > OPEN_DRAFTS { Err(DraftError::TooMany(OPEN_DRAFTS)) } else { Ok(()) };
    }
    if drafts > UNCONFIRMED_DRAFTS {
        return Err(DraftError::ConfirmFirst);
    }
    let counter = Counter { purpose: Purpose::DraftNetworkDay, subject: "", address: customer.address() };
    let limit = UNCONFIRMED_DRAFTS_OF_A_NETWORK;
    match throttle::count_in(work, counter, limit, Duration::days(1)).await {
        Err(AppError::TooMany { .. }) => Err(DraftError::ConfirmFirst),
        room => Ok(room?),
    }
}

/// What tells a form from another: its number and what was typed. Browsers that go back send the number
/// again, and another vehicle is another draft.
fn digest(form: Uuid, vehicle: &Vehicle) -> String {
    let Vehicle { number, customer_phone, expected_on } = vehicle;
    sha256_hex(format!("{form} {number} {customer_phone} {expected_on}"))
}

/// The row of a draft in which nothing is filled in but the first step.
pub(super) async fn blank(
    work: &mut Work<'_>,
    customer: &Customer,
    known: VehicleId,
    vehicle: &Vehicle,
) -> Result<submission::ActiveModel, DbErr> {
    let company = organisation::Entity::find_by_id(customer.organisation()).one(&*work).await?;
    let now = work.now();
    Ok(submission::ActiveModel {
        id: Set(SubmissionId::new(work.core().clock.new_uuid())),
        organisation_id: Set(customer.organisation()),
        created_by: Set(customer.account()),
        status: Set(SubmissionStatus::Draft),
        draft_version: Set(1),
        created_at: Set(now),
        changed_at: Set(now),
        vehicle_id: Set(known),
        vehicle_number: Set(vehicle.number.clone()),
        expected_on: Set(vehicle.expected_on),
        customer_email: Set(customer.email().clone()),
        customer_phone: Set(vehicle.customer_phone.clone()),
        company_name: Set(company.map(|company| company.name).unwrap_or_default()),
        search_text: Set(String::new()),
        ..Default::default()
    })
}

/// Inserts a draft under a reference that no other has. `false`: the same form has opened a draft already,
/// which is the one answered.
pub(super) async fn insert_with_reference(
    transaction: &DatabaseTransaction,
    mut draft: submission::ActiveModel,
) -> Result<(submission::Model, bool), AppError> {
    use submission::Column;
    let form = draft.opened_with.clone().take().flatten();
    let of_form = Condition::all()
        .add(Column::OrganisationId.eq(draft.organisation_id.clone().unwrap()))
        .add(Column::OpenedWith.is_in(form));
    // Of 2^40 references one is taken now and then; two in a row hardly ever.
    for _ in 0..8 {
        draft.reference = Set(Reference::from_bytes(random()));
        let inserted = submission::Entity::insert(draft.clone())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_with_returning_many(transaction)
            .await?;
        if let Some(draft) = inserted.into_iter().next() {
            return Ok((draft, true));
        }
        if let Some(found) = submission::Entity::find().filter(of_form.clone()).one(transaction).await? {
            return Ok((found, false));
        }
    }
    Err(AppError::internal("every reference that was tried is taken"))
}

/// Changes the first step. Another vehicle brings its own papers, and takes those of the old one along.
pub async fn change_vehicle(
    state: &AppState,
    customer: &Customer,
    id: SubmissionId,
    vehicle: &Vehicle,
) -> Result<(), DraftError> {
    let mut work = Work::begin(state, customer).await?;
    let draft = lock_draft(&work, customer, id).await?;
    let known = vehicles::find_or_create(&mut work, &vehicle.number).await?;
    let other_vehicle = known.id != draft.vehicle_id;
    let before = json!({ "vehicle": draft.vehicle_number.as_str(), "expected_on": draft.expected_on });
    let mut row = touched(&work, draft);
    row.vehicle_id = Set(known.id);
    row.vehicle_number = Set(vehicle.number.clone());
    row.customer_phone = Set(vehicle.customer_phone.clone());
    row.expected_on = Set(vehicle.expected_on);
    let draft = row.update(&work).await?;
    if other_vehicle {
        let types = attachments::types_about(SubjectKind::Vehicle);
        attachments::detach(&work, id, types).await?;
        attach_papers_on_file(&mut work, &draft, Some(SubjectKind::Vehicle)).await?;
    }
    let event = Event::of(DRAFT_CHANGED)
        .about(&draft)
        .before(before)
        .after(json!({ "vehicle": vehicle.number.as_str(), "expected_on": vehicle.expected_on }));
    record_change(&mut work, customer, [event]).await?;
    Ok(work.commit().await?)
}

/// Changes the second step. Another driver brings the licence on file, and takes the old one's along.
///
/// Answers what submitting would refuse of the crew; then the draft is as it was. Whoever has not confirmed their address,
/// and cannot submit, is told nothing of it.
///
/// # Errors
/// [`AppError::TooMany`] after so many names that were wrong.
pub async fn change_crew(
    state: &AppState,
    customer: &Customer,
    id: SubmissionId,
    crew: &Crew,
) -> Result<Objections, DraftError> {
    let mut work = Work::begin(state, customer).await?;
    let draft = lock_draft(&work, customer, id).await?;
    if customer.has_confirmed() {
        wrong_names::refuse_if_too_many(&mut work, customer).await?;
        let objections = Objections::against(&work, Some(&crew.driver), crew.helper.as_ref()).await?;
        let wrong = [objections.driver_has_other_name, objections.helper_has_other_name];
        for _ in wrong.into_iter().filter(|is_wrong| *is_wrong) {
            wrong_names::count(&mut work, customer).await?;
        }
        if objections != Objections::default() {
            work.commit().await?;
            return Ok(objections);
        }
    }
    let other_driver = draft.driver_phone.as_ref() != Some(&crew.driver.phone);
    let had_driver = draft.driver_phone.is_some();
    let mut row = touched(&work, draft);
    row.driver_name = Set(Some(crew.driver.name.as_str().to_owned()));
    row.driver_phone = Set(Some(crew.driver.phone.clone()));
    row.driver_language = Set(Some(crew.driver.language));
    row.driver_license_no = Set(crew.driver.license_no.clone());
    let helper = crew.helper.as_ref();
    row.helper_name = Set(helper.map(|helper| helper.name.as_str().to_owned()));
    row.helper_phone = Set(helper.map(|helper| helper.phone.clone()));
    row.helper_language = Set(helper.map(|helper| helper.language));
    let draft = row.update(&work).await?;
    if other_driver && had_driver {
        attachments::detach(&work, id, [DocumentType::DriverLicense]).await?;
        storing::drop_driver_of_draft(&mut work, id).await?;
    }
    if other_driver {
        attach_papers_on_file(&mut work, &draft, Some(SubjectKind::Driver)).await?;
    }
    let event =
        Event::of(DRAFT_CHANGED).about(&draft).after(json!({ "crew": if helper.is_some() { 2 } else { 1 } }));
    record_change(&mut work, customer, [event]).await?;
    work.commit().await?;
    Ok(Objections::default())
}

/// Stores a paper that arrived for a draft and attaches it, in the place of another of its type.
pub async fn hand_in(
    state: &AppState,
    customer: &Customer,
    id: SubmissionId,
    subject: Subject,
    paper: NewPaper<'_>,
) -> Result<(), DraftError> {
    storing::store_with(state, customer, paper, async |storage_key| {
        let mut work = Work::begin(state, customer).await?;
        let draft = lock_draft(&work, customer, id).await?;
        let stored = storing::insert(&mut work, customer, subject, paper, storage_key).await?;
        attach_to(&mut work, customer, draft, &stored).await?;
        Ok((work, ()))
    })
    .await
}

/// Attaches a version that is on file to a draft, in the place of another of its type.
pub async fn attach(
    state: &AppState,
    customer: &Customer,
    id: SubmissionId,
    paper: DocumentId,
) -> Result<(), DraftError> {
    let mut work = Work::begin(state, customer).await?;
    let draft = lock_draft(&work, customer, id).await?;
    storing::lock_owner(&work, customer.organisation()).await?;
    let paper = document::Entity::find_by_id(paper)
        .filter(document::Column::OrganisationId.eq(customer.organisation()))
        .one(&work)
        .await?
        .ok_or(DraftError::Changed)?;
    if paper.removed_at.is_some() {
        return Err(DraftError::Changed);
    }
    // Of versions that were on file when the page was shown the draft has the one in use.
    let paper = storing::versions_in_use(&work, vec![paper]).await?.pop().ok_or(DraftError::Changed)?;
    attach_to(&mut work, customer, draft, &paper).await?;
    Ok(work.commit().await?)
}

async fn attach_to(
    work: &mut Work<'_>,
    customer: &Customer,
    draft: submission::Model,
    paper: &document::Model,
) -> Result<(), DraftError> {
    if !is_about(&*work, &draft, paper).await? {
        return Err(DraftError::Changed);
    }
    attachments::attach(&*work, draft.id, [paper]).await?;
    let event = Event::of(DOCUMENT_ATTACHED)
        .about(paper)
        .under(&draft)
        .after(json!({ "type": paper.document_type.name() }));
    touched(work, draft).update(&*work).await?;
    record_change(work, customer, [event]).await
}

/// Whether a paper is about the draft's vehicle or driver, as the draft is now; it may have changed while the
/// paper arrived.
async fn is_about(
    transaction: &DatabaseTransaction,
    draft: &submission::Model,
    paper: &document::Model,
) -> Result<bool, DbErr> {
    Ok(match paper.subject_kind {
        SubjectKind::Submission => true,
        SubjectKind::Vehicle => paper.subject_id == draft.vehicle_id.as_uuid(),
        SubjectKind::Driver => {
            let (_, driver) = driver_subject(transaction, draft).await?.columns();
            paper.subject_id == driver || paper.subject_id == draft.id.as_uuid()
        }
    })
}

/// States the last days of attached papers. Answers those that have been submitted and keep their day.
pub async fn set_valid_until(
    state: &AppState,
    customer: &Customer,
    id: SubmissionId,
    days: &[(&document::Model, NaiveDate)],
) -> Result<Vec<DocumentType>, DraftError> {
    let (mut refused, mut events) = (Vec::new(), Vec::new());
    if days.is_empty() {
        return Ok(refused);
    }
    let mut work = Work::begin(state, customer).await?;
    let draft = lock_draft(&work, customer, id).await?;
    storing::lock_owner(&work, customer.organisation()).await?;
    for (paper, day) in days {
        if !storing::set_valid_until(&work, customer.organisation(), paper.id, *day).await? {
            refused.push(paper.document_type);
            continue;
        }
        let event = Event::of(DRAFT_CHANGED)
            .about(*paper)
            .under(&draft)
            .before(json!({ "valid_until": paper.valid_until }))
            .after(json!({ "valid_until": day }));
        events.push(event);
    }
    if !events.is_empty() {
        touched(&work, draft).update(&work).await?;
        record_change(&mut work, customer, events).await?;
    }
    work.commit().await?;
    Ok(refused)
}

/// Takes the paper of a type off a draft; the paper stays on file.
pub async fn detach(
    state: &AppState,
    customer: &Customer,
    id: SubmissionId,
    document_type: DocumentType,
) -> Result<(), DraftError> {
    let mut work = Work::begin(state, customer).await?;
    let draft = lock_draft(&work, customer, id).await?;
    attachments::detach(&work, id, [document_type]).await?;
    let event = Event::of(DOCUMENT_DETACHED).about(&draft).after(json!({ "type": document_type.name() }));
    touched(&work, draft).update(&work).await?;
    record_change(&mut work, customer, [event]).await?;
    Ok(work.commit().await?)
}

/// Records a change of a draft. Those of an account whose address is not confirmed are counted; the counter that other
/// organisations wait for is locked last.
async fn record_change(
    work: &mut Work<'_>,
    customer: &Customer,
    events: impl IntoIterator<Item = Event>,
) -> Result<(), DraftError> {
    for event in events {
        work.note(event);
    }
    if customer.has_confirmed() {
        return Ok(());
    }
    let account = customer.account().to_string();
    let budget = |subject, address, limit| {
        let counter = Counter { purpose: Purpose::DraftChangeDay, subject, address };
        Budget { counter, amount: 1, limit, window: Duration::days(1) }
    };
    let budgets = [
        budget(account.as_str(), "", UNCONFIRMED_CHANGES),
        budget("", customer.address(), UNCONFIRMED_CHANGES_OF_A_NETWORK),
    ];
    match throttle::count_all_in(work, &budgets).await {
        Err(AppError::TooMany { .. }) => Err(DraftError::ConfirmFirst),
        counted => Ok(counted?),
    }
}

/// What a paper of `document_type` handed in with `draft` is about.
pub async fn subject_of(
    state: &AppState,
    draft: &submission::Model,
    document_type: DocumentType,
) -> Result<Subject, DbErr> {
    Ok(match document_type.subject_kind() {
        SubjectKind::Vehicle => Subject::Vehicle(draft.vehicle_id),
        SubjectKind::Driver => driver_subject(state.database.reader(), draft).await?,
        SubjectKind::Submission => Subject::Submission(draft.id),
    })
}

/// The driver of a draft: the registered person with that phone and name, if the organisation has sent them before, else
/// the draft's own. Whether a name fits the phone of anybody else is told nowhere before it is counted.
async fn driver_subject(
    database: &impl ConnectionTrait,
    draft: &submission::Model,
) -> Result<Subject, DbErr> {
    let own = match &draft.driver_phone {
        None => None,
        Some(phone) => lists::own_driver(database, draft.organisation_id, phone).await?,
    };
    let same_name = |own: &crew_member::Model| {
        let name = draft.driver_name.as_deref().and_then(|name| PersonName::parse(name).ok());
        name.is_some_and(|name| own.is_called(&name))
    };
    Ok(match own.filter(same_name) {
        Some(person) => Subject::Driver(person.id),
        None => Subject::DriverOfDraft(draft.id),
    })
}

/// The owner's active papers about the draft's vehicle and driver.
pub async fn papers_on_file(
    database: &impl ConnectionTrait,
    draft: &submission::Model,
) -> Result<Vec<document::Model>, DbErr> {
    let driver = driver_subject(database, draft).await?;
    reading::active_about(database, draft.organisation_id, &[Subject::Vehicle(draft.vehicle_id), driver])
        .await
}

/// Attaches those papers on file that are valid today, where the draft has none of the type yet.
pub(super) async fn attach_papers_on_file(
    work: &mut Work<'_>,
    draft: &submission::Model,
    about: Option<SubjectKind>,
) -> Result<(), DbErr> {
    let today = work.core().config.zone.day_of(work.now());
    storing::lock_owner(&*work, draft.organisation_id).await?; // none is taken back meanwhile
    let attached = attachments::of_submission(&*work, draft.id).await?;
    let mut papers = papers_on_file(&*work, draft).await?;
    papers.retain(|paper| {
        let has_one = attached.iter().any(|other| other.document_type == paper.document_type);
        let wanted = !has_one && about.is_none_or(|kind| paper.subject_kind == kind);
        wanted && paper.valid_until.is_none_or(|last_day| today <= last_day)
    });
    attachments::attach(&*work, draft.id, &papers).await
}

/// The draft's row, about to change.
fn touched(work: &Work<'_>, draft: submission::Model) -> submission::ActiveModel {
    let version = draft.draft_version;
    let mut row = draft.into_active_model();
    row.draft_version = Set(version + 1);
    row.changed_at = Set(work.now());
    row
}

/// The vehicle of a submission.
pub async fn vehicle_of(
    database: &impl ConnectionTrait,
    submission: &submission::Model,
) -> Result<Option<vehicle::Model>, DbErr> {
    vehicle::Entity::find_by_id(submission.vehicle_id).one(database).await
}
