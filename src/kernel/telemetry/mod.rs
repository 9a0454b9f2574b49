//! What a process tells of itself.

pub mod metrics;
pub mod panics;
pub mod reports;
