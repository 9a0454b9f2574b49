//! Links that work once. The mail has the secret, the database its hash.

use chrono::Duration;
use data_encoding::BASE32_NOPAD;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr,
    EntityTrait as _, QueryFilter as _,
};

use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::account;
use crate::kernel::entity::one_time_token::{self, Column, TokenKind};
use crate::kernel::keys::{random, sha256_hex};
use crate::kernel::state::AppState;
use crate::kernel::types::{AccountId, OneTimeTokenId};
use crate::kernel::work::{Core, Work};

/// How long a link works.
fn valid_for(kind: TokenKind) -> Duration {
    match kind {
        TokenKind::ResetPassword => Duration::minutes(30),
        TokenKind::FirstAdmin | TokenKind::ConfirmAddress | TokenKind::Invitation => Duration::days(7),
    }
}

/// The secret of a new link. Earlier ones go on working: mails overtake each other.
pub(super) async fn make(
    work: &Work<'_>,
    kind: TokenKind,
    account: Option<AccountId>,
) -> Result<String, DbErr> {
    let token = BASE32_NOPAD.encode(&random::<20>()).to_lowercase();
    let now = work.now();
    one_time_token::ActiveModel {
        id: Set(OneTimeTokenId::new(work.core().clock.new_uuid())),
        kind: Set(kind),
        token_hash: Set(sha256_hex(&token)),
        account_id: Set(account),
        created_at: Set(now),
        expires_at: Set(now + valid_for(kind)),
        used_at: Set(None),
    }
    .insert(work)
    .await?;
    Ok(token)
}

/// The link with `token`, if it still works.
pub(super) async fn find(
    state: &AppState,
    database: &impl ConnectionTrait,
    kind: TokenKind,
    token: &str,
) -> Result<Option<one_time_token::Model>, DbErr> {
    one_time_token::Entity::find().filter(open(state, kind, token)).one(database).await
}

/// The account that the link with `token` is for, if the link still works, the account may sign in, and there
/// is something left to confirm or to accept.
pub async fn account_of(
    state: &AppState,
    database: &impl ConnectionTrait,
    kind: TokenKind,
    token: &str,
) -> Result<Option<account::Model>, DbErr> {
    let Some(account) = find(state, database, kind, token).await?.and_then(|link| link.account_id) else {
        return Ok(None);
    };
    let account = account::Entity::find_by_id(account);
    let account = account.filter(account::Column::DisabledAt.is_null()).one(database).await?;
    Ok(account.filter(|account| match kind {
        TokenKind::ConfirmAddress => account.confirmed_at.is_none(),
        TokenKind::Invitation => account.is_invited(),
        TokenKind::FirstAdmin | TokenKind::ResetPassword => true,
    }))
}

/// Uses the link up. Of two who follow it at once, one is told that it worked.
pub(super) async fn use_up(work: &Work<'_>, kind: TokenKind, token: &str) -> Result<bool, DbErr> {
    let used = one_time_token::Entity::update_many()
        .col_expr(Column::UsedAt, sea_orm::sea_query::Expr::value(work.now()))
        .filter(open(work.core(), kind, token))
        .exec(work)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Ends all links of an account.
pub(super) async fn end_all(transaction: &DatabaseTransaction, account: AccountId) -> Result<(), DbErr> {
    one_time_token::Entity::delete_many().filter(Column::AccountId.eq(account)).exec(transaction).await?;
    Ok(())
}

/// Ends links of an account.
pub(super) async fn end(
    transaction: &DatabaseTransaction,
    account: AccountId,
    kinds: &[TokenKind],
) -> Result<(), DbErr> {
    one_time_token::Entity::delete_many()
        .filter(Column::AccountId.eq(account))
        .filter(Column::Kind.is_in(kinds.iter().copied()))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Forgets links whose time is over.
pub(super) async fn forget_old(state: &AppState) -> Result<u64, DbErr> {
    let over = Condition::all().add(Column::ExpiresAt.lte(state.clock.now()));
    state.database.forget_where::<one_time_token::Entity>(&[Column::Id], over).await
}

fn open(core: &Core, kind: TokenKind, token: &str) -> Condition {
    Condition::all()
        .add(Column::Kind.eq(kind))
        .add(Column::TokenHash.eq(sha256_hex(token)))
        .add(Column::UsedAt.is_null())
        .add(Column::ExpiresAt.gt(core.clock.now()))
}
