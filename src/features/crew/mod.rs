//! The people who come with a vehicle: one a phone, whether driver or helper. What the desk says of them, and
//! putting right who they are.

use actix_web::web;

use crate::http::kept::Fields;

pub mod service;

mod admin_detail;
mod admin_list;
mod merge;

/// Its forms.
pub const FIELDS: Fields = Fields { hidden: &["seen", "seen_other"], ..Fields::PLAIN };

/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/admin/crew").get(admin_list::get))
        .service(web::resource("/admin/crew/{id}").get(admin_detail::get))
        .service(web::resource("/admin/crew/{id}/remark").post(admin_detail::judge))
        .service(web::resource("/admin/crew/{id}/blacklist").post(admin_detail::judge))
        .service(web::resource("/admin/crew/{id}/lift").post(admin_detail::judge))
        .service(web::resource("/admin/crew/{id}/rename").post(admin_detail::rename))
        .service(web::resource("/admin/crew/{id}/merge").get(merge::get).post(merge::post));
}
