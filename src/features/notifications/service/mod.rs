//! The outbox: writing messages, and sending them.

pub mod outbox;
pub mod rendering;
