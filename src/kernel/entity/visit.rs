//! One stay inside: in and, later, out. A vehicle has at most one that is open.

use sea_orm::entity::prelude::*;

use crate::kernel::types::{AccountId, GateId, SubmissionId, VehicleId, VisitId};

/// One stay inside: in and, later, out. A vehicle has at most one that is open.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VisitId,
    /// With which pass; unique.
    pub submission_id: SubmissionId,
    /// Which vehicle.
    pub vehicle_id: VehicleId,
    /// When it was let in.
    pub entered_at: DateTimeUtc,
    /// Where.
    pub entry_gate_id: GateId,
    /// By whom.
    pub entry_by: AccountId,
    /// The form that did it: the same nonce is the same event.
    pub entry_nonce: Uuid,
    /// Codes of the warnings the guard confirmed, or of all that a supervisor overrode, by space.
    pub confirmed: String,
    /// Why a supervisor let it in past a stop.
    pub override_reason: Option<String>,
    /// When it was let out.
    pub left_at: Option<DateTimeUtc>,
    /// Where.
    pub exit_gate_id: Option<GateId>,
    /// By whom.
    pub exit_by: Option<AccountId>,
    /// The form that did it.
    pub exit_nonce: Option<Uuid>,
    /// The gate that let it in.
    #[sea_orm(belongs_to, from = "entry_gate_id", to = "id")]
    pub entry_gate: BelongsTo<super::gate::Entity>,
    /// Who let it in.
    #[sea_orm(belongs_to, from = "entry_by", to = "id")]
    pub entry_guard: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
