//! A link that works once. Only the hash of its secret is kept.

use sea_orm::entity::prelude::*;

use crate::kernel::types::{AccountId, OneTimeTokenId};

/// A link that works once. Only the hash of its secret is kept.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_token")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OneTimeTokenId,
    /// What it is for.
    pub kind: TokenKind,
    /// SHA-256 of the secret, lower-case hex.
    pub token_hash: String,
    /// Whose it is, if anybody's yet.
    pub account_id: Option<AccountId>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it stops working.
    pub expires_at: DateTimeUtc,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a one-time link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum TokenKind {
    /// Makes the first admin of an empty installation.
    FirstAdmin,
    /// Confirms that the address is the account's owner's.
    ConfirmAddress,
    /// Sets another password without the old one.
    ResetPassword,
    /// Sets the first password of an account that the plant made.
    Invitation,
}
