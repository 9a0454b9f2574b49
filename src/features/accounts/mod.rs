//! Who may use the portal: registering, signing in and out, one's own account, everybody's for admins.

use std::time::Duration;

use actix_web::web;

use crate::kernel::access::Admin;
use crate::kernel::http::feature::{Feature, Job, MenuEntry, SubjectKind};
use crate::kernel::http::kept::Fields;
use crate::kernel::texts::Texts;
use crate::kernel::types::EmailAddress;

pub mod actions;
pub mod messages;
pub mod service;

mod account;
mod admin_detail;
mod admin_disable;
mod admin_invite;
mod admin_list;
mod admin_reset_password;
mod forgot;
mod home;
mod invite;
mod kept;
mod login;
mod logout;
mod parts;
mod password;
mod register;
mod reset;
mod sessions;
mod setup;
mod verify;
mod words;

/// What it brings in.
pub const FEATURE: Feature = Feature {
    routes,
    menu: &[MenuEntry { path: "/admin/users", label: Texts::menu_users, is_for: Admin::is_had_by }],
    jobs: &[Job {
        name: "accounts",
        every: Duration::from_mins(10),
        work: |state| Box::pin(service::housekeeping::forget_old(state)),
    }],
    fields: Fields { hidden: &["next"], choice: Texts::account_choice, ..Fields::PLAIN },
    one_time: &["setup", "verify", "reset", "invite"],
    actions: actions::ALL,
    messages: messages::ALL,
    subjects: &[
        SubjectKind {
            code: "account",
            words: |_, _, label| EmailAddress::shown(label).into_owned(),
            path: Some(|id| format!("/admin/users/{id}")),
            is_for: Admin::is_had_by,
        },
        SubjectKind {
            code: "organisation",
            words: |_, _, label| label.to_owned(),
            path: None,
            is_for: Admin::is_had_by,
        },
    ],
    ..Feature::named("accounts")
};

fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/").get(home::get))
        .service(web::resource("/login").get(login::get).post(login::post))
        .service(web::resource("/logout").post(logout::post))
        .service(web::resource("/register").get(register::get).post(register::post))
        .service(web::resource("/setup/{token}").get(setup::get).post(setup::post))
        .service(web::resource("/verify").post(verify::again))
        .service(web::resource("/verify/{token}").get(verify::get).post(verify::post))
        .service(web::resource("/forgot").get(forgot::get).post(forgot::post))
        .service(web::resource("/reset/{token}").get(reset::get).post(reset::post))
        .service(web::resource("/invite/{token}").get(invite::get).post(invite::post))
        .service(web::resource("/account").get(account::get).post(account::post))
        .service(web::resource("/account/kept").get(kept::get).post(kept::post))
        .service(web::resource("/account/password").get(password::get).post(password::post))
        .service(web::resource("/account/sessions").get(sessions::get))
        .service(web::resource("/account/sessions/revoke-others").post(sessions::revoke_others))
        .service(web::resource("/account/sessions/{id}/revoke").post(sessions::revoke))
        .service(web::resource("/admin/users").get(admin_list::get))
        .service(web::resource("/admin/users/invite").get(admin_invite::get).post(admin_invite::post))
        .service(web::resource("/admin/users/{id}").get(admin_detail::get))
        .service(web::resource("/admin/users/{id}/role").post(admin_detail::role))
        .service(web::resource("/admin/users/{id}/disable").get(admin_disable::get).post(admin_disable::post))
        .service(web::resource("/admin/users/{id}/enable").post(admin_detail::enable))
        .service(web::resource("/admin/users/{id}/unlock").post(admin_detail::unlock))
        .service(web::resource("/admin/users/{id}/end-sessions").post(admin_detail::end_sessions))
        .service(
            web::resource("/admin/users/{id}/reset-password")
                .get(admin_reset_password::get)
                .post(admin_reset_password::post),
        )
        .service(web::resource("/admin/users/{id}/resend").post(admin_detail::invite_again));
}
