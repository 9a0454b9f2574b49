//! What talks to the outside and knows no feature.

pub mod database;
pub mod delivery;
pub mod keys;
pub mod mailer;
pub mod memory;
pub mod metrics;
pub mod network;
pub mod panics;
pub mod passwords;
pub mod reports;
pub mod schema;
pub mod searches;
pub mod sms;
pub mod storage;
pub mod tls;
pub mod turns;
