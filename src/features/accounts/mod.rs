//! Who may use the portal: registering, signing in and out, the first admin.

use actix_web::web;

pub mod service;

mod home;
mod login;
mod logout;
mod register;
mod setup;
mod words;

/// The pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/", web::get().to(home::get))
        .service(web::resource("/login").route(web::get().to(login::get)).route(web::post().to(login::post)))
        .route("/logout", web::post().to(logout::post))
        .service(
            web::resource("/register")
                .route(web::get().to(register::get))
                .route(web::post().to(register::post)),
        )
        .service(
            web::resource("/setup/{token}")
                .route(web::get().to(setup::get))
                .route(web::post().to(setup::post)),
        );
}
