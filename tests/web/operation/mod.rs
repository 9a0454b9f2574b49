//! What whoever runs the portal does: at the command line, through a proxy, with the numbers that it tells.

mod check;
mod deadlines;
mod documents;
mod health;
mod keys;
mod limits;
mod metrics;
mod migrate;
mod proxy;
mod reports;
mod retention;
mod searches;
mod starts;
