//! What the log tells of people.

use crate::kernel::audit::actions;

actions! {
    CREW_REGISTERED: "CREW_REGISTERED", audit_crew_registered;
    CREW_RENAMED: "CREW_RENAMED", audit_crew_renamed;
    CREW_MERGED: "CREW_MERGED", audit_crew_merged;
}
