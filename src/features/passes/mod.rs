//! Passes: the signed token, its QR code and the driver's page.

use actix_web::web;

pub mod qr;
pub mod service;
pub mod token;

mod driver_pass;
mod qr_image;

/// The pages. A QR code holds its address in upper case.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/p/{token}", web::get().to(driver_pass::get))
        .route("/P/{token}", web::get().to(driver_pass::get))
        .route("/p/{token}/qr.png", web::get().to(qr_image::png))
        .route("/p/{token}/qr.svg", web::get().to(qr_image::svg));
}
