//! Gatehouse: papers before the truck, one clear answer at the barrier.
//!
//! Server-rendered pages over PostgreSQL or SQLite; every page and form works with scripts off.
//!
//! Two floors under [`app`]: the [`kernel`], which names no feature and has no page, and the [`features`], which own their
//! pages, rules, texts and messages. Imports run one way, and `tests/architecture.rs` fails on a breach:
//!
//! ```text
//! {main, cli} -> demo -> app -> features -> kernel
//! ```
//!
//! `demo` tells a made-up story through the features' services. Inside the kernel imports run upwards in the list of
//! `kernel/mod.rs`; the features' services are ranked in `features/mod.rs`.
//!
//! A page is found by its URL: the first word names the feature's folder, each page is one file with its
//! struct, `get` and `post`, and its template lies at the same place under `templates/`. What a page asks
//! for is in the feature's `service`: queries, rules and transactions, without HTTP or HTML. What a feature brings in is
//! told by its constant `FEATURE`; [`app::FEATURES`] lists them.
//!
//! A connection is read a request at a time ([`kernel::http::connections`]). A request passes the security headers, the
//! span, the error pages, the limit of requests, the checks of host and origin, the session and the deadlines ([`app`];
//! static files and probes pass the first alone), then extractors that tell who acts ([`kernel::http::auth`]) and hand
//! over the raw form. The page parses it into [`kernel::types`]; what does not parse comes back on the same page with what
//! was typed. The service begins a unit of work ([`kernel::work`]): the change, the events that tell of it in the log and
//! the messages to people outside are kept together or not at all. Every statement, begin and commit has a deadline ([`kernel::data`]).
//!
//! The words of the house:
//!
//! - account, organisation: who signs in, and for whom it acts
//! - actor: the account that a request comes from; holding a permission type (Customer, Guard, Supervisor, Admin) is the
//!   permission
//! - entry, submission: one coming of a vehicle with crew and papers; a draft until it is submitted
//! - vehicle, crew member: one a registration number, one a phone
//! - paper, document: a file of one of eight types, with the day until which it is valid; every version is kept
//! - pass: what the driver shows; a signed token, as QR code and on paper
//! - scan: a code given to the gate; verdict: what the gate says, OK, inside, check or stop, with its reasons
//! - visit: from check-in to check-out; override: a supervisor's letting in against a stop
//! - opinion: the plant's remark, rating and blacklist about a vehicle or a person
//! - look-alike: a number that differs by what people and cameras mix up
//! - message: an e-mail or text message in the outbox, which the worker sends
//! - work: a transaction with the events and messages that belong to it
//! - event: a row of the log; action: what happened; subject: what it is about, with its label of then; root: on whose
//!   page it is told
//! - job: what every process does again and again; sweep: one that ends or forgets what is over
//! - flash: a sentence for the next page; kept form: one that met an ended session

pub mod app;
pub mod demo;
pub mod features;
pub mod kernel;
