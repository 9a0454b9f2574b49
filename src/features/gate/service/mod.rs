//! What stands before the gate, what the gate says of it, and what then happens.

pub mod facts;
pub mod passage;
pub mod scanning;
