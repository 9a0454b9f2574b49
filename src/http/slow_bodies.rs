//! A body that trickles in is cut off: 10 KiB must come in every ten seconds of waiting, which spares honest
//! 2G. Heads have their own deadline in the server.

use std::cell::Cell;
use std::future::Future as _;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONNECTION, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep};

use crate::error::AppError;

/// How long the sender may be waited for until it has sent [`PORTION`].
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes: one KiB a second.
const PORTION: usize = 10 * 1024;

/// Middleware: closes the connection of a body that is too slow, after saying so.
pub async fn cut(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let payload = request.take_payload();
    if matches!(payload, Payload::None) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let gave_up = Rc::new(Cell::new(false));
    let watched = Watched::new(payload, Rc::clone(&gave_up));
    request.set_payload(Payload::Stream { payload: Box::pin(watched) });
    let response = next.call(request).await?.map_into_boxed_body();
    if !gave_up.get() {
        return Ok(response);
    }
    let mut response = response.error_response(AppError::TooSlow);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(response)
}

/// A body, with a clock that runs only while the sender is waited for.
struct Watched {
    body: Payload,
    gave_up: Rc<Cell<bool>>,
    /// Of the present portion.
    bytes: usize,
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Watched {
    fn new(body: Payload, gave_up: Rc<Cell<bool>>) -> Self {
        Self { body, gave_up, bytes: 0, waited: Duration::ZERO, waiting: None }
    }

    fn arrived(&mut self, bytes: usize) {
        if let Some((since, _)) = self.waiting.take() {
            self.waited += since.elapsed();
        }
        self.bytes += bytes;
        if self.bytes >= PORTION {
            (self.bytes, self.waited) = (0, Duration::ZERO);
        }
    }
}

impl Stream for Watched {
    type Item = Result<bytes::Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Poll::Ready(chunk) = Pin::new(&mut this.body).poll_next(context) {
            if let Some(Ok(chunk)) = &chunk {
                this.arrived(chunk.len());
            }
            return Poll::Ready(chunk);
        }
        let left = PATIENCE.saturating_sub(this.waited);
        let (_, timer) = this.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        match timer.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                this.gave_up.set(true);
                let error = std::io::Error::new(std::io::ErrorKind::TimedOut, "the body is too slow");
                Poll::Ready(Some(Err(PayloadError::Io(error))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::{StreamExt as _, stream};

    use super::*;

    /// A body of `chunks`, each of so many bytes after so many seconds; how many bytes came through, and
    /// whether the rest was given up.
    async fn read(chunks: Vec<(u64, usize)>) -> (usize, bool) {
        let body = stream::iter(chunks).then(|(seconds, bytes)| async move {
            sleep(Duration::from_secs(seconds)).await;
            Ok(Bytes::from(vec![0; bytes]))
        });
        let gave_up = Rc::new(Cell::new(false));
        let mut watched = Watched::new(Payload::Stream { payload: Box::pin(body) }, Rc::clone(&gave_up));
        let mut bytes = 0;
        while let Some(Ok(chunk)) = watched.next().await {
            bytes += chunk.len();
        }
        (bytes, gave_up.get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_but_honest_body_comes_through() {
        assert_eq!(read(vec![(1, 1_100); 300]).await, (330_000, false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickle_is_cut_after_ten_seconds_of_waiting() {
        let begun = Instant::now();
        assert_eq!(read(vec![(3, 10); 100]).await, (30, true));
        assert_eq!(begun.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_is_cut_however_much_came_before() {
        assert_eq!(read(vec![(0, 4_000_000), (3_600, 1)]).await, (4_000_000, true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_its_time_is_not_held_against_the_sender() {
        let chunks = stream::iter(vec![Bytes::from_static(b"1"); 5]).map(Ok);
        let gave_up = Rc::new(Cell::new(false));
        let mut watched = Watched::new(Payload::Stream { payload: Box::pin(chunks) }, Rc::clone(&gave_up));
        while watched.next().await.map(Result::unwrap).is_some() {
            sleep(Duration::from_mins(1)).await;
        }
        assert!(!gave_up.get());
    }
}
