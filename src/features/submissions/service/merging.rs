//! Two people who turned out to be one, under two phones. What was the one's becomes the other's: entries,
//! papers, blacklist. Names and phones in submissions stay as they were.

use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};
use serde_json::json;

use crate::features::crew::actions::CREW_MERGED;
use crate::features::crew::service as crew;
use crate::features::documents::service::storing;
use crate::features::submissions::actions::MOVE_REFUSED;
use crate::kernel::access::Supervisor;
use crate::kernel::audit::{Event, Subject};
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::submission::{self, Column, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{CrewMemberId, Reference, SubmissionId};
use crate::kernel::work::Work;

/// Why two people were not made one.
#[derive(Debug)]
pub enum MergeError {
    /// One of them is nobody.
    NotFound,
    /// They are one person already.
    SamePerson,
    /// They come together, as driver and helper, in this entry.
    ComeTogether(Reference),
    /// One of them changed since the page that was looked at.
    Changed,
    /// It could not be tried.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for MergeError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes `gone` and `stays` one person, who is `stays`. `seen` are the versions of both that were looked at.
pub async fn merge(
    state: &AppState,
    supervisor: &Supervisor,
    gone: CrewMemberId,
    stays: CrewMemberId,
    seen: (Option<i32>, Option<i32>),
) -> Result<(), MergeError> {
    if gone == stays {
        return Err(MergeError::SamePerson);
    }
    let mut work = Work::begin(state, supervisor).await?;
    let entries = lock_entries(&work, gone).await?;
    let both = crew::lock_both(&work, gone, stays).await?;
    let (gone_row, stays_row) = both.ok_or(MergeError::NotFound)?;
    let merged = gone_row.merged_into.is_some() || stays_row.merged_into.is_some();
    let other_version = |seen: Option<i32>, version: i32| seen.is_some_and(|seen| seen != version);
    if merged || other_version(seen.0, gone_row.version) || other_version(seen.1, stays_row.version) {
        return Err(MergeError::Changed);
    }
    if let Some(entry) = entry_together(&work, gone, stays).await? {
        let event = Event::of(MOVE_REFUSED)
            .about(&stays_row)
            .under(&entry)
            .after(json!({ "wanted": CREW_MERGED.code }));
        work.refuse(event).await?;
        return Err(MergeError::ComeTogether(entry.reference));
    }
    for column in [Column::DriverId, Column::HelperId] {
        submission::Entity::update_many()
            .col_expr(column, Expr::value(stays))
            .filter(column.eq(gone))
            .exec(&work)
            .await?;
    }
    let before = json!({
        "id": gone, "name": gone_row.full_name, "phone": gone_row.phone.masked(),
        "remark": gone_row.remark, "rating": gone_row.rating,
    });
    let subject = Subject::from(&stays_row);
    let (name, phone) = (stays_row.full_name.clone(), stays_row.phone.masked());
    let now = crew::point(&mut work, supervisor, gone_row, stays_row).await?;
    let after = json!({
        "name": name, "phone": phone, "entries": entries, "remark": now.remark, "rating": now.rating,
    });
    let event = Event::of(CREW_MERGED).about(subject).before(before).after(after);
    storing::move_driver(&work, gone, stays).await?;
    work.note(event);
    Ok(work.commit().await?)
}

/// Locks the entries that `person` came with, and tells how many there are. Entries come before people in the
/// order of locks.
async fn lock_entries(transaction: &DatabaseTransaction, person: CrewMemberId) -> Result<usize, DbErr> {
    let entries: Vec<SubmissionId> = submission::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Condition::any().add(Column::DriverId.eq(person)).add(Column::HelperId.eq(person)))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(transaction)
        .await?;
    Ok(entries.len())
}

/// An open entry in which both come.
async fn entry_together(
    transaction: &DatabaseTransaction,
    one: CrewMemberId,
    other: CrewMemberId,
) -> Result<Option<submission::Model>, DbErr> {
    submission::Entity::find()
        .filter(Column::Status.is_in([SubmissionStatus::Pending, SubmissionStatus::Approved]))
        .filter(Column::DriverId.is_in([one, other]))
        .filter(Column::HelperId.is_in([one, other]))
        .one(transaction)
        .await
}
