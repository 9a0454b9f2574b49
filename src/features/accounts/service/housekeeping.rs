//! Forgetting what is over.

use sea_orm::DbErr;

use super::{devices, links, sessions, sign_in, throttle};
use crate::state::AppState;

/// Forgets sessions, links and browsers whose time is over, and counters that nobody counts in any more. What
/// strangers tried in the last hours goes into the log.
pub async fn forget_old(state: &AppState) -> Result<(), DbErr> {
    sessions::forget_old(state).await?;
    links::forget_old(state).await?;
    devices::forget_old(state).await?;
    sign_in::note_unknown(state).await?;
    throttle::forget_old(state).await
}
