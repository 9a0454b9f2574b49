//! What several pages of accounts have in common.

pub mod password_link;
pub mod signing_in;
