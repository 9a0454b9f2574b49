//! x
use actix_web::web;
pub mod qr;
pub mod service;
pub mod token;
pub fn routes(_cfg: &mut web::ServiceConfig) {}
