//! Finding papers. Whose they are is in every query.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::attachments;
use super::storing::Subject;
use crate::access::{Customer, Reader, Supervisor};
use crate::entity::document::{self, SubjectKind};
use crate::entity::{submission, vehicle};
use crate::state::AppState;
use crate::types::{CrewMemberId, DocumentId, OrganisationId, SubmissionId, VehicleId};

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

/// What `papers` of the customer's are about, by their subjects' ids: the vehicle's number, or the driver's name
/// as the customer last gave it.
pub async fn subjects(
    state: &AppState,
    customer: &Customer,
    papers: &[document::Model],
) -> Result<HashMap<Uuid, String>, DbErr> {
    let ids = || papers.iter().map(|paper| paper.subject_id);
    let mut names = HashMap::new();
    let entries = submission::Entity::find()
        .filter(submission::Column::OrganisationId.eq(customer.organisation()))
        .filter(
            Condition::any()
                .add(submission::Column::Id.is_in(ids().map(SubmissionId::new)))
                .add(submission::Column::DriverId.is_in(ids().map(CrewMemberId::new))),
        )
        .order_by_desc(submission::Column::Id)
        .limit(1000)
        .all(state.database.reader())
        .await?;
    for entry in entries {
        let driver = entry.driver_name.unwrap_or_default();
        if let Some(id) = entry.driver_id {
            names.entry(id.as_uuid()).or_insert_with(|| driver.clone());
        }
        for paper in papers.iter().filter(|paper| paper.subject_id == entry.id.as_uuid()) {
            let is_licence = paper.subject_kind == SubjectKind::Driver;
            let name = if is_licence { driver.clone() } else { entry.vehicle_number.to_string() };
            names.entry(entry.id.as_uuid()).or_insert(name);
        }
    }
    let vehicles = vehicle::Entity::find()
        .filter(vehicle::Column::Id.is_in(ids().map(VehicleId::new)))
        .all(state.database.reader())
        .await?;
    names.extend(
        vehicles.into_iter().map(|vehicle| (vehicle.id.as_uuid(), vehicle.registration_no.to_string())),
    );
    Ok(names)
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
    let accepted = document::Entity::find()
        .filter(document::Column::SubjectKind.eq(kind))
        .filter(document::Column::SubjectId.eq(id))
        .filter(document::Column::AcceptedAt.is_not_null())
        .filter(document::Column::RemovedAt.is_null())
        .order_by_desc(document::Column::Id)
        .limit(50)
        .all(database)
        .await?;
    let mut latest: Vec<document::Model> = Vec::new();
    for paper in accepted {
        if !latest.iter().any(|other| other.document_type == paper.document_type) {
            latest.push(paper);
        }
    }
    latest.sort_by_key(|paper| paper.document_type);
    Ok(latest)
}
