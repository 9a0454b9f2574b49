//! Lists that live in their URL: filters, sort and keyset pages.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::form::FormErrors;
use crate::kernel::error::AppError;
use crate::kernel::texts::Texts;
use crate::kernel::types::{clean_line, optional_day};

/// Rows on a page.
pub const PAGE_SIZE: u64 = 50;

/// The year 2200 in microseconds: what lies beyond was made up, and no date that every database knows.
const LAST_KEY: i64 = 7_258_118_400_000_000;

/// Where a page begins: after the row with this sort key and id. In URLs `key.id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyset {
    /// What the list is sorted by: microseconds or days since 1970.
    pub key: i64,
    /// Sorts rows with equal keys.
    pub id: Uuid,
}

impl Keyset {
    /// The row `id` of a list that is sorted by it alone.
    pub fn by_id(id: Uuid) -> Self {
        Self { key: 0, id }
    }

    /// The row `id` of a list that is sorted by moments.
    pub fn at(moment: DateTime<Utc>, id: Uuid) -> Self {
        Self { key: moment.timestamp_micros(), id }
    }

    /// The moment and the id.
    pub fn moment(self) -> (DateTime<Utc>, Uuid) {
        (DateTime::from_timestamp_micros(self.key).unwrap_or_default(), self.id)
    }

    /// What a URL says, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let (key, id) = text.split_once('.')?;
        let key = key.parse().ok().filter(|key| (0..=LAST_KEY).contains(key))?;
        Some(Self { key, id: id.parse().ok()? })
    }
}

impl std::fmt::Display for Keyset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.key, self.id.simple())
    }
}

/// One page of a list, with what stands around its rows.
#[derive(Clone, Debug)]
pub struct List<T> {
    /// At most [`PAGE_SIZE`].
    pub rows: Vec<T>,
    /// Where it is found.
    pub url: ListUrl,
    /// The next page; empty when this one is the last.
    pub next_href: String,
    /// The filters in force.
    pub chips: Vec<Chip>,
}

impl<T> List<T> {
    /// A page of rows that were asked for with a limit of [`PAGE_SIZE`] and one more.
    pub fn of(url: ListUrl, mut rows: Vec<T>, keyset: impl Fn(&T) -> Keyset) -> Self {
        let size = usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(keyset);
        let next_href = next.map(|next| url.page(&next)).unwrap_or_default();
        Self { rows, url, next_href, chips: Vec::new() }
    }

    /// Tells which filters are in force: the name of each in the URL, and what it lets through.
    #[must_use]
    pub fn filtered_by(mut self, filters: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Self {
        let in_force = filters.into_iter().filter_map(|(name, label)| Some((name, label?)));
        self.chips = in_force.map(|(name, label)| Chip { href: self.url.without(name), label }).collect();
        self
    }
}

/// What `parse` makes of a part of the query; an empty one is not there.
///
/// # Errors
/// When it cannot be read: it was made up.
pub fn asked<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, AppError> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some).ok_or(AppError::BadRequest) }
}

/// The day that the filter `field` asks for. People type it: what is no day is told at its field.
pub fn asked_day(errors: &mut FormErrors, t: Texts, field: &str, typed: &str) -> Option<NaiveDate> {
    errors.check(field, optional_day(typed), |_| t.list_day_invalid()).flatten()
}

/// A list's URL, from which the URLs of its neighbours are made.
#[derive(Clone, Debug)]
pub struct ListUrl {
    path: &'static str,
    query: Vec<(&'static str, String)>,
}

impl ListUrl {
    /// The list at `path` with the filters in `query`; empty ones are left out.
    pub fn new(path: &'static str, query: Vec<(&'static str, String)>) -> Self {
        let query = query.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Self { path, query }
    }

    /// The first page with `name` set to `value`, or without it when `value` is empty.
    pub fn with(&self, name: &'static str, value: &str) -> String {
        self.write(&[(name, value)])
    }

    /// The first page without the filter `name`.
    pub fn without(&self, name: &'static str) -> String {
        self.with(name, "")
    }

