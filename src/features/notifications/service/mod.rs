//! The outbox: writing messages, and sending them.

pub mod lists;
pub mod rendering;
pub mod retention;
mod settling;
pub mod worker;
