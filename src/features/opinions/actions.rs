//! What the log tells of what the plant thinks of vehicles and people.

use crate::kernel::audit::actions;

actions! {
    OPINION_CHANGED: "OPINION_CHANGED", audit_opinion_changed;
    BLACKLISTED: "BLACKLISTED", audit_blacklisted;
    BLACKLIST_LIFTED: "BLACKLIST_LIFTED", audit_blacklist_lifted;
}
