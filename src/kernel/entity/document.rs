//! One version of one paper.

use sea_orm::{Iterable as _, entity::prelude::*};

use crate::kernel::audit::Subject;
use crate::kernel::types::{AccountId, DocumentId, OrganisationId};

/// One version of one paper.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DocumentId,
    /// Who owns it.
    pub organisation_id: OrganisationId,
    /// Who handed it in.
    pub created_by: AccountId,
    /// Which of the eight.
    pub document_type: DocumentType,
    /// What it is about.
    pub subject_kind: SubjectKind,
    /// Which vehicle, driver or submission. A licence whose driver is not registered yet bears its draft's id until submission.
    pub subject_id: Uuid,
    /// As uploaded, without its path.
    pub file_name: String,
    /// By content.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Of the stored bytes, lower-case hex.
    pub sha256: String,
    /// Random; where the object store keeps the bytes.
    pub storage_key: String,
    /// Last day it is valid, as the customer stated.
    pub valid_until: Option<Date>,
    /// One is active per organisation, type and subject.
    pub active: bool,
    /// The version that took its place.
    pub replaced_by: Option<DocumentId>,
    /// When the desk accepted it, by approving a submission with it.
    pub accepted_at: Option<DateTimeUtc>,
    /// When its owner took it back.
    pub removed_at: Option<DateTimeUtc>,
    /// When it arrived.
    pub created_at: DateTimeUtc,
    /// When the bytes were given up; the row stays.
    pub file_removed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl From<&Model> for Subject {
    fn from(row: &Model) -> Self {
        Self::new(row.id, row.file_name.as_str())
    }
}

/// The eight kinds of papers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "snake_case")]
pub enum DocumentType {
    /// What is bought or sold.
    PurchaseOrder,
    /// Registration certificate of the vehicle.
    VehicleRegistration,
    /// Insurance of the vehicle.
    VehicleInsurance,
    /// Pollution under control certificate of the vehicle.
    Puc,
    /// The driver's licence.
    DriverLicense,
    /// The transport department's approval.
    TransportationApproval,
    /// The accounts department's approval.
    PaymentApproval,
    /// The purchase department's approval of the vendor.
    VendorApproval,
}

impl DocumentType {
    /// The type's name in forms and URLs.
    pub fn name(self) -> &'static str {
        match self {
            Self::PurchaseOrder => "purchase_order",
            Self::VehicleRegistration => "vehicle_registration",
            Self::VehicleInsurance => "vehicle_insurance",
            Self::Puc => "puc",
            Self::DriverLicense => "driver_license",
            Self::TransportationApproval => "transportation_approval",
            Self::PaymentApproval => "payment_approval",
            Self::VendorApproval => "vendor_approval",
        }
    }

    /// The type called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::iter().find(|kind| kind.name() == name)
    }

    /// What a paper of this type is about.
    pub fn subject_kind(self) -> SubjectKind {
        match self {
            Self::VehicleRegistration | Self::VehicleInsurance | Self::Puc => SubjectKind::Vehicle,
            Self::DriverLicense => SubjectKind::Driver,
            _ => SubjectKind::Submission,
        }
    }

    /// Whether the paper has a last day, and the gate looks at it.
    pub fn runs_out(self) -> bool {
        self.subject_kind() != SubjectKind::Submission
    }
}

/// What a paper is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum SubjectKind {
    /// `vehicle.id`.
    Vehicle,
    /// `crew_member.id`, or the draft's id until its driver is registered.
    Driver,
    /// `submission.id`.
    Submission,
}
