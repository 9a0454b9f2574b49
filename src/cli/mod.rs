//! What the operator does beside serving.

pub mod documents;
pub mod health;
pub mod keys;