    /// The page that begins at `keyset`.
    pub fn page(&self, keyset: &Keyset) -> String {
        self.write(&[("cursor", &keyset.to_string())])
    }

    /// Without filters.
    pub fn path(&self) -> &str {
        self.path
    }

    /// Whether anything is filtered.
    pub fn is_filtered(&self) -> bool {
        !self.query.is_empty()
    }

    fn write(&self, set: &[(&'static str, &str)]) -> String {
        let kept = self
            .query
            .iter()
            .filter(|(name, _)| *name != "cursor" && !set.iter().any(|(other, _)| other == name))
            .map(|(name, value)| (*name, value.as_str()));
        let pairs = kept.chain(set.iter().copied()).filter(|(_, value)| !value.is_empty());
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut written = self.path.to_owned();
        if !query.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(written, "?{query}");
        }
        written
    }
}

/// A filter in force.
#[derive(Clone, Debug)]
pub struct Chip {
    /// The list without it.
    pub href: String,
    /// What it lets through.
    pub label: String,
}

/// One of the kinds that a list is split into.
#[derive(Clone, Debug)]
pub struct Tab {
    /// The list of this kind.
    pub href: String,
    /// What it is called.
    pub label: String,
    /// Whether it is the one that is shown.
    pub current: bool,
}

/// What is searched for, if anything is.
pub fn unless_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Most characters of what is searched for.
const LONGEST_TERM: usize = 100;

/// What was typed into the search field `field`, fit for a query: one clean line. One that is too long is told at the field,
/// and nothing is searched for.
pub fn search_term(errors: &mut FormErrors, t: Texts, field: &str, typed: &str) -> String {
    let printable: String = typed.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let term = clean_line(&printable);
    if term.chars().count() > LONGEST_TERM {
        errors.add(field, t.list_search_too_long());
        return String::new();
    }
    term
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::types::Language;

    #[test]
    fn a_page_knows_whether_there_is_another() {
        let url = ListUrl::new("/admin/crew", vec![]);
        let keyset = |row: &u128| Keyset::by_id(Uuid::from_u128(*row));
        assert_eq!(List::of(url.clone(), (0..50).collect(), keyset).next_href, "");
        let page = List::of(url, (0..51).collect(), keyset);
        assert_eq!(page.rows.len(), 50);
        assert_eq!(page.next_href, format!("/admin/crew?cursor=0.{:032x}", 49));
    }

    #[test]
    fn a_cursor_that_was_made_up_is_none() {
        let keyset = Keyset { key: 7, id: Uuid::from_u128(9) };
        assert_eq!(Keyset::parse(&keyset.to_string()), Some(keyset));
        for made_up in [
            "",
            "1",
            "-1.00000000000000000000000000000009",
            "x.y",
            "1.",
            ".1",
            "99999999999999999999.00000000000000000000000000000009",
        ] {
            assert_eq!(Keyset::parse(made_up), None, "{made_up}");
        }
    }

    #[test]
    fn filters_stay_when_one_of_them_changes() {
        let query =
            vec![("q", "MH 12".to_owned()), ("status", "pending".to_owned()), ("from", String::new())];
        let url = ListUrl::new("/admin/submissions", query);
        assert_eq!(url.with("status", "approved"), "/admin/submissions?q=MH+12&status=approved");
        assert_eq!(url.without("q"), "/admin/submissions?status=pending");
    }

    #[test]
    fn a_search_term_is_one_line() {
        let t = Texts::of(Language::En);
        let term = |typed: &str| {
            let mut errors = FormErrors::new();
            let term = search_term(&mut errors, t, "q", typed);
            (term, errors.has("q"))
        };
        assert_eq!(term(" a\u{0}b\n "), ("a b".to_owned(), false));
        assert_eq!(term("\u{FEFF}MH\u{A0}\u{A0}12\u{200B} \t AB\u{202C}"), ("MH 12 AB".to_owned(), false));
        assert_eq!(term(&format!(" {}  b ", "a".repeat(98))), (format!("{} b", "a".repeat(98)), false));
        assert_eq!(term(&format!("{}  b", "a".repeat(99))), (String::new(), true));
    }
}
