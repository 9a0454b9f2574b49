//! Vehicles: one a registration number. The look-up that fills a form from it.

use actix_web::web;

pub mod service;



/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    let _ = cfg;
}
