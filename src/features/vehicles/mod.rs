//! Vehicles: one a registration number. The look-up that tells what is on file, and what the desk says of them.

use std::time::Duration;

use actix_web::web;

use crate::kernel::access::Supervisor;
use crate::kernel::http::feature::{Feature, Job, MenuEntry, SubjectKind};
use crate::kernel::http::kept::Fields;
use crate::kernel::texts::Texts;
use crate::kernel::types::RegistrationNo;

pub mod actions;
pub mod service;

mod admin_detail;
mod admin_list;
mod lookup;
mod tell_apart;

/// What it brings in.
pub const FEATURE: Feature = Feature {
    routes,
    menu: &[MenuEntry {
        path: "/admin/vehicles",
        label: Texts::menu_vehicles,
        is_for: Supervisor::is_had_by,
    }],
    jobs: &[
        Job {
            name: "vehicles",
            every: Duration::from_hours(1),
            work: |state| Box::pin(service::sweep::sweep(state)),
        },
        Job {
            name: "lookalikes",
            every: Duration::from_hours(1),
            work: |state| Box::pin(service::lookalikes::renew(state)),
        },
    ],
    fields: Fields { hidden: &["next", "other"], ..Fields::PLAIN },
    actions: actions::ALL,
    subjects: &[SubjectKind {
        code: "vehicle",
        words: |_, _, label| RegistrationNo::shown(label),
        path: Some(|id| format!("/admin/vehicles/{id}")),
        is_for: Supervisor::is_had_by,
    }],
    ..Feature::named("vehicles")
};

fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/vehicles/lookup").get(lookup::get))
        .service(web::resource("/admin/vehicles").get(admin_list::get))
        .service(web::resource("/admin/vehicles/{id}").get(admin_detail::get))
        .service(web::resource("/admin/vehicles/{id}/remark").post(admin_detail::judge))
        .service(web::resource("/admin/vehicles/{id}/blacklist").post(admin_detail::judge))
        .service(web::resource("/admin/vehicles/{id}/lift").post(admin_detail::judge))
        .service(web::resource("/admin/vehicles/{id}/tell-apart").get(tell_apart::get).post(tell_apart::post))
        .service(web::resource("/admin/vehicles/{id}/warn-again").post(tell_apart::warn_again));
}
