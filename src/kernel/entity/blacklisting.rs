//! One entry of the blacklist, past or present. What holds now stands with the vehicle or person as well.

use sea_orm::entity::prelude::*;

use crate::kernel::types::{AccountId, BlacklistingId};

/// One entry of the blacklist, past or present.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blacklisting")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BlacklistingId,
    /// What may not enter.
    pub subject_kind: JudgedKind,
    /// Which vehicle or person.
    pub subject_id: Uuid,
    /// Why.
    pub reason: String,
    /// Since when.
    pub begins_at: DateTimeUtc,
    /// Until when; absent: until further notice.
    pub ends_at: Option<DateTimeUtc>,
    /// Who said so.
    pub set_by: AccountId,
    /// When.
    pub set_at: DateTimeUtc,
    /// Who took it back, or put another in its place.
    pub lifted_by: Option<AccountId>,
    /// When.
    pub lifted_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What the plant has an opinion about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum JudgedKind {
    /// `vehicle.id`
    Vehicle,
    /// `crew_member.id`
    CrewMember,
}
