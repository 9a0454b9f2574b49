//! `/`: leads everybody to where their work is.

use actix_web::HttpResponse;

use crate::kernel::access::Actor;
use crate::kernel::entity::account::Role;
use crate::kernel::http::response::see_other;

pub async fn get(actor: Option<Actor>) -> HttpResponse {
    see_other(actor.map_or("/login", |actor| path_of(actor.role())))
}

/// Where an account of `role` begins.
pub fn path_of(role: Role) -> &'static str {
    match role {
        Role::Customer => "/submissions",
        Role::Guard => "/gate",
        Role::Supervisor | Role::Admin => "/admin/submissions",
    }
}
