//! Entries of vehicles: the customer's steps from draft to pass, and what becomes of them.

mod corrections;
mod crew;
mod expiry;
mod hostile_input;
mod list;
mod lookup;
mod quotas;
mod review;
mod status;
mod vehicle;

use gatehouse::kernel::entity::{
    crew_member, document, submission, submission_document, vehicle as vehicles,
};
use sea_orm::{EntityTrait as _, QueryOrder as _};

use crate::support::App;

/// All rows that entries consist of: where two readings are alike, nothing was written between them.
async fn written(app: &App) -> String {
    let database = app.state().database.reader();
    let submissions =
        submission::Entity::find().order_by_asc(submission::Column::Id).all(database).await.unwrap();
    let vehicles = vehicles::Entity::find().order_by_asc(vehicles::Column::Id).all(database).await.unwrap();
    let crew = crew_member::Entity::find().order_by_asc(crew_member::Column::Id).all(database).await.unwrap();
    let papers = document::Entity::find().order_by_asc(document::Column::Id).all(database).await.unwrap();
    let attached = submission_document::Entity::find()
        .order_by_asc(submission_document::Column::SubmissionId)
        .order_by_asc(submission_document::Column::DocumentType)
        .all(database)
        .await
        .unwrap();
    format!("{submissions:#?}\n{vehicles:#?}\n{crew:#?}\n{papers:#?}\n{attached:#?}")
}
