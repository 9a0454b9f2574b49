//! What the log tells of papers.

use crate::kernel::audit::actions;

actions! {
    DOCUMENT_UPLOADED: "DOCUMENT_UPLOADED", audit_document_uploaded;
    DOCUMENT_REPLACED: "DOCUMENT_REPLACED", audit_document_replaced;
    DOCUMENT_REMOVED: "DOCUMENT_REMOVED", audit_document_removed;
    DOCUMENT_FILE_REMOVED: "DOCUMENT_FILE_REMOVED", audit_document_file_removed;
    ORPHANS_REMOVED: "ORPHANS_REMOVED", audit_orphans_removed;
}
