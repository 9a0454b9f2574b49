//! Whether every pass that was issued is what the gate will read.

use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use thiserror::Error;

use super::verifying_key;
use crate::features::passes::token::{self, TokenError, VerifyingKey};
use crate::kernel::access::Operator;
use crate::kernel::entity::pass_key;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{Reference, SubmissionId};

/// Rows read at a time.
const BATCH: u64 = 500;

/// What is wrong with a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PassFault {
    /// Submitted, and without a pass.
    #[error("it has none")]
    None,
    /// The hash is another token's.
    #[error("its hash is not its token's")]
    Hash,
    /// Not one that this site signed.
    #[error("{0}")]
    Token(#[from] TokenError),
    /// Signed for another submission.
    #[error("it was signed for another entry")]
    OtherSubmission,
}

/// Looks at the pass of every submission; `tell` hears of each fault as it is found. Answers how many passes
/// there are.
///
/// # Errors
/// When the database does not answer.
pub async fn verify(
    state: &AppState,
    _: &Operator,
    tell: &mut dyn FnMut(Reference, PassFault),
) -> Result<u64, AppError> {
    let database = state.database.reader();
    let all = pass_key::Entity::find().all(database).await?;
    let all: Vec<VerifyingKey> = all.iter().filter_map(verifying_key).collect();
    let mut checked = 0;
    let mut after: Option<SubmissionId> = None;
    loop {
        let mut query =
            submission::Entity::find().filter(submission::Column::Status.ne(SubmissionStatus::Draft));
        if let Some(after) = after {
            query = query.filter(submission::Column::Id.gt(after));
        }
        let entries = query.order_by_asc(submission::Column::Id).limit(BATCH).all(database).await?;
        let Some(last) = entries.last() else { return Ok(checked) };
        after = Some(last.id);
        for entry in entries {
            checked += 1;
            if let Err(fault) = check(&entry, &all) {
                tell(entry.reference, fault);
            }
        }
    }
}

/// `keys` are all that ever signed: a pass stays what it was when its key is retired.
fn check(entry: &submission::Model, keys: &[VerifyingKey]) -> Result<(), PassFault> {
    let token = entry.pass_token.as_deref().ok_or(PassFault::None)?;
    if entry.pass_hash.as_deref() != Some(&*token::hash(token)) {
        return Err(PassFault::Hash);
    }
    let claims = token::verify(token, keys)?;
    if claims.submission == entry.id.as_uuid() { Ok(()) } else { Err(PassFault::OtherSubmission) }
}
