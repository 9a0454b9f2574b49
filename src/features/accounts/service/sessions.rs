//! The browsers at which an account is signed in.

use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde_json::json;

use crate::features::accounts::actions::{SESSIONS_ENDED, SIGNED_OUT};
use crate::kernel::access::Actor;
use crate::kernel::audit::Event;
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::session::{self, Column};
use crate::kernel::state::AppState;
use crate::kernel::types::{AccountId, SessionId};
use crate::kernel::work::Work;

/// As many as are shown; who has more ends the others first.
const SHOWN: u64 = 100;

/// The account's sessions, the last used first.
pub async fn of_account(state: &AppState, account: AccountId) -> Result<Vec<session::Model>, DbErr> {
    session::Entity::find()
        .filter(Column::AccountId.eq(account))
        .filter(session::alive(state.clock.now()))
        .order_by_desc(Column::SeenAt)
        .order_by_desc(Column::Id)
        .limit(SHOWN)
        .all(state.database.reader())
        .await
}

/// Ends one of the actor's sessions. Answers whether there was such a one.
pub async fn end(state: &AppState, actor: &Actor, id: SessionId) -> Result<bool, DbErr> {
    let mut work = Work::begin(state, actor).await?;
    let ended =
        session::Entity::delete_by_id(id).filter(Column::AccountId.eq(actor.account())).exec(&work).await?;
    if ended.rows_affected == 0 {
        return Ok(false);
    }
    work.note(ended_event(actor, 1));
    work.commit().await?;
    Ok(true)
}

/// Ends the actor's sessions but `current`.
pub async fn end_others(state: &AppState, actor: &Actor, current: SessionId) -> Result<(), DbErr> {
    let mut work = Work::begin(state, actor).await?;
    let ended = session::Entity::delete_many()
        .filter(Column::AccountId.eq(actor.account()))
        .filter(Column::Id.ne(current))
        .exec(&work)
        .await?;
    work.note(ended_event(actor, ended.rows_affected));
    work.commit().await
}

fn ended_event(actor: &Actor, sessions: u64) -> Event {
    Event::of(SESSIONS_ENDED).about(actor).after(json!({ "ended": sessions }))
}

/// Signs the actor out: ends the session and notes it, both or neither.
pub async fn sign_out(state: &AppState, actor: &Actor, id: SessionId) -> Result<(), DbErr> {
    let mut work = Work::begin(state, actor).await?;
    let ended =
        session::Entity::delete_by_id(id).filter(Column::AccountId.eq(actor.account())).exec(&work).await?;
    if ended.rows_affected > 0 {
        work.note(Event::of(SIGNED_OUT).about(actor));
    }
    work.commit().await
}

/// Ends the sessions of an account but `kept`.
pub(super) async fn end_but(
    transaction: &DatabaseTransaction,
    account: AccountId,
    kept: Option<SessionId>,
) -> Result<(), DbErr> {
    session::Entity::delete_many()
        .filter(Column::AccountId.eq(account))
        .filter(Column::Id.is_not_in(kept))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Ends every session of an account. Answers how many there were.
pub(super) async fn end_all(transaction: &DatabaseTransaction, account: AccountId) -> Result<u64, DbErr> {
    let ended =
        session::Entity::delete_many().filter(Column::AccountId.eq(account)).exec(transaction).await?;
    Ok(ended.rows_affected)
}

/// Forgets sessions that ended by themselves.
pub(super) async fn forget_old(state: &AppState) -> Result<u64, DbErr> {
    let ended = session::alive(state.clock.now()).not();
    state.database.forget_where::<session::Entity>(&[Column::Id], ended).await
}
