//! What nobody will ever submit: the drafts and papers of accounts that nobody confirmed, and of organisations that
//! nobody acts for any more, because the plant took an unconfirmed account over.

use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    Select, SqlErr,
    sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Query},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::features::accounts::service::unconfirmed;
use crate::features::documents::service::storing;
use crate::features::submissions::actions::DRAFTS_REMOVED;
use crate::kernel::access::By;
use crate::kernel::audit::Event;
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::submission::{self, Column, SubmissionStatus};
use crate::kernel::entity::{account, organisation, submission_document};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{AccountId, OrganisationId};
use crate::kernel::work::Work;

/// What is asked for at once.
const PAGE: u64 = 100;

/// Deletes all of it that is due, and tells how much there was. Several processes share the work.
pub async fn sweep(state: &AppState) -> Result<u64, AppError> {
    Ok(sweep_accounts(state).await? + sweep_organisations(state).await?)
}

async fn sweep_accounts(state: &AppState) -> Result<u64, AppError> {
    let mut swept = 0;
    let mut after = AccountId::new(Uuid::nil());
    loop {
        let page = unconfirmed::expired(state, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(swept) };
        after = *last;
        for id in page {
            swept += u64::from(sweep_account(state, id).await?);
        }
    }
}

/// Whether the account is gone: one that other rows name, because it once acted for the plant, stays.
async fn sweep_account(state: &AppState, id: AccountId) -> Result<bool, AppError> {
    let mut work = Work::begin(state, By::system()).await?;
    let account = unconfirmed::lock_expired(&work, id).await?;
    let Some(account) = account else { return Ok(false) };
    let Some(owned) = empty(&work, account.organisation_id).await? else { return Ok(false) };
    let mut before = owned.told();
    before["email"] = json!(account.email.as_str());
    match unconfirmed::delete(&mut work, &account, before).await {
        Err(error) if matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))) => {
            tracing::warn!(account = %account.id, "an account that nobody confirmed stays: other rows name it");
            return Ok(false);
        }
        deleted => deleted?,
    }
    organisation::Entity::delete_by_id(account.organisation_id).exec(&work).await?;
    owned.commit(state, work).await?;
    Ok(true)
}

async fn sweep_organisations(state: &AppState) -> Result<u64, AppError> {
    let mut swept = 0;
    let mut after = OrganisationId::new(Uuid::nil());
    loop {
        let page: Vec<OrganisationId> = find_without_account()
            .select_only()
            .column(organisation::Column::Id)
            .filter(organisation::Column::Id.gt(after))
            .order_by_asc(organisation::Column::Id)
            .limit(PAGE)
            .into_tuple()
            .all(state.database.reader())
            .await?;
        let Some(last) = page.last() else { return Ok(swept) };
        after = *last;
        for id in page {
            swept += u64::from(sweep_organisation(state, id).await?);
        }
    }
}

async fn sweep_organisation(state: &AppState, id: OrganisationId) -> Result<bool, AppError> {
    let mut work = Work::begin(state, By::system()).await?;
    let organisation = find_without_account()
        .filter(organisation::Column::Id.eq(id))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(&work)
        .await?;
    let Some(organisation) = organisation else { return Ok(false) };
    let Some(owned) = empty(&work, organisation.id).await? else { return Ok(false) };
    organisation::Entity::delete_by_id(organisation.id).exec(&work).await?;
    let mut before = owned.told();
    before["company_name"] = json!(organisation.name);
    let event = Event::of(DRAFTS_REMOVED).about(&organisation).before(before);
    work.note(event);
    owned.commit(state, work).await?;
    Ok(true)
}

/// The organisations that have neither an account nor an entry that the plant has seen.
fn find_without_account() -> Select<organisation::Entity> {
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
    organisation::Entity::find().filter(Expr::exists(account).not()).filter(Expr::exists(submitted).not())
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
    async fn commit(self, state: &AppState, work: Work<'_>) -> Result<(), AppError> {
        work.commit().await?;
        for file in self.files {
            state.storage.delete(&file).await?;
        }
        Ok(())
    }
}

/// Deletes the drafts and papers of an organisation. `None`: the plant has seen an entry of it meanwhile.
async fn empty(transaction: &DatabaseTransaction, owner: OrganisationId) -> Result<Option<Owned>, AppError> {
    // Drafts are locked before their owner, as everybody locks them.
    let drafts = || submission::Entity::find().filter(Column::OrganisationId.eq(owner));
    let locked = drafts().order_by_asc(Column::Id).lock_exclusive().all(transaction).await?;
    if locked.iter().any(|submission| submission.status != SubmissionStatus::Draft) {
        return Ok(None);
    }
    organisation::Entity::find_by_id(owner).lock_exclusive().one(transaction).await?;
    let ids = drafts().select_only().column(Column::Id).into_query();
    submission_document::Entity::delete_many()
        .filter(submission_document::Column::SubmissionId.in_subquery(ids))
        .exec(transaction)
        .await?;
    let deleted =
        submission::Entity::delete_many().filter(Column::OrganisationId.eq(owner)).exec(transaction).await?;
    let files = storing::delete_all_of(transaction, owner).await?;
    Ok(Some(Owned { drafts: deleted.rows_affected, files }))
}
