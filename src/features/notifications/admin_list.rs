//! `/admin/messages`: every message and what became of it.

use actix_web::web;
use askama::Template;
use sea_orm::Iterable as _;
use serde::Deserialize;

use super::service::lists::{self, ResendError};
use crate::kernel::access::Supervisor;
use crate::kernel::dispatch::Render;
use crate::kernel::entity::notification::{self, Channel, DeliveryState};
use crate::kernel::error::AppError;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::list::{Keyset, List, ListUrl, PAGE_SIZE, Tab, asked};
use crate::kernel::http::response::{Answer, page, see_other_saying};
use crate::kernel::state::AppState;
use crate::kernel::types::NotificationId;

#[derive(Template)]
#[template(path = "notifications/admin_list.html")]
struct AdminListPage {
    layout: Layout,
    delivery: Option<DeliveryState>,
    list: List<notification::Model>,
}

impl AdminListPage {
    fn tabs(&self) -> Vec<Tab> {
        let t = self.layout.t;
        let tab = |delivery: Option<DeliveryState>, label| Tab {
            href: self.list.url.with("state", delivery.map_or("", DeliveryState::name)),
            label,
            current: delivery == self.delivery,
        };
        let states = DeliveryState::iter().map(|state| tab(Some(state), t.delivery(&state)));
        std::iter::once(tab(None, t.messages_all())).chain(states).collect()
    }

    /// The page of what it is about, for who may open it.
    fn page_of(&self, row: &notification::Model) -> Option<String> {
        let kind = self.layout.features().subject(&row.subject_kind)?;
        let may_open = self.layout.user().is_some_and(kind.is_for);
        kind.path.filter(|_| may_open).map(|path| path(row.subject_id))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Query {
    state: String,
    cursor: String,
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    query: web::Query<Query>,
) -> Answer {
    let delivery = asked(&query.state, DeliveryState::from_name)?;
    let after = asked(&query.cursor, Keyset::parse)?.map(|keyset| NotificationId::new(keyset.id));
    let rows = lists::all(&state, &supervisor, delivery, after, PAGE_SIZE + 1).await?;
    let url = ListUrl::new("/admin/messages", vec![("state", query.into_inner().state)]);
    let list = List::of(url, rows, |row| Keyset::by_id(row.id.as_uuid()));
    page(&AdminListPage { layout, delivery, list })
}

pub async fn resend(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    render: web::Data<Render>,
    id: web::Path<NotificationId>,
) -> Answer {
    let t = layout.t;
    match lists::resend(&state, &supervisor, **render, *id).await {
        Ok(()) => Ok(see_other_saying(&state, "/admin/messages", &t.message_resent())),
        Err(ResendError::NotFound) => Err(AppError::NotFound),
        Err(ResendError::Queued) => Err(AppError::Conflict(t.message_still_queued())),
        Err(ResendError::HasSecret) => Err(AppError::Conflict(t.message_has_secret())),
        Err(ResendError::OfAMoment) => Err(AppError::Conflict(t.message_of_a_moment())),
        Err(ResendError::Pointless(why)) => Err(AppError::Conflict(t.message_pointless(why))),
        Err(ResendError::Failed(error)) => Err(error),
    }
}
