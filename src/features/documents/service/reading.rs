//! Finding papers. Whose they are is in every query.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, JoinType, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, Func, SelectStatement},
};
use uuid::Uuid;

use super::attachments;
use super::storing::Subject;
use crate::kernel::access::{Customer, Reader, Supervisor};
use crate::kernel::entity::document::{self, SubjectKind};
use crate::kernel::entity::{submission, vehicle};
use crate::kernel::state::AppState;
use crate::kernel::types::{DocumentId, OrganisationId, RegistrationNo};

/// A paper that `reader` may open.
pub async fn find(
    state: &AppState,
    reader: &Reader,
    id: DocumentId,
) -> Result<Option<document::Model>, DbErr> {
    document::Entity::find_by_id(id).filter(may_open(reader)).one(state.database.reader()).await
}

/// What `reader` may open: a customer the organisation's own papers, staff those that entries were submitted
/// with, a guard of these the vehicle's and the driver's.
fn may_open(reader: &Reader) -> Condition {
    match reader {
        Reader::Customer(customer) => {
            Condition::all().add(document::Column::OrganisationId.eq(customer.organisation()))
        }
        Reader::Staff(guard) => {
            let submitted = Condition::all().add(attachments::is_submitted());
            if Supervisor::of(guard).is_some() {
                submitted
            } else {
                submitted.add(document::Column::SubjectKind.ne(SubjectKind::Submission))
            }
        }
    }
}

/// Every version of a paper's type about its subject that `reader` may open, the latest first, at most 100.
pub async fn versions(
    state: &AppState,
    reader: &Reader,
    of: &document::Model,
) -> Result<Vec<document::Model>, DbErr> {
    document::Entity::find()
        .filter(may_open(reader))
        .filter(document::Column::OrganisationId.eq(of.organisation_id))
        .filter(document::Column::DocumentType.eq(of.document_type))
        .filter(document::Column::SubjectKind.eq(of.subject_kind))
        .filter(document::Column::SubjectId.eq(of.subject_id))
        .order_by_desc(document::Column::Id)
        .limit(100)
        .all(state.database.reader())
        .await
}

/// The customer's active papers, the latest first: `limit` of them, those before `before`.
pub async fn own(
    state: &AppState,
    customer: &Customer,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<document::Model>, DbErr> {
    let mut query = document::Entity::find()
        .filter(document::Column::OrganisationId.eq(customer.organisation()))
        .filter(document::Column::Active.eq(true));
    if let Some(before) = before {
        query = query.filter(document::Column::Id.lt(before));
    }
    query.order_by_desc(document::Column::Id).limit(limit).all(state.database.reader()).await
}

/// What `papers` of the customer's are about, by their ids: the vehicle's number, or the driver's name as the customer
/// last gave it.
pub async fn subjects(
    state: &AppState,
    customer: &Customer,
    papers: &[document::Model],
) -> Result<HashMap<DocumentId, String>, DbErr> {
    use submission::Column::{DriverName, VehicleNumber};
    type Row = (DocumentId, SubjectKind, Option<RegistrationNo>, Option<String>);
    let about = document::Entity::belongs_to(vehicle::Entity).from(document::Column::SubjectId);
    let draft = document::Entity::belongs_to(submission::Entity).from(document::Column::SubjectId);
    let col = |column| Expr::col((submission::Entity, column));
    let number = [Expr::col((vehicle::Entity, vehicle::Column::RegistrationNo)), col(VehicleNumber)];
    let rows: Vec<Row> = document::Entity::find()
        .select_only()
        .columns([document::Column::Id, document::Column::SubjectKind])
        .expr_as(Func::coalesce(number), "number")
        .expr_as(Func::coalesce([Expr::from(last_name_of_driver()), col(DriverName)]), "driver")
        .join(JoinType::LeftJoin, about.to(vehicle::Column::Id).into())
        .join(JoinType::LeftJoin, draft.to(submission::Column::Id).into())
        .filter(document::Column::OrganisationId.eq(customer.organisation()))
        .filter(document::Column::Id.is_in(papers.iter().map(|paper| paper.id)))
        .into_tuple()
        .all(state.database.reader())
        .await?;
    let named = rows.into_iter().filter_map(|(id, kind, number, driver)| {
        let number = number.map(|number| number.to_string());
        Some((id, if kind == SubjectKind::Driver { driver } else { number }?))
    });
    Ok(named.collect())
}

/// Of a paper's driver, as the paper's owner last gave it.
fn last_name_of_driver() -> SelectStatement {
    use submission::Column;
    let same = |column, other| Expr::col((submission::Entity, column)).equals((document::Entity, other));
    submission::Entity::find()
        .select_only()
        .column(Column::DriverName)
        .filter(same(Column::OrganisationId, document::Column::OrganisationId))
        .filter(same(Column::DriverId, document::Column::SubjectId))
        .order_by_desc(Column::Id)
        .limit(1)
        .into_query()
}

/// The owner's active papers about any of `subjects`.
pub async fn active_about(
    database: &impl ConnectionTrait,
    owner: OrganisationId,
    subjects: &[Subject],
) -> Result<Vec<document::Model>, DbErr> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let any_subject = subjects.iter().fold(Condition::any(), |any, subject| {
        let (kind, id) = subject.columns();
        any.add(
            Condition::all()
                .add(document::Column::SubjectKind.eq(kind))
                .add(document::Column::SubjectId.eq(id)),
        )
    });
    document::Entity::find()
        .filter(document::Column::OrganisationId.eq(owner))
        .filter(document::Column::Active.eq(true))
        .filter(any_subject)
        .all(database)
        .await
}

/// The papers about a vehicle or driver that the desk has accepted, whoever brought them; the latest of each
/// type.
pub async fn accepted_about(
    database: &impl ConnectionTrait,
    subject: Subject,
) -> Result<Vec<document::Model>, DbErr> {
    let (kind, id) = subject.columns();
    let latest = attachments::types_about(kind).fold(Condition::any(), |any, document_type| {
        let latest = document::Entity::find()
            .select_only()
            .column(document::Column::Id)
            .filter(document::Column::SubjectKind.eq(kind))
            .filter(document::Column::SubjectId.eq(id))
            .filter(document::Column::DocumentType.eq(document_type))
            .filter(document::Column::AcceptedAt.is_not_null())
            .filter(document::Column::RemovedAt.is_null())
            .order_by_desc(document::Column::Id)
            .limit(1)
            .into_query();
        any.add(Expr::col((document::Entity, document::Column::Id)).eq(latest))
    });
    let mut papers = document::Entity::find().filter(latest).all(database).await?;
    papers.sort_by_key(|paper| paper.document_type);
    Ok(papers)
}
