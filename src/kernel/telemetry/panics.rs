//! Panics, caught at the edge of a request or of a job: one fault ends neither the connection nor what is done again
//! and again.

use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use futures_util::FutureExt as _;
use thiserror::Error;

thread_local! {
    /// Where the last panic of this thread began. What unwinds does not know it.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic, as an error.
#[derive(Debug, Error)]
#[error("panicked at {place}: {message}")]
pub struct Panicked {
    /// File, line and column in the sources.
    pub place: String,
    message: String,
}

/// What `work` comes to, or its panic. The panic is printed on standard error as ever.
///
/// What `work` leaves half done must be of no use to anybody else: transactions, locks and files end with it.
///
/// # Errors
/// When it panics.
pub async fn caught<F: Future>(work: F) -> Result<F::Output, Panicked> {
    remember_places();
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| Panicked {
        place: PLACE.take().unwrap_or_else(|| "an unknown place".to_owned()),
        message: message(&*panic),
    })
}

fn remember_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            PLACE.set(panic.location().map(ToString::to_string));
            usual(panic);
        }));
    });
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[tokio::test]
    async fn a_panic_tells_where_it_was_and_what_it_said() {
        let line = line!() + 1;
        let panicked = caught(async { panic!("{} of {}", 1, 2) }).await.map(|(): ()| ()).unwrap_err();
        assert!(panicked.place.starts_with(&format!("{}:{line}:", file!())), "{}", panicked.place);
        assert_eq!(panicked.message, "1 of 2");
        assert_eq!(caught(async { 3 }).await.unwrap(), 3);
    }
}
