//! What talks to the outside and knows no feature.

pub mod database;
pub mod keys;
pub mod passwords;
pub mod storage;
