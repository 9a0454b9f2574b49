//! Forgetting messages that nobody asks for any more. What was sent stays in the audit log.

use chrono::TimeDelta;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _},
};

use crate::kernel::entity::notification::{self, Column, DeliveryState};
use crate::kernel::entity::submission;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;

/// How long a message stays after the entry that it is about has ended, or after it was written.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Forgets them, and tells how many there were. One that waits to be sent is never forgotten.
pub async fn forget_old(state: &AppState) -> Result<u64, AppError> {
    let until = state.clock.now() - KEPT;
    let may_end_yet = Condition::any()
        .add(submission::Column::EnteredAt.is_not_null())
        .add(submission::Column::ValidUntil.gte(until));
    let not_long_over = Condition::any()
        .add(submission::Column::EndedAt.gte(until))
        .add(Condition::all().add(submission::Column::EndedAt.is_null()).add(may_end_yet));
    let lasting = submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(
            Expr::col((submission::Entity, submission::Column::Id))
                .equals((notification::Entity, Column::SubjectId)),
        )
        .filter(not_long_over)
        .into_query();
    let doomed =
        Condition::all().add(Column::State.ne(DeliveryState::Queued)).add(Expr::exists(lasting).not());
    Ok(state.database.forget::<notification::Entity>(Column::Id, until, doomed).await?)
}
