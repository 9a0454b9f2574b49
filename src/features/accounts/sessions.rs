//! `/account/sessions`: where the user is signed in.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::service::sessions;
use crate::kernel::access::Actor;
use crate::kernel::entity::session as table;
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page, see_other_saying};
use crate::kernel::http::session;
use crate::kernel::state::AppState;
use crate::kernel::types::SessionId;

#[derive(Template)]
#[template(path = "accounts/sessions.html")]
struct SessionsPage {
    layout: Layout,
    sessions: Vec<table::Model>,
    current: SessionId,
}

impl SessionsPage {
    fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| session.id != self.current)
    }
}

pub async fn get(state: web::Data<AppState>, request: HttpRequest, actor: Actor, layout: Layout) -> Answer {
    let sessions = sessions::of_account(&state, actor.account()).await?;
    page(&SessionsPage { layout, sessions, current: current(&request)? })
}

pub async fn revoke(
    state: web::Data<AppState>,
    actor: Actor,
    layout: Layout,
    id: web::Path<SessionId>,
) -> Answer {
    if !sessions::end(&state, &actor, *id).await? {
        return Err(AppError::NotFound);
    }
    Ok(see_other_saying(&state, "/account/sessions", &layout.t.session_ended()))
}

pub async fn revoke_others(
    state: web::Data<AppState>,
    request: HttpRequest,
    actor: Actor,
    layout: Layout,
) -> Answer {
    sessions::end_others(&state, &actor, current(&request)?).await?;
    Ok(see_other_saying(&state, "/account/sessions", &layout.t.other_sessions_ended()))
}

fn current(request: &HttpRequest) -> Result<SessionId, AppError> {
    session::current(request).map(|current| current.session).ok_or(AppError::SignInFirst)
}
