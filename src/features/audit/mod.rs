//! What happened, who did it, from where, and what it changed.

use actix_web::web;

use crate::kernel::access::Supervisor;
use crate::kernel::http::feature::{Feature, MenuEntry};
use crate::kernel::texts::Texts;

pub mod service;

mod list;
mod words;

/// What it brings in.
pub const FEATURE: Feature = Feature {
    routes,
    menu: &[MenuEntry { path: "/admin/audit", label: Texts::menu_audit, is_for: Supervisor::is_had_by }],
    ..Feature::named("audit")
};

fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/admin/audit").get(list::get));
}
