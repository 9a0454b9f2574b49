//! What ends a submission or opens the gate for it: the desk's word, and the customer's cancelling.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde_json::json;

use super::announcing;
use super::drafts::lock_own;
use super::status::Act;
use super::visits;
use crate::features::crew::service::licences::BlacklistedLicences;
use crate::features::documents::service::attachments;
use crate::features::submissions::actions::{
    CHECKED_OUT, MOVE_REFUSED, SUBMISSION_APPROVED, SUBMISSION_CANCELLED, SUBMISSION_COMPLETED,
    SUBMISSION_REJECTED,
};
use crate::kernel::access::{Customer, Supervisor};
use crate::kernel::audit::Action;
use crate::kernel::audit::Event;
use crate::kernel::clock::Clock;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::entity::{account, audit_log, crew_member, vehicle};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{Remark, SubmissionId};
use crate::kernel::work::Work;

/// What the desk decides.
#[derive(Clone, Debug)]
pub enum Decision {
    /// The vehicle may enter in its window; its papers are accepted.
    Approve,
    /// It may not; the customer reads why.
    Reject(Remark),
    /// It is over.
    Complete,
}

impl Decision {
    fn act(&self) -> Act {
        match self {
            Self::Approve => Act::Approve,
            Self::Reject(_) => Act::Reject,
            Self::Complete => Act::Complete,
        }
    }

    fn action(&self) -> Action {
        match self {
            Self::Approve => SUBMISSION_APPROVED,
            Self::Reject(_) => SUBMISSION_REJECTED,
            Self::Complete => SUBMISSION_COMPLETED,
        }
    }
}

/// Why a submission did not move.
#[derive(Debug)]
pub enum MoveError {
    /// There is none, or it is not this customer's.
    NotFound,
    /// The move is not possible as things stand.
    NotPossible(Box<Standing>),
    /// The vehicle, one of the crew or somebody with the licence of one of them is on the blacklist.
    Blacklisted,
    /// It could not be tried.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for MoveError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// How things stand with a submission that did not move.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The status that holds.
    pub status: SubmissionStatus,
    /// Since when the vehicle is inside with this pass.
    pub inside_since: Option<DateTime<Utc>>,
    /// Who gave it that status, and when.
    pub decided: Option<(String, DateTime<Utc>)>,
}

impl Standing {
    /// Whether `act` is possible as things stand.
    pub fn allows(&self, act: Act) -> bool {
        self.status.after(act, self.inside_since.is_some()).is_some()
    }
}

/// Decides about a submission. Of two who decide at once one wins, and the other is told who did: a decision
/// about the status `seen` does not fall on another.
pub async fn decide(
    state: &AppState,
    supervisor: &Supervisor,
    id: SubmissionId,
    seen: Option<SubmissionStatus>,
    decision: Decision,
) -> Result<(), MoveError> {
    let mut work = Work::begin(state, supervisor).await?;
    let found = submission::Entity::find_by_id(id).lock_exclusive().one(&work).await?;
    let row = found.filter(|row| row.status != SubmissionStatus::Draft).ok_or(MoveError::NotFound)?;
    let inside = row.is_inside();
    let now = work.now();
    let before = row.status_at(now);
    let next = before.after(decision.act(), inside).filter(|_| seen.is_none_or(|seen| seen == before));
    let Some(status) = next else {
        let standing = refuse(work, row, decision.action()).await?;
        return Err(MoveError::NotPossible(Box::new(standing)));
    };
    match &decision {
        Decision::Approve if is_blacklisted(&mut work, &row).await? => {
            refuse(work, row, decision.action()).await?;
            return Err(MoveError::Blacklisted);
        }
        Decision::Approve => attachments::accept(&mut work, id).await?,
        Decision::Complete if inside => visits::close_open(&mut work, supervisor, id).await?,
        Decision::Complete | Decision::Reject(_) => {}
    }
    let mut event = Event::of(decision.action())
        .about(&row)
        .before(json!({ "status": before.name() }))
        .after(json!({ "status": status.name() }));
    let mut row = row.into_active_model();
    row.status = Set(status);
    row.changed_at = Set(now);
    match decision {
        Decision::Approve | Decision::Reject(_) => {
            row.decided_at = Set(Some(now));
            row.decided_by = Set(Some(supervisor.account()));
        }
        Decision::Complete => row.ended_at = Set(Some(now)),
    }
    if let Decision::Reject(reason) = decision {
        event = event.after(json!({ "status": status.name(), "reason": reason.as_str() }));
        row.decision_reason = Set(Some(reason.as_str().to_owned()));
    }
    let row = row.update(&work).await?;
    work.note(event);
    if row.status == SubmissionStatus::Rejected {
        announcing::rejected(&mut work, &row).await?;
    }
    Ok(work.commit().await?)
}

