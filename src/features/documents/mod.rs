//! Papers: what a customer has on file, every version of it, and the bytes.

use actix_web::web;

use crate::kernel::access::Customer;
use crate::kernel::access::Guard;
use crate::kernel::http::feature::{Feature, MenuEntry, SubjectKind};
use crate::kernel::texts::Texts;

pub mod actions;
pub mod parts;
pub mod service;

mod download;
mod list;
mod remove;
mod show;

/// What it brings in.
pub const FEATURE: Feature = Feature {
    routes,
    menu: &[MenuEntry { path: "/documents", label: Texts::menu_documents, is_for: Customer::is_had_by }],
    actions: actions::ALL,
    subjects: &[SubjectKind {
        code: "paper",
        words: |_, _, label| label.to_owned(),
        path: None,
        is_for: Guard::is_had_by,
    }],
    ..Feature::named("documents")
};

fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/documents").get(list::get).post(list::post))
        .service(web::resource("/documents/{id}").get(show::get))
        .service(web::resource("/documents/{id}/download").get(download::get))
        .service(web::resource("/documents/{id}/remove").post(remove::post));
}
