//! What the log tells of passes.

use crate::kernel::audit::actions;

actions! {
    PASS_KEY_ROTATED: "PASS_KEY_ROTATED", audit_pass_key_rotated;
}
