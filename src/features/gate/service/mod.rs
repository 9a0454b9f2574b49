//! What stands before the gate, what the gate says of it, and what then happens.

mod codes;
pub mod facts;
pub mod passage;
pub mod retention;
pub mod scanning;
