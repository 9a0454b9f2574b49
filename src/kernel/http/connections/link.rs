//! What the stream of a connection, its guard and the application tell each other.

use std::cell::{Cell, RefCell};
use std::io;
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::framing::Framing;
use super::seats::Seat;
use crate::kernel::http::pace::{Pace, Portion};

/// A head comes within this from its first byte; a connection's first one from its opening.
const HEAD: Duration = Duration::from_secs(10);

/// The same where only probes are answered.
const HEAD_OF_PROBE: Duration = Duration::from_secs(2);

/// How long a connection may be idle: longer than proxies keep theirs, so that none sends into one that closes.
const IDLE: Duration = Duration::from_secs(75);

/// The rest of a body comes within this of the answer's end, however it trickles.
const REST: Duration = Duration::from_secs(10);

/// Bytes of a body that are read ahead of the application.
const AHEAD: usize = 64 * 1024;

/// An answer is taken by the peer, and made by us, at no less than 200 B/s over two minutes, and never stands still
/// for a minute: the system takes some 8 KiB at once, for which 2G needs half a minute.
const ANSWER: [Portion; 2] = [
    Portion { bytes: 1, within: Duration::from_mins(1) },
    Portion { bytes: 24_000, within: Duration::from_mins(2) },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing is to be done.
    Waiting,
    /// A request is being answered.
    Serving,
    /// Its answer is on its way.
    Answering,
}

/// What the stream of a connection, its guard and the application tell each other.
#[derive(Debug)]
pub struct Link {
    seat: Seat,
    framing: RefCell<Framing>,
    stage: Cell<Stage>,
    /// Whether a request has been answered.
    has_served: Cell<bool>,
    /// When the peer did something last, or was last left to do something.
    since: Cell<Instant>,
    pace: RefCell<Pace>,
    /// Bytes of the body that were handed on since the application had none left.
    ahead: Cell<usize>,
    /// Whether the peer does not take what is written.
    is_full: Cell<bool>,
    /// Whether bytes were asked for that are not to be handed on yet.
    is_held_back: Cell<bool>,
}

impl Link {
    /// Of a connection that has just opened.
    pub fn new(seat: Seat) -> Self {
        Self {
            seat,
            framing: RefCell::default(),
            stage: Cell::new(Stage::Waiting),
            has_served: Cell::new(false),
            since: Cell::new(Instant::now()),
            pace: RefCell::new(Pace::new(ANSWER)),
            ahead: Cell::new(0),
            is_full: Cell::new(false),
            is_held_back: Cell::new(false),
        }
    }

    /// Whether nothing but probes is answered.
    pub fn is_for_probes(&self) -> bool {
        self.seat.is_for_probes()
    }

    // The stream's part.

    /// Whether bytes may be handed on: those of one request at a time, and of its body no more than a little ahead.
    pub fn may_read(&self) -> bool {
        let may = !self.is_full.get()
            && match *self.framing.borrow() {
                Framing::Head(_) => self.stage.get() == Stage::Waiting,
                Framing::Asked | Framing::Over => false,
                _ => self.stage.get() != Stage::Serving || self.ahead.get() < AHEAD,
            };
        self.is_held_back.set(!may);
        may
    }

    /// How many of the bytes that came are handed on now.
    pub fn hand_on(&self, bytes: &mut [u8]) -> usize {
        let mut framing = self.framing.borrow_mut();
        let is_read = framing.is_in_body() && self.stage.get() == Stage::Serving;
        if framing.is_fresh() || is_read {
            self.since.set(Instant::now());
        }
        let taken = framing.advance(bytes);
        self.ahead.set(self.ahead.get() + taken);
        drop(framing);
        self.look_for_the_next();
        taken
    }

    /// The peer took bytes, or does not.
    pub fn wrote(&self, result: &Poll<io::Result<usize>>) {
        self.is_full.set(result.is_pending());
        if let Poll::Ready(Ok(bytes)) = result
            && self.stage.get() != Stage::Serving
        {
            let now = Instant::now();
            self.pace.borrow_mut().came(*bytes, now - self.since.replace(now));
        }
    }

    /// Whether the peer does not take what is written.
    pub fn is_full(&self) -> bool {
        self.is_full.get()
    }

    // The application's part.

    /// A head has come, and a body like this follows.
    pub fn begin(&self, body: Framing) {
        self.framing.replace(body);
        self.stage.set(Stage::Serving);
        self.ahead.set(0);
        self.since.set(Instant::now());
    }

    /// The application has taken all of the body that there is, and waits for more.
    pub fn ran_dry(&self) {
        self.ahead.set(0);
    }

    /// The answer's head is known.
    pub fn answer(&self) {
        self.stage.set(Stage::Answering);
        self.since.set(Instant::now());
        self.pace.replace(Pace::new(ANSWER));
    }

    /// The application is done with the request.
    pub fn end(&self) {
        self.stage.set(Stage::Waiting);
        self.has_served.set(true);
        self.since.set(Instant::now());
        self.look_for_the_next();
    }

    fn look_for_the_next(&self) {
        let mut framing = self.framing.borrow_mut();
        if matches!(*framing, Framing::Over) && self.stage.get() == Stage::Waiting {
            *framing = Framing::default();
        }
    }

    // The guard's part.

    /// Whether bytes were held back that may be handed on by now.
    pub fn is_let_go(&self) -> bool {
        self.is_held_back.get() && self.may_read()
    }

    /// Whether others need the seat more. The task of `waker` is woken when they do.
    pub fn must_leave(&self, waker: &Waker) -> bool {
        let is_at_work = self.stage.get() == Stage::Serving && !self.framing.borrow().is_in_body();
        self.seat.must_leave((!is_at_work).then(|| self.since.get()), waker)
    }

    /// When to close unless something happens. While a request is being answered, its own deadlines hold.
    pub fn deadline(&self) -> Option<Instant> {
        let patience = match (self.stage.get(), &*self.framing.borrow()) {
            (Stage::Serving, _) => return None,
            (Stage::Answering, _) => self.pace.borrow().patience(),
            _ if self.is_full.get() => self.pace.borrow().patience(),
            (Stage::Waiting, framing) if framing.is_in_body() => REST,
            _ if self.is_for_probes() => HEAD_OF_PROBE,
            (Stage::Waiting, framing) if framing.is_fresh() && self.has_served.get() => IDLE,
            (Stage::Waiting, _) => HEAD,
        };
        Some(self.since.get() + patience)
    }
}
