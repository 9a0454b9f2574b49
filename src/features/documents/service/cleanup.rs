//! Giving up files that nobody needs any more. Rows stay: what was handed in, and by whom, is told for ever.

use std::collections::HashSet;
use std::path::PathBuf;

use chrono::{DateTime, Duration, Utc};
use futures_util::{Stream, TryStreamExt as _, stream};
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, SelectStatement},
};
use serde_json::json;

use crate::features::documents::actions::{DOCUMENT_FILE_REMOVED, ORPHANS_REMOVED};
use crate::kernel::access::By;
use crate::kernel::access::Operator;
use crate::kernel::audit::Event;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::entity::{document, submission_document};
use crate::kernel::error::AppError;
use crate::kernel::files::StoredFile;
use crate::kernel::state::AppState;
use crate::kernel::work::Work;

/// Rows changed, or files looked at, at a time.
const BATCH: u64 = 500;

/// How long a file without a paper may be one whose row is on its way.
const GRACE: Duration = Duration::days(1);

/// Files and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Amount {
    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// What was given up, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Files of inactive papers.
    pub papers: Amount,
    /// Files in the store that belong to no paper.
    pub orphans: Amount,
    /// Uploads that never ended.
    pub unfinished: Amount,
}

/// Gives up the files of papers that have been inactive for `days` days and that no submission of that time
/// needs, files that belong to no paper, and uploads that never ended. `dry_run` only counts them.
///
/// # Errors
/// When the database or the store does not answer; what was given up until then stays so.
pub async fn clean_up(state: &AppState, _: &Operator, days: u32, dry_run: bool) -> Result<Cleaned, AppError> {
    let before = state.clock.now() - Duration::days(days.into());
    let papers = if dry_run { count(state, before).await? } else { give_up(state, before).await? };
    let mut cleaned = Cleaned { papers, ..Cleaned::default() };
    let mut found = std::pin::pin!(orphans(state));
    while let Some(orphan) = found.try_next().await? {
        if !dry_run {
            state.storage.delete(&orphan.key).await?;
        }
        cleaned.orphans.add(orphan.size);
    }
    for (path, size) in unfinished(state).await? {
        if !dry_run {
            tokio::fs::remove_file(path).await.map_err(AppError::internal)?;
        }
        cleaned.unfinished.add(size);
    }
    if !dry_run && cleaned.orphans.files + cleaned.unfinished.files > 0 {
        let mut work = Work::begin(state, By::system()).await?;
        work.note(Event::of(ORPHANS_REMOVED).after(json!({
            "orphans": cleaned.orphans.files, "unfinished": cleaned.unfinished.files,
            "bytes": cleaned.orphans.bytes + cleaned.unfinished.bytes,
        })));
        work.commit().await?;
    }
    Ok(cleaned)
}

/// Papers that are not in use since `before`, and whose file is still kept. The last day of use is that of
/// removal or of the version that took its place.
fn given_up_since(before: DateTime<Utc>) -> Condition {
    use document::Column;
    let newer = document::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::CreatedAt.gte(before))
        .into_query();
    Condition::all()
        .add(Column::Active.eq(false))
        .add(Column::FileRemovedAt.is_null())
        .add(Column::CreatedAt.lt(before))
        .add(Condition::any().add(Column::RemovedAt.is_null()).add(Column::RemovedAt.lt(before)))
        .add(
            Condition::any().add(Column::ReplacedBy.is_null()).add(Column::ReplacedBy.not_in_subquery(newer)),
        )
        .add(Column::Id.not_in_subquery(needed_since(before)))
}

/// The papers of drafts, of vehicles inside, and of submissions that changed or were valid since `before`.
fn needed_since(before: DateTime<Utc>) -> SelectStatement {
    use submission::Column;
    let needed = Condition::any()
        .add(Column::Status.eq(SubmissionStatus::Draft))
        .add(Column::ChangedAt.gte(before))
        .add(Column::ValidUntil.gte(before))
        .add(Column::Status.eq(SubmissionStatus::Approved).and(Column::EnteredAt.is_not_null()));
    let submissions = submission::Entity::find().select_only().column(Column::Id).filter(needed).into_query();
    submission_document::Entity::find()
        .select_only()
        .column(submission_document::Column::DocumentId)
        .filter(submission_document::Column::SubmissionId.in_subquery(submissions))
        .into_query()
}

