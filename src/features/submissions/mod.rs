//! Entries of vehicles: a customer's drafts and submissions, step by step, and what the desk sees of them.

use actix_web::web;

pub mod service;
pub mod words;

mod admin_detail;
mod admin_list;
mod cancel;
mod crew;
mod documents;
mod list;
mod review;
mod show;
mod steps;
mod vehicle;

/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/submissions", web::get().to(list::get))
        .service(
            web::resource("/submissions/new")
                .route(web::get().to(vehicle::get_new))
                .route(web::post().to(vehicle::post_new)),
        )
        .route("/submissions/{id}", web::get().to(show::get))
        .service(
            web::resource("/submissions/{id}/vehicle")
                .route(web::get().to(vehicle::get))
                .route(web::post().to(vehicle::post)),
        )
        .service(
            web::resource("/submissions/{id}/crew")
                .route(web::get().to(crew::get))
                .route(web::post().to(crew::post)),
        )
        .service(
            web::resource("/submissions/{id}/documents")
                .route(web::get().to(documents::get))
                .route(web::post().to(documents::post)),
        )
        .service(
            web::resource("/submissions/{id}/review")
                .route(web::get().to(review::get))
                .route(web::post().to(review::post)),
        )
        .service(
            web::resource("/submissions/{id}/cancel")
                .route(web::get().to(cancel::get))
                .route(web::post().to(cancel::post)),
        )
        .route("/admin/submissions", web::get().to(admin_list::get))
        .route("/admin/submissions/{id}", web::get().to(admin_detail::get))
        .route("/admin/submissions/{id}/approve", web::post().to(admin_detail::approve))
        .route("/admin/submissions/{id}/reject", web::post().to(admin_detail::reject))
        .route("/admin/submissions/{id}/complete", web::post().to(admin_detail::complete));
}
