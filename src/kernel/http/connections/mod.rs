//! Connections, from their opening to their end. The server hands a connection's bytes to actix a request at a time:
//! the next one is read once the last one has been answered and its answer has been taken. Nothing of a connection
//! waits without a deadline, and there is a seat for so many as memory allows.
//!
//! A [`stream::Stream`] wraps the socket, [`framing::Framing`] tells where a request ends, the application tells
//! through [`exchange::watch`] when it begins and is done, and [`guard`] closes what has outstayed its time.

use std::future::{poll_fn, ready};
use std::io;
use std::net::TcpListener;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::{HttpService, KeepAlive, Protocol, Request};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_factory, map_config,
};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server, ServiceResponse};
use futures_util::future::LocalBoxFuture;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use self::link::Link;
use self::seats::Seats;
use self::stream::Stream;

pub mod exchange;
pub mod framing;
pub mod link;
pub mod seats;
pub mod stream;

/// How long requests on their way may take to end once the server has been told to.
const GRACE: u64 = 30;

/// How long a peer that sends on after its answer is read, so that it sees the answer.
const LINGER: Duration = Duration::from_secs(1);

/// Bytes that the system takes of an answer and has not sent: as few as keep the line busy, so that a peer that takes
/// nothing is seen soon.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 16 * 1024;

/// A server of what `application` makes for each worker.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve<F, I, S, B>(listener: TcpListener, seats: Arc<Seats>, application: F) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
    S::Service: 'static,
    S::Future: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let address = listener.local_addr()?;
    // Accepted sockets inherit it.
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(&listener).set_tcp_notsent_lowat(UNSENT)?;
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let builder =
        Server::build().workers(workers).max_concurrent_connections(usize::MAX).shutdown_timeout(GRACE);
    let ending = builder.graceful_shutdown_signal();
    let builder = builder.listen("http", listener, move || {
        let ending = ending.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let ending = ending.clone();
                async move { ending.notified().await }
            })
            // The deadlines of heads and of idle connections are ours.
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(LINGER)
            .local_addr(address)
            .on_connect_ext(|stream: &Stream, data| {
                data.insert(stream.link());
            })
            .finish(
                map_config(application(), |()| AppConfig::default()).map_err(|error| error.error_response()),
            );
        let seats = Arc::clone(&seats);
        fn_factory(move || {
            let (http, seats) = (http.new_service(()), Arc::clone(&seats));
            async move { Ok::<_, ()>(Door { http: http.await?, seats }) }
        })
    })?;
    Ok(builder.run())
}

/// Lets connections in, as long as there are seats.
struct Door<S> {
    http: S,
    seats: Arc<Seats>,
}

impl<S> Service<TcpStream> for Door<S>
where
    S: Service<(Stream, Protocol, Option<std::net::SocketAddr>)>,
    S::Future: 'static,
{
    type Response = ();
    type Error = ();
    type Future = LocalBoxFuture<'static, Result<(), ()>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), ()>> {
        self.http.poll_ready(context).map_err(drop)
    }

    fn call(&self, socket: TcpStream) -> Self::Future {
        let Ok(peer) = socket.peer_addr() else { return Box::pin(ready(Ok(()))) };
        let Some(seat) = self.seats.take(peer.ip()) else { return Box::pin(ready(Ok(()))) };
        // An answer is written whole: what waits for more to send only waits.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "a connection that has ended");
        }
        let link = Rc::new(Link::new(seat));
        let stream = Stream::new(socket, Rc::clone(&link));
        let http = self.http.call((stream, Protocol::Http1, Some(peer)));
        Box::pin(async move {
            guard(&link, http).await;
            Ok(())
        })
    }
}