async fn count(state: &AppState, before: DateTime<Utc>) -> Result<Amount, DbErr> {
    let sizes: Vec<i64> = document::Entity::find()
        .select_only()
        .column(document::Column::Size)
        .filter(given_up_since(before))
        .into_tuple()
        .all(state.database.reader())
        .await?;
    let mut amount = Amount::default();
    for size in sizes {
        amount.add(size.unsigned_abs());
    }
    Ok(amount)
}

/// The rows say first that the file is gone: a crash between leaves an orphan, never a row without bytes.
async fn give_up(state: &AppState, before: DateTime<Utc>) -> Result<Amount, AppError> {
    let mut amount = Amount::default();
    loop {
        let mut work = Work::begin(state, By::system()).await?;
        let papers = document::Entity::find()
            .filter(given_up_since(before))
            .order_by_asc(document::Column::Id)
            .limit(BATCH)
            .lock_exclusive()
            .all(&work)
            .await?;
        if papers.is_empty() {
            return Ok(amount);
        }
        note(&mut work, &papers).await?;
        work.commit().await?;
        for paper in papers {
            state.storage.delete(&paper.storage_key).await?;
            amount.add(paper.size.unsigned_abs());
        }
    }
}

async fn note(work: &mut Work<'_>, papers: &[document::Model]) -> Result<(), DbErr> {
    document::Entity::update_many()
        .col_expr(document::Column::FileRemovedAt, Expr::value(work.now()))
        .filter(document::Column::Id.is_in(papers.iter().map(|paper| paper.id)))
        .exec(&*work)
        .await?;
    let events = papers.iter().map(|paper| {
        let event = Event::of(DOCUMENT_FILE_REMOVED).about(paper);
        event.before(json!({ "sha256": paper.sha256, "size": paper.size }))
    });
    for event in events {
        work.note(event);
    }
    Ok(())
}

/// Files older than a day that belong to no paper: what a crash between the store and the database left.
pub(super) fn orphans(state: &AppState) -> impl Stream<Item = Result<StoredFile, AppError>> {
    let until = state.clock.now() - GRACE;
    state
        .storage
        .files()
        .try_filter(move |file| std::future::ready(file.written_at < until))
        .try_chunks(usize::try_from(BATCH).unwrap_or(1))
        .map_err(|error| error.1)
        .and_then(move |files| without_paper(state, files))
        .map_ok(|files| stream::iter(files.into_iter().map(Ok)))
        .try_flatten()
}

async fn without_paper(state: &AppState, files: Vec<StoredFile>) -> Result<Vec<StoredFile>, AppError> {
    let known: HashSet<String> = document::Entity::find()
        .select_only()
        .column(document::Column::StorageKey)
        .filter(document::Column::StorageKey.is_in(files.iter().map(|file| file.key.as_str())))
        .filter(document::Column::FileRemovedAt.is_null())
        .into_tuple::<String>()
        .all(state.database.reader())
        .await?
        .into_iter()
        .collect();
    Ok(files.into_iter().filter(|file| !known.contains(&file.key)).collect())
}

/// Uploads older than a day that a killed process left half received, or half stored.
async fn unfinished(state: &AppState) -> Result<Vec<(PathBuf, u64)>, AppError> {
    let until = state.clock.now() - GRACE;
    let mut found = state.storage.unfinished(until).await?;
    let mut folder = match tokio::fs::read_dir(state.config.incoming_dir()).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        folder => folder.map_err(AppError::internal)?,
    };
    while let Some(entry) = folder.next_entry().await.map_err(AppError::internal)? {
        let Ok(file) = entry.metadata().await else { continue }; // it has ended meanwhile
        if file.is_file() && file.modified().is_ok_and(|at| DateTime::<Utc>::from(at) < until) {
            found.push((entry.path(), file.len()));
        }
    }
    Ok(found)
}
