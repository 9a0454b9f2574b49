use chrono::{Datelike, NaiveDate};

use super::text::{self, is_dash};

/// The day that a field says: as date fields send it (`2026-11-20`), or as people write it, the day first (`20/11/2026`,
/// `20-11-2026`, `20.11.2026`) or the month by name (`20 Nov 2026`). From 1900 to 2199: a year beyond is a slip of the
/// finger, and four digits are what every database and page can show.
pub fn parse_day(typed: &str) -> Option<NaiveDate> {
    let parted: String = text::code(typed)
        .map(|c| if is_dash(c) || matches!(c, '/' | '.' | ',') { ' ' } else { c.to_ascii_lowercase() })
        .collect();
    let parts: Vec<&str> = parted.split_whitespace().collect();
    let &[one, two, three] = parts.as_slice() else { return None };
    let (year, month, day) = match one.len() {
        4 if is_number(one) => (one, month(two), three),
        _ if is_number(one) => (three, month(two), one),
        _ => (three, month_by_name(one), two),
    };
    if year.len() != 4 || !is_number(year) || day.len() > 2 || !is_number(day) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month?, day.parse().ok()?)
        .filter(|day| (1900..=2199).contains(&day.year()))
}

/// A text is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotADay;

/// As [`parse_day`], of a field that may be left empty.
///
/// # Errors
/// [`NotADay`].
pub fn optional_day(typed: &str) -> Result<Option<NaiveDate>, NotADay> {
    if text::clean_line(typed).is_empty() { Ok(None) } else { parse_day(typed).map(Some).ok_or(NotADay) }
}

fn is_number(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_digit())
}

fn month(part: &str) -> Option<u32> {
    if part.len() <= 2 && is_number(part) { part.parse().ok() } else { month_by_name(part) }
}

/// `nov` or `november`, and all between.
fn month_by_name(part: &str) -> Option<u32> {
    let month = MONTHS.iter().position(|name| part.len() >= 3 && name.starts_with(part))?;
    u32::try_from(month + 1).ok()
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_day_is_taken_as_people_write_it() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 2);
        for typed in [
            "2026-11-02",
            "2026-11-2",
            "2026/11/02",
            "02/11/2026",
            "2/11/2026",
            "02-11-2026",
            "02.11.2026",
            "2.11.2026",
            "02 11 2026",
            "2 Nov 2026",
            "2 november 2026",
            "02-NOV-2026",
            "2. Nov. 2026",
            "Nov 2, 2026",
            "\u{FEFF} 02\u{2011}11\u{2011}2026\u{200B} ",
            "2\u{A0}Nov\u{A0}2026",
            "०२/११/२०२६",
            "２０２６－１１－０２",
        ] {
            assert_eq!(parse_day(typed), day, "{typed}");
            assert_eq!(optional_day(typed), Ok(day), "{typed}");
        }
        assert!(parse_day("2028-02-29").is_some());
    }

    #[test]
    fn what_could_be_another_day_is_none() {
        for typed in [
            "x",
            "11/20/2026",
            "20/11/26",
            "20/11",
            "2026-11",
            "20 11 2026 1",
            "+026-11-20",
            "2026-02-29",
            "31/11/2026",
            "2026-13-01",
            "2026-00-10",
            "2026-11-020",
            "20 No 2026",
            "20 Novembre 2026",
            "20 Nov Nov",
            "Nov Nov 2026",
            "2026-11-20T00:00",
            "2026-11-20\0",
            "tomorrow",
        ] {
            assert_eq!(parse_day(typed), None, "{typed}");
            assert_eq!(optional_day(typed), Err(NotADay), "{typed}");
        }
    }

    #[test]
    fn a_field_that_was_left_empty_is_no_day_and_no_fault() {
        for typed in ["", " ", "\u{A0}\u{200B}\t"] {
            assert_eq!(optional_day(typed), Ok(None), "{typed:?}");
            assert_eq!(parse_day(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn the_years_are_1900_to_2199() {
        for (typed, taken) in
            [("1899-12-31", false), ("1900-01-01", true), ("31/12/2199", true), ("2200-01-01", false)]
        {
            assert_eq!(parse_day(typed).is_some(), taken, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn every_way_to_write_a_day_is_that_day(days in 0..109_000_i64) {
            let day = NaiveDate::from_ymd_opt(1900, 1, 1).map(|first| first + chrono::Duration::days(days));
            let day = day.unwrap_or_default();
            for format in ["%Y-%m-%d", "%d/%m/%Y", "%-d.%-m.%Y", "%d-%m-%Y", "%-d %b %Y", "%-d %B %Y", "%B %-d, %Y"] {
                prop_assert_eq!(parse_day(&day.format(format).to_string()), Some(day));
            }
        }

        #[test]
        fn any_text_is_refused_or_read_alike_again(typed in "\\PC*|[0-9]{1,4}[-/. ][0-9a-z]{1,4}[-/. ][0-9]{1,4}") {
            if let Some(day) = parse_day(&typed) {
                prop_assert_eq!(parse_day(&day.to_string()), Some(day));
            }
        }
    }
}
