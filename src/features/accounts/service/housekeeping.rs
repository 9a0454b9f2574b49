//! Forgetting what is over.

use sea_orm::DbErr;

use super::{links, sessions, throttle};
use crate::state::AppState;

/// Forgets sessions and links whose time is over, and counters that nobody counts in any more.
pub async fn forget_old(state: &AppState) -> Result<(), DbErr> {
    sessions::forget_old(state).await?;
    links::forget_old(state).await?;
    throttle::forget_old(state).await
}
