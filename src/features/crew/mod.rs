//! The people who come with a vehicle: one a phone, whether driver or helper.

pub mod service;
