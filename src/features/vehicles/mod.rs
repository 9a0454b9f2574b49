//! Vehicles: one a registration number. The look-up that tells what is on file.

use actix_web::web;

pub mod service;

mod lookup;

/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/vehicles/lookup").get(lookup::get));
}
