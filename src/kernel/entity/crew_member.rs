//! A person who comes with a vehicle: one phone, over drivers and helpers.

use sea_orm::entity::prelude::*;

use crate::kernel::audit::Subject;
use crate::kernel::types::{AccountId, CrewMemberId, Language, LicenceNo, Likeness, PersonName, PhoneNumber};

/// A person who comes with a vehicle: one phone, over drivers and helpers.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "crew_member")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CrewMemberId,
    /// Unique.
    pub phone: PhoneNumber,
    /// As first submitted, or as the plant corrected it; never shown to customers.
    pub full_name: String,
    /// The name as it is searched, [folded](PersonName::folded).
    pub name_key: String,
    /// What the person reads.
    pub language: Language,
    /// The last one given.
    pub license_no: Option<LicenceNo>,
    /// What the ways to write that licence's number share; absent where it tells nobody apart. Of an earlier licence where
    /// an older release wrote the row, for an hour at most.
    pub license_likeness: Option<Likeness>,
    /// When the plant last corrected the name.
    pub corrected_at: Option<DateTimeUtc>,
    /// The same person under another phone, who stands for this one.
    pub merged_into: Option<CrewMemberId>,
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
        Self::new(row.id, row.full_name.as_str())
    }
}

impl Model {
    /// Whether `name` is how the person is called.
    pub fn is_called(&self, name: &PersonName) -> bool {
        PersonName::key_of(&self.full_name) == name.key()
    }

    /// Whether it is on the blacklist at `now`.
    pub fn is_blacklisted(&self, now: DateTimeUtc) -> bool {
        self.blacklisted_from.is_some_and(|from| from <= now)
            && self.blacklisted_until.is_none_or(|until| now < until)
    }
}
