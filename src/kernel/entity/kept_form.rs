//! What was typed into a form that met an ended session, until its owner signs in again.

use sea_orm::entity::prelude::*;

/// What was typed into a form that met an ended session, until its owner signs in again.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "kept_form")]
pub struct Model {
    /// SHA-256 of the cookie by which the browser is known, lower-case hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_hash: String,
    /// Whose it is, where it goes and what is in it; encrypted.
    #[sea_orm(column_type = "Text")]
    pub sealed: String,
    /// Whether its owner has signed in since.
    pub offered: bool,
    /// When it is forgotten.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
