//! A company that sends vehicles, or the plant itself. Customers own through it.

use sea_orm::entity::prelude::*;

use crate::kernel::audit::Subject;
use crate::kernel::types::OrganisationId;

/// A company that sends vehicles, or the plant itself. Customers own through it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganisationId,
    /// As its first account gave it; at most 200 characters.
    pub name: String,
    /// When it registered.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl From<&Model> for Subject {
    fn from(row: &Model) -> Self {
        Self::new(row.id, row.name.as_str())
    }
}
