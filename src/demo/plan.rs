//! What happens when: every vehicle comes five times in sixty days.

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};

use super::people::VEHICLES;
use crate::kernel::clock::SiteZone;

/// How often each vehicle comes.
const VISITS: usize = 5;
/// How many days the story tells of, the last three of which are still to come.
const DAYS: usize = 60;
const DAYS_AHEAD: u64 = 3;

/// One entry of the story.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Which vehicle.
    pub vehicle: usize,
    /// The day it is expected.
    pub day: NaiveDate,
    /// Sets one entry apart from another, 0 to 99, the same in every telling.
    pub lot: usize,
}

/// What happens to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The customer begins it.
    Open,
    /// The customer completes and submits it.
    Submit,
    /// The desk agrees.
    Approve,
    /// The desk does not.
    Reject,
    /// The customer takes it back.
    Cancel,
    /// The guard sends the vehicle away.
    Refuse,
    /// The guard lets it in.
    CheckIn,
    /// The guard lets it out.
    CheckOut,
}

/// Every entry of the story that is told on `today`.
pub fn entries(today: NaiveDate) -> Vec<Entry> {
    let first = today + Days::new(DAYS_AHEAD) - Days::new(DAYS as u64 - 1);
    (0..VEHICLES * VISITS)
        .map(|number| {
            let (vehicle, visit) = (number / VISITS, number % VISITS);
            // Visits of one vehicle are twelve days apart, so that it is never inside twice.
            let offset = (vehicle * 7 + visit * DAYS / VISITS) % DAYS;
            Entry { vehicle, day: first + Days::new(offset as u64), lot: (vehicle * 31 + visit * 17) % 100 }
        })
        .collect()
}

/// What happens to `entry` up to `now`, in order.
pub fn steps(entry: &Entry, zone: SiteZone, now: DateTime<Utc>) -> Vec<(DateTime<Utc>, Step)> {
    let minutes =
        Duration::minutes(i64::try_from((entry.vehicle * 13 + entry.lot) % 480).unwrap_or_default());
    let yesterday = zone.day_of(now) - Days::new(1);
    let sent = zone.start_of(yesterday.min(entry.day - Days::new(1))) + Duration::hours(9) + minutes;
    let arrives = zone.start_of(entry.day) + Duration::hours(6) + minutes;
    let leaves = arrives + Duration::minutes(50) + minutes / 4;
    let decided = sent + Duration::minutes(40);
    let happens: &[(DateTime<Utc>, Step)] = match entry.lot {
        0..2 => &[(sent, Step::Open)],
        2..7 => &[(sent, Step::Open), (sent, Step::Submit)],
        7..14 => &[(sent, Step::Open), (sent, Step::Submit), (decided, Step::Reject)],
        14..20 => &[(sent, Step::Open), (sent, Step::Submit), (decided, Step::Cancel)],
        20..25 => &[(sent, Step::Open), (sent, Step::Submit), (decided, Step::Approve)],
        25..28 => {
            &[(sent, Step::Open), (sent, Step::Submit), (decided, Step::Approve), (arrives, Step::Refuse)]
        }
        _ => &[
            (sent, Step::Open),
            (sent, Step::Submit),
            (decided, Step::Approve),
            (arrives, Step::CheckIn),
            (leaves, Step::CheckOut),
        ],
    };
    happens.iter().copied().filter(|(at, _)| *at <= now).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::collections::HashMap;

    use super::*;

    const ZONE: SiteZone = SiteZone(chrono_tz::Asia::Kolkata);

    fn now() -> DateTime<Utc> {
        "2026-11-20T06:30:00Z".parse().unwrap()
    }

    #[test]
    fn a_thousand_entries_of_two_hundred_vehicles_fall_on_sixty_days() {
        let entries = entries(ZONE.day_of(now()));
        let days: std::collections::BTreeSet<NaiveDate> = entries.iter().map(|entry| entry.day).collect();
        assert_eq!((entries.len(), days.len()), (1000, 60));
        assert_eq!(days.last().unwrap().to_string(), "2026-11-23");
    }

    #[test]
    fn no_vehicle_comes_twice_within_ten_days() {
        let mut days: HashMap<usize, Vec<NaiveDate>> = HashMap::new();
        for entry in entries(ZONE.day_of(now())) {
            days.entry(entry.vehicle).or_default().push(entry.day);
        }
        for mut days in days.into_values() {
            days.sort();
            assert!(days.windows(2).all(|pair| pair[1] - pair[0] >= Duration::days(10)), "{days:?}");
        }
    }

    #[test]
    fn what_happens_is_in_order_and_in_the_past() {
        let mut ends = HashMap::new();
        for entry in entries(ZONE.day_of(now())) {
            let steps = steps(&entry, ZONE, now());
            assert!(steps.is_sorted_by_key(|(at, _)| *at), "{steps:?}");
            assert!(steps.iter().all(|(at, _)| *at <= now()));
            *ends.entry(format!("{:?}", steps.last().unwrap().1)).or_insert(0) += 1;
        }
        assert_eq!(ends.len(), 8, "{ends:?}");
        assert!(ends["CheckIn"] >= 2, "{ends:?}");
    }
}
