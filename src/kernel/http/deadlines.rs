//! A request does not wait for ever: its body must keep a pace, which spares honest 2G, and the handler must answer
//! in time. Each has its own clock, which stands still while the other is waited for.

use std::cell::Cell;
use std::future::Future as _;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, web};
use futures_util::Stream;
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep};

use super::connections::link::Link;
use super::error::Asked;
use super::guards::reads;
use super::pace::{Pace, Portion};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::telemetry::panics;

/// A body comes at no less than 20 B/s over 20 seconds and 300 B/s over two minutes.
const BODY: [Portion; 2] = [
    Portion { bytes: 400, within: Duration::from_secs(20) },
    Portion { bytes: 36_000, within: Duration::from_mins(2) },
];

/// How long a handler may take from the last bytes of the body that it got. Shorter than the time that requests have
/// when the server is told to end.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Middleware: gives up a body that is too slow and a handler that takes too long, and says so; and when a handler
/// panics.
pub async fn keep(
    state: web::Data<AppState>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let clock = Rc::new(Clock::default());
    let payload = request.take_payload();
    if !matches!(payload, Payload::None) {
        let link = request.request().conn_data::<Rc<Link>>().cloned();
        let watched =
            Watched { body: payload, link, clock: Rc::clone(&clock), pace: Pace::new(BODY), waiting: None };
        request.set_payload(Payload::Stream { payload: Box::pin(watched) });
    }
    let changes = !reads(request.method());
    let asked = Asked::of(&request, state)?;
    let error = tokio::select! {
        biased;
        answered = panics::caught(async { next.call(request).await }) => match answered {
            Ok(response) => return Ok(in_time(response?.map_into_boxed_body(), &clock)),
            Err(panic) => AppError::internal(panic),
        },
        () = clock.runs_out() => {
            if changes { AppError::MaybeSaved(Box::new(GivenUp)) } else { AppError::TooLate }
        }
    };
    Err(asked.refused(error).into())
}

/// A handler that takes too long.
#[derive(Debug, Error)]
#[error("a handler is given up")]
struct GivenUp;

/// The answer, or that its body was too slow.
fn in_time(response: ServiceResponse<BoxBody>, clock: &Clock) -> ServiceResponse<BoxBody> {
    if !clock.body_is_given_up.get() {
        return response;
    }
    let mut response = response.error_response(AppError::TooSlow);
    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    response
}

/// The handler's clock.
struct Clock {
    /// Since when nobody but the handler is waited for; `None` while the sender is.
    running_since: Cell<Option<Instant>>,
    body_is_given_up: Cell<bool>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { running_since: Cell::new(Some(Instant::now())), body_is_given_up: Cell::new(false) }
    }
}

impl Clock {
    /// Until the handler has had its time.
    async fn runs_out(&self) {
        loop {
            let taken = self.running_since.get().map_or(Duration::ZERO, |since| since.elapsed());
            match ANSWER_WITHIN.checked_sub(taken) {
                Some(left) if !left.is_zero() => sleep(left).await,
                _ => return,
            }
        }
    }
}

/// A body, with a clock that runs only while the sender is waited for.
struct Watched {
    body: Payload,
    link: Option<Rc<Link>>,
    clock: Rc<Clock>,
    pace: Pace,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Stream for Watched {
    type Item = Result<bytes::Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Poll::Ready(chunk) = Pin::new(&mut this.body).poll_next(context) {
            let waited = this.waiting.take().map_or(Duration::ZERO, |(since, _)| since.elapsed());
            this.clock.running_since.set(Some(Instant::now()));
            if let Some(Ok(chunk)) = &chunk {
                this.pace.came(chunk.len(), waited);
            }
            return Poll::Ready(chunk);
        }
        if let Some(link) = &this.link {
            link.ran_dry();
        }
        this.clock.running_since.set(None);
        let patience = this.pace.patience();
        let (_, timer) = this.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(patience))));
        match timer.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                this.clock.running_since.set(Some(Instant::now()));
                this.clock.body_is_given_up.set(true);
                let error = std::io::Error::new(std::io::ErrorKind::TimedOut, "the body is too slow");
                Poll::Ready(Some(Err(PayloadError::Io(error))))
            }
        }
    }
}

