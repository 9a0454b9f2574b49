//! Taking a new key for passes. Those that older keys signed stay good until they end.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};
use serde_json::json;
use thiserror::Error;

use super::new_key;
use crate::features::passes::actions::PASS_KEY_ROTATED;
use crate::kernel::access::By;
use crate::kernel::access::Operator;
use crate::kernel::audit::Event;
use crate::kernel::data::{DatabaseTransaction, is_taken};
use crate::kernel::entity::pass_key;
use crate::kernel::entity::submission;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::work::Work;

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
    /// The key before it.
    pub previous: Option<u8>,
    /// The latest end of the passes that were signed until now: so long older keys verify.
    pub verify_until: Option<DateTime<Utc>>,
}

/// Signs with a new key from now on.
///
/// # Errors
/// [`RotationError`]
pub async fn rotate(state: &AppState, _: &Operator) -> Result<Rotated, RotationError> {
    let mut work = Work::begin(state, By::system()).await?;
    let previous =
        pass_key::Entity::find().order_by_desc(pass_key::Column::Id).lock_exclusive().one(&work).await?;
    let last = previous.as_ref().map_or(Ok(0), |key| u8::try_from(key.id)).map_err(AppError::internal)?;
    let key = last.checked_add(1).ok_or(RotationError::Exhausted)?;
    // Whoever signs holds the key: what was locked has signed its last pass, and all of them can be seen.
    let verify_until = latest_end(&work).await?;
    pass_key::Entity::update_many()
        .col_expr(pass_key::Column::RetiredAt, Expr::value(work.now()))
        .col_expr(pass_key::Column::VerifiesUntil, Expr::value(verify_until))
        .filter(pass_key::Column::RetiredAt.is_null())
        .exec(&work)
        .await?;
    new_key(state, key).insert(&work).await?;
    let event = Event::of(PASS_KEY_ROTATED)
        .before(json!(previous.as_ref().map(|key| key.id)))
        .after(json!({ "key": key, "verify_until": verify_until }));
    work.note(event);
    work.commit().await?;
    Ok(Rotated { key, previous: previous.is_some().then_some(last), verify_until })
}

/// The latest end of all passes.
async fn latest_end(transaction: &DatabaseTransaction) -> Result<Option<DateTime<Utc>>, DbErr> {
    let latest = submission::Entity::find()
        .select_only()
        .column_as(submission::Column::ValidUntil.max(), "latest")
        .filter(submission::Column::PassHash.is_not_null());
    Ok(latest.into_tuple().one(transaction).await?.flatten())
}
