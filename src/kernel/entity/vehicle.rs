//! A vehicle: one registration number.

use sea_orm::entity::prelude::*;

use crate::kernel::audit::Subject;
use crate::kernel::types::{AccountId, Likeness, RegistrationNo, VehicleId};

/// A vehicle: one registration number.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vehicle")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VehicleId,
    /// Unique.
    pub registration_no: RegistrationNo,
    /// What its look-alikes share with it; absent in rows that an older release wrote, for an hour at most.
    pub likeness: Option<Likeness>,
    /// The plant's note; never shown to customers.
    pub remark: Option<String>,
    /// 0 to 5.
    pub rating: Option<i16>,
    /// Why it may not enter.
    pub blacklist_reason: Option<String>,
    /// Since when it may not enter; absent: it may.
    pub blacklisted_from: Option<DateTimeUtc>,
    /// Until when; absent with a beginning: until further notice.
    pub blacklisted_until: Option<DateTimeUtc>,
    /// Who said so.
    pub blacklisted_by: Option<AccountId>,
    /// Goes up with every change by the desk, so that none goes unnoticed.
    pub version: i32,
    /// When it first came up.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl From<&Model> for Subject {
    fn from(row: &Model) -> Self {
        Self::new(row.id, row.registration_no.as_str())
    }
}

impl Model {
    /// Whether it is on the blacklist at `now`.
    pub fn is_blacklisted(&self, now: DateTimeUtc) -> bool {
        self.blacklisted_from.is_some_and(|from| from <= now)
            && self.blacklisted_until.is_none_or(|until| now < until)
    }
}
