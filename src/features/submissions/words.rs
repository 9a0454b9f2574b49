//! This feature's states and refusals in words.

use super::service::decisions::Standing;
use super::service::submitting::Missing;
use crate::kernel::clock::SiteZone;
use crate::kernel::entity::document::DocumentType;
use crate::kernel::entity::submission::SubmissionStatus;
use crate::kernel::http::upload::UploadError;
use crate::kernel::texts::Texts;
use crate::kernel::types::RegistrationNo;

impl Texts {
    /// A status.
    pub fn status(self, status: &SubmissionStatus) -> String {
        match status {
            SubmissionStatus::Draft => self.status_draft(),
            SubmissionStatus::Pending => self.status_pending(),
            SubmissionStatus::Approved => self.status_approved(),
            SubmissionStatus::Rejected => self.status_rejected(),
            SubmissionStatus::Completed => self.status_completed(),
            SubmissionStatus::Cancelled => self.status_cancelled(),
            SubmissionStatus::Expired => self.status_expired(),
        }
    }

    /// The name of a paper.
    pub fn document_type(self, document_type: &DocumentType) -> String {
        match document_type {
            DocumentType::PurchaseOrder => self.document_purchase_order(),
            DocumentType::VehicleRegistration => self.document_vehicle_registration(),
            DocumentType::VehicleInsurance => self.document_vehicle_insurance(),
            DocumentType::Puc => self.document_puc(),
            DocumentType::DriverLicense => self.document_driver_license(),
            DocumentType::TransportationApproval => self.document_transportation_approval(),
            DocumentType::PaymentApproval => self.document_payment_approval(),
            DocumentType::VendorApproval => self.document_vendor_approval(),
        }
    }

    /// Why a file is refused.
    pub fn upload_error(self, error: UploadError) -> String {
        match error {
            UploadError::Empty => self.upload_empty(),
            UploadError::TooLarge => self.upload_too_large(),
            UploadError::WrongType => self.upload_wrong_type(),
            UploadError::LyingExtension(format) => {
                self.upload_lying_extension(format.ending(), format.ending().to_uppercase())
            }
            UploadError::NoRoom => self.upload_no_room(),
        }
    }

    /// What keeps a draft from being submitted.
    pub fn missing(self, missing: &Missing) -> String {
        match missing {
            Missing::Confirmation => self.missing_confirmation(),
            Missing::Crew => self.missing_crew(),
            Missing::ExpectedDay => self.missing_expected_day(),
            Missing::ExpiredPaper(kind) => self.missing_expired_paper(self.document_type(kind)),
            Missing::DriverHasOtherName => self.missing_driver_other_name(),
            Missing::HelperHasOtherName => self.missing_helper_other_name(),
            Missing::HelperIsDriver => self.helper_is_driver(),
            Missing::ContactThePlant => self.missing_contact_the_plant(),
        }
    }

    /// How things stand with a submission that did not move.
    pub fn standing(self, zone: SiteZone, standing: &Standing) -> String {
        let status = self.status(&standing.status);
        if let Some(since) = standing.inside_since {
            return self.standing_inside(zone.moment(since));
        }
        match &standing.decided {
            None => self.standing_undecided(status),
            Some((who, when)) => self.standing_decided(status, zone.moment(*when), who),
        }
    }
}

/// A submission as the log calls it, `MH12AB1234 K7QW2ZXC`, with its number as people read it.
pub fn label(label: &str) -> String {
    let (number, reference) = label.split_once(' ').unwrap_or((label, ""));
    format!("{} {reference}", RegistrationNo::shown(number)).trim_end().to_owned()
}
