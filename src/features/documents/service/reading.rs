//! Finding papers. Whose they are is in every query.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::storing::Subject;
use crate::access::{Customer, Reader};
use crate::entity::document::{self, DocumentType, SubjectKind};
use crate::state::AppState;
use crate::types::{DocumentId, OrganisationId};

/// A paper that `reader` may open.
pub async fn find(
    state: &AppState,
    reader: &Reader,
    id: DocumentId,
) -> Result<Option<document::Model>, DbErr> {
    let mut query = document::Entity::find_by_id(id);
    if let Some(owner) = reader.limited_to() {
        query = query.filter(document::Column::OrganisationId.eq(owner));
    }
    query.one(state.database.reader()).await
}

/// Every version of a paper's type about its subject, the latest first, at most 100.
pub async fn versions(state: &AppState, of: &document::Model) -> Result<Vec<document::Model>, DbErr> {
    document::Entity::find()
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

/// The owner's active papers about any of `subjects`.
pub async fn active_about(
    database: &impl ConnectionTrait,
    owner: OrganisationId,
    subjects: &[Subject],
) -> Result<Vec<document::Model>, DbErr> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let any_subject = subjects.iter().fold(sea_orm::Condition::any(), |any, subject| {
        let (kind, id) = subject.columns();
        any.add(
            sea_orm::Condition::all()
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

/// A vehicle's papers that the desk has accepted, whoever brought them; the latest of each type. All that
/// strangers may learn is that they are on file and until when.
pub async fn accepted_of_vehicle(
    database: &impl ConnectionTrait,
    vehicle: Uuid,
) -> Result<Vec<(DocumentType, Option<chrono::NaiveDate>)>, DbErr> {
    let accepted = document::Entity::find()
        .filter(document::Column::SubjectKind.eq(SubjectKind::Vehicle))
        .filter(document::Column::SubjectId.eq(vehicle))
        .filter(document::Column::AcceptedAt.is_not_null())
        .filter(document::Column::RemovedAt.is_null())
        .order_by_desc(document::Column::Id)
        .limit(50)
        .all(database)
        .await?;
    let mut latest: Vec<(DocumentType, Option<chrono::NaiveDate>)> = Vec::new();
    for paper in accepted {
        if !latest.iter().any(|(kind, _)| *kind == paper.document_type) {
            latest.push((paper.document_type, paper.valid_until));
        }
    }
    latest.sort_by_key(|(kind, _)| *kind);
    Ok(latest)
}
