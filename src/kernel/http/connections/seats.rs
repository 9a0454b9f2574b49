//! How many connections there may be: in all, and of one network. When there is no room, the connection gives way
//! that has waited longest for its peer; those at work are left alone.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use futures_util::task::AtomicWaker;
use ipnet::IpNet;
use tokio::time::Instant;

use crate::kernel::config::Config;
use crate::kernel::platform::memory;
use crate::kernel::platform::network::network_of;

/// What a connection takes with a request on its way, in bytes.
const BYTES_EACH: u64 = 64 * 1024;

/// The part of the memory that connections may take.
const PART_OF_MEMORY: u64 = 4;

/// Never more than this by default.
const MOST: u64 = 8_192;

/// Open files that are left for the database, the papers and the outbox.
const OTHER_FILES: u64 = 256;

/// One network may have this part of all connections, a city of drivers behind one address included.
const PART_OF_NETWORK: usize = 16;

/// And at least so many.
const LEAST_OF_NETWORK: usize = 64;

/// Connections beyond the last, for probes alone.
const FOR_PROBES: usize = 32;

/// Of which one network may have so many.
const FOR_PROBES_OF_NETWORK: usize = 4;

/// The time of a connection that is at work.
const AT_WORK: u64 = u64::MAX;

/// The room for connections. One for all workers of the process.
#[derive(Debug)]
pub struct Seats {
    most: usize,
    most_of_network: usize,
    /// Whose connections are those of many people.
    proxies: Vec<IpNet>,
    opened: Instant,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    networks: HashMap<Network, Vec<Arc<Sitter>>>,
    for_probes: HashMap<Network, usize>,
}

/// Who shares a part of the seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Network {
    address: IpAddr,
    /// Its connections are those of many people.
    is_proxy: bool,
}

#[derive(Debug)]
struct Sitter {
    /// Since which millisecond it has waited for its peer, or [`AT_WORK`].
    waits_since: AtomicU64,
    must_leave: AtomicBool,
    waker: AtomicWaker,
}

impl Seats {
    /// As many as the settings say, or memory and open files allow.
    pub fn new(config: &Config) -> Self {
        let most = config.max_connections.map_or_else(default_most, NonZeroUsize::get);
        Self::with_room(most, config.trusted_proxies.clone())
    }

    fn with_room(most: usize, proxies: Vec<IpNet>) -> Self {
        let most_of_network = (most / PART_OF_NETWORK).max(LEAST_OF_NETWORK).min(most);
        Self { most, most_of_network, proxies, opened: Instant::now(), taken: Mutex::default() }
    }

    /// A seat for a connection from `peer`, if need be one that another has to leave; `None` when all are at work.
    pub fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let peer = peer.to_canonical();
        let is_proxy = self.proxies.iter().any(|proxies| proxies.contains(&peer));
        let network = Network { address: network_of(peer), is_proxy };
        let mut taken = self.taken();
        let crowded = if taken.all >= self.most {
            [false, true].map(|proxies| taken.most_crowded(proxies))
        } else {
            let of_network = taken.networks.get(&network).map_or(0, Vec::len);
            [(of_network >= self.most_of_network && !is_proxy).then_some(network), None]
        };
        let sitter = Arc::new(Sitter {
            waits_since: AtomicU64::new(self.millisecond(Instant::now())),
            must_leave: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        let mut crowded = crowded.into_iter().flatten().peekable();
        let has_room = crowded.peek().is_none() || crowded.any(|network| taken.make_one_leave(network));
        if has_room {
            taken.all += 1;
            taken.networks.entry(network).or_default().push(Arc::clone(&sitter));
        } else if !taken.add_probe(network) {
            return None;
        }
        drop(taken);
        Some(Seat { seats: Arc::clone(self), network, sitter, is_for_probes: !has_room })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn millisecond(&self, moment: Instant) -> u64 {
        u64::try_from(moment.duration_since(self.opened).as_millis()).unwrap_or(AT_WORK - 1)
    }
}

fn default_most() -> usize {
    let by_memory = memory::available().map_or(MOST, |bytes| bytes / PART_OF_MEMORY / BYTES_EACH);
    let most = by_memory.min(MOST).min(open_files().saturating_sub(OTHER_FILES));
    usize::try_from(most).unwrap_or(usize::MAX).max(LEAST_OF_NETWORK)
}

/// How many files the process may have open.
fn open_files() -> u64 {
    #[cfg(unix)]
    return rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    #[cfg(not(unix))]
    u64::MAX
}

impl Taken {
    /// The network that has most connections, among proxies or among all others.
    fn most_crowded(&self, among_proxies: bool) -> Option<Network> {
        let networks = self.networks.iter().filter(|(network, _)| network.is_proxy == among_proxies);
        networks.max_by_key(|(_, sitters)| sitters.len()).map(|(network, _)| *network)
    }

    /// Whether there is a seat for a probe of the network, which is taken then.
    fn add_probe(&mut self, network: Network) -> bool {
        let of_network = self.for_probes.get(&network).copied().unwrap_or_default();
        let fits = self.for_probes.values().sum::<usize>() < FOR_PROBES && of_network < FOR_PROBES_OF_NETWORK;
        if fits {
            self.for_probes.insert(network, of_network + 1);
        }
        fits
    }

    fn free_probe(&mut self, network: Network) {
        match self.for_probes.get_mut(&network) {
            Some(more @ 2..) => *more -= 1,
            _ => drop(self.for_probes.remove(&network)),
        }
    }

    /// Whether one of the network's connections waits for its peer and is told to leave. Its seat is free from then on.
    fn make_one_leave(&mut self, network: Network) -> bool {
        let waits_since = |sitter: &Sitter| sitter.waits_since.load(Ordering::Relaxed);
        let waiting = self.networks.get(&network).into_iter().flatten();
        let longest = waiting
            .filter(|sitter| waits_since(sitter) != AT_WORK)
            .min_by_key(|sitter| waits_since(sitter))
            .cloned();
        if let Some(sitter) = &longest {
            sitter.must_leave.store(true, Ordering::Release);
            sitter.waker.wake();
            self.free(network, sitter);
        }
        longest.is_some()
    }

    fn free(&mut self, network: Network, sitter: &Arc<Sitter>) {
        let Some(sitters) = self.networks.get_mut(&network) else { return };
        if let Some(at) = sitters.iter().position(|other| Arc::ptr_eq(other, sitter)) {
            sitters.swap_remove(at);
            self.all -= 1;
        }
        if sitters.is_empty() {
            self.networks.remove(&network);
        }
    }
}

/// The right of a connection to be there, until it is dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    network: Network,
    sitter: Arc<Sitter>,
    is_for_probes: bool,
}

impl Seat {
    /// Whether nothing but probes is answered.
    pub fn is_for_probes(&self) -> bool {
        self.is_for_probes
    }

