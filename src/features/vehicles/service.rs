//! Vehicles, known by their registration number.

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait as _,
    QueryFilter as _, sea_query::OnConflict,
};

use crate::entity::vehicle;
use crate::state::AppState;
use crate::types::{RegistrationNo, VehicleId};

/// The vehicle with this number.
pub async fn find(
    database: &impl ConnectionTrait,
    number: &RegistrationNo,
) -> Result<Option<vehicle::Model>, DbErr> {
    vehicle::Entity::find().filter(vehicle::Column::RegistrationNo.eq(number.clone())).one(database).await
}

/// The vehicle with this number, made if it never came up before.
pub async fn find_or_create(
    state: &AppState,
    transaction: &DatabaseTransaction,
    number: &RegistrationNo,
) -> Result<vehicle::Model, DbErr> {
    let new = vehicle::ActiveModel {
        id: Set(VehicleId::new(state.clock.new_uuid())),
        registration_no: Set(number.clone()),
        created_at: Set(state.clock.now()),
        ..Default::default()
    };
    vehicle::Entity::insert(new)
        .on_conflict(OnConflict::column(vehicle::Column::RegistrationNo).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    find(transaction, number).await?.ok_or_else(|| DbErr::RecordNotFound("the vehicle just made".to_owned()))
}
