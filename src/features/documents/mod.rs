//! Papers: what a customer has on file, every version of it, and the bytes.

use actix_web::web;

pub mod service;

mod download;
mod list;
mod remove;
mod show;

/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/documents").route(web::get().to(list::get)).route(web::post().to(list::post)),
    )
    .route("/documents/{id}", web::get().to(show::get))
    .route("/documents/{id}/download", web::get().to(download::get))
    .route("/documents/{id}/remove", web::post().to(remove::post));
}
