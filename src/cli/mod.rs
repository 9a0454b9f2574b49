//! What the operator does beside serving.

pub mod check;
pub mod demo;
pub mod documents;
pub mod health;
pub mod keys;
pub mod migrate;
pub mod user;
