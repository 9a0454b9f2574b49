//! The people who come with a vehicle: one a phone, whether driver or helper. What the desk says of them, and
//! putting right who they are.

use std::time::Duration;

use actix_web::web;

use crate::kernel::access::Supervisor;
use crate::kernel::http::feature::{Feature, Job, MenuEntry, SubjectKind};
use crate::kernel::http::kept::Fields;
use crate::kernel::texts::Texts;

pub mod actions;
pub mod service;

mod admin_detail;
mod admin_list;
mod merge;

/// What it brings in.
pub const FEATURE: Feature = Feature {
    routes,
    menu: &[MenuEntry { path: "/admin/crew", label: Texts::menu_crew, is_for: Supervisor::is_had_by }],
    jobs: &[Job {
        name: "licences",
        every: Duration::from_hours(1),
        work: |state| Box::pin(service::licences::renew(state)),
    }],
    fields: Fields { hidden: &["seen", "seen_other"], ..Fields::PLAIN },
    actions: actions::ALL,
    subjects: &[SubjectKind {
        code: "person",
        words: |_, _, label| label.to_owned(),
        path: Some(|id| format!("/admin/crew/{id}")),
        is_for: Supervisor::is_had_by,
    }],
    ..Feature::named("crew")
};

fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/admin/crew").get(admin_list::get))
        .service(web::resource("/admin/crew/{id}").get(admin_detail::get))
        .service(web::resource("/admin/crew/{id}/remark").post(admin_detail::judge))
        .service(web::resource("/admin/crew/{id}/blacklist").post(admin_detail::judge))
        .service(web::resource("/admin/crew/{id}/lift").post(admin_detail::judge))
        .service(web::resource("/admin/crew/{id}/rename").post(admin_detail::rename))
        .service(web::resource("/admin/crew/{id}/merge").get(merge::get).post(merge::post));
}
