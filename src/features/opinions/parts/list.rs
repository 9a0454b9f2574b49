//! The lists of vehicles and of crew, which are filtered alike.

use serde::Deserialize;
use uuid::Uuid;

use super::typed::parse_rating;
use crate::features::opinions::service::Filter;
use crate::kernel::error::AppError;
use crate::kernel::http::form::{Choice, FormErrors};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::list::{Keyset, List, ListUrl, asked, search_term, unless_empty};
use crate::kernel::texts::Texts;

/// What is asked of a list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    /// What is searched for.
    pub q: String,
    /// `yes`, or nothing.
    pub blacklisted: String,
    /// 0 to 5, or nothing.
    pub rating: String,
    /// Where the page begins.
    pub cursor: String,
}

impl Query {
    /// The filters. What is wrong with what people type goes into `errors`.
    ///
    /// # Errors
    /// When they were made up.
    pub fn filter(&self, errors: &mut FormErrors, t: Texts) -> Result<Filter, AppError> {
        Ok(Filter {
            text: search_term(errors, t, "q", &self.q),
            blacklisted: asked(&self.blacklisted, |typed| (typed == "yes").then_some(()))?.is_some(),
            rating: asked(&self.rating, |typed| parse_rating(typed).ok()?)?,
        })
    }

    /// The last row of the page before.
    ///
    /// # Errors
    /// When it was made up.
    pub fn before(&self) -> Result<Option<Uuid>, AppError> {
        Ok(asked(&self.cursor, Keyset::parse)?.map(|keyset| keyset.id))
    }

    /// The list at `path`, of `rows` that `filter` let through.
    pub fn list<T>(
        &self,
        t: Texts,
        path: &'static str,
        filter: &Filter,
        rows: Vec<T>,
        id: impl Fn(&T) -> Uuid,
    ) -> List<T> {
        let fields = vec![
            ("q", filter.text.clone()),
            ("blacklisted", self.blacklisted.clone()),
            ("rating", self.rating.clone()),
        ];
        List::of(ListUrl::new(path, fields), rows, |row| Keyset::by_id(id(row))).filtered_by([
            ("q", unless_empty(&filter.text).map(|text| t.chip_search(text))),
            ("blacklisted", filter.blacklisted.then(|| t.blacklist_filter())),
            ("rating", filter.rating.map(|rating| t.rating_of(rating))),
        ])
    }

    /// The choices of the rating.
    pub fn ratings(&self, layout: &Layout) -> Vec<Choice> {
        let t = layout.t;
        Choice::list(t.rating_any(), t.ratings(), &self.rating)
    }

    /// The choices of the blacklist.
    pub fn blacklist(&self, layout: &Layout) -> Vec<Choice> {
        let t = layout.t;
        let now = ("yes".to_owned(), t.blacklist_filter());
        Choice::list(t.blacklist_filter_all(), [now], &self.blacklisted)
    }
}
