//! Taking papers in, dating and removing them.

use std::path::Path;

use chrono::{Duration, NaiveDate};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{CaseStatement, Expr, LockType},
};
use serde_json::json;
use uuid::Uuid;

use super::attachments;
use crate::features::accounts::service::throttle::{self, Budget, Counter, Purpose};
use crate::features::crew::service as crew;
use crate::features::documents::actions::{DOCUMENT_REMOVED, DOCUMENT_REPLACED, DOCUMENT_UPLOADED};
use crate::features::vehicles::service as vehicles;
use crate::kernel::access::Customer;
use crate::kernel::audit::{self, Event};
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::document::{self, DocumentType, SubjectKind};
use crate::kernel::entity::organisation;
use crate::kernel::error::{AppError, one_line};
use crate::kernel::files::Storage;
use crate::kernel::state::AppState;
use crate::kernel::types::{
    CrewMemberId, DocumentId, FileName, OrganisationId, RegistrationNo, SubmissionId, VehicleId,
};
use crate::kernel::work::Work;

/// What a paper is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A vehicle.
    Vehicle(VehicleId),
    /// A registered driver.
    Driver(CrewMemberId),
    /// The driver of a draft, who is registered when it is submitted.
    DriverOfDraft(SubmissionId),
    /// A submission.
    Submission(SubmissionId),
}

impl Subject {
    /// As the database keeps it.
    pub fn columns(self) -> (SubjectKind, Uuid) {
        match self {
            Self::Vehicle(id) => (SubjectKind::Vehicle, id.as_uuid()),
            Self::Driver(id) => (SubjectKind::Driver, id.as_uuid()),
            Self::DriverOfDraft(id) => (SubjectKind::Driver, id.as_uuid()),
            Self::Submission(id) => (SubjectKind::Submission, id.as_uuid()),
        }
    }
}

/// What a paper is about that is handed in outside an entry.
#[derive(Clone, Debug)]
pub enum About {
    /// A vehicle, which is made with its first paper.
    Vehicle(RegistrationNo),
    /// A registered driver.
    Driver(CrewMemberId),
}

impl About {
    async fn subject(self, work: &mut Work<'_>) -> Result<Subject, DbErr> {
        Ok(match self {
            Self::Driver(id) => Subject::Driver(id),
            Self::Vehicle(number) => Subject::Vehicle(vehicles::find_or_create(work, &number).await?.id),
        })
    }
}

/// A file that has arrived and is what it says.
#[derive(Clone, Copy, Debug)]
pub struct NewPaper<'a> {
    /// Which of the eight.
    pub document_type: DocumentType,
    /// As uploaded, without its path.
    pub file_name: &'a FileName,
    /// By content.
    pub content_type: &'static str,
    /// Bytes.
    pub size: u64,
    /// Of the bytes, lower-case hex.
    pub sha256: &'a str,
    /// Where the bytes wait.
    pub path: &'a Path,
    /// Last day it is valid.
    pub valid_until: Option<NaiveDate>,
}

/// How much an organisation may hand in a day: more than fifty lorries need.
const PAPERS_A_DAY: i32 = 1000;
const KIB_A_DAY: i32 = 2 * 1024 * 1024;

/// The same of an account whose address is not confirmed: enough for the first entries.
const UNCONFIRMED_PAPERS_A_DAY: i32 = 40;
const UNCONFIRMED_KIB_A_DAY: i32 = 50 * 1024;

/// The same of all such accounts of a network: the next account does not start afresh.
const UNCONFIRMED_KIB_A_NETWORK: i32 = 200 * 1024;

/// Why a sound file does not become a paper now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// The store takes nothing: it is full, or away.
    NoRoom,
    /// As much has been handed in as may be within a day.
    Quota {
        /// Seconds until more may.
        retry_after: u64,
    },
}

/// Why a paper was not stored.
#[derive(Debug)]
pub enum StoreError {
    /// It may be handed in again.
    NotKept(NotKept),
    /// It could not be tried.
    Failed(AppError),
}

impl From<NotKept> for StoreError {
    fn from(why: NotKept) -> Self {
        Self::NotKept(why)
    }
}

