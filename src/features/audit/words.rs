//! The log's actions in words.

use crate::entity::audit_log::AuditAction;
use crate::texts::Texts;

impl Texts {
    /// What happened.
    pub fn audit_action(self, action: &AuditAction) -> String {
        match action {
            AuditAction::AccountRegistered => self.audit_account_registered(),
            AuditAction::AccountCreated => self.audit_account_created(),
            AuditAction::AccountDisabled => self.audit_account_disabled(),
            AuditAction::AccountEnabled => self.audit_account_enabled(),
            AuditAction::SignedIn => self.audit_signed_in(),
            AuditAction::SignedOut => self.audit_signed_out(),
            AuditAction::SignInFailed => self.audit_sign_in_failed(),
            AuditAction::SignInThrottled => self.audit_sign_in_throttled(),
            AuditAction::DraftOpened => self.audit_draft_opened(),
            AuditAction::DraftChanged => self.audit_draft_changed(),
            AuditAction::DocumentUploaded => self.audit_document_uploaded(),
            AuditAction::DocumentReplaced => self.audit_document_replaced(),
            AuditAction::DocumentAttached => self.audit_document_attached(),
            AuditAction::DocumentDetached => self.audit_document_detached(),
            AuditAction::DocumentRemoved => self.audit_document_removed(),
            AuditAction::SubmissionCreated => self.audit_submission_created(),
            AuditAction::SubmissionRefused => self.audit_submission_refused(),
            AuditAction::SubmissionApproved => self.audit_submission_approved(),
            AuditAction::SubmissionRejected => self.audit_submission_rejected(),
            AuditAction::SubmissionCompleted => self.audit_submission_completed(),
            AuditAction::SubmissionCancelled => self.audit_submission_cancelled(),
            AuditAction::SubmissionExpired => self.audit_submission_expired(),
            AuditAction::MoveRefused => self.audit_move_refused(),
            AuditAction::CheckedIn => self.audit_checked_in(),
            AuditAction::CheckedInByOverride => self.audit_checked_in_by_override(),
            AuditAction::CheckedOut => self.audit_checked_out(),
            AuditAction::CheckInRefused => self.audit_check_in_refused(),
            AuditAction::CheckOutRefused => self.audit_check_out_refused(),
            AuditAction::OverrideRefused => self.audit_override_refused(),
            AuditAction::EntryRefused => self.audit_entry_refused(),
            AuditAction::CrewRegistered => self.audit_crew_registered(),
            AuditAction::SmsQueued => self.audit_sms_queued(),
            AuditAction::EmailSent => self.audit_email_sent(),
            AuditAction::SmsSent => self.audit_sms_sent(),
            AuditAction::EmailFailed => self.audit_email_failed(),
            AuditAction::SmsFailed => self.audit_sms_failed(),
            AuditAction::MessageResent => self.audit_message_resent(),
        }
    }
}
