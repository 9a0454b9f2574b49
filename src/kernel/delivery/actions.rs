//! What the log tells of messages to people outside.

use crate::kernel::audit::actions;

actions! {
    SMS_QUEUED: "SMS_QUEUED", audit_sms_queued;
    SMS_HELD: "SMS_HELD", audit_sms_held;
    EMAIL_SENT: "EMAIL_SENT", audit_email_sent;
    SMS_SENT: "SMS_SENT", audit_sms_sent;
    EMAIL_FAILED: "EMAIL_FAILED", audit_email_failed;
    SMS_FAILED: "SMS_FAILED", audit_sms_failed;
    MESSAGE_RESENT: "MESSAGE_RESENT", audit_message_resent;
}
