//! Passes: the signed token, its QR code and the driver's page.

use actix_web::web;

use crate::kernel::http::feature::Feature;

pub mod actions;
pub mod qr;
pub mod service;
pub mod token;

mod driver_pass;
mod parts;
mod print;
mod qr_image;

/// What it brings in.
pub const FEATURE: Feature = Feature { routes, actions: actions::ALL, ..Feature::named("passes") };

/// The pages. A QR code holds its address in upper case.
fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/p/{token}").get(driver_pass::get))
        .service(web::resource("/P/{token}").get(driver_pass::get))
        .service(web::resource("/p/{token}/print/{format}").get(print::get))
        .service(web::resource("/P/{token}/print/{format}").get(print::get))
        .service(web::resource("/p/{token}/qr.png").get(qr_image::png))
        .service(web::resource("/p/{token}/qr.svg").get(qr_image::svg));
}
