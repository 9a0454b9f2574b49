//! The HTTP kit: what every feature's pages are made with. It knows no feature.

pub mod address;
pub mod assets;
pub mod auth;
pub mod compression;
pub mod connections;
pub mod deadlines;
pub mod error;
mod field_errors;
pub mod flash;
pub mod floods;
pub mod form;
pub mod fragment;
pub mod guards;
pub mod health;
pub mod kept;
pub mod lasting;
pub mod layout;
pub mod list;
pub mod metrics;
pub mod next;
pub mod pace;
pub mod pages;
pub mod part_head;
pub mod response;
pub mod session;
pub mod trace;
pub mod upload;
