//! Submissions: drafts, what they need, submitting, deciding, the visits that follow, and
//! people who turn out to be one.

pub mod abandoned;
pub mod announcing;
pub mod corrections;
pub mod decisions;
pub mod drafts;
pub mod expiry;
pub mod lists;
pub mod merging;
pub mod prefill;
pub mod status;
pub mod submitting;
mod text_budget;
pub mod visits;
mod wrong_names;
