//! A gate of the site.

use sea_orm::entity::prelude::*;

use crate::kernel::audit::Subject;
use crate::kernel::types::GateId;

/// A gate of the site.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gate")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GateId,
    /// As guards call it.
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}

impl From<&Model> for Subject {
    fn from(row: &Model) -> Self {
        Self::new(row.id, row.name.as_str())
    }
}
