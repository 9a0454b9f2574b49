//! What one visitor may take of the process.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gatehouse::kernel::http::assets;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use crate::support::{App, figures};

#[tokio::test]
async fn an_address_that_floods_is_told_to_wait_and_probes_are_not() {
    let app = App::spawn_with(&[("RATE_LIMIT", "2"), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let loud = app.nobody().with_header("x-forwarded-for", "192.0.2.1");
    let quiet = app.nobody().with_header("x-forwarded-for", "192.0.2.2");
    let mut refused = None;
    for _ in 0..40 {
        let page = loud.get("/login").await;
        if page.status == 429 {
            refused = Some(page);
            break;
        }
    }
    let refused = refused.expect("forty requests at once are more than eight");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.text_of("main h1"), "Too many tries");
    for path in ["/health", "/favicon.ico", &assets::url("app.css")] {
        loud.get(path).await.expect_status(200);
    }
    quiet.get("/login").await.expect_status(200);
}

/// What a slow sender sends at once; the rest comes at ten bytes a second and never ends.
const HEAD: &str = "GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
const BODY: &str = "POST /login HTTP/1.1\r\nHost: localhost\r\n\
    Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50000\r\n\r\nemail=";

/// Sends `start` from `own` and then a byte every tenth of a second, until the portal closes. Answers after how long.
async fn trickle(own: Ipv4Addr, address: SocketAddr, start: &'static str) -> Duration {
    let begun = Instant::now();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((own, 0).into()).unwrap();
    let (mut answer, mut request) = socket.connect(address).await.unwrap().into_split();
    request.write_all(start.as_bytes()).await.unwrap();
    let sending = tokio::spawn(async move {
        while request.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let mut rest = Vec::new();
    let _ = answer.read_to_end(&mut rest).await; // closed either way, politely or not
    sending.abort();
    begun.elapsed()
}

#[tokio::test]
#[ignore = "takes a while; tests/faults/run.sh runs it"]
async fn a_thousand_slow_senders_are_closed_and_hold_nobody_up() {
    const EACH: usize = 500;
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let app = App::spawn().await;
    let address: SocketAddr = app.origin().replace("http://", "").parse().unwrap();
    let open = Arc::new(AtomicUsize::new(2 * EACH));
    let mut senders = tokio::task::JoinSet::new();
    for (net, start) in [(1, HEAD), (2, BODY)] {
        for host in 0..EACH {
            let open = Arc::clone(&open);
            // Each from an address of its own: one alone gets few connections.
            let [high, low] = u16::try_from(host).unwrap().to_be_bytes();
            let own = Ipv4Addr::new(127, net, high, low);
            senders.spawn(async move {
                let took = trickle(own, address, start).await;
                open.fetch_sub(1, Ordering::Relaxed);
                took
            });
        }
    }
    let mut waits = Vec::new();
    let visitor = app.nobody();
    while open.load(Ordering::Relaxed) > 0 && waits.len() < 1_000_000 {
        let asked = Instant::now();
        visitor.get("/login").await.expect_status(200);
        waits.push(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let slowest = senders.join_all().await.into_iter().max().unwrap();
    waits.sort_unstable();
    let p99 = waits[waits.len() * 99 / 100];
    figures(&format!(
        "{} slow senders, the last closed after {slowest:.1?}; meanwhile {} visits of /login, p99 {p99:.1?} (target: 300 ms)",
        2 * EACH,
        waits.len(),
    ));
    assert!(slowest < Duration::from_secs(30), "the last was closed after {slowest:?}");
}
