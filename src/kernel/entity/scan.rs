//! Something was held before the gate, and what the gate said.

use sea_orm::entity::prelude::*;

use crate::kernel::types::{AccountId, GateId, ScanId, SubmissionId};

/// Something was held before the gate, and what the gate said.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scan")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ScanId,
    /// When.
    pub scanned_at: DateTimeUtc,
    /// By whom.
    pub scanned_by: AccountId,
    /// Where.
    pub gate_id: GateId,
    /// What it was read as.
    pub means: ScanMeans,
    /// What was typed, at most 64 characters; empty for a token.
    pub typed: String,
    /// SHA-256 of the code as it came, lower-case hex; nothing where a guard noted a refusal.
    pub code_hash: Option<String>,
    /// What it led to, if anything.
    pub submission_id: Option<SubmissionId>,
    /// `ok`, `inside`, `warn` or `stop`.
    pub verdict: String,
    /// Reason codes, by space.
    pub reasons: String,
    /// Why the guard refused entry.
    pub refusal: Option<String>,
    /// The submission's row.
    #[sea_orm(belongs_to, from = "submission_id", to = "id")]
    pub submission: BelongsTo<Option<super::submission::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a scanned or typed code was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum ScanMeans {
    /// A signed pass token, alone or in its URL.
    Token,
    /// The eight characters under the QR code.
    Reference,
    /// A vehicle number.
    Plate,
    /// A phone of the crew or the customer.
    Phone,
    /// None of these.
    Unknown,
}
