//! Taking a new key for passes. Those of the key before it stay good; older ones are read no more.

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};
use serde_json::json;
use thiserror::Error;

use super::new_key;
use crate::access::Operator;
use crate::entity::audit_log::AuditAction;
use crate::entity::pass_key;
use crate::entity::submission::{self, SubmissionStatus};
use crate::error::AppError;
use crate::features::audit::service::{self as audit, Event};
use crate::infra::database::is_taken;
use crate::state::AppState;

/// Why there is no new key.
#[derive(Debug, Error)]
pub enum RotationError {
    /// A key's number is one byte of the token.
    #[error("all 255 numbers of keys are used: passes of this site cannot have another key")]
    Exhausted,
    /// Somebody else was quicker.
    #[error("another rotation came between; nothing was changed")]
    Overtaken,
    /// It could not be tried.
    #[error(transparent)]
    Failed(#[from] AppError),
}

impl From<DbErr> for RotationError {
    fn from(error: DbErr) -> Self {
        if is_taken(&error, "pass_key", "") { Self::Overtaken } else { Self::Failed(error.into()) }
    }
}

/// A new key has been taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Its number.
    pub key: u8,
    /// The key before it, whose passes stay good.
    pub previous: Option<u8>,
    /// Passes that could still open the gate, under keys that do not verify any more.
    pub passes_lost: u64,
}

/// Signs with a new key from now on.
///
/// # Errors
/// [`RotationError`]
pub async fn rotate(state: &AppState, _: &Operator) -> Result<Rotated, RotationError> {
    let transaction = state.database.write().await?;
    let previous = pass_key::Entity::find()
        .order_by_desc(pass_key::Column::Id)
        .lock_exclusive()
        .one(&*transaction)
        .await?;
    let last = previous.as_ref().map_or(Ok(0), |key| u8::try_from(key.id)).map_err(AppError::internal)?;
    let key = last.checked_add(1).ok_or(RotationError::Exhausted)?;
    pass_key::Entity::update_many()
        .col_expr(pass_key::Column::RetiredAt, Expr::value(state.clock.now()))
        .filter(pass_key::Column::RetiredAt.is_null())
        .exec(&*transaction)
        .await?;
    new_key(state, key).insert(&*transaction).await?;
    let passes_lost = match &previous {
        Some(previous) => signed_before(state, &transaction, previous).await?,
        None => 0,
    };
    let event = Event::by_system(AuditAction::PassKeyRotated)
        .before(json!(previous.as_ref().map(|key| key.id)))
        .after(json!({ "key": key, "passes_lost": passes_lost }));
    audit::record(state, &transaction, event).await?;
    transaction.commit().await?;
    Ok(Rotated { key, previous: previous.is_some().then_some(last), passes_lost })
}

/// How many passes that could still open the gate were signed before `key` was there.
async fn signed_before(
    state: &AppState,
    transaction: &DatabaseTransaction,
    key: &pass_key::Model,
) -> Result<u64, DbErr> {
    submission::Entity::find()
        .filter(submission::Column::Status.is_in([SubmissionStatus::Pending, SubmissionStatus::Approved]))
        .filter(submission::Column::ValidUntil.gt(state.clock.now()))
        .filter(submission::Column::SubmittedAt.lt(key.created_at))
        .count(transaction)
        .await
}
