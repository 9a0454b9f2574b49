//! A browser that has signed in to an account before. Only the hash of its code is kept.

use sea_orm::entity::prelude::*;

use crate::kernel::types::{AccountId, DeviceId};

/// A browser that has signed in to an account before. Only the hash of its code is kept.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeviceId,
    /// SHA-256 of the code, lower-case hex; unique.
    pub code_hash: String,
    /// Who signed in.
    pub account_id: AccountId,
    /// When they first did.
    pub created_at: DateTimeUtc,
    /// When they last did.
    pub seen_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
