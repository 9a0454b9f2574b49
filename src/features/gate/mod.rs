//! The gate: one field, one answer, and the barrier.

use actix_web::web;

pub mod service;
pub mod verdict;

mod passage;
mod scan;
mod show;
mod unknown;
mod words;

/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/gate", web::get().to(scan::get))
        .route("/gate/scan", web::post().to(scan::post))
        .route("/gate/scans/{id}", web::get().to(unknown::get))
        .route("/gate/submissions/{id}", web::get().to(show::get))
        .route("/gate/submissions/{id}/check-in", web::post().to(passage::check_in))
        .route("/gate/submissions/{id}/check-out", web::post().to(passage::check_out))
        .route("/gate/submissions/{id}/refuse", web::post().to(passage::refuse));
}
