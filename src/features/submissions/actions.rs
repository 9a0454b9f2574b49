//! What the log tells of entries.

use crate::kernel::audit::actions;

actions! {
    DRAFT_OPENED: "DRAFT_OPENED", audit_draft_opened;
    DRAFT_CHANGED: "DRAFT_CHANGED", audit_draft_changed;
    DOCUMENT_ATTACHED: "DOCUMENT_ATTACHED", audit_document_attached;
    DOCUMENT_DETACHED: "DOCUMENT_DETACHED", audit_document_detached;
    DRAFTS_REMOVED: "DRAFTS_REMOVED", audit_drafts_removed;
    SUBMISSION_CREATED: "SUBMISSION_CREATED", audit_submission_created;
    SUBMISSION_REFUSED: "SUBMISSION_REFUSED", audit_submission_refused;
    SUBMISSION_APPROVED: "SUBMISSION_APPROVED", audit_submission_approved;
    SUBMISSION_REJECTED: "SUBMISSION_REJECTED", audit_submission_rejected;
    SUBMISSION_COMPLETED: "SUBMISSION_COMPLETED", audit_submission_completed;
    SUBMISSION_CANCELLED: "SUBMISSION_CANCELLED", audit_submission_cancelled;
    SUBMISSION_EXPIRED: "SUBMISSION_EXPIRED", audit_submission_expired;
    MOVE_REFUSED: "MOVE_REFUSED", audit_move_refused;
    CHECKED_IN: "CHECKED_IN", audit_checked_in;
    CHECKED_IN_BY_OVERRIDE: "CHECKED_IN_BY_OVERRIDE", audit_checked_in_by_override;
    CHECKED_OUT: "CHECKED_OUT", audit_checked_out;
}
