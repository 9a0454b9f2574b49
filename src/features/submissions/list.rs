//! `/submissions`: the customer's own entries.

use actix_web::web;
use askama::Template;
use chrono::DateTime;
use serde::Deserialize;

use super::service::lists;
use crate::access::Customer;
use crate::entity::submission::{self, SubmissionStatus};
use crate::error::AppError;
use crate::http::layout::Layout;
use crate::http::list::{Keyset, ListUrl, PAGE_SIZE, Page, search_term};
use crate::http::response::{Answer, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "submissions/list.html")]
struct ListPage {
    layout: Layout,
    url: ListUrl,
    query: Query,
    status: Option<SubmissionStatus>,
    submissions: Page<submission::Model>,
}

impl ListPage {
    fn tabs(&self) -> Vec<Tab> {
        let tab = |status: Option<SubmissionStatus>, label: String| Tab {
            href: self.url.with("status", status.map_or("", SubmissionStatus::name)),
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

    fn next_href(&self) -> String {
        self.submissions.next.as_ref().map(|next| self.url.page(next)).unwrap_or_default()
    }

    fn is_filtered(&self) -> bool {
        self.url.has("q") || self.url.has("status")
    }

    fn status_of(&self, row: &submission::Model) -> SubmissionStatus {
        row.status_at(self.layout.now())
    }
}

struct Tab {
    href: String,
    label: String,
    current: bool,
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
    let status = match query.status.as_str() {
        "" => None,
        name => Some(SubmissionStatus::from_name(name).ok_or(AppError::BadRequest)?),
    };
    let after = match query.cursor.as_str() {
        "" => None,
        cursor => Some(parse_cursor(cursor).ok_or(AppError::BadRequest)?),
    };
    let text = search_term(&query.q);
    let rows = lists::own(&state, &customer, status, &text, after, PAGE_SIZE + 1).await?;
    let submissions =
        Page::of(rows, |row| Keyset { key: row.changed_at.timestamp_micros(), id: row.id.as_uuid() });
    let url = ListUrl::new("/submissions", vec![("q", text), ("status", query.status.clone())]);
    page(&ListPage { layout, url, query, status, submissions })
}

fn parse_cursor(cursor: &str) -> Option<(DateTime<chrono::Utc>, uuid::Uuid)> {
    let keyset = Keyset::parse(cursor)?;
    Some((DateTime::from_timestamp_micros(keyset.key)?, keyset.id))
}
