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
    cfg.service(web::resource("/").get(home::get))
        .service(web::resource("/login").get(login::get).post(login::post))
        .service(web::resource("/logout").post(logout::post))
        .service(web::resource("/register").get(register::get).post(register::post))
        .service(web::resource("/setup/{token}").get(setup::get).post(setup::post));
}
