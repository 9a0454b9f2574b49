//! More sign in than passwords can be hashed, while others read pages.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

use crate::support::program::Serving;
use crate::support::{App, Client, PASSWORD, figures};

const A_SECOND: u32 = 200;
const SECONDS: u32 = 30;
/// The longest that a password waits for its turn.
const PATIENCE: Duration = Duration::from_secs(3);
/// From the end of the wait to the answer, on a machine that has all hands full.
const WORK: Duration = Duration::from_secs(1);
const EMAIL: &str = "asha@example.com";

#[tokio::test]
#[ignore = "takes a while; tests/faults/run.sh runs it"]
async fn two_hundred_sign_ins_a_second_hold_nobody_up_and_wait_three_seconds_at_most() {
    // Each browser has a connection of its own.
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let app = App::spawn().await;
    app.customer("Asha").await;
    let program = Serving::start(&app).await;
    let reader = program.nobody().signed_in_as(EMAIL).await;
    let over = Arc::new(AtomicBool::new(false));
    let readers =
        ["/login", "/submissions"].map(|path| tokio::spawn(read_on(reader.clone(), path, Arc::clone(&over))));

    let address: SocketAddr = program.address().parse().unwrap();
    let mut sign_ins = JoinSet::new();
    let mut next = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
    for number in 0..A_SECOND * SECONDS {
        next.tick().await;
        sign_ins.spawn(sign_in(address, number));
    }
    let sign_ins = sign_ins.join_all().await;
    over.store(true, Ordering::Relaxed);
    let mut waits = Vec::new();
    for reader in readers {
        waits.extend(reader.await.unwrap());
    }
    waits.sort_unstable();
    let p99 = waits[waits.len() * 99 / 100];
    let count = |status| sign_ins.iter().filter(|(got, _)| *got == status).count();
    let (done, shed) = (count(303), count(503));
    let slowest = sign_ins.iter().map(|(_, took)| *took).max().unwrap();
    figures(&format!(
        "{} sign-ins in {SECONDS} s: {done} signed in, {shed} told to come again, the slowest answer after \
        {slowest:.1?}; meanwhile {} pages, p99 {p99:.1?} (target: 100 ms)",
        sign_ins.len(),
        waits.len(),
    ));
    assert_eq!(done + shed, sign_ins.len(), "nothing else is answered");
    assert!(done > 0 && slowest < PATIENCE + WORK, "{done} signed in, the slowest after {slowest:?}");
    // A debug build takes its time with every page.
    assert!(std::env::var_os("SERVER").is_none() || p99 < Duration::from_millis(100), "{p99:?}");
}

/// The status, and how long it took. A connection for itself: a client with all that browsers do would take the processor
/// from the server.
async fn sign_in(server: SocketAddr, number: u32) -> (u16, Duration) {
    let begun = Instant::now();
    let socket = TcpSocket::new_v4().unwrap();
    // An address has a sixteenth of all connections: these come from fifty.
    socket.bind(format!("127.0.1.{}:0", number % 50 + 1).parse().unwrap()).unwrap();
    let mut connection = socket.connect(server).await.unwrap();
    let body = format!("email={EMAIL}&password={}", PASSWORD.replace(' ', "+"));
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\nContent-Length: {}",
        body.len()
    );
    let request = format!("{head}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n{body}");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    let status = str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
    (status, begun.elapsed())
}

/// How long the page at `path` took, again and again.
async fn read_on(reader: Client, path: &'static str, over: Arc<AtomicBool>) -> Vec<Duration> {
    let mut waits = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let asked = Instant::now();
        reader.get(path).await.expect_status(200);
        waits.push(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    waits
}
