//! Gatehouse: papers before the truck, one clear answer at the barrier.
//!
//! Server-rendered pages over PostgreSQL or SQLite; every page and form works with scripts off.
//!
//! Imports run one way, and `tests/architecture.rs` fails on a breach:
//!
//! ```text
//! {main, cli} -> demo -> app -> features -> http -> state -> infra -> {error, access, types, entity, config, clock, texts}
//! ```
//!
//! `demo` tells a made-up story through the features' services.
//!
//! A page is found by its URL: the first word names the feature's folder, each page is one file with its
//! struct, `get` and `post`, and its template lies at the same place under `templates/`. What a page asks
//! for is in the feature's `service`: queries, rules and transactions, without HTTP or HTML. Services are
//! ranked (see [`features`]); one imports only those below it.
//!
//! A connection is read a request at a time ([`http::connections`]). A request passes the security headers, the span,
//! the error pages, the limit of requests, the checks of host and origin, the session and the deadlines ([`app`];
//! static files and probes pass the first alone), then extractors that tell who acts ([`http::auth`]) and hand over
//! the raw form. The page parses it into [`types`]; what does not parse comes back on the same page with what was typed. The service opens
//! one transaction for the change, its audit row, the messages to people outside and all that follows from it.
//! Every statement, begin and commit has a deadline ([`infra::database`]).
//! A worker in every process sends the messages ([`features::notifications`]); [`app::render`] knows which feature
//! puts each kind into words.

pub mod access;
pub mod app;
pub mod clock;
pub mod config;
pub mod demo;
pub mod entity;
pub mod error;
pub mod features;
pub mod http;
pub mod infra;
pub mod state;
pub mod texts;
pub mod types;
