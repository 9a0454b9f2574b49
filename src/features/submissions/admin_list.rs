//! `/admin/submissions`: the desk's list.

use actix_web::web;
use askama::Template;
use sea_orm::Iterable as _;
use serde::Deserialize;

use super::service::lists::{self, Filter, Sort};
use crate::access::Guard;
use crate::entity::submission::{self, SubmissionStatus};
use crate::error::AppError;
use crate::http::form::Choice;
use crate::http::layout::Layout;
use crate::http::list::{Chip, Keyset, ListUrl, PAGE_SIZE, Page, search_term};
use crate::http::response::{Answer, page};
use crate::state::AppState;
use crate::types::parse_day;

#[derive(Template)]
#[template(path = "submissions/admin_list.html")]
struct AdminListPage {
    layout: Layout,
    url: ListUrl,
    query: Query,
    filter: Filter,
    submissions: Page<submission::Model>,
}

impl AdminListPage {
    fn statuses(&self) -> Vec<Choice> {
        let t = self.layout.t;
        let any = Choice { value: String::new(), label: t.list_any_status(), chosen: false };
        let submitted = SubmissionStatus::iter().filter(|status| *status != SubmissionStatus::Draft);
        let choices = submitted.map(|status| Choice {
            value: status.name().to_owned(),
            label: t.status(&status),
            chosen: self.filter.status == Some(status),
        });
        std::iter::once(any).chain(choices).collect()
    }

    fn sorts(&self) -> Vec<Choice> {
        let t = self.layout.t;
        let label = |sort: Sort| match sort {
            Sort::Newest => t.sort_newest(),
            Sort::Oldest => t.sort_oldest(),
            Sort::Expected => t.sort_expected(),
        };
        let choice = |(sort, name): (Sort, &str)| Choice {
            value: name.to_owned(),
            label: label(sort),
            chosen: self.filter.sort == sort,
        };
        Sort::ALL.into_iter().map(choice).collect()
    }

    /// The filters in force, each with the list without it.
    fn chips(&self) -> Vec<Chip> {
        let t = self.layout.t;
        let mut chips = Vec::new();
        let mut chip = |name, label| chips.push(Chip { href: self.url.without(name), label });
        if !self.filter.text.is_empty() {
            chip("q", t.chip_search(&self.filter.text));
        }
        if let Some(status) = self.filter.status {
            chip("status", t.status(&status));
        }
        if let Some(day) = &self.filter.from {
            chip("from", t.chip_from(self.layout.day(day)));
        }
        if let Some(day) = &self.filter.to {
            chip("to", t.chip_to(self.layout.day(day)));
        }
        chips
    }

    fn next_href(&self) -> String {
        self.submissions.next.as_ref().map(|next| self.url.page(next)).unwrap_or_default()
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

impl Query {
    /// What is asked for; `None` when it was made up.
    fn parse(&self) -> Option<(Filter, Option<Keyset>)> {
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let day = |text: &str| optional(text).map_or(Some(None), |text| parse_day(&text).map(Some));
        let status =
            optional(&self.status).map_or(Some(None), |name| SubmissionStatus::from_name(&name).map(Some))?;
        let after = optional(&self.cursor).map_or(Some(None), |text| Keyset::parse(&text).map(Some))?;
        let filter = Filter {
            text: search_term(&self.q),
            status,
            from: day(&self.from)?,
            to: day(&self.to)?,
            sort: Sort::from_name(&self.sort)?,
        };
        Some((filter, after))
    }
}

pub async fn get(
    state: web::Data<AppState>,
    guard: Guard,
    layout: Layout,
    query: web::Query<Query>,
) -> Answer {
    let query = query.into_inner();
    let (filter, after) = query.parse().ok_or(AppError::BadRequest)?;
    let after = after.map(|keyset| (keyset.key, keyset.id));
    let rows = lists::all(&state, &guard, &filter, after, PAGE_SIZE + 1).await?;
    let submissions = Page::of(rows, |row| {
        let (key, id) = lists::position(row, filter.sort);
        Keyset { key, id }
    });
    let url = ListUrl::new(
        "/admin/submissions",
        vec![
            ("q", filter.text.clone()),
            ("status", query.status.clone()),
            ("from", query.from.clone()),
            ("to", query.to.clone()),
            ("sort", query.sort.clone()),
        ],
    );
    page(&AdminListPage { layout, url, query, filter, submissions })
}
