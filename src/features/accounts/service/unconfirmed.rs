//! Accounts that somebody registered and nobody confirmed: they do not keep an address for ever.

use chrono::Duration;
use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
    prelude::Json,
    sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Query},
};

use super::ways_in;
use crate::features::accounts::actions::ACCOUNT_EXPIRED;
use crate::kernel::audit::Event;
use crate::kernel::entity::account::{self, Column, Role};
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::state::AppState;
use crate::kernel::types::AccountId;
use crate::kernel::work::{Core, Work};

/// How long a registration waits to be confirmed.
const WAITS: Duration = Duration::days(14);

/// Some of the accounts whose time to confirm is over: those with a larger id than `after`, in their order. Whose entries
/// the plant has seen, under an earlier release, stays.
pub async fn expired(state: &AppState, after: AccountId, limit: u64) -> Result<Vec<AccountId>, DbErr> {
    find_expired(state)
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.gt(after))
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(state.database.reader())
        .await
}

/// One of them, locked, if it still is one and no other process is at it.
pub async fn lock_expired(work: &Work<'_>, id: AccountId) -> Result<Option<account::Model>, DbErr> {
    find_expired(work.core())
        .filter(Column::Id.eq(id))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(work)
        .await
}

fn find_expired(core: &Core) -> Select<account::Entity> {
    let submitted = Query::select()
        .expr(Expr::val(1))
        .from(submission::Entity)
        .and_where(
            Expr::col((submission::Entity, submission::Column::OrganisationId))
                .equals((account::Entity, Column::OrganisationId)),
        )
        .and_where(submission::Column::Status.ne(SubmissionStatus::Draft))
        .to_owned();
    account::Entity::find()
        .filter(Column::ConfirmedAt.is_null())
        .filter(Column::CreatedAt.lte(core.clock.now() - WAITS))
        .filter(Column::InvitedAt.is_null())
        .filter(Column::Role.eq(Role::Customer))
        .filter(Expr::exists(submitted).not())
}

/// Deletes an account, of which `before` tells the rest; what it owned is gone already.
pub async fn delete(work: &mut Work<'_>, account: &account::Model, before: Json) -> Result<(), DbErr> {
    ways_in::end(&*work, account.id).await?;
    account::Entity::delete_by_id(account.id).exec(&*work).await?;
    work.note(Event::of(ACCOUNT_EXPIRED).about(account).before(before));
    Ok(())
}
