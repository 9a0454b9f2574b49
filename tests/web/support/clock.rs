//! A clock that stands where a test puts it.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, Utc};
use gatehouse::kernel::clock::Clock;

/// Friday, 20 November 2026, noon at the site.
const START: &str = "2026-11-20T06:30:00Z";

/// What the application takes for the time. Each reading is a millisecond later than the last, so that
/// keys, which begin with the time, sort in the order in which they were made.
#[derive(Clone, Debug)]
pub struct TestClock {
    now: Arc<Mutex<DateTime<Utc>>>,
    panic: Arc<Mutex<Option<(usize, String)>>>,
}

impl TestClock {
    /// A clock that shows the start.
    pub fn new() -> Self {
        Self::at(START)
    }

    /// A clock that shows `start`, as RFC 3339 writes it.
    pub fn at(start: &str) -> Self {
        Self { now: Arc::new(Mutex::new(start.parse().unwrap())), panic: Arc::default() }
    }

    /// The clock as the application takes it.
    pub fn for_app(&self) -> Clock {
        let clock = self.clone();
        Clock::from_fn(move || {
            let panic = clock.panic.lock().unwrap().take();
            match panic {
                Some((0 | 1, message)) => panic!("{message}"),
                Some((number, message)) => clock.panic_at(number - 1, &message),
                None => {}
            }
            clock.now()
        })
    }

    /// Whoever asks the application's clock next is told this by a panic.
    pub fn panic_once(&self, message: &str) {
        self.panic_at(1, message);
    }

    /// The one whose question is that many from now is told this by a panic.
    pub fn panic_at(&self, number: usize, message: &str) {
        *self.panic.lock().unwrap() = Some((number, message.to_owned()));
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.advance(Duration::milliseconds(1))
    }

    /// Lets `duration` pass, all at once, and tells the time after it.
    pub fn advance(&self, duration: Duration) -> DateTime<Utc> {
        let mut now = self.now.lock().unwrap();
        *now += duration;
        *now
    }
}