    /// Notes since when the peer is waited for, `None` while the connection is at work, and answers whether it has
    /// to leave. The task of `waker` is woken when it has to.
    pub fn must_leave(&self, waits_since: Option<Instant>, waker: &Waker) -> bool {
        let since = waits_since.map_or(AT_WORK, |since| self.seats.millisecond(since));
        self.sitter.waits_since.store(since, Ordering::Relaxed);
        self.sitter.waker.register(waker);
        waits_since.is_some() && self.sitter.must_leave.load(Ordering::Acquire)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        if self.is_for_probes {
            taken.free_probe(self.network);
            return;
        }
        taken.free(self.network, &self.sitter);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::time::Duration;

    use tokio::time::advance;

    use super::*;

    fn seats(most: usize) -> Arc<Seats> {
        Arc::new(Seats::with_room(most, vec!["10.0.0.0/8".parse().unwrap()]))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// A network's connections, a second apart, each waiting for its peer.
    async fn fill(seats: &Arc<Seats>, peer: &str, count: usize) -> Vec<Seat> {
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.push(seats.take(address(peer)).unwrap());
            advance(Duration::from_secs(1)).await;
        }
        assert!(taken.iter().all(|seat| !seat.is_for_probes()));
        taken
    }

    fn leaves(seat: &Seat) -> bool {
        seat.sitter.must_leave.load(Ordering::Acquire)
    }

    #[tokio::test(start_paused = true)]
    async fn the_one_of_a_network_that_waited_longest_gives_way_to_its_next() {
        let seats = seats(1_024);
        let quiet = fill(&seats, "192.0.2.9", 1).await;
        let loud = fill(&seats, "192.0.2.1", 64).await;
        assert!(!loud.iter().any(leaves));
        loud[0].must_leave(None, Waker::noop());
        let next = seats.take(address("192.0.2.1")).unwrap();
        assert!(!next.is_for_probes());
        let told: Vec<bool> = loud.iter().map(leaves).collect();
        assert!(told[1] && told.iter().filter(|told| **told).count() == 1, "the first is at work");
        assert!(!leaves(&quiet[0]));
        assert!(loud[1].must_leave(Some(Instant::now()), Waker::noop()));
        assert!(!loud[1].must_leave(None, Waker::noop()), "what has begun is answered first");
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_seats_are_taken_the_network_that_has_most_gives_way() {
        let seats = seats(100);
        let few = fill(&seats, "192.0.2.9", 40).await;
        let many = fill(&seats, "2001:db8::1", 60).await;
        let next = seats.take(address("198.51.100.1")).unwrap();
        assert!(!next.is_for_probes() && leaves(&many[0]) && !few.iter().any(leaves));
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_are_at_work_there_is_room_for_probes_alone() {
        let seats = seats(64);
        let busy = fill(&seats, "192.0.2.1", 64).await;
        for seat in &busy {
            assert!(!seat.must_leave(None, Waker::noop()));
        }
        let mut probes = Vec::new();
        for network in 1..=8 {
            let peer = address(&format!("198.51.100.{network}"));
            probes.extend((0..4).map(|_| seats.take(peer).unwrap()));
            assert!(seats.take(peer).is_none(), "one network has its part");
        }
        assert!(probes.iter().all(Seat::is_for_probes));
        assert!(seats.take(address("192.0.2.2")).is_none(), "all are taken");
        drop((busy, probes));
        assert!(!seats.take(address("192.0.2.1")).unwrap().is_for_probes());
        let taken = seats.taken();
        assert!(taken.all == 0 && taken.for_probes.is_empty() && taken.networks.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_proxy_brings_many_peoples_connections() {
        let seats = seats(1_024);
        let proxied = fill(&seats, "10.0.0.1", 200).await;
        assert!(!proxied.iter().any(leaves));
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_seats_are_taken_a_proxys_give_way_last() {
        let seats = seats(64);
        let proxied = fill(&seats, "10.0.0.1", 62).await;
        let direct = fill(&seats, "192.0.2.1", 2).await;
        let next = seats.take(address("10.0.0.1")).unwrap();
        assert!(!next.is_for_probes() && leaves(&direct[0]) && !proxied.iter().any(leaves));
        direct[1].must_leave(None, Waker::noop());
        let next = seats.take(address("192.0.2.2")).unwrap();
        assert!(!next.is_for_probes() && leaves(&proxied[0]), "all others are at work");
    }
}
