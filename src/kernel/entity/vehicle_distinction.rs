//! Two vehicles that the plant knows to be two, though their numbers look alike.

use sea_orm::entity::prelude::*;

use crate::kernel::types::{AccountId, Remark, VehicleId};

/// Two vehicles that the plant knows to be two, though their numbers look alike. A pair is one row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vehicle_distinction")]
pub struct Model {
    /// The one with the smaller id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub vehicle_id: VehicleId,
    /// The other one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub other_id: VehicleId,
    /// Who said so.
    pub told_by: AccountId,
    /// When.
    pub told_at: DateTimeUtc,
    /// Why; absent in rows of an older release, which did not ask.
    pub reason: Option<Remark>,
}

impl ActiveModelBehavior for ActiveModel {}
