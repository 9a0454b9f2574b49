//! What every feature stands on. It names no feature and has no page. Each part uses those above it in this list alone,
//! which `tests/architecture.rs` looks at.

pub mod types;

pub mod clock;
pub mod config;
pub mod error;
pub mod texts;

pub mod access;
pub mod audit;
pub mod entity;

pub mod data;

pub mod keys;

pub mod platform;

pub mod telemetry;

pub mod delivery;

pub mod work;

pub mod identity;

pub mod files;

pub mod state;

pub mod dispatch;

pub mod http;
