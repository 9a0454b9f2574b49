//! Accounts: how they come to be, and who gets in.

pub mod administration;
pub mod first_admin;
pub mod passwords;
pub mod registration;
pub mod sign_in;
pub mod throttle;
