//! The sweep of expired passes. What holds is right from the moment that the window has passed, on every
//! read; the sweep writes it down.

use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, LockBehavior, LockType},
};
use serde_json::json;

use super::status::Act;
use crate::features::submissions::actions::SUBMISSION_EXPIRED;
use crate::kernel::access::By;
use crate::kernel::audit::Event;
use crate::kernel::data::in_batches;
use crate::kernel::entity::submission::{self, Column, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::work::Work;

/// Rows a transaction: other writers wait no longer than that takes.
const BATCH: u64 = 100;

const EXPIRED: SubmissionStatus = SubmissionStatus::Expired;

/// Writes down every submission that has expired, and tells how many there were. Several processes share
/// the work: each takes rows that no other holds.
pub async fn sweep(state: &AppState) -> Result<u64, AppError> {
    in_batches(BATCH, || sweep_batch(state)).await
}

async fn sweep_batch(state: &AppState) -> Result<u64, AppError> {
    let mut work = Work::begin(state, By::system()).await?;
    let now = work.now();
    let lapsed = submission::Entity::find()
        .filter(Column::Status.is_in([SubmissionStatus::Pending, SubmissionStatus::Approved]))
        .filter(Column::EnteredAt.is_null())
        .filter(Column::ValidUntil.lte(now))
        .order_by_asc(Column::ValidUntil)
        .limit(BATCH)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(&work)
        .await?;
    if lapsed.is_empty() {
        return Ok(0);
    }
    let swept = lapsed.iter().filter(|row| row.status.after(Act::Expire, row.is_inside()) == Some(EXPIRED));
    let (ids, events): (Vec<_>, Vec<_>) = swept
        .map(|row| {
            let event = Event::of(SUBMISSION_EXPIRED)
                .about(row)
                .before(json!({ "status": row.status.name() }))
                .after(json!({ "status": EXPIRED.name() }));
            (row.id, event)
        })
        .unzip();
    submission::Entity::update_many()
        .col_expr(Column::Status, Expr::value(EXPIRED))
        .col_expr(Column::ChangedAt, Expr::value(now))
        .col_expr(Column::EndedAt, Expr::value(now))
        .filter(Column::Id.is_in(ids))
        .exec(&work)
        .await?;
    for event in events {
        work.note(event);
    }
    work.commit().await?;
    Ok(lapsed.len() as u64)
}
