//! What the desk sees of the outbox, and how long messages stay in it.

pub mod lists;
pub mod retention;
