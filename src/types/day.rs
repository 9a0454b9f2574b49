use chrono::{Datelike, NaiveDate};

/// The day that a date field sends, `YYYY-MM-DD` and nothing else (HTML's "valid date string"), from 1900 to 2199: a year
/// beyond is a slip of the finger, and four digits are what every database and page can show.
pub fn parse_day(typed: &str) -> Option<NaiveDate> {
    let digits_and_hyphens = typed.len() == 10
        && typed.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !digits_and_hyphens {
        return None;
    }
    NaiveDate::parse_from_str(typed, "%Y-%m-%d").ok().filter(|day| (1900..=2199).contains(&day.year()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_day_is_four_two_and_two_ascii_digits() {
        assert_eq!(parse_day("2026-11-20"), NaiveDate::from_ymd_opt(2026, 11, 20));
        assert!(parse_day("2028-02-29").is_some());
        for typed in [
            "",
            "2026-11-2",
            "2026-1-020",
            " 2026-11-20",
            "2026-11-20 ",
            "20-11-2026",
            "2026/11/20",
            "+026-11-20",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "२०२६-११-२०",
            "2026-11-20T00:00",
        ] {
            assert_eq!(parse_day(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_years_are_1900_to_2199() {
        for (typed, taken) in
            [("1899-12-31", false), ("1900-01-01", true), ("2199-12-31", true), ("2200-01-01", false)]
        {
            assert_eq!(parse_day(typed).is_some(), taken, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn what_is_a_day_is_written_the_same_way(typed in "\\PC*|[12][0-9]{3}-[01][0-9]-[0-3][0-9]") {
            if let Some(day) = parse_day(&typed) {
                prop_assert_eq!(day.to_string(), typed);
            }
        }
    }
}
