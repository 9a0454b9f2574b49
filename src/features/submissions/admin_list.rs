//! `/admin/submissions`: the desk's list.

use actix_web::web;
use askama::Template;
use sea_orm::Iterable as _;
use serde::Deserialize;

use super::service::lists::{self, Filter, Sort};
use crate::kernel::access::Guard;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::http::form::{Choice, FormErrors};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::list::{
    Keyset, List, ListUrl, PAGE_SIZE, asked, asked_day, search_term, unless_empty,
};
use crate::kernel::http::response::{Answer, page_or_errors};
use crate::kernel::state::AppState;

#[derive(Template)]
#[template(path = "submissions/admin_list.html")]
struct AdminListPage {
    layout: Layout,
    query: Query,
    list: List<submission::Model>,
}

impl AdminListPage {
    fn statuses(&self) -> Vec<Choice> {
        let t = self.layout.t;
        let submitted = SubmissionStatus::iter().filter(|status| *status != SubmissionStatus::Draft);
        let statuses = submitted.map(|status| (status.name().to_owned(), t.status(&status)));
        Choice::list(t.list_any_status(), statuses, &self.query.status)
    }

    fn sorts(&self) -> Vec<Choice> {
        let t = self.layout.t;
        let label = |sort: Sort| match sort {
            Sort::Newest => t.sort_newest(),
            Sort::Oldest => t.sort_oldest(),
            Sort::Expected => t.sort_expected(),
        };
        let chosen = Sort::from_name(&self.query.sort);
        let choice = |(sort, name): (Sort, &str)| Choice {
            value: name.to_owned(),
            label: label(sort),
            chosen: chosen == Some(sort),
        };
        Sort::ALL.into_iter().map(choice).collect()
    }

    fn status_of(&self, row: &submission::Model) -> SubmissionStatus {
        row.status_at(self.layout.now())
    }
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    q: String,
    status: String,
    from: String,
    to: String,
    sort: String,
    cursor: String,
}

pub async fn get(
    state: web::Data<AppState>,
    guard: Guard,
    layout: Layout,
    query: web::Query<Query>,
) -> Answer {
    let query = query.into_inner();
    let (t, mut errors) = (layout.t, FormErrors::new());
    let filter = Filter {
        text: search_term(&mut errors, t, "q", &query.q),
        status: asked(&query.status, SubmissionStatus::from_name)?,
        from: asked_day(&mut errors, t, "from", &query.from),
        to: asked_day(&mut errors, t, "to", &query.to),
        sort: asked(&query.sort, Sort::from_name)?.unwrap_or_default(),
    };
    let after = asked(&query.cursor, Keyset::parse)?.map(|keyset| (keyset.key, keyset.id));
    let _turn = state.searches.turn(guard.account(), &filter.text).await?;
    let rows = lists::all(&state, &guard, &filter, after, PAGE_SIZE + 1).await?;
    let fields = vec![
        ("q", filter.text.clone()),
        ("status", query.status.clone()),
        ("from", filter.from.map(|day| day.to_string()).unwrap_or_default()),
        ("to", filter.to.map(|day| day.to_string()).unwrap_or_default()),
        ("sort", query.sort.clone()),
    ];
    let position = |row: &submission::Model| {
        let (key, id) = lists::position(row, filter.sort);
        Keyset { key, id }
    };
    let list = List::of(ListUrl::new("/admin/submissions", fields), rows, position).filtered_by([
        ("q", unless_empty(&filter.text).map(|text| t.chip_search(text))),
        ("status", filter.status.map(|status| t.status(&status))),
        ("from", filter.from.map(|day| t.chip_from(layout.day(&day)))),
        ("to", filter.to.map(|day| t.chip_to(layout.day(&day)))),
    ]);
    page_or_errors(layout, errors, |layout| AdminListPage { layout, query, list })
}
