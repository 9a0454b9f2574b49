//! What the pages of vehicles and of crew have in common.

pub mod list;
pub mod typed;
