//! What whoever runs the portal does: at the command line, through a proxy, with the numbers that it tells.

mod documents;
mod health;
mod keys;
mod limits;
mod metrics;
mod proxy;
mod reports;
