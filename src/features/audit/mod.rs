//! What happened, who did it, from where, and what it changed.

pub mod service;

mod words;