/// How things stand where `act` is not possible about the status `seen`; nothing where it is, or where there is no such
/// submission.
pub async fn in_the_way_of(
    state: &AppState,
    _: &Supervisor,
    id: SubmissionId,
    seen: Option<SubmissionStatus>,
    act: Act,
) -> Result<Option<Box<Standing>>, DbErr> {
    let database = state.database.reader();
    let Some(row) = submission::Entity::find_by_id(id).one(database).await? else { return Ok(None) };
    let standing = standing(&state.clock, database, &row).await?;
    let stands = seen.is_none_or(|seen| seen == standing.status) && standing.allows(act);
    Ok((!stands).then(|| Box::new(standing)))
}

/// Takes a submission back.
pub async fn cancel(state: &AppState, customer: &Customer, id: SubmissionId) -> Result<(), MoveError> {
    let mut work = Work::begin(state, customer).await?;
    let row = lock_own(&work, customer, id).await?.ok_or(MoveError::NotFound)?;
    let now = work.now();
    let before = row.status_at(now);
    let Some(status) = before.after(Act::Cancel, row.is_inside()) else {
        let standing = refuse(work, row, SUBMISSION_CANCELLED).await?;
        return Err(MoveError::NotPossible(Box::new(standing)));
    };
    let event = Event::of(SUBMISSION_CANCELLED)
        .about(&row)
        .before(json!({ "status": before.name() }))
        .after(json!({ "status": status.name() }));
    let mut row = row.into_active_model();
    row.status = Set(status);
    row.changed_at = Set(now);
    row.ended_at = Set(Some(now));
    let row = row.update(&work).await?;
    work.note(event);
    announcing::cancelled(&mut work, &row).await?;
    Ok(work.commit().await?)
}

/// Notes a move that was refused, and tells how things stand.
pub(super) async fn refuse(
    work: Work<'_>,
    row: submission::Model,
    wanted: Action,
) -> Result<Standing, MoveError> {
    let standing = standing(&work.core().clock, &work, &row).await?;
    let event = Event::of(MOVE_REFUSED)
        .about(&row)
        .before(json!({ "status": standing.status.name() }))
        .after(json!({ "wanted": wanted.code }));
    work.refuse(event).await?;
    Ok(standing)
}

async fn standing(
    clock: &Clock,
    database: &impl ConnectionTrait,
    row: &submission::Model,
) -> Result<Standing, DbErr> {
    let status = row.status_at(clock.now());
    let last = audit_log::Entity::find()
        .filter(audit_log::Column::RootId.eq(row.id))
        .filter(audit_log::Column::Action.is_in(DECISIONS))
        .order_by_desc(audit_log::Column::Id)
        .one(database)
        .await?;
    let decided = match last {
        // Nobody decides that time passes.
        Some(event) if status != SubmissionStatus::Expired => {
            let by = account::Entity::find().filter(account::Column::Id.is_in(event.account_id));
            let by =
                by.one(database).await?.map_or_else(|| event.who().into_owned(), |account| account.full_name);
            Some((by, event.at))
        }
        _ => None,
    };
    Ok(Standing { status, inside_since: row.entered_at.filter(|_| row.is_inside()), decided })
}

/// What gives a submission the status that it has.
const DECISIONS: [Action; 5] =
    [SUBMISSION_APPROVED, SUBMISSION_REJECTED, SUBMISSION_COMPLETED, SUBMISSION_CANCELLED, CHECKED_OUT];

async fn is_blacklisted(work: &mut Work<'_>, row: &submission::Model) -> Result<bool, DbErr> {
    let now = work.now();
    let vehicle = vehicle::Entity::find_by_id(row.vehicle_id).one(&*work).await?;
    let crew = crew_member::Entity::find()
        .filter(crew_member::Column::Id.is_in([row.driver_id, row.helper_id].into_iter().flatten()))
        .all(&*work)
        .await?;
    let numbers =
        || crew.iter().map(|member| member.license_no.as_ref()).chain([row.driver_license_no.as_ref()]);
    let licences = BlacklistedLicences::among(&*work, numbers(), now).await?;
    Ok(vehicle.is_some_and(|vehicle| vehicle.is_blacklisted(now))
        || crew.iter().any(|member| member.is_blacklisted(now))
        || licences.have(numbers()))
}
