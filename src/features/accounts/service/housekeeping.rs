//! Forgetting what is over.

use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};

use super::{devices, links, sessions, sign_in, throttle};
use crate::entity::kept_form;
use crate::state::AppState;

/// Forgets sessions, links, browsers and kept forms whose time is over, and counters that nobody counts in any more.
/// What strangers tried in the last hours goes into the log.
pub async fn forget_old(state: &AppState) -> Result<(), DbErr> {
    sessions::forget_old(state).await?;
    links::forget_old(state).await?;
    devices::forget_old(state).await?;
    forget_kept_forms(state).await?;
    sign_in::note_unknown(state).await?;
    throttle::forget_old(state).await
}

/// Forgets what was typed and not asked for again.
async fn forget_kept_forms(state: &AppState) -> Result<(), DbErr> {
    let transaction = state.database.write().await?;
    kept_form::Entity::delete_many()
        .filter(kept_form::Column::ExpiresAt.lte(state.clock.now()))
        .exec(&*transaction)
        .await?;
    transaction.commit().await
}
