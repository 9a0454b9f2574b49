//! Kinds of messages.

use crate::kernel::entity::notification::Says;
use crate::kernel::texts::Texts;
use crate::kernel::types::known_by_code;

/// A kind of message. Each feature declares those that it sends. A code that was ever stored never means anything else.
#[derive(Clone, Copy)]
pub struct MessageKind {
    /// As the database and the log have it, at most 40 letters: `reset_password`.
    pub code: &'static str,
    /// What it tells, as the desk reads it.
    pub words: fn(Texts) -> String,
    /// What it says, so that its repetition is right, pointless or wrong.
    pub says: Says,
}

known_by_code!(MessageKind);
