//! Papers: what a customer has on file, every version of it, and the bytes.

use actix_web::web;

pub mod parts;
pub mod service;

mod download;
mod list;
mod remove;
mod show;

/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/documents").get(list::get).post(list::post))
        .service(web::resource("/documents/{id}").get(show::get))
        .service(web::resource("/documents/{id}/download").get(download::get))
        .service(web::resource("/documents/{id}/remove").post(remove::post));
}
