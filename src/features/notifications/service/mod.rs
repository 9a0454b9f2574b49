//! The outbox: writing messages, and sending them.

pub mod lists;
pub mod outbox;
pub mod rendering;
mod settling;
pub mod worker;
