//! One file per table: its row, its relations and its string enums. No rules but those that a row
//! can tell of itself.

pub mod account;
pub mod audit_log;
pub mod blacklisting;
pub mod crew_member;
pub mod device;
pub mod document;
pub mod gate;
pub mod kept_form;
pub mod notification;
pub mod one_time_token;
pub mod organisation;
pub mod pass_key;
pub mod scan;
pub mod session;
pub mod setting;
pub mod submission;
pub mod submission_document;
pub mod throttle;
pub mod vehicle;
pub mod vehicle_distinction;
pub mod visit;
