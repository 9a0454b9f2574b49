//! Whose turn it is when more want to work than can at once. Nobody waits long: who would, is told so at once.
//!
//! Those who wait stand in lanes, and the lanes take turns, so that a crowd in one lane hardly delays another.
//! Every second turn is for the lanes of accounts that have shown themselves before, if any of them waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::kernel::platform::network::network_of;
use crate::kernel::types::AccountId;

/// How long a piece of work is taken to last before any has been done.
const GUESS: Duration = Duration::from_millis(20);

/// For whom work is done: what one lane sends waits for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lane {
    /// A stranger's, by network address.
    Network(String),
    /// Somebody's who has shown to belong to this account, whose address is proved: by a device that signed in before, or
    /// by a link.
    Account(AccountId),
}

impl Lane {
    /// The lane of strangers at the network address `address`.
    pub fn of_address(address: &str) -> Self {
        let network = address.parse().map(|address| network_of(address).to_string());
        Self::Network(network.unwrap_or_else(|_| address.to_owned()))
    }
}

/// So many places to work at, and those who wait for one.
#[derive(Clone)]
pub struct Turns(Arc<Shared>);

struct Shared {
    places: u32,
    patience: Duration,
    queue: Mutex<Queue>,
}

struct Queue {
    free: u32,
    /// How long a piece of work lasts, of late.
    lasts: Duration,
    strangers: Lanes,
    known: Lanes,
    known_came_last: bool,
}

/// The lanes in which somebody waits, the one whose turn is next first.
#[derive(Default)]
struct Lanes(VecDeque<(Lane, VecDeque<oneshot::Sender<Turn>>)>);

/// A place to work at. Dropped, it goes to the next who waits.
pub struct Turn(Arc<Shared>);

impl std::fmt::Debug for Turns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turns").field("places", &self.0.places).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turn")
    }
}

impl Turns {
    /// `places` work at a time, and nobody waits longer than `patience`.
    pub fn new(places: u32, patience: Duration) -> Self {
        let queue = Queue {
            free: places,
            lasts: GUESS,
            strangers: Lanes::default(),
            known: Lanes::default(),
            known_came_last: false,
        };
        Self(Arc::new(Shared { places, patience, queue: Mutex::new(queue) }))
    }

    /// A place, as soon as it is the turn of `lane`. `None` when that takes too long; mostly this is told at once.
    pub async fn take(&self, lane: Lane) -> Option<Turn> {
        let turn = {
            let mut queue = self.0.lock();
            if queue.free > 0 {
                queue.free -= 1;
                return Some(Turn(Arc::clone(&self.0)));
            }
            queue.forget_who_left();
            // A third of the time is left for lanes that come meanwhile.
            if queue.wait_of(&lane, self.0.places) > self.0.patience * 2 / 3 {
                return None;
            }
            let (sender, turn) = oneshot::channel();
            queue.lanes_of(&lane).join(lane, sender);
            turn
        };
        tokio::time::timeout(self.0.patience, turn).await.ok()?.ok()
    }

    /// How many wait.
    #[cfg(test)]
    fn waiting(&self) -> usize {
        let queue = self.0.lock();
        queue.known.count() + queue.strangers.count()
    }
}

impl Turn {
    /// Gives the place up after work that lasted `lasted`.
    pub fn done(self, lasted: Duration) {
        let mut queue = self.0.lock();
        queue.lasts = (queue.lasts * 7 + lasted) / 8;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = {
            let mut queue = self.0.lock();
            let next = queue.next();
            if next.is_none() {
                queue.free += 1;
            }
            next
        };
        if let Some(next) = next {
            // Who has left in this very moment sends it back, and it is dropped once more.
            drop(next.send(Self(Arc::clone(&self.0))));
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn lanes_of(&mut self, lane: &Lane) -> &mut Lanes {
        match lane {
            Lane::Network(_) => &mut self.strangers,
            Lane::Account(_) => &mut self.known,
        }
    }

    /// How long the next in `lane` would wait, as far as can be told.
    fn wait_of(&self, lane: &Lane, places: u32) -> Duration {
        let (own, others) = match lane {
            Lane::Network(_) => (&self.strangers, &self.known),
            Lane::Account(_) => (&self.known, &self.strangers),
        };
        let before = own.before(lane);
        let before = before + others.count().min(before + 1);
        self.lasts * u32::try_from(before + 1).unwrap_or(u32::MAX) / places
    }

    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let (first, second) = if self.known_came_last {
            (&mut self.strangers, &mut self.known)
        } else {
            (&mut self.known, &mut self.strangers)
        };
        if let Some(next) = first.next() {
            self.known_came_last = !self.known_came_last;
            return Some(next);
        }
        second.next()
    }

    fn forget_who_left(&mut self) {
        self.strangers.forget_who_left();
        self.known.forget_who_left();
    }
}

impl Lanes {
    fn join(&mut self, lane: Lane, sender: oneshot::Sender<Turn>) {
        match self.0.iter_mut().find(|(known, _)| *known == lane) {
            Some((_, waiting)) => waiting.push_back(sender),
            None => self.0.push_back((lane, VecDeque::from([sender]))),
        }
    }

    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        while let Some((lane, mut waiting)) = self.0.pop_front() {
            let next = std::iter::from_fn(|| waiting.pop_front()).find(|sender| !sender.is_closed());
            if !waiting.is_empty() {
                self.0.push_back((lane, waiting));
            }
            if next.is_some() {
                return next;
            }
        }
        None
    }

