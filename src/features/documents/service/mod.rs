//! Papers: storing versions, finding them, attaching them to submissions.
//!
//! Of each type a customer has one active version per vehicle, driver or submission; a new one takes its
//! place and the old stays. The organisation's row is locked while versions change places, so that a
//! hundred replacements at once leave one active.

pub mod attachments;
pub mod cleanup;
pub mod reading;
pub mod storing;
pub mod verifying;
