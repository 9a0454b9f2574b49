//! Who acts: what proves it.

pub mod passwords;
pub mod turns;