    /// How many have their turn before the next who joins `lane`.
    fn before(&self, lane: &Lane) -> usize {
        let own = self.0.iter().find(|(known, _)| known == lane).map_or(0, |(_, waiting)| waiting.len());
        let others = self.0.iter().filter(|(known, _)| known != lane);
        own + others.map(|(_, waiting)| waiting.len().min(own + 1)).sum::<usize>()
    }

    fn count(&self) -> usize {
        self.0.iter().map(|(_, waiting)| waiting.len()).sum()
    }

    fn forget_who_left(&mut self) {
        for (_, waiting) in &mut self.0 {
            waiting.retain(|sender| !sender.is_closed());
        }
        self.0.retain(|(_, waiting)| !waiting.is_empty());
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::task::JoinSet;
    use tokio::time::{Instant, sleep};
    use uuid::Uuid;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(3);
    const WORK: Duration = Duration::from_millis(20);

    fn network(number: u8) -> Lane {
        Lane::of_address(&format!("192.0.2.{number}"))
    }

    fn account(number: u128) -> Lane {
        Lane::Account(AccountId::new(Uuid::from_u128(number)))
    }

    /// Works for a moment, when it may. How long it waited, or that it was refused.
    async fn work(turns: Turns, lane: Lane) -> (Duration, bool) {
        let begun = Instant::now();
        let turn = turns.take(lane).await;
        let waited = begun.elapsed();
        let Some(turn) = turn else { return (waited, false) };
        sleep(WORK).await;
        turn.done(WORK);
        (waited, true)
    }

    #[tokio::test(start_paused = true)]
    async fn two_hundred_a_second_at_two_places_never_wait_longer_than_patience() {
        let turns = Turns::new(2, PATIENCE);
        let mut all = JoinSet::new();
        for _ in 0..200 * 30 {
            all.spawn(work(turns.clone(), network(1)));
            sleep(Duration::from_millis(5)).await;
        }
        let all = all.join_all().await;
        let longest = all.iter().map(|(waited, _)| *waited).max().unwrap();
        assert!(longest <= PATIENCE, "{longest:?}");
        let done = all.iter().filter(|(_, done)| *done).count();
        // Two places give a hundred a second, and were never empty.
        assert!((2_900..=3_300).contains(&done), "{done}");
        let refused = all.iter().filter(|(_, done)| !*done);
        let late = refused.filter(|(waited, _)| !waited.is_zero()).count();
        assert!(late * 100 < all.len(), "{late} were told late");
        assert_eq!((turns.waiting(), turns.0.lock().free), (0, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_in_one_lane_hardly_delays_another() {
        let turns = Turns::new(2, PATIENCE);
        let slowest = Arc::new(AtomicU64::new(0));
        let mut all = JoinSet::new();
        for round in 0..1_000 {
            for number in 1..=2 {
                all.spawn(work(turns.clone(), network(number)));
            }
            if round % 50 == 0 {
                let (turns, slowest) = (turns.clone(), Arc::clone(&slowest));
                all.spawn(async move {
                    let (waited, done) = work(turns, network(3)).await;
                    assert!(done);
                    slowest.fetch_max(u64::try_from(waited.as_millis()).unwrap(), Ordering::Relaxed);
                    (waited, done)
                });
            }
            sleep(Duration::from_millis(2)).await;
        }
        let all = all.join_all().await;
        assert!(all.iter().any(|(_, done)| !done), "the crowd is more than can be served");
        let slowest = slowest.load(Ordering::Relaxed);
        assert!(slowest <= 60, "{slowest} ms");
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_networks_send_who_is_known_has_a_place() {
        let turns = Turns::new(2, PATIENCE);
        let mut crowd = JoinSet::new();
        for number in 0..2_000_u32 {
            let address = std::net::Ipv4Addr::from_bits(0x0A00_0000 + number).to_string();
            crowd.spawn(work(turns.clone(), Lane::of_address(&address)));
        }
        sleep(Duration::from_millis(1)).await;
        assert!(turns.waiting() > 100);
        let (waited, done) = work(turns.clone(), account(1)).await;
        assert!(done && waited <= WORK * 2, "{waited:?}");
        let all = crowd.join_all().await;
        assert!(all.iter().any(|(_, done)| !done));
        assert!(all.iter().all(|(waited, _)| *waited <= PATIENCE));
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_gives_up_the_place_that_was_kept() {
        let turns = Turns::new(1, PATIENCE);
        let first = turns.take(network(1)).await.unwrap();
        let leaves = tokio::spawn(work(turns.clone(), network(1)));
        sleep(Duration::from_millis(1)).await;
        leaves.abort();
        let stays = tokio::spawn(work(turns.clone(), network(1)));
        sleep(Duration::from_millis(1)).await;
        drop(first);
        assert!(stays.await.unwrap().1);
        assert_eq!(turns.0.lock().free, 1);
        let (_, done) = work(turns, network(2)).await;
        assert!(done);
    }

    #[tokio::test(start_paused = true)]
    async fn without_patience_nobody_waits() {
        let turns = Turns::new(1, Duration::ZERO);
        let first = turns.take(network(1)).await.unwrap();
        assert!(turns.take(network(2)).await.is_none());
        drop(first);
        assert!(turns.take(network(2)).await.is_some());
    }
}
