//! Messages to people outside: the outbox that they wait in, the worker that sends them, and what the desk
//! sees of them.
//!
//! A service writes a [`service::outbox::Message`] in the transaction of the change that it tells of. The worker
//! asks `app::render` for its words when it sends it: a feature's `messages.rs` has one async function that
//! makes a [`Letter`] or a text of the kinds that the feature sends.

pub mod service;

mod letter;

pub use letter::Letter;
