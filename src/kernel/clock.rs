//! The only source of "now", and how the site writes it down.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, SubsecRound, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use uuid::{ContextV7, Timestamp, Uuid};

/// Tells the time, and makes keys of it. Tests give their own.
#[derive(Clone)]
pub struct Clock {
    read: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    keys: Arc<Mutex<Keys>>,
}

/// What keeps the keys of a process in order.
#[derive(Default)]
struct Keys {
    /// The time of the last key, and the counter within its millisecond.
    counter: ContextV7,
    last: DateTime<Utc>,
}

/// A clock that goes back by more than this was wrong before: keys follow it, instead of bearing the wrong time
/// until it comes.
const JITTER: TimeDelta = TimeDelta::seconds(1);

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
        Self::from_fn(Utc::now)
    }

    /// A clock that shows what `read` tells.
    pub fn from_fn(read: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { read: Arc::new(read), keys: Arc::default() }
    }

    /// The time, in whole microseconds: what both databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        (self.read)().trunc_subsecs(6)
    }

    /// A new key: `UUIDv7` (RFC 9562) of now, with a counter (method 1 of its section 6.2). Keys of one process sort in
    /// the order in which they were made, whichever threads made them.
    pub fn new_uuid(&self) -> Uuid {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        if now < keys.last - JITTER {
            keys.counter = ContextV7::new();
        }
        keys.last = now;
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Uuid::new_v7(Timestamp::from_unix(&keys.counter, seconds, now.timestamp_subsec_nanos()))
    }
}

/// The first key that may be made at `at`: older ones sort before it.
pub fn first_uuid_of(at: DateTime<Utc>) -> Uuid {
    Uuid::from_u128(u128::try_from(at.timestamp_millis()).unwrap_or_default() << 80)
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
    fn keys_of_one_millisecond_sort_in_the_order_in_which_they_were_made() {
        let clock = Clock::from_fn(|| at("2026-11-20T09:15:00.001Z"));
        let keys: Vec<Uuid> = (0..10_000).map(|_| clock.new_uuid()).collect();
        assert!(keys.is_sorted_by(|one, next| one < next));
        let later = Clock::from_fn(|| at("2026-11-20T09:15:00.002Z")).new_uuid();
        assert!(keys.iter().all(|key| *key < later), "whoever made them, later keys sort later");
    }

    #[test]
    fn keys_made_before_a_moment_sort_before_its_first() {
        let key = |moment: &'static str| Clock::from_fn(move || at(moment)).new_uuid();
        let first = first_uuid_of(at("2026-11-20T09:15:00Z"));
        assert!(key("2026-11-20T09:14:59.999Z") < first && first < key("2026-11-20T09:15:00Z"));
    }

    #[test]
    fn no_two_threads_make_keys_out_of_order() {
        let clock = Clock::system();
        let last = Mutex::new(Uuid::nil());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5_000 {
                        let mut last = last.lock().unwrap();
                        let next = clock.new_uuid();
                        assert!(*last < next);
                        *last = next;
                    }
                });
            }
        });
    }

    #[test]
    fn keys_stay_in_order_when_the_clock_jitters_and_follow_it_when_it_was_put_right() {
        let readings = ["09:15:00.900", "09:15:00.100", "09:00:00.000"];
        let next = std::sync::atomic::AtomicUsize::new(0);
        let clock = Clock::from_fn(move || {
            let reading = readings[next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)];
            at(&format!("2026-11-20T{reading}Z"))
        });
        let [first, jittered, right] = [(); 3].map(|()| clock.new_uuid());
        assert!(first < jittered && right < first);
        let (seconds, _) = right.get_timestamp().unwrap().to_unix();
        assert_eq!(i64::try_from(seconds).unwrap(), at("2026-11-20T09:00:00Z").timestamp());
    }
}
