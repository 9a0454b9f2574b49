//! What nobody will ever submit: the drafts and papers of accounts that nobody confirmed, and of organisations that
//! nobody acts for any more, because the plant took an unconfirmed account over.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, SqlErr,
    sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Query},
};
use serde_json::{Value, json};

use crate::entity::audit_log::AuditAction;
use crate::entity::submission::{self, Column, SubmissionStatus};
use crate::entity::{account, organisation, submission_document};
use crate::error::AppError;
use crate::features::accounts::service::unconfirmed;
use crate::features::audit::service::{self as audit, Event};
use crate::features::documents::service::storing;
use crate::infra::database::{DatabaseTransaction, WriteTransaction};
use crate::state::AppState;
use crate::types::OrganisationId;
use uuid::Uuid;

/// Deletes all of it that is due. Several processes share the work.
pub async fn sweep(state: &AppState) -> Result<usize, AppError> {
    let (mut swept, mut last) = (0, None);
    while let Some((account, is_gone)) = sweep_account(state, last).await? {
        swept += usize::from(is_gone);
        last = Some((account.created_at, account.id.as_uuid()));
    }
    while sweep_organisation(state).await? {
        swept += 1;
    }
    if swept > 0 {
        tracing::info!(swept, "accounts that nobody confirmed are deleted");
    }
    Ok(swept)
}

/// Deletes the first account behind `last` that is due. Answers which it was and whether it is gone: one that other rows
/// name, because it once acted for the plant, stays, and the next ones go all the same.
async fn sweep_account(
    state: &AppState,
    last: Option<(DateTime<Utc>, Uuid)>,
) -> Result<Option<(account::Model, bool)>, AppError> {
    let transaction = state.database.write().await?;
    let Some(account) = unconfirmed::next_expired(state, &transaction, last).await? else { return Ok(None) };
    let owned = empty(&transaction, account.organisation_id).await?;
    let mut before = owned.told();
    before["email"] = json!(account.email.as_str());
    match unconfirmed::delete(state, &transaction, &account, before).await {
        Err(error) if matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))) => {
            tracing::warn!(account = %account.id, "an account that nobody confirmed stays: other rows name it");
            return Ok(Some((account, false)));
        }
        deleted => deleted?,
    }
    organisation::Entity::delete_by_id(account.organisation_id).exec(&*transaction).await?;
    owned.commit(state, transaction).await?;
    Ok(Some((account, true)))
}

async fn sweep_organisation(state: &AppState) -> Result<bool, AppError> {
    let transaction = state.database.write().await?;
    let Some(organisation) = next_without_account(&transaction).await? else { return Ok(false) };
    let owned = empty(&transaction, organisation.id).await?;
    organisation::Entity::delete_by_id(organisation.id).exec(&*transaction).await?;
    let mut before = owned.told();
    before["company_name"] = json!(organisation.name);
    let event = Event::by_system(AuditAction::DraftsRemoved).about(organisation.id.as_uuid()).before(before);
    audit::record(state, &transaction, event).await?;
    owned.commit(state, transaction).await?;
    Ok(true)
}

/// An organisation, locked, that has neither an account nor an entry that the plant has seen.
async fn next_without_account(
    transaction: &DatabaseTransaction,
) -> Result<Option<organisation::Model>, DbErr> {
    let own = (organisation::Entity, organisation::Column::Id);
    let account = Query::select()
        .expr(Expr::val(1))
        .from(account::Entity)
        .and_where(Expr::col((account::Entity, account::Column::OrganisationId)).equals(own))
        .to_owned();
    let submitted = Query::select()
        .expr(Expr::val(1))
        .from(submission::Entity)
        .and_where(Expr::col((submission::Entity, Column::OrganisationId)).equals(own))
        .and_where(Column::Status.ne(SubmissionStatus::Draft))
        .to_owned();
    organisation::Entity::find()
        .filter(Expr::exists(account).not())
        .filter(Expr::exists(submitted).not())
        .order_by_asc(organisation::Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(transaction)
        .await
}

/// What an organisation owned.
struct Owned {
    drafts: u64,
    /// The keys of its papers' files.
    files: Vec<String>,
}

impl Owned {
    fn told(&self) -> Value {
        json!({ "drafts": self.drafts, "papers": self.files.len() })
    }

    /// The rows go first: a crash between leaves files that nothing names, which are swept.
    async fn commit(self, state: &AppState, transaction: WriteTransaction) -> Result<(), AppError> {
        transaction.commit().await?;
        for file in self.files {
            state.storage.delete(&file).await?;
        }
        Ok(())
    }
}

/// Deletes the drafts and papers of an organisation that has nothing else.
async fn empty(transaction: &DatabaseTransaction, owner: OrganisationId) -> Result<Owned, AppError> {
    // Drafts are locked before their owner, as everybody locks them.
    let drafts = || submission::Entity::find().filter(Column::OrganisationId.eq(owner));
    drafts().order_by_asc(Column::Id).lock_exclusive().all(transaction).await?;
    organisation::Entity::find_by_id(owner).lock_exclusive().one(transaction).await?;
    let ids = drafts().select_only().column(Column::Id).into_query();
    submission_document::Entity::delete_many()
        .filter(submission_document::Column::SubmissionId.in_subquery(ids))
        .exec(transaction)
        .await?;
    let deleted =
        submission::Entity::delete_many().filter(Column::OrganisationId.eq(owner)).exec(transaction).await?;
    let files = storing::delete_all_of(transaction, owner).await?;
    Ok(Owned { drafts: deleted.rows_affected, files })
}
