//! Whether the store has what the database says it has.

use futures_util::TryStreamExt as _;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use thiserror::Error;

use super::cleanup;
use crate::kernel::access::Operator;
use crate::kernel::entity::document;
use crate::kernel::error::{AppError, one_line};
use crate::kernel::state::AppState;
use crate::kernel::types::DocumentId;

/// Rows read at a time.
const BATCH: u64 = 500;

/// What is wrong with a file.
#[derive(Debug, Error)]
pub enum FileFault {
    /// The row stands, the bytes are gone.
    #[error("paper {0}: its file {1} is not in the store")]
    Missing(DocumentId, String),
    /// Other bytes than those that arrived.
    #[error("paper {0}: its file {1} is not what was handed in (SHA-256 or size differs)")]
    Changed(DocumentId, String),
    /// The store has it and does not give it.
    #[error("paper {0}: its file {1} cannot be read: {2}")]
    Unreadable(DocumentId, String, String),
    /// No row names the bytes.
    #[error("file {0} ({1} bytes) belongs to no paper; `documents cleanup` removes it")]
    Orphan(String, u64),
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilesChecked {
    /// Papers whose file should be there.
    pub files: u64,
    /// Their bytes, as far as they were read.
    pub bytes: u64,
}

/// Reads every stored file and looks for files without a paper. `tell` hears of each fault as it is found.
///
/// # Errors
/// When the database does not answer, or the store cannot be listed.
pub async fn verify(
    state: &AppState,
    _: &Operator,
    tell: &mut dyn FnMut(FileFault),
) -> Result<FilesChecked, AppError> {
    let mut checked = FilesChecked::default();
    let mut after = None;
    loop {
        let papers = papers_after(state, after).await?;
        let Some(last) = papers.last() else { break };
        after = Some(last.id);
        for paper in papers {
            checked.files += 1;
            checked.bytes += verify_file(state, paper, tell).await;
        }
    }
    let mut orphans = std::pin::pin!(cleanup::orphans(state));
    while let Some(orphan) = orphans.try_next().await? {
        tell(FileFault::Orphan(orphan.key, orphan.size));
    }
    Ok(checked)
}

async fn papers_after(
    state: &AppState,
    after: Option<DocumentId>,
) -> Result<Vec<document::Model>, sea_orm::DbErr> {
    let mut query = document::Entity::find().filter(document::Column::FileRemovedAt.is_null());
    if let Some(after) = after {
        query = query.filter(document::Column::Id.gt(after));
    }
    query.order_by_asc(document::Column::Id).limit(BATCH).all(state.database.reader()).await
}

/// How many bytes were read.
async fn verify_file(state: &AppState, paper: document::Model, tell: &mut dyn FnMut(FileFault)) -> u64 {
    match state.storage.digest(&paper.storage_key).await {
        Ok(Some((size, sha256))) => {
            if u64::try_from(paper.size) != Ok(size) || sha256 != paper.sha256 {
                tell(FileFault::Changed(paper.id, paper.storage_key));
            }
            size
        }
        Ok(None) => {
            tell(FileFault::Missing(paper.id, paper.storage_key));
            0
        }
        Err(error) => {
            tell(FileFault::Unreadable(paper.id, paper.storage_key, one_line(&error)));
            0
        }
    }
}
