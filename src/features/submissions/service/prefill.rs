//! What is known of a vehicle before anything is typed. Of a vehicle that only others brought, a customer learns
//! nothing but which accepted papers are on file and valid on the day; of its crew nothing at all.

use chrono::{Duration, NaiveDate};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
};

use crate::features::accounts::service::throttle::{self, Counter, Purpose};
use crate::features::documents::service::storing::Subject;
use crate::features::documents::service::{attachments, reading};
use crate::features::vehicles::service as vehicles;
use crate::kernel::access::{Customer, Reader};
use crate::kernel::entity::document::{self, DocumentType, SubjectKind};
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{OrganisationId, RegistrationNo, VehicleId};
use crate::kernel::work::Work;

/// Look-ups of one account.
const PER_MINUTE: i32 = 30;
const PER_DAY: i32 = 200;

/// Look-ups of an account without a confirmed address, and of all such accounts from one network.
const UNCONFIRMED_PER_DAY: i32 = 20;
const UNCONFIRMED_PER_DAY_AND_NETWORK: i32 = 200;

/// What is known of a vehicle.
#[derive(Debug)]
pub enum Known {
    /// Nothing that the reader may learn.
    New,
    /// It came before, with an entry that the reader may read.
    Before(Box<KnownVehicle>),
    /// Only others brought it: its accepted papers that hold on the day.
    Others(Vec<OnFile>),
}

/// A vehicle that came before.
#[derive(Debug)]
pub struct KnownVehicle {
    /// The last submission of it.
    pub last: submission::Model,
    /// The papers about it: the organisation's active ones, or for staff those of the last submission.
    pub papers: Vec<document::Model>,
}

/// All that strangers may learn of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnFile {
    /// What it is.
    pub document_type: DocumentType,
    /// Whether it is known to hold on the day; nobody stated a last day otherwise.
    pub is_dated: bool,
}

/// Looks a vehicle up, as of `day`: a customer's look-up is counted, staff see all.
///
/// # Errors
/// [`AppError::TooMany`] after 30 look-ups a minute or 200 a day; 20 a day without a confirmed address.
pub async fn look_up(
    state: &AppState,
    reader: &Reader,
    number: &RegistrationNo,
    day: NaiveDate,
) -> Result<Known, AppError> {
    match reader {
        Reader::Customer(customer) => {
            count(state, customer).await?;
            look_up_for_customer(state, customer, number, day).await
        }
        Reader::Staff(_) => Ok(look_up_for_staff(state, number).await?),
    }
}

async fn count(state: &AppState, customer: &Customer) -> Result<(), AppError> {
    let subject = customer.account().to_string();
    let counter = |purpose| Counter { purpose, subject: &subject, address: "" };
    let mut work = Work::begin(state, customer).await?;
    let minute = counter(Purpose::LookupMinute);
    throttle::count_in(&mut work, minute, PER_MINUTE, Duration::minutes(1)).await?;
    let day = Duration::days(1);
    let per_day = if customer.has_confirmed() { PER_DAY } else { UNCONFIRMED_PER_DAY };
    throttle::count_in(&mut work, counter(Purpose::LookupDay), per_day, day).await?;
    if !customer.has_confirmed() {
        let purpose = Purpose::LookupNetworkDay;
        let network = Counter { purpose, subject: "", address: customer.address() };
        throttle::count_in(&mut work, network, UNCONFIRMED_PER_DAY_AND_NETWORK, day).await?;
    }
    Ok(work.commit().await?)
}

async fn look_up_for_customer(
    state: &AppState,
    customer: &Customer,
    number: &RegistrationNo,
    day: NaiveDate,
) -> Result<Known, AppError> {
    let database = state.database.reader();
    let Some(vehicle) = vehicles::find(database, number).await? else {
        return Ok(Known::New);
    };
    let owner = customer.organisation();
    if let Some(last) = last_submission(database, owner, vehicle.id).await? {
        let papers = reading::active_about(database, owner, &[Subject::Vehicle(vehicle.id)]).await?;
        return Ok(Known::Before(Box::new(KnownVehicle { last, papers })));
    }
    let accepted = reading::accepted_about(database, Subject::Vehicle(vehicle.id)).await?;
    let on_file: Vec<OnFile> = accepted
        .iter()
        .filter(|paper| paper.valid_until.is_none_or(|last_day| day <= last_day))
        .map(|paper| OnFile { document_type: paper.document_type, is_dated: paper.valid_until.is_some() })
        .collect();
    Ok(if on_file.is_empty() { Known::New } else { Known::Others(on_file) })
}

async fn look_up_for_staff(state: &AppState, number: &RegistrationNo) -> Result<Known, DbErr> {
    let database = state.database.reader();
    let Some(vehicle) = vehicles::find(database, number).await? else {
        return Ok(Known::New);
    };
    let last = submitted().filter(submission::Column::VehicleId.eq(vehicle.id)).one(database).await?;
    let Some(last) = last else { return Ok(Known::New) };
    let mut papers = attachments::of_submission(database, last.id).await?;
    papers.retain(|paper| paper.subject_kind == SubjectKind::Vehicle);
    Ok(Known::Before(Box::new(KnownVehicle { last, papers })))
}

/// The organisation's submissions of a vehicle, the latest first.
fn submitted_with(owner: OrganisationId, vehicle: VehicleId) -> Select<submission::Entity> {
    submitted()
        .filter(submission::Column::OrganisationId.eq(owner))
        .filter(submission::Column::VehicleId.eq(vehicle))
}

/// Submissions, the latest first; drafts do not count.
fn submitted() -> Select<submission::Entity> {
    submission::Entity::find()
        .filter(submission::Column::Status.ne(SubmissionStatus::Draft))
        .order_by_desc(submission::Column::SubmittedAt)
}

/// The organisation's last submission of a vehicle; drafts do not count.
pub async fn last_submission(
    database: &impl ConnectionTrait,
    owner: OrganisationId,
    vehicle: VehicleId,
) -> Result<Option<submission::Model>, DbErr> {
    submitted_with(owner, vehicle).one(database).await
}

/// Takes the crew of `last` over into a new draft.
pub(super) fn copy_crew(last: &submission::Model, draft: &mut submission::ActiveModel) {
    let last = last.clone();
    draft.driver_name = Set(last.driver_name);
    draft.driver_phone = Set(last.driver_phone);
    draft.driver_language = Set(last.driver_language);
    draft.driver_license_no = Set(last.driver_license_no);
    draft.helper_name = Set(last.helper_name);
    draft.helper_phone = Set(last.helper_phone);
    draft.helper_language = Set(last.helper_language);
}

/// The submission papers of the last entry of a draft's vehicle: offered, not attached.
pub async fn offered_papers(
    database: &impl ConnectionTrait,
    draft: &submission::Model,
) -> Result<Vec<document::Model>, DbErr> {
    let last = submitted_with(draft.organisation_id, draft.vehicle_id)
        .select_only()
        .column(submission::Column::Id)
        .limit(1)
        .into_query();
    let mut papers = attachments::of_the_one(database, last).await?;
    papers.retain(|paper| paper.subject_kind == SubjectKind::Submission && paper.removed_at.is_none());
    Ok(papers)
}
