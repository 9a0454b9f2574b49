//! Entries of vehicles: a customer's drafts and submissions, step by step, and what the desk sees of them.

use std::time::Duration;

use actix_web::web;

use crate::kernel::access::{Customer, Guard};
use crate::kernel::http::feature::{Feature, Job, MenuEntry, SubjectKind};
use crate::kernel::http::kept::Fields;
use crate::kernel::texts::Texts;
use crate::kernel::types::Language;

pub mod actions;
pub mod messages;
pub mod service;
pub mod words;

mod admin_detail;
mod admin_list;
mod cancel;
mod crew;
mod documents;
mod list;
mod resend;
mod resubmit;
mod review;
mod show;
mod steps;
mod vehicle;

/// What it brings in.
pub const FEATURE: Feature = Feature {
    routes,
    menu: &[
        MenuEntry { path: "/submissions", label: Texts::menu_submissions, is_for: Customer::is_had_by },
        MenuEntry { path: "/admin/submissions", label: Texts::menu_desk, is_for: Guard::is_had_by },
    ],
    jobs: &[
        Job {
            name: "expiry",
            every: Duration::from_mins(1),
            work: |state| Box::pin(service::expiry::sweep(state)),
        },
        Job {
            name: "abandoned",
            every: Duration::from_mins(10),
            work: |state| Box::pin(service::abandoned::sweep(state)),
        },
    ],
    fields: Fields {
        hidden: &["draft_version", "nonce", "seen"],
        choice: |_, field, value| {
            let is_language = matches!(field, "driver_language" | "helper_language");
            let language = Language::from_code(value).filter(|_| is_language);
            language.map(|language| language.native_name().to_owned())
        },
        ..Fields::PLAIN
    },
    actions: actions::ALL,
    messages: messages::ALL,
    subjects: &[SubjectKind {
        code: "submission",
        words: |_, _, label| words::label(label),
        path: Some(|id| format!("/admin/submissions/{id}")),
        is_for: Guard::is_had_by,
    }],
    ..Feature::named("submissions")
};

fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/submissions").get(list::get))
        .service(web::resource("/submissions/new").get(vehicle::get_new).post(vehicle::post_new))
        .service(web::resource("/submissions/{id}").get(show::get))
        .service(web::resource("/submissions/{id}/vehicle").get(vehicle::get).post(vehicle::post))
        .service(web::resource("/submissions/{id}/crew").get(crew::get).post(crew::post))
        .service(web::resource("/submissions/{id}/documents").get(documents::get).post(documents::post))
        .service(web::resource("/submissions/{id}/review").get(review::get).post(review::post))
        .service(web::resource("/submissions/{id}/cancel").get(cancel::get).post(cancel::post))
        .service(web::resource("/submissions/{id}/resend").post(resend::post))
        .service(web::resource("/submissions/{id}/resubmit").post(resubmit::post))
        .service(web::resource("/admin/submissions").get(admin_list::get))
        .service(web::resource("/admin/submissions/{id}").get(admin_detail::get))
        .service(web::resource("/admin/submissions/{id}/approve").post(admin_detail::approve))
        .service(web::resource("/admin/submissions/{id}/reject").post(admin_detail::reject))
        .service(web::resource("/admin/submissions/{id}/complete").post(admin_detail::complete));
}