impl<E: Into<AppError>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Stores a paper; it takes the place of the active one of its type and subject. The bytes reach the store
/// before the row is written: a crash between leaves bytes that nothing names, never a row without bytes.
pub async fn store(
    state: &AppState,
    customer: &Customer,
    about: About,
    paper: NewPaper<'_>,
) -> Result<document::Model, StoreError> {
    store_with(state, customer, paper, async |storage_key| {
        let mut work = Work::begin(state, customer).await?;
        let subject = about.subject(&mut work).await?;
        let row = insert(&mut work, customer, subject, paper, storage_key).await?;
        Ok((work, row))
    })
    .await
}

/// Stores the bytes of a paper under a new key, and then what `write` writes of them. Where the customer has handed in
/// too much already, no bytes are stored.
pub async fn store_with<'a, T, E: From<NotKept> + From<DbErr> + From<StoreError>>(
    state: &'a AppState,
    customer: &Customer,
    paper: NewPaper<'_>,
    write: impl AsyncFnOnce(&str) -> Result<(Work<'a>, T), E>,
) -> Result<T, E> {
    let quota = Quota::of(customer);
    quota_kept(throttle::check_room(state, &quota.budgets(customer, paper.size)).await)?;
    let storage_key = Storage::new_key();
    if let Err(error) = state.storage.put(&storage_key, paper.path).await {
        tracing::warn!(cause = one_line(&error), "a paper cannot be stored");
        return Err(NotKept::NoRoom.into());
    }
    match write(&storage_key).await {
        Ok((work, written)) => {
            // When this fails nobody knows whether the row was kept: the bytes stay, swept if they are orphans.
            work.commit().await?;
            state.metrics.upload(paper.size);
            Ok(written)
        }
        Err(error) => {
            if let Err(also) = state.storage.delete(&storage_key).await {
                tracing::warn!(%also, "bytes without a row stay in the store");
            }
            Err(error)
        }
    }
}

/// Writes the row of a paper whose bytes are under `storage_key`.
pub async fn insert(
    work: &mut Work<'_>,
    customer: &Customer,
    subject: Subject,
    paper: NewPaper<'_>,
    storage_key: &str,
) -> Result<document::Model, StoreError> {
    let subject = match subject {
        Subject::Driver(id) => Subject::Driver(crew::lock_registered(&*work, id).await?),
        subject => subject,
    };
    lock_owner(&*work, customer.organisation()).await?;
    let quota = Quota::of(customer);
    quota_kept(throttle::count_all_in(work, &quota.budgets(customer, paper.size)).await)?;
    let (subject_kind, subject_id) = subject.columns();
    let id = DocumentId::new(work.core().clock.new_uuid());
    let active = find_active(&*work, customer.organisation(), paper.document_type, subject).await?;
    if let Some(active) = &active {
        deactivate(&*work, active.id).await?;
    }
    let row = document::ActiveModel {
        id: Set(id),
        organisation_id: Set(customer.organisation()),
        created_by: Set(customer.account()),
        document_type: Set(paper.document_type),
        subject_kind: Set(subject_kind),
        subject_id: Set(subject_id),
        file_name: Set(paper.file_name.as_str().to_owned()),
        content_type: Set(paper.content_type.to_owned()),
        size: Set(i64::try_from(paper.size).unwrap_or(i64::MAX)),
        sha256: Set(paper.sha256.to_owned()),
        storage_key: Set(storage_key.to_owned()),
        valid_until: Set(paper.valid_until),
        active: Set(true),
        replaced_by: Set(None),
        accepted_at: Set(None),
        removed_at: Set(None),
        created_at: Set(work.now()),
        file_removed_at: Set(None),
    }
    .insert(&*work)
    .await?;
    if let Some(active) = &active {
        replaced_by(&*work, active.id, id).await?;
    }
    let action = if active.is_some() { DOCUMENT_REPLACED } else { DOCUMENT_UPLOADED };
    let event = Event::of(action)
        .about(&row)
        .before(json!(active.map(|active| active.id)))
        .after(json!({ "type": paper.document_type.name(), "sha256": paper.sha256 }));
    work.note(event);
    Ok(row)
}

