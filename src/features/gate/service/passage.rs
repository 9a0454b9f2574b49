//! Letting in, letting out, refusing. The verdict is computed again inside the transaction: what was not
//! shown before is not passed.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, sea_query::LockType,
};
use serde_json::json;
use uuid::Uuid;

use super::facts::{Sight, look};
use super::scanning::{self, main_gate};
use crate::features::gate::actions::{CHECK_IN_REFUSED, CHECK_OUT_REFUSED, ENTRY_REFUSED, OVERRIDE_REFUSED};
use crate::features::gate::verdict::Reason;
use crate::features::submissions::service::visits::{self, Grounds, Passage};
use crate::kernel::access::{Guard, Supervisor};
use crate::kernel::audit::{Action, Event, Subject};
use crate::kernel::data::{DatabaseTransaction, is_taken};
use crate::kernel::entity::scan::{self, ScanMeans};
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::entity::{vehicle, visit};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{Remark, SubmissionId};
use crate::kernel::work::Work;

/// Why nobody passed.
#[derive(Debug)]
pub enum GateError {
    /// There is no such submission.
    NotFound,
    /// Not as things stand; the verdict page tells how they stand.
    NotPossible,
    /// Not before every warning is confirmed; these are their codes.
    Unconfirmed(Vec<String>),
    /// It could not be tried.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for GateError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Lets a vehicle in. `confirmed` are the codes of the warnings that the guard has seen and confirmed. The
/// same `nonce` is the same event.
pub async fn check_in(
    state: &AppState,
    guard: &Guard,
    id: SubmissionId,
    nonce: Uuid,
    confirmed: &[String],
) -> Result<(), GateError> {
    let mut work = Work::begin(state, guard).await?;
    let row = lock(&work, id).await?;
    if is_same_event(&work, id, visit::Column::EntryNonce, nonce).await? {
        return Ok(());
    }
    let sight = look(state, &work, row).await?;
    let warnings: Vec<String> = sight.verdict.warnings().map(|reason| reason.code()).collect();
    let all_confirmed = warnings.iter().all(|code| confirmed.contains(code));
    if !sight.verdict.can_check_in() || !all_confirmed {
        refuse_passage(work, &sight, CHECK_IN_REFUSED).await?;
        let may_enter = sight.verdict.can_check_in();
        return Err(if may_enter { GateError::Unconfirmed(warnings) } else { GateError::NotPossible });
    }
    let passage = Passage { gate: main_gate(&work).await?, nonce, at: sight.at };
    let grounds = Grounds::Confirmed(&warnings);
    let subject = Subject::from(&sight.submission);
    match visits::enter(&mut work, guard, sight.submission, passage, grounds).await {
        Ok(()) => Ok(work.commit().await?),
        Err(error) if is_taken(&error, "visit", "") => Err(overtaken(work, subject, CHECK_IN_REFUSED).await?),
        Err(error) => Err(error.into()),
    }
}

/// A supervisor's word against the gate's.
#[derive(Clone, Debug)]
pub struct Override {
    /// Why.
    pub reason: Remark,
    /// The same number is the same event.
    pub nonce: Uuid,
    /// The codes of the reasons that the page showed; `None` when it was not looked at. What came up since
    /// is not overridden.
    pub seen: Option<Vec<String>>,
}

/// Lets a vehicle in past what stops it, where a supervisor may.
pub async fn override_stop(
    state: &AppState,
    supervisor: &Supervisor,
    id: SubmissionId,
    said: Override,
) -> Result<(), GateError> {
    let guard = Guard::from(supervisor);
    let mut work = Work::begin(state, supervisor).await?;
    let row = lock(&work, id).await?;
    if is_same_event(&work, id, visit::Column::EntryNonce, said.nonce).await? {
        return Ok(());
    }
    let sight = look(state, &work, row).await?;
    let codes: Vec<String> = sight.verdict.reasons.iter().map(|reason| reason.code()).collect();
    let all_seen = said.seen.is_none_or(|seen| codes.iter().all(|code| seen.contains(code)));
    if !sight.verdict.can_be_overridden() || !all_seen {
        refuse_passage(work, &sight, OVERRIDE_REFUSED).await?;
        return Err(GateError::NotPossible);
    }
    let passage = Passage { gate: main_gate(&work).await?, nonce: said.nonce, at: sight.at };
    let grounds = Grounds::Override(supervisor, &codes, &said.reason);
    let subject = Subject::from(&sight.submission);
    match visits::enter(&mut work, &guard, sight.submission, passage, grounds).await {
        Ok(()) => Ok(work.commit().await?),
        Err(error) if is_taken(&error, "visit", "") => Err(overtaken(work, subject, OVERRIDE_REFUSED).await?),
        Err(error) => Err(error.into()),
    }
}

/// Lets a vehicle out. The same `nonce` is the same event.
pub async fn check_out(
    state: &AppState,
    guard: &Guard,
    id: SubmissionId,
    nonce: Uuid,
) -> Result<(), GateError> {
    let mut work = Work::begin(state, guard).await?;
    let row = lock(&work, id).await?;
    if is_same_event(&work, id, visit::Column::ExitNonce, nonce).await? {
        return Ok(());
    }
    let sight = look(state, &work, row).await?;
    if !sight.verdict.can_check_out() {
        refuse_passage(work, &sight, CHECK_OUT_REFUSED).await?;
        return Err(GateError::NotPossible);
    }
    let passage = Passage { gate: main_gate(&work).await?, nonce, at: sight.at };
    let subject = Subject::from(&sight.submission);
    match visits::leave(&mut work, guard, sight.submission, passage).await {
        Ok(()) => Ok(work.commit().await?),
        Err(error) if is_taken(&error, "visit", "") => {
            Err(overtaken(work, subject, CHECK_OUT_REFUSED).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// What a guard says again within this time was pressed twice.
const TWICE: Duration = Duration::seconds(10);

/// Notes that the guard sent a vehicle away, and why.
pub async fn refuse(
    state: &AppState,
    guard: &Guard,
    id: SubmissionId,
    reason: &Remark,
) -> Result<(), GateError> {
    let mut work = Work::begin(state, guard).await?;
    let row = lock(&work, id).await?;
    let sight = look(state, &work, row).await?;
    if sight.verdict.can_check_out() {
        return Err(GateError::NotPossible);
    }
    if was_just_said(&work, guard, id, reason, sight.at).await? {
        return Ok(());
    }
    let refusal = Some(reason.as_str());
    let typed = sight.submission.reference.to_string();
    let read = scanning::Read { means: ScanMeans::Reference, typed, code_hash: None };
    scanning::keep(&mut work, guard, read, Some(id), &sight.verdict, refusal).await?;
    let event = Event::of(ENTRY_REFUSED).about(&sight.submission).after(json!({ "reason": reason.as_str() }));
    work.note(event);
    Ok(work.commit().await?)
}

/// The submission and its vehicle, locked: of two passes of one vehicle one is let in.
async fn lock(transaction: &DatabaseTransaction, id: SubmissionId) -> Result<submission::Model, GateError> {
    let row = submission::Entity::find_by_id(id)
        .filter(submission::Column::Status.ne(SubmissionStatus::Draft))
        .lock_exclusive()
        .one(transaction)
        .await?
        .ok_or(GateError::NotFound)?;
    vehicle::Entity::find_by_id(row.vehicle_id).lock(LockType::NoKeyUpdate).one(transaction).await?;
    Ok(row)
}

async fn is_same_event(
    transaction: &DatabaseTransaction,
    id: SubmissionId,
    column: visit::Column,
    nonce: Uuid,
) -> Result<bool, DbErr> {
    let visit = visit::Entity::find()
        .filter(visit::Column::SubmissionId.eq(id))
        .filter(column.eq(nonce))
        .one(transaction)
        .await?;
    Ok(visit.is_some())
}

/// Whether `guard` has refused the submission with the same words just before `now`.
async fn was_just_said(
    transaction: &DatabaseTransaction,
    guard: &Guard,
    id: SubmissionId,
    reason: &Remark,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let said = scan::Entity::find()
        .filter(scan::Column::SubmissionId.eq(id))
        .filter(scan::Column::ScannedBy.eq(guard.account()))
        .filter(scan::Column::Refusal.eq(reason.as_str()))
        .filter(scan::Column::ScannedAt.gt(now - TWICE))
        .one(transaction)
        .await?;
    Ok(said.is_some())
}

/// Notes a passage that came at the same moment as another, which the database saw and the gate did not.
async fn overtaken(work: Work<'_>, subject: Subject, action: Action) -> Result<GateError, DbErr> {
    let reasons = json!({ "reasons": [Reason::AlreadyInside.code()] });
    work.refuse(Event::of(action).about(subject).after(reasons)).await?;
    Ok(GateError::NotPossible)
}

async fn refuse_passage(work: Work<'_>, sight: &Sight, action: Action) -> Result<(), DbErr> {
    let reasons: Vec<String> = sight.verdict.reasons.iter().map(|reason| reason.code()).collect();
    let event = Event::of(action)
        .about(&sight.submission)
        .after(json!({ "verdict": sight.verdict.level.code(), "reasons": reasons }));
    work.refuse(event).await
}
