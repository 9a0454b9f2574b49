//! The gate: one field, one answer, and the barrier.

use std::time::Duration;

use actix_web::web;

use crate::kernel::access::Guard;
use crate::kernel::http::feature::{Feature, Job, MenuEntry, SubjectKind};
use crate::kernel::http::kept::Fields;
use crate::kernel::texts::Texts;

pub mod actions;
pub mod service;
pub mod verdict;

mod override_stop;
mod passage;
mod scan;
mod show;
mod unknown;
mod words;

/// What it brings in.
pub const FEATURE: Feature = Feature {
    routes,
    menu: &[MenuEntry { path: "/gate", label: Texts::menu_gate, is_for: Guard::is_had_by }],
    jobs: &[Job {
        name: "scans",
        every: Duration::from_hours(24),
        work: |state| Box::pin(service::retention::forget_old(state)),
    }],
    fields: Fields { hidden: &["confirm", "nonce", "seen", "shown"], secret: &["code"], ..Fields::PLAIN },
    actions: actions::ALL,
    subjects: &[SubjectKind {
        code: "gate",
        words: |_, _, label| label.to_owned(),
        path: None,
        is_for: Guard::is_had_by,
    }],
    ..Feature::named("gate")
};

fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/gate").get(scan::get))
        .service(web::resource("/gate/scan").post(scan::post))
        .service(web::resource("/gate/scans/{id}").get(unknown::get))
        .service(web::resource("/gate/submissions/{id}").get(show::get))
        .service(web::resource("/gate/submissions/{id}/check-in").post(passage::check_in))
        .service(web::resource("/gate/submissions/{id}/check-out").post(passage::check_out))
        .service(web::resource("/gate/submissions/{id}/refuse").post(passage::refuse))
        .service(
            web::resource("/gate/submissions/{id}/override")
                .get(override_stop::get)
                .post(override_stop::post),
        );
}
