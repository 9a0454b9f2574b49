//! What happened, who did it, from where, and what it changed.

use actix_web::web;

pub mod service;

mod list;
mod words;

/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/admin/audit").get(list::get));
}
