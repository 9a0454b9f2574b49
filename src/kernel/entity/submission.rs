//! One entry of one vehicle, from draft to decision. What was typed stays as it was when submitted.

use sea_orm::{Iterable as _, entity::prelude::*};

use crate::kernel::audit::Subject;
use crate::kernel::types::{
    AccountId, CrewMemberId, EmailAddress, Language, LicenceNo, OrganisationId, PhoneNumber, Reference,
    RegistrationNo, SubmissionId, VehicleId,
};

/// One entry of one vehicle, from draft to decision. What was typed stays as it was when submitted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "submission")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubmissionId,
    /// Who owns it.
    pub organisation_id: OrganisationId,
    /// Who opened the draft.
    pub created_by: AccountId,
    /// What people say on the phone; unique.
    pub reference: Reference,
    /// As stored: see `status_at` for what holds.
    pub status: SubmissionStatus,
    /// Goes up with every change of the draft, so that what is submitted is what was checked.
    pub draft_version: i32,
    /// When the draft was opened.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub changed_at: DateTimeUtc,
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// Its number as it was.
    pub vehicle_number: RegistrationNo,
    /// The day it is expected, site time.
    pub expected_on: Date,
    /// As it was.
    pub customer_email: EmailAddress,
    /// As typed in the draft.
    pub customer_phone: PhoneNumber,
    /// The organisation's name as it was.
    pub company_name: String,
    /// Set on submission.
    pub driver_id: Option<CrewMemberId>,
    /// As typed.
    pub driver_name: Option<String>,
    /// As typed.
    pub driver_phone: Option<PhoneNumber>,
    /// Which language the pass speaks.
    pub driver_language: Option<Language>,
    /// As typed.
    pub driver_license_no: Option<LicenceNo>,
    /// Set on submission, if there is a helper.
    pub helper_id: Option<CrewMemberId>,
    /// As typed.
    pub helper_name: Option<String>,
    /// As typed.
    pub helper_phone: Option<PhoneNumber>,
    /// What the helper reads.
    pub helper_language: Option<Language>,
    /// When it was submitted.
    pub submitted_at: Option<DateTimeUtc>,
    /// 00:00 of the expected day, site time.
    pub valid_from: Option<DateTimeUtc>,
    /// The end of the window, exclusive.
    pub valid_until: Option<DateTimeUtc>,
    /// The signed token in the QR code.
    pub pass_token: Option<String>,
    /// SHA-256 of the token; unique.
    pub pass_hash: Option<String>,
    /// When the desk last decided.
    pub decided_at: Option<DateTimeUtc>,
    /// Who decided.
    pub decided_by: Option<AccountId>,
    /// Why it was rejected.
    pub decision_reason: Option<String>,
    /// When the vehicle was let in with this pass.
    pub entered_at: Option<DateTimeUtc>,
    /// When it was completed, cancelled or swept as expired.
    pub ended_at: Option<DateTimeUtc>,
    /// What the desk's search looks through: lower case, made on submission.
    pub search_text: String,
    /// The rejected one that it was made from; unique.
    pub corrects: Option<SubmissionId>,
    /// SHA-256 of the form that opened it, lower-case hex; unique in the organisation: a form sent twice
    /// opens one draft.
    pub opened_with: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

impl From<&Model> for Subject {
    fn from(row: &Model) -> Self {
        Self::new(row.id, format!("{} {}", row.vehicle_number.as_str(), row.reference.as_str()))
    }
}

/// Where a submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum SubmissionStatus {
    /// Being filled in; nobody but its owner sees it.
    Draft,
    /// Waits for the desk.
    Pending,
    /// May enter in its window.
    Approved,
    /// The desk said no.
    Rejected,
    /// Came and left, or was closed by the desk.
    Completed,
    /// Taken back by the customer.
    Cancelled,
    /// Its window passed without entry.
    Expired,
}

impl SubmissionStatus {
    /// The status as URLs write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The status called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::iter().find(|status| status.name() == name)
    }
}

impl Model {
    /// Whether the vehicle is inside with this pass.
    pub fn is_inside(&self) -> bool {
        self.status == SubmissionStatus::Approved && self.entered_at.is_some()
    }

    /// The status that holds at `now`: a pass whose window passed without entry is expired from that
    /// moment on, whether or not a sweep has written it down.
    pub fn status_at(&self, now: DateTimeUtc) -> SubmissionStatus {
        let waits = matches!(self.status, SubmissionStatus::Pending | SubmissionStatus::Approved);
        let over = self.valid_until.is_some_and(|until| until <= now);
        if waits && over && !self.is_inside() { SubmissionStatus::Expired } else { self.status }
    }

    /// Whether its pass can open the gate at `now`, or could after a decision.
    pub fn is_live_at(&self, now: DateTimeUtc) -> bool {
        matches!(self.status_at(now), SubmissionStatus::Pending | SubmissionStatus::Approved)
    }
}
