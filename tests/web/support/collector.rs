//! Takes error reports, as Sentry would.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A report as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The request's head, in lower case.
    pub head: String,
    /// The request's body.
    pub body: String,
}

impl Received {
    /// The lines of the envelope.
    pub fn lines(&self) -> Vec<Value> {
        self.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What the envelope holds.
    pub fn event(&self) -> Value {
        self.lines().remove(2)
    }
}

/// A server of error reports on a port of its own. It ends when dropped.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    reports: mpsc::UnboundedReceiver<Received>,
    visitors: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Collector {
    /// Starts one that takes every report.
    pub async fn start() -> Self {
        Self::start_with(true).await
    }

    /// Starts one that reads reports and never answers.
    pub async fn start_silent() -> Self {
        Self::start_with(false).await
    }

    async fn start_with(answers: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, reports) = mpsc::unbounded_channel();
        let visitors = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn({
            let visitors = Arc::clone(&visitors);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    visitors.fetch_add(1, Ordering::Relaxed);
                    let sender = sender.clone();
                    // Whoever hangs up in between has nothing to say to a test.
                    tokio::spawn(async move { drop(talk(stream, &sender, answers).await) });
                }
            }
        });
        Self { address, reports, visitors, task }
    }

    /// What `ERROR_REPORT_URL` is set to.
    pub fn dsn(&self) -> String {
        format!("http://publickey@{}/in/7", self.address)
    }

    /// The next report, which must come within half a minute.
    pub async fn next(&mut self) -> Received {
        let next = tokio::time::timeout(Duration::from_secs(30), self.reports.recv());
        next.await.expect("a report comes").unwrap()
    }

    /// How many connections were opened.
    pub fn visitors(&self) -> usize {
        self.visitors.load(Ordering::Relaxed)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn talk(
    mut stream: TcpStream,
    reports: &mpsc::UnboundedSender<Received>,
    answers: bool,
) -> std::io::Result<()> {
    let mut read = Vec::new();
    loop {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() < length.unwrap().parse::<usize>().unwrap() {
            continue;
        }
        let body = body.to_owned();
        drop(reports.send(Received { head, body }));
        read.clear();
        if answers {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await?;
        }
    }
}
