//! A key that signs passes, or that signed some which are still valid.

use sea_orm::entity::prelude::*;

/// A key that signs passes, or that signed some which are still valid.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pass_key")]
pub struct Model {
    /// 0 to 255, the byte in the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// Ed25519, lower-case hex.
    pub public_key: String,
    /// The private seed, sealed with `SECRET_KEY`; base 64.
    pub sealed_seed: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Since when it signs no more.
    pub retired_at: Option<DateTimeUtc>,
    /// Until when it verifies, once retired: the latest end of the passes that it signed.
    pub verifies_until: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
