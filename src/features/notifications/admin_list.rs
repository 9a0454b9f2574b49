//! `/admin/messages`: every message and what became of it.

use actix_web::web;
use askama::Template;
use sea_orm::Iterable as _;
use serde::Deserialize;

use super::service::lists::{self, ResendError};
use crate::access::Supervisor;
use crate::entity::notification::{self, DeliveryState};
use crate::error::AppError;
use crate::http::layout::Layout;
use crate::http::list::{Keyset, ListUrl, PAGE_SIZE, Page};
use crate::http::response::{Answer, page, see_other_saying};
use crate::state::AppState;
use crate::types::NotificationId;

#[derive(Template)]
#[template(path = "notifications/admin_list.html")]
struct AdminListPage {
    layout: Layout,
    url: ListUrl,
    delivery: Option<DeliveryState>,
    messages: Page<notification::Model>,
}

impl AdminListPage {
    fn tabs(&self) -> Vec<Tab> {
        let t = self.layout.t;
        let tab = |delivery: Option<DeliveryState>, label| Tab {
            href: self.url.with("state", delivery.map_or("", DeliveryState::name)),
            label,
            current: delivery == self.delivery,
        };
        let states = DeliveryState::iter().map(|state| tab(Some(state), t.delivery(&state)));
        std::iter::once(tab(None, t.messages_all())).chain(states).collect()
    }

    fn next_href(&self) -> String {
        self.messages.next.as_ref().map(|next| self.url.page(next)).unwrap_or_default()
    }
}

struct Tab {
    href: String,
    label: String,
    current: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Query {
    state: String,
    cursor: String,
}

impl Query {
    /// What is asked for; `None` when it was made up.
    fn parse(&self) -> Option<(Option<DeliveryState>, Option<Keyset>)> {
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let delivery =
            optional(&self.state).map_or(Some(None), |name| DeliveryState::from_name(&name).map(Some))?;
        let after = optional(&self.cursor).map_or(Some(None), |text| Keyset::parse(&text).map(Some))?;
        Some((delivery, after))
    }
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    query: web::Query<Query>,
) -> Answer {
    let (delivery, after) = query.parse().ok_or(AppError::BadRequest)?;
    let after = after.map(|keyset| NotificationId::new(keyset.id));
    let rows = lists::all(&state, &supervisor, delivery, after, PAGE_SIZE + 1).await?;
    let messages = Page::of(rows, |row: &notification::Model| Keyset {
        key: row.created_at.timestamp_micros(),
        id: row.id.as_uuid(),
    });
    let url = ListUrl::new("/admin/messages", vec![("state", query.into_inner().state)]);
    page(&AdminListPage { layout, url, delivery, messages })
}

pub async fn resend(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    id: web::Path<NotificationId>,
) -> Answer {
    let t = layout.t;
    match lists::resend(&state, &supervisor, *id).await {
        Ok(()) => Ok(see_other_saying(&state, "/admin/messages", &t.message_resent())),
        Err(ResendError::NotFound) => Err(AppError::NotFound),
        Err(ResendError::Queued) => Err(AppError::Conflict(t.message_still_queued())),
        Err(ResendError::HasSecret) => Err(AppError::Conflict(t.message_has_secret())),
        Err(ResendError::Failed(error)) => Err(error),
    }
}
