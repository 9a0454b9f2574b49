//! Vehicles that were typed and never came: the desk does not see them, and they are forgotten.

use chrono::Duration;
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, SelectStatement},
};

use crate::entity::document::{self, SubjectKind};
use crate::entity::submission::{self, SubmissionStatus};
use crate::entity::vehicle::{self, Column};
use crate::entity::vehicle_distinction as distinction;
use crate::error::AppError;
use crate::state::AppState;
use crate::types::VehicleId;

/// How long a vehicle that nobody names is kept.
const KEPT: Duration = Duration::days(30);

/// Rows a transaction: other writers wait no longer than that takes.
const BATCH: u64 = 100;

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

/// Forgets the vehicles that came up 30 days ago and that no entry, paper or word of the desk names, and tells how many
/// there were. Those of drafts stay: a draft may be submitted at any time.
pub async fn sweep(state: &AppState) -> Result<u64, AppError> {
    let mut swept = 0;
    loop {
        let batch = sweep_batch(state).await?;
        swept += batch;
        if batch < BATCH {
            if swept > 0 {
                tracing::info!(swept, "vehicles that nobody names are forgotten");
            }
            return Ok(swept);
        }
    }
}

async fn sweep_batch(state: &AppState) -> Result<u64, DbErr> {
    let transaction = state.database.write().await?;
    let named = Condition::any()
        .add(was_judged())
        .add(Expr::exists(submissions().into_query()))
        .add(Expr::exists(papers()))
        .add(Expr::exists(distinctions(distinction::Column::VehicleId)))
        .add(Expr::exists(distinctions(distinction::Column::OtherId)));
    // A draft that is being opened holds its vehicle locked.
    let nobodys: Vec<VehicleId> = vehicle::Entity::find()
        .filter(Column::CreatedAt.lt(state.clock.now() - KEPT))
        .filter(Column::Version.eq(1))
        .filter(named.not())
        .order_by_asc(Column::CreatedAt)
        .limit(BATCH)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(&*transaction)
        .await?
        .into_iter()
        .map(|vehicle| vehicle.id)
        .collect();
    if nobodys.is_empty() {
        return Ok(0);
    }
    let gone = vehicle::Entity::delete_many().filter(Column::Id.is_in(nobodys)).exec(&*transaction).await?;
    transaction.commit().await?;
    Ok(gone.rows_affected)
}
