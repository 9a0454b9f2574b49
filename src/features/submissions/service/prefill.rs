//! What is known of a vehicle before anything is typed. Of a vehicle that only others brought, nothing but
//! which accepted papers are on file and until when; of its crew nothing at all.

use chrono::{Duration, NaiveDate};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, sea_query::Expr,
};

use crate::access::Customer;
use crate::entity::document::{self, DocumentType, SubjectKind};
use crate::entity::submission::{self, SubmissionStatus};
use crate::error::AppError;
use crate::features::accounts::service::throttle::{self, Counter, Purpose};
use crate::features::documents::service::storing::Subject;
use crate::features::documents::service::{attachments, reading};
use crate::features::vehicles::service as vehicles;
use crate::state::AppState;
use crate::types::{OrganisationId, RegistrationNo, VehicleId};

/// Look-ups of one account.
const PER_MINUTE: i32 = 30;
const PER_DAY: i32 = 200;

/// What is known of a vehicle.
#[derive(Debug)]
pub enum Known {
    /// Nobody's papers or entries.
    New,
    /// The organisation brought it before.
    Own(Box<OwnVehicle>),
    /// Only others brought it: its accepted papers and their last days.
    Others(Vec<(DocumentType, Option<NaiveDate>)>),
}

/// A vehicle that the organisation brought before.
#[derive(Debug)]
pub struct OwnVehicle {
    /// The last submission of it.
    pub last: submission::Model,
    /// The organisation's active papers about it.
    pub papers: Vec<document::Model>,
}

/// Looks a vehicle up for a customer, and counts the look-up.
///
/// # Errors
/// [`AppError::TooMany`] after 30 look-ups a minute or 200 a day.
pub async fn look_up(
    state: &AppState,
    customer: &Customer,
    number: &RegistrationNo,
) -> Result<Known, AppError> {
    let subject = customer.account().to_string();
    let counter = |purpose| Counter { purpose, subject: &subject, address: "" };
    throttle::count(state, counter(Purpose::LookupMinute), PER_MINUTE, Duration::minutes(1)).await?;
    throttle::count(state, counter(Purpose::LookupDay), PER_DAY, Duration::days(1)).await?;
    let database = state.database.reader();
    let Some(vehicle) = vehicles::find(database, number).await? else {
        return Ok(Known::New);
    };
    let owner = customer.organisation();
    if let Some(last) = last_submission(database, owner, vehicle.id).await? {
        let papers = reading::active_about(database, owner, &[Subject::Vehicle(vehicle.id)]).await?;
        return Ok(Known::Own(Box::new(OwnVehicle { last, papers })));
    }
    let accepted = reading::accepted_of_vehicle(database, vehicle.id.as_uuid()).await?;
    Ok(if accepted.is_empty() { Known::New } else { Known::Others(accepted) })
}

/// The organisation's last submission of a vehicle; drafts do not count.
pub async fn last_submission(
    database: &impl ConnectionTrait,
    owner: OrganisationId,
    vehicle: VehicleId,
) -> Result<Option<submission::Model>, DbErr> {
    submission::Entity::find()
        .filter(submission::Column::OrganisationId.eq(owner))
        .filter(submission::Column::VehicleId.eq(vehicle))
        .filter(submission::Column::Status.ne(SubmissionStatus::Draft))
        .order_by(Expr::col(submission::Column::SubmittedAt), sea_orm::Order::Desc)
        .one(database)
        .await
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
    let Some(last) = last_submission(database, draft.organisation_id, draft.vehicle_id).await? else {
        return Ok(Vec::new());
    };
    let mut papers = attachments::of_submission(database, last.id).await?;
    papers.retain(|paper| paper.subject_kind == SubjectKind::Submission && paper.removed_at.is_none());
    Ok(papers)
}