impl Drop for Watched {
    /// Who reads no further waits for nobody.
    fn drop(&mut self) {
        self.clock.running_since.set(self.clock.running_since.get().or_else(|| Some(Instant::now())));
    }
}

#[cfg(test)]
mod tests {
    use actix_http::BoxedPayloadStream;
    use bytes::Bytes;
    use futures_util::{StreamExt as _, stream};

    use super::*;

    fn watched(body: impl Stream<Item = Bytes> + 'static) -> Watched {
        let payload: BoxedPayloadStream = Box::pin(body.map(Ok));
        Watched {
            body: Payload::Stream { payload },
            link: None,
            clock: Rc::default(),
            pace: Pace::new(BODY),
            waiting: None,
        }
    }

    /// A body of `chunks`, each of so many bytes after so many seconds; how many bytes came through, after how many
    /// seconds, and whether the rest was given up.
    async fn read(chunks: Vec<(u64, usize)>) -> (usize, u64, bool) {
        let begun = Instant::now();
        let mut watched = watched(stream::iter(chunks).then(|(seconds, bytes)| async move {
            sleep(Duration::from_secs(seconds)).await;
            Bytes::from(vec![0; bytes])
        }));
        let mut bytes = 0;
        while let Some(Ok(chunk)) = watched.next().await {
            bytes += chunk.len();
        }
        (bytes, begun.elapsed().as_secs(), watched.clock.body_is_given_up.get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_but_honest_body_comes_through() {
        assert_eq!(read(vec![(1, 700); 3_600]).await, (2_520_000, 3_600, false));
        assert_eq!(read(vec![(10, 3_100); 100]).await, (310_000, 1_000, false), "in lumps");
        assert_eq!(read(vec![(19, 6_000); 100]).await, (600_000, 1_900, false), "with long silences");
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickle_is_given_up_and_not_sooner_than_it_should() {
        assert_eq!(read(vec![(3, 10); 100]).await, (60, 20, true), "3 B/s");
        assert_eq!(read(vec![(1, 19); 1_000]).await, (20 * 19, 20, true), "19 B/s");
        assert_eq!(read(vec![(1, 21); 1_000]).await, (120 * 21, 120, true), "21 B/s");
        assert_eq!(read(vec![(1, 290); 1_000]).await, (120 * 290, 120, true), "290 B/s");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_is_given_up_however_much_came_before() {
        assert_eq!(read(vec![(0, 4_000_000), (3_600, 1)]).await, (4_000_000, 20, true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_its_time_is_not_held_against_the_sender() {
        let mut watched = watched(stream::iter(vec![Bytes::from_static(b"1"); 5]));
        while let Some(Ok(_)) = watched.next().await {
            sleep(Duration::from_mins(1)).await;
        }
        assert!(!watched.clock.body_is_given_up.get());
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_has_its_time_from_the_last_bytes_that_it_got() {
        let begun = Instant::now();
        Clock::default().runs_out().await;
        assert_eq!(begun.elapsed().as_secs(), 20, "without a body");

        let begun = Instant::now();
        let mut watched = watched(stream::iter(0..10).then(|_| async {
            sleep(Duration::from_secs(10)).await;
            Bytes::from_static(&[0; 10_000])
        }));
        let clock = Rc::clone(&watched.clock);
        let handler = async {
            while watched.next().await.is_some() {}
            sleep(Duration::from_hours(1)).await;
        };
        tokio::select! {
            () = handler => {}
            () = clock.runs_out() => {}
        }
        assert_eq!(begun.elapsed().as_secs(), 10 * 10 + 20);
    }
}
