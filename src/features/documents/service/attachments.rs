//! Which versions a submission is made with.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, Iterable as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Expr, ExprTrait as _, OnConflict, SelectStatement, SimpleExpr},
};

use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::document::{self, DocumentType, SubjectKind};
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::entity::submission_document;
use crate::kernel::types::{DocumentId, OrganisationId, SubmissionId};
use crate::kernel::work::Work;

/// The papers of a submission, in the order of the eight types.
pub async fn of_submission(
    database: &impl ConnectionTrait,
    submission: SubmissionId,
) -> Result<Vec<document::Model>, DbErr> {
    papers(database, submission_document::Column::SubmissionId.eq(submission)).await
}

/// The papers of the one submission that `which` selects by its id.
pub async fn of_the_one(
    database: &impl ConnectionTrait,
    which: SelectStatement,
) -> Result<Vec<document::Model>, DbErr> {
    papers(database, submission_document::Column::SubmissionId.in_subquery(which)).await
}

async fn papers(database: &impl ConnectionTrait, which: SimpleExpr) -> Result<Vec<document::Model>, DbErr> {
    let attached = submission_document::Entity::find()
        .filter(which)
        .find_also_related(document::Entity)
        .all(database)
        .await?;
    let mut papers: Vec<document::Model> = attached.into_iter().filter_map(|(_, paper)| paper).collect();
    papers.sort_by_key(|paper| paper.document_type);
    Ok(papers)
}

/// Attaches `papers`, one of a type, to a draft, in the place of others of their types.
pub async fn attach(
    transaction: &DatabaseTransaction,
    draft: SubmissionId,
    papers: impl IntoIterator<Item = &document::Model>,
) -> Result<(), DbErr> {
    use submission_document::Column;
    let rows = papers.into_iter().map(|paper| submission_document::ActiveModel {
        submission_id: Set(draft),
        document_type: Set(paper.document_type),
        document_id: Set(paper.id),
    });
    submission_document::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([Column::SubmissionId, Column::DocumentType])
                .update_column(Column::DocumentId)
                .to_owned(),
        )
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Takes the papers of `types` off a draft.
pub async fn detach(
    transaction: &DatabaseTransaction,
    draft: SubmissionId,
    types: impl IntoIterator<Item = DocumentType>,
) -> Result<(), DbErr> {
    submission_document::Entity::delete_many()
        .filter(submission_document::Column::SubmissionId.eq(draft))
        .filter(submission_document::Column::DocumentType.is_in(types))
        .exec(transaction)
        .await?;
    Ok(())
}

/// The owner's drafts that `paper` is attached to, by their ids.
pub(super) async fn drafts_with(
    transaction: &DatabaseTransaction,
    owner: OrganisationId,
    paper: DocumentId,
) -> Result<Vec<SubmissionId>, DbErr> {
    ids(transaction, with(owner, paper)).await
}

/// The same, locked so that none is submitted meanwhile.
pub(super) async fn lock_drafts_with(
    transaction: &DatabaseTransaction,
    owner: OrganisationId,
    paper: DocumentId,
) -> Result<Vec<SubmissionId>, DbErr> {
    ids(transaction, with(owner, paper).lock_exclusive()).await
}

async fn ids(
    transaction: &DatabaseTransaction,
    drafts: Select<submission::Entity>,
) -> Result<Vec<SubmissionId>, DbErr> {
    Ok(drafts.all(transaction).await?.into_iter().map(|draft| draft.id).collect())
}

fn with(owner: OrganisationId, paper: DocumentId) -> Select<submission::Entity> {
    let attached_to = submission_document::Entity::find()
        .select_only()
        .column(submission_document::Column::SubmissionId)
        .filter(submission_document::Column::DocumentId.eq(paper))
        .into_query();
    submission::Entity::find()
        .filter(submission::Column::OrganisationId.eq(owner))
        .filter(submission::Column::Id.in_subquery(attached_to))
        .filter(submission::Column::Status.eq(SubmissionStatus::Draft))
        .order_by_asc(submission::Column::Id)
}

/// Takes a paper off `drafts`, which thereby change. Submissions keep it.
pub(super) async fn detach_from(
    work: &mut Work<'_>,
    paper: DocumentId,
    drafts: Vec<SubmissionId>,
) -> Result<(), DbErr> {
    submission::Entity::update_many()
        .col_expr(submission::Column::DraftVersion, Expr::col(submission::Column::DraftVersion).add(1))
        .col_expr(submission::Column::ChangedAt, Expr::value(work.now()))
        .filter(submission::Column::Id.is_in(drafts.clone()))
        .exec(&*work)
        .await?;
    submission_document::Entity::delete_many()
        .filter(submission_document::Column::DocumentId.eq(paper))
        .filter(submission_document::Column::SubmissionId.is_in(drafts))
        .exec(&*work)
        .await?;
    Ok(())
}

/// Whether a submission was made with the paper: asked of the paper's own row, whose attachments are few.
pub(super) fn is_submitted() -> SimpleExpr {
    let with_it = Expr::col((submission_document::Entity, submission_document::Column::DocumentId))
        .equals((document::Entity, document::Column::Id));
    Expr::exists(
        submission_document::Entity::find()
            .select_only()
            .column(submission_document::Column::DocumentId)
            .inner_join(submission::Entity)
            .filter(with_it)
            .filter(submission::Column::Status.ne(SubmissionStatus::Draft))
            .into_query(),
    )
}

/// Notes that the desk has accepted the papers of a submission, by approving it.
pub async fn accept(work: &mut Work<'_>, submission: SubmissionId) -> Result<(), DbErr> {
    let attached = submission_document::Entity::find()
        .select_only()
        .column(submission_document::Column::DocumentId)
        .filter(submission_document::Column::SubmissionId.eq(submission))
        .into_query();
    document::Entity::update_many()
        .col_expr(document::Column::AcceptedAt, Expr::value(work.now()))
        .filter(document::Column::Id.in_subquery(attached))
        .filter(document::Column::AcceptedAt.is_null())
        .exec(&*work)
        .await?;
    Ok(())
}

/// Papers about `kind`.
pub fn types_about(kind: SubjectKind) -> impl Iterator<Item = DocumentType> {
    DocumentType::iter().filter(move |document_type| document_type.subject_kind() == kind)
}
