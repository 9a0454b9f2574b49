//! The log's actions in words.

use sea_orm::prelude::Json;

use crate::kernel::entity::audit_log::{self, AuditAction};
use crate::kernel::texts::Texts;
use crate::kernel::types::RegistrationNo;

impl Texts {
    /// What an event changed, one sentence each, as far as people can read it.
    pub fn audit_changes(self, event: &audit_log::Model) -> Vec<String> {
        let told = |side: &Option<Json>, key: &str| match side.as_ref().and_then(|side| side.get(key)) {
            None | Some(Json::Null) => String::new(),
            Some(Json::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let mut keys = vec![
            ("name", self.audit_name()),
            ("remark", self.remark_label()),
            ("rating", self.rating_label()),
        ];
        let mut pair = None;
        if matches!(event.action, AuditAction::VehiclesToldApart | AuditAction::DistinctionTakenBack) {
            let number = RegistrationNo::parse_any_format(&told(&event.after, "vehicle")).ok();
            pair = number.map(|number| self.audit_new(number.to_string(), self.vehicle_number_label()));
            keys.push(("reason", self.reason_label()));
        }
        let changes = keys
            .into_iter()
            .map(|(key, label)| (label, told(&event.before, key), told(&event.after, key)))
            .filter(|(_, before, after)| before != after)
            .map(|(label, before, after)| match (before.as_str(), after.as_str()) {
                ("", after) => self.audit_new(after, label),
                (before, "") => self.audit_gone(before, label),
                (before, after) => self.audit_changed(after, before, label),
            });
        pair.into_iter().chain(changes).collect()
    }

    /// What happened.
    pub fn audit_action(self, action: &AuditAction) -> String {
        match action {
            AuditAction::AccountRegistered => self.audit_account_registered(),
            AuditAction::RegistrationRepeated => self.audit_registration_repeated(),
            AuditAction::AccountCreated => self.audit_account_created(),
            AuditAction::AccountDisabled => self.audit_account_disabled(),
            AuditAction::AccountEnabled => self.audit_account_enabled(),
            AuditAction::AccountInvited => self.audit_account_invited(),
            AuditAction::AccountUnlocked => self.audit_account_unlocked(),
            AuditAction::AccountExpired => self.audit_account_expired(),
            AuditAction::AccountChangeRefused => self.audit_account_change_refused(),
            AuditAction::InvitationAccepted => self.audit_invitation_accepted(),
            AuditAction::RoleChanged => self.audit_role_changed(),
            AuditAction::ProfileChanged => self.audit_profile_changed(),
            AuditAction::ConfirmationSent => self.audit_confirmation_sent(),
            AuditAction::AddressConfirmed => self.audit_address_confirmed(),
            AuditAction::PasswordResetAsked => self.audit_password_reset_asked(),
            AuditAction::PasswordReset => self.audit_password_reset(),
            AuditAction::PasswordChanged => self.audit_password_changed(),
            AuditAction::PasswordResetByAdmin => self.audit_password_reset_by_admin(),
            AuditAction::SessionsEnded => self.audit_sessions_ended(),
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
            AuditAction::DocumentFileRemoved => self.audit_document_file_removed(),
            AuditAction::OrphansRemoved => self.audit_orphans_removed(),
            AuditAction::DraftsRemoved => self.audit_drafts_removed(),
            AuditAction::PassKeyRotated => self.audit_pass_key_rotated(),
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
            AuditAction::SmsHeld => self.audit_sms_held(),
            AuditAction::EmailSent => self.audit_email_sent(),
            AuditAction::SmsSent => self.audit_sms_sent(),
            AuditAction::EmailFailed => self.audit_email_failed(),
            AuditAction::SmsFailed => self.audit_sms_failed(),
            AuditAction::MessageResent => self.audit_message_resent(),
            AuditAction::CrewRenamed => self.audit_crew_renamed(),
            AuditAction::CrewMerged => self.audit_crew_merged(),
            AuditAction::OpinionChanged => self.audit_opinion_changed(),
            AuditAction::Blacklisted => self.audit_blacklisted(),
            AuditAction::BlacklistLifted => self.audit_blacklist_lifted(),
            AuditAction::VehiclesToldApart => self.audit_vehicles_told_apart(),
            AuditAction::DistinctionTakenBack => self.audit_distinction_taken_back(),
            AuditAction::VehiclesForgotten => self.audit_vehicles_forgotten(),
        }
    }
}