/// Whose papers are counted.
struct Quota {
    owner: String,
    account: String,
}

impl Quota {
    fn of(customer: &Customer) -> Self {
        Self { owner: customer.organisation().to_string(), account: customer.account().to_string() }
    }

    /// What a paper of so many bytes takes. The counter that other organisations wait for is locked last.
    fn budgets<'a>(&'a self, customer: &'a Customer, bytes: u64) -> Vec<Budget<'a>> {
        use Purpose::{UnconfirmedKib, UnconfirmedUploads, UploadDay, UploadKib};
        let kib = i32::try_from(bytes.div_ceil(1024)).unwrap_or(i32::MAX);
        let budget = |purpose, subject, address, amount, limit| {
            let counter = Counter { purpose, subject, address };
            Budget { counter, amount, limit, window: Duration::days(1) }
        };
        let mut budgets = vec![
            budget(UploadDay, self.owner.as_str(), "", 1, PAPERS_A_DAY),
            budget(UploadKib, &self.owner, "", kib, KIB_A_DAY),
        ];
        if !customer.has_confirmed() {
            budgets.extend([
                budget(UnconfirmedUploads, &self.account, "", 1, UNCONFIRMED_PAPERS_A_DAY),
                budget(UnconfirmedKib, &self.account, "", kib, UNCONFIRMED_KIB_A_DAY),
                budget(UnconfirmedKib, "", customer.address(), kib, UNCONFIRMED_KIB_A_NETWORK),
            ]);
        }
        budgets
    }
}

/// What a quota that is used up means for a paper.
fn quota_kept(counted: Result<(), AppError>) -> Result<(), StoreError> {
    match counted {
        Err(AppError::TooMany { retry_after }) => Err(NotKept::Quota { retry_after }.into()),
        counted => Ok(counted?),
    }
}

/// States the last day of a paper that no submission was made with yet. `false`: it has been submitted,
/// accepted or removed, and keeps its day. The owner is locked by the caller, as it is where a submission is made.
pub async fn set_valid_until(
    transaction: &DatabaseTransaction,
    owner: OrganisationId,
    id: DocumentId,
    day: NaiveDate,
) -> Result<bool, DbErr> {
    let changed = document::Entity::update_many()
        .col_expr(document::Column::ValidUntil, Expr::value(day))
        .filter(document::Column::OrganisationId.eq(owner))
        .filter(document::Column::Id.eq(id))
        .filter(document::Column::AcceptedAt.is_null())
        .filter(document::Column::RemovedAt.is_null())
        .filter(Condition::not(Condition::all().add(attachments::is_submitted())))
        .exec(transaction)
        .await?;
    Ok(changed.rows_affected > 0)
}

/// How often a paper that is being attached meanwhile is tried to be taken back.
const TRIES: usize = 10;

/// Papers whose successors one statement names.
const REPLACED_AT_ONCE: usize = 200;

/// Takes a paper back: it is offered no more, and submissions made with it keep it. `false`: the
/// organisation has no such paper.
pub async fn remove(state: &AppState, customer: &Customer, id: DocumentId) -> Result<bool, AppError> {
    for _ in 0..TRIES {
        let mut work = Work::begin(state, customer).await?;
        let drafts = attachments::lock_drafts_with(&work, customer.organisation(), id).await?;
        lock_owner(&work, customer.organisation()).await?;
        // Drafts are locked before owners: those that got it until the owner was locked must come first again.
        if attachments::drafts_with(&work, customer.organisation(), id).await? == drafts {
            attachments::detach_from(&mut work, id, drafts).await?;
            return Ok(take_back(work, customer, id).await?);
        }
    }
    Err(AppError::Unavailable("the paper is attached again and again".into()))
}

async fn take_back(mut work: Work<'_>, customer: &Customer, id: DocumentId) -> Result<bool, DbErr> {
    let removed = document::Entity::update_many()
        .col_expr(document::Column::RemovedAt, Expr::value(work.now()))
        .col_expr(document::Column::Active, Expr::value(false))
        .filter(document::Column::OrganisationId.eq(customer.organisation()))
        .filter(document::Column::Id.eq(id))
        .filter(document::Column::RemovedAt.is_null())
        .exec(&work)
        .await?;
    if removed.rows_affected == 0 {
        return Ok(false);
    }
    let paper = document::Entity::find_by_id(id).one(&work).await?;
    work.note(
        Event::of(DOCUMENT_REMOVED)
            .about(paper.as_ref().map_or_else(|| audit::Subject::new(id, ""), Into::into)),
    );
    work.commit().await?;
    Ok(true)
}

