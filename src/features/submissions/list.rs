//! `/submissions`: the customer's own entries.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::service::lists;
use crate::kernel::access::Customer;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::list::{Keyset, List, ListUrl, PAGE_SIZE, Tab, asked, search_term};
use crate::kernel::http::response::{Answer, page_or_errors};
use crate::kernel::state::AppState;

#[derive(Template)]
#[template(path = "submissions/list.html")]
struct ListPage {
    layout: Layout,
    query: Query,
    status: Option<SubmissionStatus>,
    list: List<submission::Model>,
}

impl ListPage {
    fn tabs(&self) -> Vec<Tab> {
        let tab = |status: Option<SubmissionStatus>, label: String| Tab {
            href: self.list.url.with("status", status.map_or("", SubmissionStatus::name)),
            label,
            current: status == self.status,
        };
        let t = self.layout.t;
        let statuses = [
            SubmissionStatus::Draft,
            SubmissionStatus::Pending,
            SubmissionStatus::Approved,
            SubmissionStatus::Rejected,
            SubmissionStatus::Completed,
            SubmissionStatus::Cancelled,
            SubmissionStatus::Expired,
        ];
        let all = std::iter::once(tab(None, t.list_all()));
        all.chain(statuses.map(|status| tab(Some(status), t.status(&status)))).collect()
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
    cursor: String,
}

pub async fn get(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    query: web::Query<Query>,
) -> Answer {
    let query = query.into_inner();
    let status = asked(&query.status, SubmissionStatus::from_name)?;
    let after = asked(&query.cursor, Keyset::parse)?.map(Keyset::moment);
    let mut errors = FormErrors::new();
    let text = search_term(&mut errors, layout.t, "q", &query.q);
    let _turn = state.searches.turn(customer.account(), &text).await?;
    let rows = lists::own(&state, &customer, status, &text, after, PAGE_SIZE + 1).await?;
    let url = ListUrl::new("/submissions", vec![("q", text), ("status", query.status.clone())]);
    let list = List::of(url, rows, |row| Keyset::at(row.changed_at, row.id.as_uuid()));
    page_or_errors(layout, errors, |layout| ListPage { layout, query, status, list })
}
