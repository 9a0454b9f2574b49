//! Accounts that somebody registered and nobody confirmed: they do not keep an address for ever.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, Order, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    prelude::Json,
    sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Query},
};

use super::ways_in;
use crate::entity::account::{self, Column, Role};
use crate::entity::audit_log::AuditAction;
use crate::entity::submission::{self, SubmissionStatus};
use crate::features::audit::service::{self as audit, Event};
use crate::infra::database::{DatabaseTransaction, behind};
use crate::state::AppState;
use uuid::Uuid;

/// How long a registration waits to be confirmed.
const WAITS: Duration = Duration::days(14);

/// The first account behind `after` whose time to confirm is over, locked; none that another process is at. Whose
/// entries the plant has seen, under an earlier release, stays.
pub async fn next_expired(
    state: &AppState,
    transaction: &DatabaseTransaction,
    after: Option<(DateTime<Utc>, Uuid)>,
) -> Result<Option<account::Model>, DbErr> {
    let submitted = Query::select()
        .expr(Expr::val(1))
        .from(submission::Entity)
        .and_where(
            Expr::col((submission::Entity, submission::Column::OrganisationId))
                .equals((account::Entity, Column::OrganisationId)),
        )
        .and_where(submission::Column::Status.ne(SubmissionStatus::Draft))
        .to_owned();
    let behind_last = after.map(|(at, id)| behind(Column::CreatedAt, at, Column::Id, id, &Order::Asc));
    account::Entity::find()
        .filter(Column::ConfirmedAt.is_null())
        .filter(Column::CreatedAt.lte(state.clock.now() - WAITS))
        .filter(Column::InvitedAt.is_null())
        .filter(Column::Role.eq(Role::Customer))
        .filter(Expr::exists(submitted).not())
        .filter(Condition::all().add_option(behind_last))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(transaction)
        .await
}

/// Deletes an account, of which `before` tells the rest; what it owned is gone already.
pub async fn delete(
    state: &AppState,
    transaction: &DatabaseTransaction,
    account: &account::Model,
    before: Json,
) -> Result<(), DbErr> {
    ways_in::end(transaction, account.id).await?;
    account::Entity::delete_by_id(account.id).exec(transaction).await?;
    let event = Event::by_system(AuditAction::AccountExpired).about(account.id.as_uuid()).before(before);
    audit::record(state, transaction, event).await
}
