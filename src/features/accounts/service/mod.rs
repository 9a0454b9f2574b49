//! Accounts: how they come to be, who gets in, and what their owners and the plant change.

pub mod administration;
pub mod confirmation;
pub mod devices;
pub mod first_admin;
pub mod housekeeping;
pub mod links;
mod mails;
pub mod password_change;
pub mod passwords;
pub mod profile;
pub mod recovery;
pub mod registration;
pub mod sessions;
pub mod sign_in;
pub mod throttle;
pub mod unconfirmed;
pub mod users;
mod ways_in;
