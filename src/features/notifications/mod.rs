//! Messages to people outside: the outbox that they wait in, the worker that sends them, and what the desk
//! sees of them.
//!
//! A service tells a [`Message`](crate::kernel::delivery::outbox::Message) to the unit of work that it belongs to. The worker
//! asks the feature that wrote it for its words when it sends it: a feature's `messages.rs` declares its kinds and makes a
//! [`Letter`] or a text of each.

use std::time::Duration;

use actix_web::web;

use crate::kernel::access::Supervisor;
use crate::kernel::http::feature::{Feature, Job, MenuEntry, SubjectKind};
use crate::kernel::texts::Texts;

pub mod service;

mod admin_list;
mod letter;
mod words;

pub use letter::Letter;

/// What it brings in.
pub const FEATURE: Feature = Feature {
    routes,
    menu: &[MenuEntry {
        path: "/admin/messages",
        label: Texts::menu_messages,
        is_for: Supervisor::is_had_by,
    }],
    jobs: &[Job {
        name: "messages",
        every: Duration::from_hours(24),
        work: |state| Box::pin(service::retention::forget_old(state)),
    }],
    gauges: Some(|state| Box::pin(service::lists::gauges(state))),
    actions: crate::kernel::delivery::actions::ALL,
    subjects: &[SubjectKind {
        code: "message",
        words: |features, t, label| features.message_words(t, label),
        path: None,
        is_for: Supervisor::is_had_by,
    }],
    ..Feature::named("notifications")
};

fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/admin/messages").get(admin_list::get))
        .service(web::resource("/admin/messages/{id}/resend").post(admin_list::resend));
}
