//! Room for searches. One reads every row where no index helps, and a hundred at once would take all connections
//! from the gate.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::kernel::error::AppError;
use crate::kernel::types::AccountId;

/// Searches of one account that run at once.
const OF_ONE: usize = 2;

/// How long a search waits for its turn.
const WAIT: Duration = Duration::from_secs(3);

/// Seconds until another try is likely to be heard.
const RETRY_AFTER: u64 = 5;

/// Who may search now.
#[derive(Clone, Debug)]
pub struct Searches {
    all: Arc<Semaphore>,
    of_one: Arc<Mutex<HashMap<AccountId, Arc<Semaphore>>>>,
}

/// A place among the searches that run; dropping it gives it to the next.
#[derive(Debug)]
pub struct Turn {
    _of_one: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Searches {
    /// Room beside the rest of the work on so many connections: half of them are never a search's.
    pub fn beside(connections: u32) -> Self {
        let room = usize::try_from(connections / 2).unwrap_or(1).max(1);
        Self { all: Arc::new(Semaphore::new(room)), of_one: Arc::default() }
    }

    /// A turn for `account` to look for `text`; none is needed for an empty one.
    ///
    /// # Errors
    /// [`AppError::TooMany`] when none comes in time.
    pub async fn turn(&self, account: AccountId, text: &str) -> Result<Option<Turn>, AppError> {
        if text.is_empty() {
            return Ok(None);
        }
        let of_one = self.of(account);
        let turn = timeout(WAIT, async {
            let of_one = of_one.acquire_owned().await?;
            Ok(Turn { _of_one: of_one, _of_all: Arc::clone(&self.all).acquire_owned().await? })
        });
        let turn = turn.await.map_err(|_| AppError::TooMany { retry_after: RETRY_AFTER })?;
        turn.map(Some).map_err(|error: tokio::sync::AcquireError| AppError::internal(error))
    }

    fn of(&self, account: AccountId) -> Arc<Semaphore> {
        let mut known = self.of_one.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, searches| Arc::strong_count(searches) > 1);
        Arc::clone(known.entry(account).or_insert_with(|| Arc::new(Semaphore::new(OF_ONE))))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use uuid::Uuid;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_account_gets_two_turns_and_all_together_half_of_the_connections() {
        let searches = Searches::beside(8);
        let account = |number| AccountId::new(Uuid::from_u128(number));
        let turn = async |number| searches.turn(account(number), "Kumar").await;
        let mut turns = vec![turn(1).await.unwrap(), turn(1).await.unwrap()];
        assert!(matches!(turn(1).await, Err(AppError::TooMany { retry_after: 5 })));
        turns.extend([turn(2).await.unwrap(), turn(3).await.unwrap()]);
        assert!(matches!(turn(4).await, Err(AppError::TooMany { .. })), "four are at it");
        assert!(
            searches.turn(account(4), "").await.unwrap().is_none(),
            "a list without a search needs no turn"
        );
        turns.truncate(1);
        assert!(turn(4).await.is_ok());
        assert_eq!(searches.of_one.lock().unwrap().len(), 2, "who has no turn any more is forgotten");
    }
}
