//! The gate: one field, one answer, and the barrier.

use actix_web::web;

use crate::http::kept::Fields;

pub mod service;
pub mod verdict;

mod override_stop;
mod passage;
mod scan;
mod show;
mod unknown;
mod words;

/// Its forms.
pub const FIELDS: Fields =
    Fields { hidden: &["confirm", "nonce", "seen", "shown"], secret: &["code"], ..Fields::PLAIN };

/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/gate").get(scan::get))
        .service(web::resource("/gate/scan").post(scan::post))
        .service(web::resource("/gate/scans/{id}").get(unknown::get))
        .service(web::resource("/gate/submissions/{id}").get(show::get))
        .service(web::resource("/gate/submissions/{id}/check-in").post(passage::check_in))
        .service(web::resource("/gate/submissions/{id}/check-out").post(passage::check_out))
        .service(web::resource("/gate/submissions/{id}/refuse").post(passage::refuse))
        .service(
            web::resource("/gate/submissions/{id}/override")
                .get(override_stop::get)
                .post(override_stop::post),
        );
}
