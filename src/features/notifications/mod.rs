//! Messages to people outside: the outbox that they wait in, the worker that sends them, and what the desk
//! sees of them.
//!
//! A service writes a [`service::outbox::Message`] in the transaction of the change that it tells of. The worker
//! asks `app::render` for its words when it sends it: a feature's `messages.rs` has one async function that
//! makes a [`Letter`] or a text of the kinds that the feature sends.

use actix_web::web;

use service::rendering::Render;

pub mod service;

mod admin_list;
mod letter;
mod words;

pub use letter::Letter;

/// The pages. `render` puts messages into words.
pub fn routes(cfg: &mut web::ServiceConfig, render: Render) {
    cfg.app_data(web::Data::new(render))
        .service(web::resource("/admin/messages").get(admin_list::get))
        .service(web::resource("/admin/messages/{id}/resend").post(admin_list::resend));
}
