//! `/account/kept`: what was typed into a form when the session had ended, to be sent again or discarded.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::home;
use crate::kernel::access::Actor;
use crate::kernel::http::feature::Features;
use crate::kernel::http::kept::{self, KeptForm};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::pages::page_of;
use crate::kernel::http::response::{Answer, page, see_other};
use crate::kernel::state::AppState;

#[derive(Template)]
#[template(path = "accounts/kept.html")]
struct KeptPage {
    layout: Layout,
    form: KeptForm,
    /// Labels and values.
    typed: Vec<(String, String)>,
}

pub async fn get(
    state: web::Data<AppState>,
    features: web::Data<Features>,
    request: HttpRequest,
    actor: Actor,
    layout: Layout,
) -> Answer {
    match kept::offered(&state, &request, &actor).await? {
        Some(form) => page(&KeptPage { typed: features.typed(layout.t, &form), layout, form }),
        None => Ok(see_other(home::path_of(actor.role()))),
    }
}

/// Discards it, and leads to the page that the form stands on.
pub async fn post(state: web::Data<AppState>, request: HttpRequest, actor: Actor) -> Answer {
    let form = kept::offered(&state, &request, &actor).await?;
    kept::discard(&state, &request).await?;
    Ok(see_other(match form {
        Some(form) => page_of(&request, &form.path),
        None => home::path_of(actor.role()).to_owned(),
    }))
}
