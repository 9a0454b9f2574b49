//! x
use actix_web::web;
pub mod service;
pub fn routes(_cfg: &mut web::ServiceConfig) {}
