//! Vehicles: one a registration number. The look-up that tells what is on file, and what the desk says of them.

use actix_web::web;

use crate::http::kept::Fields;

pub mod service;

mod admin_detail;
mod admin_list;
mod lookup;
mod tell_apart;

/// Its forms.
pub const FIELDS: Fields = Fields { hidden: &["next", "other"], ..Fields::PLAIN };

/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/vehicles/lookup").get(lookup::get))
        .service(web::resource("/admin/vehicles").get(admin_list::get))
        .service(web::resource("/admin/vehicles/{id}").get(admin_detail::get))
        .service(web::resource("/admin/vehicles/{id}/remark").post(admin_detail::judge))
        .service(web::resource("/admin/vehicles/{id}/blacklist").post(admin_detail::judge))
        .service(web::resource("/admin/vehicles/{id}/lift").post(admin_detail::judge))
        .service(web::resource("/admin/vehicles/{id}/tell-apart").get(tell_apart::get).post(tell_apart::post))
        .service(web::resource("/admin/vehicles/{id}/warn-again").post(tell_apart::warn_again));
}
