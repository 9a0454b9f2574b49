//! What the log tells of vehicles.

use crate::kernel::audit::actions;

actions! {
    VEHICLES_TOLD_APART: "VEHICLES_TOLD_APART", audit_vehicles_told_apart;
    DISTINCTION_TAKEN_BACK: "DISTINCTION_TAKEN_BACK", audit_distinction_taken_back;
    VEHICLES_FORGOTTEN: "VEHICLES_FORGOTTEN", audit_vehicles_forgotten;
}
