//! Entries of vehicles: a customer's drafts and submissions, step by step, and what the desk sees of them.

use actix_web::web;

use crate::http::kept::Fields;
use crate::types::Language;

pub mod messages;
pub mod service;
pub mod words;

mod admin_detail;
mod admin_list;
mod cancel;
mod crew;
mod documents;
mod list;
mod resend;
mod resubmit;
mod review;
mod show;
mod steps;
mod vehicle;

/// Its forms.
pub const FIELDS: Fields = Fields {
    hidden: &["draft_version", "nonce", "seen"],
    choice: |_, field, value| {
        let is_language = matches!(field, "driver_language" | "helper_language");
        let language = Language::from_code(value).filter(|_| is_language);
        language.map(|language| language.native_name().to_owned())
    },
    ..Fields::PLAIN
};

/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/submissions").get(list::get))
        .service(web::resource("/submissions/new").get(vehicle::get_new).post(vehicle::post_new))
        .service(web::resource("/submissions/{id}").get(show::get))
        .service(web::resource("/submissions/{id}/vehicle").get(vehicle::get).post(vehicle::post))
        .service(web::resource("/submissions/{id}/crew").get(crew::get).post(crew::post))
        .service(web::resource("/submissions/{id}/documents").get(documents::get).post(documents::post))
        .service(web::resource("/submissions/{id}/review").get(review::get).post(review::post))
        .service(web::resource("/submissions/{id}/cancel").get(cancel::get).post(cancel::post))
        .service(web::resource("/submissions/{id}/resend").post(resend::post))
        .service(web::resource("/submissions/{id}/resubmit").post(resubmit::post))
        .service(web::resource("/admin/submissions").get(admin_list::get))
        .service(web::resource("/admin/submissions/{id}").get(admin_detail::get))
        .service(web::resource("/admin/submissions/{id}/approve").post(admin_detail::approve))
        .service(web::resource("/admin/submissions/{id}/reject").post(admin_detail::reject))
        .service(web::resource("/admin/submissions/{id}/complete").post(admin_detail::complete));
}
