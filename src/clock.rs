//! The only source of "now", and how the site writes it down.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, SubsecRound, TimeZone, Utc};
use chrono_tz::{OffsetName, Tz};
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

    /// `20 Nov 2026, 14:45 IST`
    pub fn moment(self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.0);
        let zone = local.offset().abbreviation().unwrap_or("UTC").to_owned();
        format!("{} {zone}", local.format("%-d %b %Y, %H:%M"))
    }

    /// `20 Nov 2026`
    pub fn day(self, day: NaiveDate) -> String {
        format!("{} {} {}", day.day(), day.format("%b"), day.year())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

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
    fn later_keys_sort_later() {
        let first = Clock::from_fn(|| at("2026-11-20T09:15:00Z")).new_uuid();
        let second = Clock::from_fn(|| at("2026-11-20T09:15:00.001Z")).new_uuid();
        assert!(first < second);
    }
}
