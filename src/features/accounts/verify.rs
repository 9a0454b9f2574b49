//! `/verify/{token}`: confirms an address. Mail scanners follow links, so only a press of the button does.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::dead_link;
use super::login::local_path;
use super::service::confirmation;
use crate::access::Actor;
use crate::http::address::client_address;
use crate::http::layout::Layout;
use crate::http::response::{Answer, page, see_other_saying};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "accounts/verify.html")]
struct VerifyPage {
    layout: Layout,
}

pub async fn get(state: web::Data<AppState>, layout: Layout, token: web::Path<String>) -> Answer {
    if confirmation::is_open(&state, &token).await? { page(&VerifyPage { layout }) } else { dead(layout) }
}

pub async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    layout: Layout,
    token: web::Path<String>,
) -> Answer {
    if confirmation::confirm(&state, &token, &client_address(&request, &state)).await? {
        // From there on to the sign-in page, or to where the user's work is.
        Ok(see_other_saying(&state, "/", &layout.t.verify_done()))
    } else {
        dead(layout)
    }
}

fn dead(layout: Layout) -> Answer {
    let t = layout.t;
    dead_link::answer(layout, t.verify_dead(), "/account", t.verify_dead_way_on())
}

#[derive(Deserialize)]
#[serde(default)]
pub struct Again {
    /// The page to come back to.
    next: String,
}

impl Default for Again {
    fn default() -> Self {
        Self { next: "/account".to_owned() }
    }
}

/// `POST /verify`: sends the link again to who is signed in.
pub async fn again(
    state: web::Data<AppState>,
    actor: Actor,
    layout: Layout,
    form: Option<web::Form<Again>>,
) -> Answer {
    let t = layout.t;
    let sent = confirmation::send_again(&state, &actor, t.language()).await?;
    let text = if sent { t.verify_sent(actor.email().as_str()) } else { t.verify_done() };
    let next = form.map(web::Form::into_inner).unwrap_or_default().next;
    Ok(see_other_saying(&state, local_path(&next).unwrap_or("/account"), &text))
}
