//! Vehicles that were typed and never came: the desk does not see them, and they are forgotten.

use chrono::Duration;
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, SelectStatement},
};
use serde_json::json;
use uuid::Uuid;

use crate::features::vehicles::actions::VEHICLES_FORGOTTEN;
use crate::kernel::access::By;
use crate::kernel::audit::Event;
use crate::kernel::entity::document::{self, SubjectKind};
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::entity::vehicle::{self, Column};
use crate::kernel::entity::vehicle_distinction as distinction;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::VehicleId;
use crate::kernel::work::Work;

/// How long a vehicle that nobody names is kept.
const KEPT: Duration = Duration::days(30);

/// Rows a transaction: other writers wait no longer than that takes.
const BATCH: usize = 100;

/// Rows that are looked at in one statement.
const PAGE: u64 = 1_000;

/// Vehicles that the desk sees: those of submitted entries, and those that it said something about.
pub fn is_for_the_desk() -> Condition {
    let submitted = submissions().filter(submission::Column::Status.ne(SubmissionStatus::Draft)).into_query();
    Condition::any().add(was_judged()).add(Expr::exists(submitted))
}

/// What the desk says goes into the version.
fn was_judged() -> Condition {
    Condition::any().add(Column::Version.gt(1)).add(Column::BlacklistedFrom.is_not_null())
}

/// The entries of the vehicle in question.
fn submissions() -> sea_orm::Select<submission::Entity> {
    submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(Expr::col((submission::Entity, submission::Column::VehicleId)).equals(the_vehicle()))
}

/// The papers about it, whoever has them.
fn papers() -> SelectStatement {
    document::Entity::find()
        .select_only()
        .column(document::Column::Id)
        .filter(document::Column::SubjectKind.eq(SubjectKind::Vehicle))
        .filter(Expr::col((document::Entity, document::Column::SubjectId)).equals(the_vehicle()))
        .into_query()
}

/// Its pairs in `column`.
fn distinctions(column: distinction::Column) -> SelectStatement {
    distinction::Entity::find()
        .select_only()
        .column(column)
        .filter(Expr::col((distinction::Entity, column)).equals(the_vehicle()))
        .into_query()
}

fn the_vehicle() -> (vehicle::Entity, Column) {
    (vehicle::Entity, Column::Id)
}

/// Whether an entry, a paper or a word of the desk names the vehicle in question.
fn is_named() -> Condition {
    Condition::any()
        .add(was_judged())
        .add(Expr::exists(submissions().into_query()))
        .add(Expr::exists(papers()))
        .add(Expr::exists(distinctions(distinction::Column::VehicleId)))
        .add(Expr::exists(distinctions(distinction::Column::OtherId)))
}

/// Forgets the vehicles that came up 30 days ago and that no entry, paper or word of the desk names, and tells how many
/// there were. Those of drafts stay: a draft may be submitted at any time.
pub async fn sweep(state: &AppState) -> Result<u64, AppError> {
    let mut swept = 0;
    let mut after = VehicleId::new(Uuid::nil());
    loop {
        let page: Vec<(VehicleId, bool)> = vehicle::Entity::find()
            .select_only()
            .column(Column::Id)
            .expr_as(is_named(), "named")
            .filter(Column::CreatedAt.lt(state.clock.now() - KEPT))
            .filter(Column::Version.eq(1))
            .filter(Column::Id.gt(after))
            .order_by_asc(Column::Id)
            .limit(PAGE)
            .into_tuple()
            .all(state.database.reader())
            .await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        let nobodys: Vec<VehicleId> = page.iter().filter(|(_, named)| !named).map(|(id, _)| *id).collect();
        for batch in nobodys.chunks(BATCH) {
            swept += forget(state, batch).await?;
        }
    }
    Ok(swept)
}

/// Those of `batch` that nobody names once they are locked. A draft that is being opened holds its vehicle locked.
async fn forget(state: &AppState, batch: &[VehicleId]) -> Result<u64, DbErr> {
    let mut work = Work::begin(state, By::system()).await?;
    let locked: Vec<VehicleId> = vehicle::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(batch.iter().copied()))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(&work)
        .await?;
    // Another statement, which sees what was written until they were locked.
    let nobodys = vehicle::Entity::find()
        .filter(Column::Id.is_in(locked))
        .filter(is_named().not())
        .order_by_asc(Column::Id)
        .all(&work)
        .await?;
    if nobodys.is_empty() {
        return Ok(0);
    }
    let ids = nobodys.iter().map(|vehicle| vehicle.id);
    vehicle::Entity::delete_many().filter(Column::Id.is_in(ids)).exec(&work).await?;
    let numbers: Vec<&str> = nobodys.iter().map(|vehicle| vehicle.registration_no.as_str()).collect();
    let before = json!({ "vehicles": numbers.len(), "numbers": numbers });
    let event = Event::of(VEHICLES_FORGOTTEN).before(before);
    work.note(event);
    work.commit().await?;
    Ok(nobodys.len() as u64)
}
