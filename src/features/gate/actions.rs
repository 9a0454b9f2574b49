//! What the log tells of the gate.

use crate::kernel::audit::actions;

actions! {
    CHECK_IN_REFUSED: "CHECK_IN_REFUSED", audit_check_in_refused;
    CHECK_OUT_REFUSED: "CHECK_OUT_REFUSED", audit_check_out_refused;
    OVERRIDE_REFUSED: "OVERRIDE_REFUSED", audit_override_refused;
    ENTRY_REFUSED: "ENTRY_REFUSED", audit_entry_refused;
}
