//! The sweep of expired passes. What holds is right from the moment that the window has passed, on every
//! read; the sweep writes it down.

use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{LockBehavior, LockType},
};
use serde_json::json;

use super::status::Act;
use crate::entity::audit_log::AuditAction;
use crate::entity::submission::{self, Column, SubmissionStatus};
use crate::error::AppError;
use crate::features::audit::service::{self as audit, Event};
use crate::state::AppState;

/// Rows a transaction: other writers wait no longer than that takes.
const BATCH: usize = 100;

/// Writes down every submission that has expired, and tells how many there were. Several processes share
/// the work: each takes rows that no other holds.
pub async fn sweep(state: &AppState) -> Result<usize, AppError> {
    let mut swept = 0;
    loop {
        let batch = sweep_batch(state).await?;
        swept += batch;
        if batch < BATCH {
            if swept > 0 {
                tracing::info!(swept, "passes have expired");
            }
            return Ok(swept);
        }
    }
}

async fn sweep_batch(state: &AppState) -> Result<usize, AppError> {
    let transaction = state.database.write().await?;
    let now = state.clock.now();
    let lapsed = submission::Entity::find()
        .filter(Column::Status.is_in([SubmissionStatus::Pending, SubmissionStatus::Approved]))
        .filter(Column::EnteredAt.is_null())
        .filter(Column::ValidUntil.lte(now))
        .order_by_asc(Column::ValidUntil)
        .limit(BATCH as u64)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(&*transaction)
        .await?;
    let found = lapsed.len();
    for row in lapsed {
        let Some(status) = row.status.after(Act::Expire, row.is_inside()) else { continue };
        let event = Event::by_system(AuditAction::SubmissionExpired)
            .on(row.id)
            .before(json!({ "status": row.status.name() }))
            .after(json!({ "status": status.name() }));
        let mut row = row.into_active_model();
        row.status = Set(status);
        row.changed_at = Set(now);
        row.ended_at = Set(Some(now));
        row.update(&*transaction).await?;
        audit::record(state, &transaction, event).await?;
    }
    transaction.commit().await?;
    Ok(found)
}
