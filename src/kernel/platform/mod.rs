//! The machine and the network below.

pub mod memory;
pub mod network;
pub mod tls;
