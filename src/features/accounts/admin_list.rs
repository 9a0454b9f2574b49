//! `/admin/users`: everybody who signs in.

use actix_web::web;
use askama::Template;
use sea_orm::Iterable as _;
use serde::Deserialize;

use super::service::users::{self, AccountState, Filter, User};
use crate::kernel::access::Admin;
use crate::kernel::entity::account::{self, Role};
use crate::kernel::http::form::{Choice, FormErrors};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::list::{Keyset, List, ListUrl, PAGE_SIZE, asked, search_term, unless_empty};
use crate::kernel::http::response::{Answer, page_or_errors};
use crate::kernel::state::AppState;

#[derive(Template)]
#[template(path = "accounts/admin_list.html")]
struct AdminListPage {
    layout: Layout,
    query: Query,
    list: List<User>,
    /// Who of the plant's has never confirmed.
    unconfirmed: Vec<account::Model>,
}

impl AdminListPage {
    fn roles(&self) -> Vec<Choice> {
        let t = self.layout.t;
        let roles = Role::iter().map(|role| (role.name().to_owned(), t.role(&role)));
        Choice::list(t.users_all(), roles, &self.query.role)
    }

    fn states(&self) -> Vec<Choice> {
        let t = self.layout.t;
        let states = AccountState::ALL.into_iter();
        let states = states.map(|state| (state.name().to_owned(), t.account_state(&state)));
        Choice::list(t.users_all(), states, &self.query.state)
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

pub async fn get(
    state: web::Data<AppState>,
    admin: Admin,
    layout: Layout,
    query: web::Query<Query>,
) -> Answer {
    let query = query.into_inner();
    let (t, mut errors) = (layout.t, FormErrors::new());
    let filter = Filter {
        text: search_term(&mut errors, t, "q", &query.q),
        role: asked(&query.role, Role::from_name)?,
        state: asked(&query.state, AccountState::from_name)?,
    };
    let after = asked(&query.cursor, Keyset::parse)?.map(Keyset::moment);
    let _turn = state.searches.turn(admin.account(), &filter.text).await?;
    let rows = users::list(&state, &admin, &filter, after, PAGE_SIZE + 1).await?;
    let url = ListUrl::new(
        "/admin/users",
        vec![("q", filter.text.clone()), ("role", query.role.clone()), ("state", query.state.clone())],
    );
    let list = List::of(url, rows, |user| Keyset::at(user.account.created_at, user.account.id.as_uuid()))
        .filtered_by([
            ("q", unless_empty(&filter.text).map(|text| t.chip_search(text))),
            ("role", filter.role.map(|role| t.role(&role))),
            ("state", filter.state.map(|state| t.account_state(&state))),
        ]);
    let unconfirmed = users::unconfirmed_staff(&state, &admin).await?;
    page_or_errors(layout, errors, |layout| AdminListPage { layout, query, list, unconfirmed })
}
