//! Fills in what look-alikes share in rows of a release that did not know it.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::LockType,
};
use uuid::Uuid;

use super::database::Database;
use crate::entity::{crew_member, vehicle};
use crate::types::{CrewMemberId, LicenceNo, VehicleId};

/// Rows a transaction: other writers wait no longer than that takes.
const BATCH: u64 = 500;

/// Fills in all vehicles and licences that lack theirs.
///
/// # Errors
/// When the database does not answer; the batches before are kept.
pub async fn fill(database: &Database) -> Result<(), DbErr> {
    let mut next = Some(VehicleId::new(Uuid::nil()));
    while let Some(after) = next {
        next = fill_vehicles(database, after).await?;
    }
    let mut next = Some(CrewMemberId::new(Uuid::nil()));
    while let Some(after) = next {
        next = fill_licences(database, after).await?;
    }
    Ok(())
}

/// A batch of vehicles behind `after`. Answers the last of it.
async fn fill_vehicles(database: &Database, after: VehicleId) -> Result<Option<VehicleId>, DbErr> {
    use vehicle::Column;
    let transaction = database.write().await?;
    let rows = vehicle::Entity::find()
        .filter(Column::Likeness.is_null())
        .filter(Column::Id.gt(after))
        .order_by_asc(Column::Id)
        .limit(BATCH)
        .lock(LockType::NoKeyUpdate)
        .all(&*transaction)
        .await?;
    let last = rows.last().map(|row| row.id);
    for row in rows {
        let likeness = row.registration_no.likeness();
        let mut row = row.into_active_model();
        row.likeness = Set(Some(likeness));
        row.update(&*transaction).await?;
    }
    transaction.commit().await?;
    Ok(last)
}

/// A batch of people behind `after` who have a licence. Answers the last of it.
async fn fill_licences(database: &Database, after: CrewMemberId) -> Result<Option<CrewMemberId>, DbErr> {
    use crew_member::Column;
    let transaction = database.write().await?;
    let rows = crew_member::Entity::find()
        .filter(Column::LicenseNo.is_not_null())
        .filter(Column::LicenseLikeness.is_null())
        .filter(Column::Id.gt(after))
        .order_by_asc(Column::Id)
        .limit(BATCH)
        .lock(LockType::NoKeyUpdate)
        .all(&*transaction)
        .await?;
    let last = rows.last().map(|row| row.id);
    for row in rows {
        let Some(likeness) = row.license_no.as_ref().and_then(LicenceNo::likeness) else { continue };
        let mut row = row.into_active_model();
        row.license_likeness = Set(Some(likeness));
        row.update(&*transaction).await?;
    }
    transaction.commit().await?;
    Ok(last)
}
