//! Messages and what became of them in words.

use crate::kernel::entity::notification::{Channel, DeliveryState};
use crate::kernel::texts::Texts;

impl Texts {
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
