//! Visits: in and out. The gate decides; what is written is written here. A vehicle has at most one open
//! visit, which the database sees to.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _,
};
use serde_json::json;
use uuid::Uuid;

use super::status::Act;
use crate::features::submissions::actions::{CHECKED_IN, CHECKED_IN_BY_OVERRIDE, CHECKED_OUT};
use crate::kernel::access::{Actor, Guard, Supervisor};
use crate::kernel::audit::Event;
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::{account, gate, submission, visit};
use crate::kernel::types::{GateId, Remark, SubmissionId, VehicleId, VisitId};
use crate::kernel::work::Work;

/// Where an event happens, and the form that makes it.
#[derive(Clone, Copy, Debug)]
pub struct Passage {
    /// Which gate.
    pub gate: GateId,
    /// The form's own number: sent twice, it is one event.
    pub nonce: Uuid,
    /// When the gate looked at what it lets pass.
    pub at: DateTime<Utc>,
}

/// The visit that was made with a submission's pass.
pub async fn of_submission(
    database: &impl ConnectionTrait,
    id: SubmissionId,
) -> Result<Option<visit::Model>, DbErr> {
    visit::Entity::find().filter(visit::Column::SubmissionId.eq(id)).one(database).await
}

/// A visit that has not ended, with what the gate tells of it.
#[derive(Clone, Debug)]
pub struct OpenVisit {
    /// With which pass.
    pub submission: SubmissionId,
    /// When the vehicle was let in.
    pub entered_at: DateTime<Utc>,
    /// Where.
    pub gate: String,
    /// By whom.
    pub guard: String,
    /// Why, if a supervisor let it in past a stop.
    pub override_reason: Option<String>,
}

/// The vehicle's open visit, with whatever pass.
pub async fn open_of_vehicle(
    database: &impl ConnectionTrait,
    vehicle: VehicleId,
) -> Result<Option<OpenVisit>, DbErr> {
    let found = visit::Entity::find()
        .filter(visit::Column::VehicleId.eq(vehicle))
        .filter(visit::Column::LeftAt.is_null())
        .find_also_related(gate::Entity)
        .find_also_related(account::Entity)
        .one(database)
        .await?;
    Ok(found.map(|(visit, gate, guard)| OpenVisit {
        submission: visit.submission_id,
        entered_at: visit.entered_at,
        override_reason: visit.override_reason,
        gate: gate.map(|gate| gate.name).unwrap_or_default(),
        guard: guard.map(|guard| guard.full_name).unwrap_or_default(),
    }))
}

/// How many vehicles are inside.
pub async fn count_inside(database: &impl ConnectionTrait) -> Result<u64, DbErr> {
    visit::Entity::find().filter(visit::Column::LeftAt.is_null()).count(database).await
}

/// Why a vehicle is let in.
#[derive(Clone, Copy, Debug)]
pub enum Grounds<'a> {
    /// Nothing stops it, and the guard confirmed the warnings of these codes.
    Confirmed(&'a [String]),
    /// A supervisor lets it in past the reasons of these codes.
    Override(&'a Supervisor, &'a [String], &'a Remark),
}

impl Grounds<'_> {
    fn act(self) -> Act {
        match self {
            Self::Confirmed(_) => Act::CheckIn,
            Self::Override(..) => Act::Override,
        }
    }

    fn codes(self) -> String {
        let (Self::Confirmed(codes) | Self::Override(_, codes, _)) = self;
        codes.join(" ")
    }

    fn reason(self) -> Option<String> {
        match self {
            Self::Confirmed(_) => None,
            Self::Override(_, _, reason) => Some(reason.as_str().to_owned()),
        }
    }
}

/// Lets a vehicle in with `row`, which the transaction holds locked.
///
/// # Errors
/// The refusal of the database when the vehicle is inside with another pass.
pub async fn enter(
    work: &mut Work<'_>,
    guard: &Guard,
    row: submission::Model,
    passage: Passage,
    grounds: Grounds<'_>,
) -> Result<(), DbErr> {
    let now = passage.at;
    let before = row.status_at(now);
    let status = before
        .after(grounds.act(), row.is_inside())
        .ok_or_else(|| DbErr::Custom("the gate let in what may not enter".to_owned()))?;
    visit::ActiveModel {
        id: Set(VisitId::new(work.core().clock.new_uuid())),
        submission_id: Set(row.id),
        vehicle_id: Set(row.vehicle_id),
        entered_at: Set(now),
        entry_gate_id: Set(passage.gate),
        entry_by: Set(guard.account()),
        entry_nonce: Set(passage.nonce),
        confirmed: Set(grounds.codes()),
        override_reason: Set(grounds.reason()),
        left_at: Set(None),
        exit_gate_id: Set(None),
        exit_by: Set(None),
        exit_nonce: Set(None),
    }
    .insert(&*work)
    .await?;
    let event = match grounds {
        Grounds::Confirmed(codes) => Event::of(CHECKED_IN).after(json!({ "confirmed": codes })),
        Grounds::Override(_supervisor, codes, reason) => Event::of(CHECKED_IN_BY_OVERRIDE)
            .before(json!({ "status": before.name() }))
            .after(json!({ "status": status.name(), "passed": codes, "reason": reason.as_str() })),
    };
    let event = event.about(&row);
    let mut row = row.into_active_model();
    if let Grounds::Override(supervisor, ..) = grounds
        && before != status
    {
        row.decided_at = Set(Some(now));
        row.decided_by = Set(Some(supervisor.account()));
        row.ended_at = Set(None);
    }
    row.status = Set(status);
    row.entered_at = Set(Some(now));
    row.changed_at = Set(now);
    row.update(&*work).await?;
    work.note(event);
    Ok(())
}

/// Lets a vehicle out, which completes the submission.
pub async fn leave(
    work: &mut Work<'_>,
    guard: &Guard,
    row: submission::Model,
    passage: Passage,
) -> Result<(), DbErr> {
    let now = passage.at;
    let status = row
        .status_at(now)
        .after(Act::CheckOut, row.is_inside())
        .ok_or_else(|| DbErr::Custom("the gate let out what is not inside".to_owned()))?;
    close(&*work, guard, row.id, now, Some(passage)).await?;
    let event = Event::of(CHECKED_OUT).about(&row);
    let mut row = row.into_active_model();
    row.status = Set(status);
    row.ended_at = Set(Some(now));
    row.changed_at = Set(now);
    row.update(&*work).await?;
    work.note(event);
    Ok(())
}

/// Ends the open visit of a submission that the desk completes.
pub(super) async fn close_open(work: &mut Work<'_>, actor: &Actor, id: SubmissionId) -> Result<(), DbErr> {
    close(&*work, actor, id, work.now(), None).await
}

async fn close(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    id: SubmissionId,
    at: DateTime<Utc>,
    passage: Option<Passage>,
) -> Result<(), DbErr> {
    let Some(visit) = of_submission(transaction, id).await? else {
        return Ok(());
    };
    let mut visit = visit.into_active_model();
    visit.left_at = Set(Some(at));
    visit.exit_by = Set(Some(actor.account()));
    visit.exit_gate_id = Set(passage.map(|passage| passage.gate));
    visit.exit_nonce = Set(passage.map(|passage| passage.nonce));
    visit.update(transaction).await?;
    Ok(())
}
