//! A browser that is signed in. Only the hash of its key is kept.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{Condition, entity::prelude::*};

use crate::kernel::types::{AccountId, SessionId};

/// A browser that is signed in. Only the hash of its key is kept.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Key; may be shown.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// SHA-256 of the session key, lower-case hex.
    pub key_hash: String,
    /// Who signed in.
    pub account_id: AccountId,
    /// From which address.
    pub address: String,
    /// The browser by its own words; at most 255 characters.
    pub user_agent: String,
    /// When it signed in.
    pub created_at: DateTimeUtc,
    /// When it was last used, to within some minutes.
    pub seen_at: DateTimeUtc,
    /// When it ends, used or not.
    pub expires_at: DateTimeUtc,
    /// The account's row.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// How long a session lasts without being used.
const IDLE: Duration = Duration::hours(12);

/// The sessions that still are at `now`.
pub fn alive(now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::ExpiresAt.gt(now)).add(Column::SeenAt.gt(now - IDLE))
}
