//! Messages and what became of them in words.

use crate::kernel::entity::notification::{Channel, DeliveryState, NotificationKind};
use crate::kernel::texts::Texts;

impl Texts {
    /// What a message tells.
    pub fn notification_kind(self, kind: &NotificationKind) -> String {
        match kind {
            NotificationKind::ConfirmAddress => self.message_confirm_address(),
            NotificationKind::AlreadyRegistered => self.message_already_registered(),
            NotificationKind::ResetPassword => self.message_reset_password(),
            NotificationKind::PasswordChanged => self.message_password_changed(),
            NotificationKind::Invitation => self.message_invitation(),
            NotificationKind::SubmissionReceived => self.message_submission_received(),
            NotificationKind::SubmissionRejected => self.message_submission_rejected(),
            NotificationKind::SubmissionCancelled => self.message_submission_cancelled(),
            NotificationKind::DriverPass => self.message_driver_pass(),
            NotificationKind::DriverPassWithdrawn => self.message_driver_pass_withdrawn(),
        }
    }

    /// A message as the log calls it: by its kind.
    pub fn message_label(self, label: &str) -> String {
        NotificationKind::from_name(label)
            .map_or_else(|| label.to_owned(), |kind| self.notification_kind(&kind))
    }

    /// How a message goes.
    pub fn channel(self, channel: &Channel) -> String {
        match channel {
            Channel::Email => self.channel_email(),
            Channel::Sms => self.channel_sms(),
        }
    }

    /// How far a message got.
    pub fn delivery(self, state: &DeliveryState) -> String {
        match state {
            DeliveryState::Queued => self.delivery_queued(),
            DeliveryState::Sent => self.delivery_sent(),
            DeliveryState::Dead => self.delivery_dead(),
            DeliveryState::Held => self.delivery_held(),
        }
    }
}
