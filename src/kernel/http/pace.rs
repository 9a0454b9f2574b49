//! The pace that a peer must keep: so many bytes in so much time of waiting for it.

use std::time::Duration;

/// So many bytes must come within so long.
#[derive(Clone, Copy, Debug)]
pub struct Portion {
    /// Bytes.
    pub bytes: usize,
    /// Within so much waiting.
    pub within: Duration,
}

/// How a peer does. Each portion is counted by itself: once it has come, the next one begins.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    portions: [Portion; 2],
    /// Of each portion, what has come and how long it was waited for.
    come: [(usize, Duration); 2],
}

impl Pace {
    /// Nothing has come yet.
    pub const fn new(portions: [Portion; 2]) -> Self {
        Self { portions, come: [(0, Duration::ZERO); 2] }
    }

    /// So many bytes have come, after so much more waiting.
    pub fn came(&mut self, bytes: usize, waited: Duration) {
        for (portion, come) in self.portions.iter().zip(&mut self.come) {
            *come = (come.0 + bytes, come.1 + waited);
            if come.0 >= portion.bytes {
                *come = (0, Duration::ZERO);
            }
        }
    }

    /// How much longer to wait if nothing comes.
    pub fn patience(&self) -> Duration {
        let left = self.portions.iter().zip(&self.come);
        left.map(|(portion, come)| portion.within.saturating_sub(come.1)).min().unwrap_or_default()
    }
}
