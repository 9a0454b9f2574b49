//! Forgetting scans. Who came in and out is told by visits and the audit log, which stay.

use chrono::TimeDelta;
use sea_orm::Condition;

use crate::kernel::entity::scan;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;

/// How long a scan stays: a year, and a month to look back at it.
const KEPT: TimeDelta = TimeDelta::days(400);

/// Forgets them, and tells how many there were.
pub async fn forget_old(state: &AppState) -> Result<u64, AppError> {
    let until = state.clock.now() - KEPT;
    Ok(state.database.forget::<scan::Entity>(scan::Column::Id, until, Condition::all()).await?)
}
