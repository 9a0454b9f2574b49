//! What the operator does beside serving.

pub mod demo;
pub mod documents;
pub mod health;
pub mod keys;
pub mod user;
