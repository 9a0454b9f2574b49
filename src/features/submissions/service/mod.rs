//! Submissions: drafts, what they need, submitting, deciding, and the visits that follow.

pub mod announcing;
pub mod corrections;
pub mod decisions;
pub mod drafts;
pub mod expiry;
pub mod lists;
pub mod prefill;
pub mod status;
pub mod submitting;
pub mod visits;
