//! `/admin/users`: everybody who signs in.

use actix_web::web;
use askama::Template;
use chrono::DateTime;
use sea_orm::Iterable as _;
use serde::Deserialize;

use super::service::users::{self, AccountState, Filter, User};
use crate::access::Admin;
use crate::entity::account::Role;
use crate::error::AppError;
use crate::http::form::Choice;
use crate::http::layout::Layout;
use crate::http::list::{Keyset, ListUrl, PAGE_SIZE, Page, search_term};
use crate::http::response::{Answer, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "accounts/admin_list.html")]
struct AdminListPage {
    layout: Layout,
    url: ListUrl,
    filter: Filter,
    users: Page<User>,
}

impl AdminListPage {
    fn roles(&self) -> Vec<Choice> {
        let t = self.layout.t;
        let all = Choice { value: String::new(), label: t.users_all(), chosen: self.filter.role.is_none() };
        let choice = |role: Role| Choice {
            value: role.name().to_owned(),
            label: t.role(&role),
            chosen: self.filter.role == Some(role),
        };
        std::iter::once(all).chain(Role::iter().map(choice)).collect()
    }

    fn states(&self) -> Vec<Choice> {
        let t = self.layout.t;
        let all = Choice { value: String::new(), label: t.users_all(), chosen: self.filter.state.is_none() };
        let choice = |state: AccountState| Choice {
            value: state.name().to_owned(),
            label: t.account_state(&state),
            chosen: self.filter.state == Some(state),
        };
        std::iter::once(all).chain(AccountState::ALL.into_iter().map(choice)).collect()
    }

    /// The filters in force: the list without each, and what it is called.
    fn chips(&self) -> Vec<(String, String)> {
        let t = self.layout.t;
        let text = (!self.filter.text.is_empty()).then(|| ("q", t.chip_search(&self.filter.text)));
        let role = self.filter.role.map(|role| ("role", t.role(&role)));
        let state = self.filter.state.map(|state| ("state", t.account_state(&state)));
        let chips = [text, role, state].into_iter().flatten();
        chips.map(|(name, label)| (self.url.without(name), label)).collect()
    }

    fn next_href(&self) -> String {
        self.users.next.as_ref().map(|next| self.url.page(next)).unwrap_or_default()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Query {
    q: String,
    role: String,
    state: String,
    cursor: String,
}

impl Query {
    /// What is asked for; `None` when it was made up.
    fn parse(&self) -> Option<(Filter, Option<Keyset>)> {
        let role = if self.role.is_empty() { None } else { Some(Role::from_name(&self.role)?) };
        let state = if self.state.is_empty() { None } else { Some(AccountState::from_name(&self.state)?) };
        let after = if self.cursor.is_empty() { None } else { Some(Keyset::parse(&self.cursor)?) };
        Some((Filter { text: search_term(&self.q), role, state }, after))
    }
}

pub async fn get(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    query: web::Query<Query>,
) -> Answer {
    let query = query.into_inner();
    let (filter, after) = query.parse().ok_or(AppError::BadRequest)?;
    let after =
        after.map(|keyset| (DateTime::from_timestamp_micros(keyset.key).unwrap_or_default(), keyset.id));
    let rows = users::list(&state, &admin, &filter, after, PAGE_SIZE + 1).await?;
    let users = Page::of(rows, |user| Keyset {
        key: user.account.created_at.timestamp_micros(),
        id: user.account.id.as_uuid(),
    });
    let url = ListUrl::new(
        "/admin/users",
        vec![("q", filter.text.clone()), ("role", query.role), ("state", query.state)],
    );
    page(&AdminListPage { layout, url, filter, users })
}
