//! What the log tells of accounts.

use crate::kernel::audit::actions;

actions! {
    ACCOUNT_REGISTERED: "ACCOUNT_REGISTERED", audit_account_registered;
    REGISTRATION_REPEATED: "REGISTRATION_REPEATED", audit_registration_repeated;
    ACCOUNT_CREATED: "ACCOUNT_CREATED", audit_account_created;
    ACCOUNT_DISABLED: "ACCOUNT_DISABLED", audit_account_disabled;
    ACCOUNT_ENABLED: "ACCOUNT_ENABLED", audit_account_enabled;
    ACCOUNT_INVITED: "ACCOUNT_INVITED", audit_account_invited;
    ACCOUNT_UNLOCKED: "ACCOUNT_UNLOCKED", audit_account_unlocked;
    ACCOUNT_EXPIRED: "ACCOUNT_EXPIRED", audit_account_expired;
    ACCOUNT_CHANGE_REFUSED: "ACCOUNT_CHANGE_REFUSED", audit_account_change_refused;
    INVITATION_ACCEPTED: "INVITATION_ACCEPTED", audit_invitation_accepted;
    ROLE_CHANGED: "ROLE_CHANGED", audit_role_changed;
    PROFILE_CHANGED: "PROFILE_CHANGED", audit_profile_changed;
    CONFIRMATION_SENT: "CONFIRMATION_SENT", audit_confirmation_sent;
    ADDRESS_CONFIRMED: "ADDRESS_CONFIRMED", audit_address_confirmed;
    PASSWORD_RESET_ASKED: "PASSWORD_RESET_ASKED", audit_password_reset_asked;
    PASSWORD_RESET: "PASSWORD_RESET", audit_password_reset;
    PASSWORD_CHANGED: "PASSWORD_CHANGED", audit_password_changed;
    PASSWORD_RESET_BY_ADMIN: "NEW_PASSWORD_ASKED", audit_password_reset_by_admin;
    SESSIONS_ENDED: "SESSIONS_ENDED", audit_sessions_ended;
    SIGNED_IN: "SIGNED_IN", audit_signed_in;
    SIGNED_OUT: "SIGNED_OUT", audit_signed_out;
    SIGN_IN_FAILED: "SIGN_IN_FAILED", audit_sign_in_failed;
    SIGN_IN_THROTTLED: "SIGN_IN_THROTTLED", audit_sign_in_throttled;
}