/// Drives a connection to its end, or until it has outstayed its time or must leave its seat.
async fn guard(link: &Link, http: impl Future) {
    let mut http = pin!(http);
    let mut timer = pin!(sleep_until(Instant::now()));
    poll_fn(|context| {
        if http.as_mut().poll(context).is_ready() || link.must_leave(context.waker()) {
            return Poll::Ready(());
        }
        if link.is_let_go() {
            context.waker().wake_by_ref();
        }
        let Some(deadline) = link.deadline() else { return Poll::Pending };
        if timer.is_elapsed() || deadline < timer.deadline() {
            timer.as_mut().reset(deadline);
        }
        while timer.as_mut().poll(context).is_ready() {
            if timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline); // It was set for something that has happened.
        }
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test may fail by panicking")]

    use std::future::pending;

    use tokio::time::sleep;

    use super::framing::Framing;
    use super::seats::Seat;
    use super::*;

    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    fn seat() -> Seat {
        let config = crate::kernel::config::Config::from_lookup(|_| None).expect("the defaults do");
        Arc::new(Seats::new(&config)).take([192, 0, 2, 1].into()).expect("there is room")
    }

    /// After how many seconds the connection is closed on which `story` happens, and then nothing.
    async fn closed_after(story: impl AsyncFn(&Link)) -> u64 {
        let (begun, link) = (Instant::now(), Link::new(seat()));
        guard(&link, async {
            story(&link).await;
            pending::<()>().await;
        })
        .await;
        begun.elapsed().as_secs()
    }

    /// Bytes come; how many of them are handed on.
    fn comes(link: &Link, bytes: &[u8]) -> usize {
        assert!(link.may_read());
        link.hand_on(&mut bytes.to_vec())
    }

    /// A request without a body, and its whole answer.
    fn is_served(link: &Link) {
        assert_eq!(comes(link, GET), GET.len());
        link.begin(Framing::Over);
        link.answer();
        link.wrote(&Poll::Ready(Ok(100)));
        link.end();
    }

    async fn seconds(seconds: u64) {
        sleep(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn every_head_has_a_deadline_and_not_the_first_alone() {
        assert_eq!(closed_after(async |_| {}).await, 10);
        let trickle = async |link: &Link| loop {
            comes(link, b"G");
            seconds(5).await;
        };
        assert_eq!(closed_after(trickle).await, 10);
        let second = async |link: &Link| {
            seconds(5).await;
            is_served(link);
            seconds(70).await;
            trickle(link).await;
        };
        assert_eq!(closed_after(second).await, 5 + 70 + 10);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_closed_in_the_end() {
        let visits = async |link: &Link| {
            for _ in 0..3 {
                seconds(9).await;
                is_served(link);
            }
        };
        assert_eq!(closed_after(visits).await, 3 * 9 + 75);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_takes_has_a_deadline_and_a_slow_reader_has_time() {
        let begins = |link: &Link| {
            comes(link, GET);
            link.begin(Framing::Over);
            link.answer();
        };
        let unread = async |link: &Link| {
            begins(link);
            link.wrote(&Poll::Ready(Ok(100_000)));
            link.wrote(&Poll::Pending);
            link.end();
        };
        assert_eq!(closed_after(unread).await, 60);
        let taken = async |link: &Link, bytes: usize, every: u64, times: usize| {
            begins(link);
            for _ in 0..times {
                link.wrote(&Poll::Pending);
                seconds(every).await;
                link.wrote(&Poll::Ready(Ok(bytes)));
            }
            link.end();
        };
        assert_eq!(closed_after(async |link| taken(link, 900, 5, 1_000).await).await, 120);
        assert_eq!(closed_after(async |link| taken(link, 8_192, 30, 100).await).await, 3_000 + 75);
        assert_eq!(closed_after(async |link| begins(link)).await, 60, "an answer that nobody makes");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_at_work_has_deadlines_of_its_own() {
        let story = async |link: &Link| {
            comes(link, GET);
            link.begin(Framing::Length(100));
            seconds(3_600).await;
            link.answer();
            link.end();
        };
        assert_eq!(closed_after(story).await, 3_600 + 10, "the rest of the body never comes");
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_of_a_body_that_trickles_behind_its_answer_has_a_deadline() {
        let trickle = async |link: &Link| {
            comes(link, GET);
            link.begin(Framing::chunked());
            for _ in 0..100 {
                comes(link, b"1\r\na\r\n");
                link.ran_dry();
                seconds(5).await;
            }
            link.answer();
            link.wrote(&Poll::Ready(Ok(100)));
            link.end();
            loop {
                comes(link, b"1\r\na\r\n");
                seconds(1).await;
            }
        };
        assert_eq!(closed_after(trickle).await, 500 + 10, "while it is read, other deadlines hold");
        let unanswered = async |link: &Link| {
            comes(link, GET);
            link.begin(Framing::chunked());
            link.answer();
            loop {
                comes(link, b"1\r\na\r\n");
                seconds(1).await;
            }
        };
        assert_eq!(closed_after(unanswered).await, 60, "an answer that nobody takes");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_read_when_the_last_one_is_done_and_a_body_a_little_ahead() {
        let link = Link::new(seat());
        assert_eq!(comes(&link, &[GET, GET].concat()), GET.len());
        assert!(!link.may_read(), "nobody has heard of the first");
        link.begin(Framing::Length(200_000));
        let body = vec![0; 70_000];
        assert_eq!(comes(&link, &body), body.len());
        assert!(!link.may_read(), "nobody takes it");
        link.ran_dry();
        assert!(link.is_let_go());
        assert_eq!(comes(&link, &body), body.len());
        link.ran_dry();
        assert_eq!(comes(&link, &body), 60_000, "the next request stays behind");
        assert!(!link.may_read(), "it is answered first");
        link.answer();
        link.wrote(&Poll::Pending);
        link.end();
        assert!(!link.may_read(), "its answer is not taken");
        link.wrote(&Poll::Ready(Ok(1)));
        assert!(link.is_let_go());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_leaves_its_seat_when_it_is_needed() {
        let config = crate::kernel::config::Config::from_lookup(|name| {
            (name == "MAX_CONNECTIONS").then(|| "1".into())
        });
        let seats = Arc::new(Seats::new(&config.expect("the settings do")));
        let take = || seats.take([192, 0, 2, 1].into()).expect("there is room");
        let (begun, link) = (Instant::now(), Link::new(take()));
        let next = tokio::join!(guard(&link, pending::<()>()), async {
            seconds(3).await;
            take()
        });
        assert_eq!(begun.elapsed().as_secs(), 3);
        assert!(!next.1.is_for_probes());
    }
}
