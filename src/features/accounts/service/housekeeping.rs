//! Forgetting what is over.

use sea_orm::{ColumnTrait as _, Condition, DbErr};

use super::{devices, links, sessions, sign_in, throttle};
use crate::kernel::entity::kept_form::{self, Column};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;

/// Forgets sessions, links, browsers and kept forms whose time is over, and counters that nobody counts in any more.
/// What strangers tried in the last hours goes into the log. A part that fails keeps no other from its work. Tells how
/// many rows there were.
///
/// # Errors
/// The first of those parts'.
pub async fn forget_old(state: &AppState) -> Result<u64, AppError> {
    let parts = [
        sessions::forget_old(state).await,
        links::forget_old(state).await,
        devices::forget_old(state).await,
        forget_kept_forms(state).await,
        sign_in::note_unknown(state).await,
        throttle::forget_old(state).await,
    ];
    Ok(parts.into_iter().sum::<Result<u64, DbErr>>()?)
}

/// Forgets what was typed and not asked for again.
async fn forget_kept_forms(state: &AppState) -> Result<u64, DbErr> {
    let over = Condition::all().add(Column::ExpiresAt.lte(state.clock.now()));
    state.database.forget_where::<kept_form::Entity>(&[Column::KeyHash], over).await
}
