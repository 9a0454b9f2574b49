//! The gate's reasons in words.

use super::verdict::{Level, Reason};
use crate::kernel::texts::Texts;

impl Texts {
    /// The one word of a verdict.
    pub fn verdict_word(self, level: &Level) -> String {
        match level {
            Level::Ok => self.verdict_ok(),
            Level::Inside => self.verdict_inside(),
            Level::Warn => self.verdict_warn(),
            Level::Stop => self.verdict_stop(),
        }
    }

    /// Why the gate says so.
    pub fn gate_reason(self, reason: &Reason) -> String {
        match reason {
            Reason::Forged => self.reason_forged(),
            Reason::Unknown => self.reason_unknown(),
            Reason::Rejected => self.reason_rejected(),
            Reason::Cancelled => self.reason_cancelled(),
            Reason::Completed => self.reason_completed(),
            Reason::Expired => self.reason_expired(),
            Reason::NotYetValid => self.reason_not_yet_valid(),
            Reason::AlreadyInside => self.reason_already_inside(),
            Reason::DriverBlacklisted => self.reason_driver_blacklisted(),
            Reason::HelperBlacklisted => self.reason_helper_blacklisted(),
            Reason::VehicleBlocked => self.reason_vehicle_blocked(),
            Reason::Pending => self.reason_pending(),
            Reason::VehicleLookalike => self.reason_vehicle_lookalike(),
            Reason::PaperExpired(paper) => self.reason_paper_expired(self.document_type(paper)),
            Reason::PaperMissing(paper) => self.reason_paper_missing(self.document_type(paper)),
            Reason::PaperExpiring(paper) => self.reason_paper_expiring(self.document_type(paper)),
            Reason::AfterExpectedDay => self.reason_after_expected_day(),
            Reason::CrewCorrected => self.reason_crew_corrected(),
            Reason::Inside => self.reason_inside(),
        }
    }
}