/// Makes the licence of a draft's driver that of the registered person `driver`, when the draft is submitted.
/// Of two licences the one that arrived later is in use.
pub async fn settle_driver(
    transaction: &DatabaseTransaction,
    owner: OrganisationId,
    draft: SubmissionId,
    driver: CrewMemberId,
) -> Result<(), DbErr> {
    let kind = DocumentType::DriverLicense;
    lock_owner(transaction, owner).await?;
    let Some(paper) = find_active(transaction, owner, kind, Subject::DriverOfDraft(draft)).await? else {
        return Ok(());
    };
    if let Some(active) = find_active(transaction, owner, kind, Subject::Driver(driver)).await? {
        keep_the_later(transaction, active.id, paper.id).await?;
    }
    document::Entity::update_many()
        .col_expr(document::Column::SubjectId, Expr::value(driver.as_uuid()))
        .filter(document::Column::Id.eq(paper.id))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Makes the licences of the driver `gone`, whoever owns them, those of the driver `stays`: two people turned out
/// to be one. Of two licences of an owner the one that arrived later is in use.
pub async fn move_driver(
    transaction: &DatabaseTransaction,
    gone: CrewMemberId,
    stays: CrewMemberId,
) -> Result<(), DbErr> {
    let owners = document::Entity::find()
        .select_only()
        .column(document::Column::OrganisationId)
        .filter(about(Subject::Driver(gone)))
        .into_query();
    organisation::Entity::find()
        .select_only()
        .column(organisation::Column::Id)
        .filter(organisation::Column::Id.in_subquery(owners))
        .order_by_asc(organisation::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<OrganisationId>()
        .all(transaction)
        .await?;
    keep_the_later_of_each(transaction, gone, stays).await?;
    document::Entity::update_many()
        .col_expr(document::Column::SubjectId, Expr::value(stays.as_uuid()))
        .filter(about(Subject::Driver(gone)))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Of the active licences of both an owner has one in use: the one that arrived later.
async fn keep_the_later_of_each(
    transaction: &DatabaseTransaction,
    gone: CrewMemberId,
    stays: CrewMemberId,
) -> Result<(), DbErr> {
    let active = document::Entity::find()
        .filter(document::Column::DocumentType.eq(DocumentType::DriverLicense))
        .filter(Condition::any().add(about(Subject::Driver(gone))).add(about(Subject::Driver(stays))))
        .filter(document::Column::Active.eq(true))
        .order_by_asc(document::Column::OrganisationId)
        .order_by_asc(document::Column::Id)
        .all(transaction)
        .await?;
    let pairs = active.windows(2).filter(|pair| pair[0].organisation_id == pair[1].organisation_id);
    let pairs: Vec<(DocumentId, DocumentId)> = pairs.map(|pair| (pair[0].id, pair[1].id)).collect();
    for pairs in pairs.chunks(REPLACED_AT_ONCE) {
        let mut later = CaseStatement::new();
        for (earlier, id) in pairs {
            later = later.case(document::Column::Id.eq(*earlier), Expr::value(*id));
        }
        document::Entity::update_many()
            .col_expr(document::Column::Active, Expr::value(false))
            .col_expr(document::Column::ReplacedBy, later.into())
            .filter(document::Column::Id.is_in(pairs.iter().map(|(earlier, _)| *earlier)))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

fn about(subject: Subject) -> Condition {
    let (kind, id) = subject.columns();
    Condition::all().add(document::Column::SubjectKind.eq(kind)).add(document::Column::SubjectId.eq(id))
}

/// Of two active papers that are about the same now, the one that arrived later stays in use.
async fn keep_the_later(
    transaction: &DatabaseTransaction,
    one: DocumentId,
    other: DocumentId,
) -> Result<(), DbErr> {
    let (earlier, later) = (one.min(other), one.max(other));
    deactivate(transaction, earlier).await?;
    replaced_by(transaction, earlier, later).await
}

/// Takes back the papers of a draft's driver, because it has another now.
pub async fn drop_driver_of_draft(work: &mut Work<'_>, draft: SubmissionId) -> Result<(), DbErr> {
    let (kind, id) = Subject::DriverOfDraft(draft).columns();
    document::Entity::update_many()
        .col_expr(document::Column::RemovedAt, Expr::value(work.now()))
        .col_expr(document::Column::Active, Expr::value(false))
        .filter(document::Column::SubjectKind.eq(kind))
        .filter(document::Column::SubjectId.eq(id))
        .filter(document::Column::RemovedAt.is_null())
        .exec(&*work)
        .await?;
    Ok(())
}

/// Deletes the rows of an owner's papers, none of which any entry has. Answers the keys of their files.
pub async fn delete_all_of(
    transaction: &DatabaseTransaction,
    owner: OrganisationId,
) -> Result<Vec<String>, DbErr> {
    let own = document::Column::OrganisationId.eq(owner);
    let files = document::Entity::find()
        .select_only()
        .column(document::Column::StorageKey)
        .filter(own.clone())
        .filter(document::Column::FileRemovedAt.is_null())
        .into_tuple()
        .all(transaction)
        .await?;
    document::Entity::delete_many().filter(own).exec(transaction).await?;
    Ok(files)
}

/// Of each paper the version that took its place, if one is in use; else the paper.
pub async fn versions_in_use(
    transaction: &DatabaseTransaction,
    papers: Vec<document::Model>,
) -> Result<Vec<document::Model>, DbErr> {
    let replaced = || papers.iter().filter(|paper| !paper.active);
    if replaced().next().is_none() {
        return Ok(papers);
    }
    let in_use = document::Entity::find()
        .filter(document::Column::OrganisationId.is_in(replaced().map(|paper| paper.organisation_id)))
        .filter(document::Column::DocumentType.is_in(replaced().map(|paper| paper.document_type)))
        .filter(document::Column::SubjectId.is_in(replaced().map(|paper| paper.subject_id)))
        .filter(document::Column::Active.eq(true))
        .all(transaction)
        .await?;
    let place = |paper: &document::Model| {
        (paper.organisation_id, paper.document_type, paper.subject_kind, paper.subject_id)
    };
    let latest = |paper: document::Model| {
        if paper.active {
            return paper;
        }
        in_use.iter().find(|other| place(other) == place(&paper)).cloned().unwrap_or(paper)
    };
    Ok(papers.into_iter().map(latest).collect())
}

/// The active version of a type about a subject.
pub(super) async fn find_active(
    transaction: &DatabaseTransaction,
    owner: OrganisationId,
    document_type: DocumentType,
    subject: Subject,
) -> Result<Option<document::Model>, DbErr> {
    let (kind, id) = subject.columns();
    document::Entity::find()
        .filter(document::Column::OrganisationId.eq(owner))
        .filter(document::Column::DocumentType.eq(document_type))
        .filter(document::Column::SubjectKind.eq(kind))
        .filter(document::Column::SubjectId.eq(id))
        .filter(document::Column::Active.eq(true))
        .one(transaction)
        .await
}

async fn deactivate(transaction: &DatabaseTransaction, id: DocumentId) -> Result<(), DbErr> {
    document::Entity::update_many()
        .col_expr(document::Column::Active, Expr::value(false))
        .filter(document::Column::Id.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn replaced_by(
    transaction: &DatabaseTransaction,
    old: DocumentId,
    new: DocumentId,
) -> Result<(), DbErr> {
    document::Entity::update_many()
        .col_expr(document::Column::ReplacedBy, Expr::value(new))
        .filter(document::Column::Id.eq(old))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Versions of one owner change places one after the other, and are attached so. Owners are locked last.
pub async fn lock_owner(transaction: &DatabaseTransaction, owner: OrganisationId) -> Result<(), DbErr> {
    organisation::Entity::find_by_id(owner).lock(LockType::NoKeyUpdate).one(transaction).await?;
    Ok(())
}
