//! The only source of "now", and how the site writes it down.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, SubsecRound, TimeZone, Utc};
use chrono_tz::Tz;
use uuid::{NoContext, Timestamp, Uuid};

/// Tells the time. Tests give their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
        Self(Arc::new(Utc::now))
    }

    /// A clock that shows what `read` tells.
    pub fn from_fn(read: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The time, in whole microseconds: what both databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)().trunc_subsecs(6)
    }

    /// A new key: `UUIDv7` (RFC 9562) of now, so that later rows sort later.
    pub fn new_uuid(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
    }
}

/// The zone in which the site lives: its days begin there, and pages tell its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteZone(pub Tz);

impl SiteZone {
    /// The site's day at `at`.
    pub fn day_of(self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.0).date_naive()
    }

    /// 00:00 of `day`, or the first moment after it where the clocks jump over midnight.
    pub fn start_of(self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        (0..4)
            .find_map(|hours| {
                let shifted = midnight + chrono::Duration::hours(hours);
                self.0.from_local_datetime(&shifted).earliest()
            })
            .map_or_else(|| midnight.and_utc(), |start| start.with_timezone(&Utc))
    }

    /// The window of a pass: from 00:00 of `first` for `days` days, end exclusive.
    pub fn window(self, first: NaiveDate, days: u32) -> (DateTime<Utc>, DateTime<Utc>) {
        let last = first.checked_add_days(Days::new(days.into())).unwrap_or(first);
        (self.start_of(first), self.start_of(last))
    }

    /// `20 Nov 2026, 14:45 IST`; where the zone has no letters, `20 Nov 2026, 13:15 +04`.
    pub fn moment(self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.0).format("%-d %b %Y, %H:%M %Z").to_string()
    }

    /// `20 Nov 2026`
    pub fn day(self, day: NaiveDate) -> String {
        format!("{} {} {}", day.day(), day.format("%b"), day.year())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use chrono::Offset as _;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_begins_at_the_sites_midnight() {
        let india = SiteZone(Tz::Asia__Kolkata);
        let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        assert_eq!(india.start_of(day), at("2026-11-19T18:30:00Z"));
        assert_eq!(india.day_of(at("2026-11-19T18:29:59Z")).to_string(), "2026-11-19");
        assert_eq!(india.day_of(at("2026-11-19T18:30:00Z")), day);
    }

    #[test]
    fn a_midnight_that_the_clocks_jump_over_is_the_first_moment_after_it() {
        let cairo = SiteZone(Tz::Africa__Cairo);
        let day = NaiveDate::from_ymd_opt(2026, 4, 24).unwrap();
        assert_eq!(cairo.start_of(day), at("2026-04-23T22:00:00Z"));
    }

    #[test]
    fn times_are_written_as_the_site_reads_them() {
        let india = SiteZone(Tz::Asia__Kolkata);
        assert_eq!(india.moment(at("2026-11-20T09:15:00Z")), "20 Nov 2026, 14:45 IST");
    }

    #[test]
    fn a_zone_without_letters_is_written_by_its_offset() {
        for (zone, written) in [
            (Tz::Asia__Dubai, "20 Nov 2026, 13:15 +04"),
            (Tz::Asia__Kathmandu, "20 Nov 2026, 15:00 +0545"),
            (Tz::America__Sao_Paulo, "20 Nov 2026, 06:15 -03"),
            (Tz::America__Caracas, "20 Nov 2026, 05:15 -04"),
            (Tz::Europe__London, "20 Nov 2026, 09:15 GMT"),
            (Tz::UTC, "20 Nov 2026, 09:15 UTC"),
        ] {
            assert_eq!(SiteZone(zone).moment(at("2026-11-20T09:15:00Z")), written);
        }
    }

    /// All zones, in both halves of the year: letters stand for themselves, digits say what the offset is, and no moment
    /// is called UTC that is none.
    #[test]
    fn no_moment_of_any_zone_is_called_what_it_is_not() {
        for zone in chrono_tz::TZ_VARIANTS {
            for moment in ["2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z"] {
                let offset = at(moment).with_timezone(&zone).offset().fix().local_minus_utc();
                let written = SiteZone(zone).moment(at(moment));
                let name = written.rsplit(' ').next().unwrap();
                assert!(offset == 0 || !matches!(name, "UTC" | "GMT" | "Z" | ""), "{zone}: {written}");
                if name.starts_with(['+', '-']) {
                    let minutes = offset.abs() / 60;
                    let sign = if offset < 0 { '-' } else { '+' };
                    let long = format!("{sign}{:02}{:02}", minutes / 60, minutes % 60);
                    assert_eq!(name, long.strip_suffix("00").unwrap_or(&long), "{zone}");
                } else {
                    assert!(name.bytes().all(|letter| letter.is_ascii_alphabetic()), "{zone}: {written}");
                }
            }
        }
    }

    #[test]
    fn later_keys_sort_later() {
        let first = Clock::from_fn(|| at("2026-11-20T09:15:00Z")).new_uuid();
        let second = Clock::from_fn(|| at("2026-11-20T09:15:00.001Z")).new_uuid();
        assert!(first < second);
    }
}
