//! `/admin/vehicles`: every vehicle that ever came up, for the desk.

use actix_web::web;
use askama::Template;

use super::service as vehicles;
use crate::access::Supervisor;
use crate::entity::vehicle;
use crate::error::AppError;
use crate::features::opinions::service::Filter;
use crate::features::opinions::typed::TypedFilter;
use crate::http::form::Choice;
use crate::http::layout::Layout;
use crate::http::list::{Chip, Keyset, ListUrl, PAGE_SIZE, Page, search_term};
use crate::http::response::{Answer, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "vehicles/admin_list.html")]
struct AdminListPage {
    layout: Layout,
    url: ListUrl,
    query: TypedFilter,
    filter: Filter,
    vehicles: Page<vehicle::Model>,
}

impl AdminListPage {
    fn ratings(&self) -> Vec<Choice> {
        let t = self.layout.t;
        Choice::list(t.rating_any(), t.ratings(), &self.query.rating)
    }

    fn blacklisted(&self) -> Vec<Choice> {
        let t = self.layout.t;
        let now = ("yes".to_owned(), t.blacklist_filter());
        Choice::list(t.blacklist_filter_all(), [now], &self.query.blacklisted)
    }

    /// The filters in force, each with the list without it.
    fn chips(&self) -> Vec<Chip> {
        let t = self.layout.t;
        let mut chips = Vec::new();
        let mut chip = |name, label| chips.push(Chip { href: self.url.without(name), label });
        if !self.filter.text.is_empty() {
            chip("q", t.chip_search(&self.filter.text));
        }
        if self.filter.blacklisted {
            chip("blacklisted", t.blacklist_filter());
        }
        if let Some(rating) = self.filter.rating {
            chip("rating", t.rating_of(rating));
        }
        chips
    }

    fn next_href(&self) -> String {
        self.vehicles.next.as_ref().map(|next| self.url.page(next)).unwrap_or_default()
    }
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    query: web::Query<TypedFilter>,
) -> Answer {
    let query = query.into_inner();
    let filter = query.parse(search_term(&query.q)).ok_or(AppError::BadRequest)?;
    let before = match query.cursor.as_str() {
        "" => None,
        cursor => Some(Keyset::parse(cursor).ok_or(AppError::BadRequest)?.id),
    };
    let rows = vehicles::list(&state, &supervisor, &filter, before, PAGE_SIZE + 1).await?;
    let vehicles = Page::of(rows, |row| Keyset { key: 0, id: row.id.as_uuid() });
    let fields = vec![
        ("q", filter.text.clone()),
        ("blacklisted", query.blacklisted.clone()),
        ("rating", query.rating.clone()),
    ];
    let url = ListUrl::new("/admin/vehicles", fields);
    page(&AdminListPage { layout, url, query, filter, vehicles })
}
