//! What the installation remembers of itself.

use sea_orm::entity::prelude::*;

/// What the installation remembers of itself.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "setting")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// At most 1 000 characters.
    pub value: String,
}

impl ActiveModelBehavior for ActiveModel {}
