//! A proxy before the site, which can be told to answer a form in the site's place: as one does when the site is away, the
//! form too large, or the line too slow.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::Site;

/// A proxy on a port of its own. It ends when dropped.
pub struct Proxy {
    address: SocketAddr,
    /// What the next forms are answered with; nothing: the connection breaks.
    answer: Arc<Mutex<Option<String>>>,
    serving: JoinHandle<()>,
}

impl Proxy {
    /// One before `site`, which passes everything on.
    pub async fn before(site: &Site) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::<Mutex<Option<String>>>::default();
        let upstream = site.base_url().replace("http://", "");
        let told = Arc::clone(&answer);
        let serving = tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                tokio::spawn(serve(browser, upstream.clone(), Arc::clone(&told)));
            }
        });
        Self { address, answer, serving }
    }

    /// What addresses through it begin with.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on forms are answered with this status and a page of the proxy's own.
    pub fn answers(&self, status: &str) {
        let page = format!("<html><body><center><h1>{status}</h1></center><hr>proxy</body></html>");
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}", page.len());
        self.set(Some(format!("{head}\r\nConnection: close\r\n\r\n{page}")));
    }

    /// From now on the connection of a form breaks.
    pub fn breaks(&self) {
        self.set(Some(String::new()));
    }

    /// From now on forms are passed on.
    pub fn passes(&self) {
        self.set(None);
    }

    fn set(&self, answer: Option<String>) {
        *self.answer.lock().unwrap() = answer;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Serves one request; whatever goes wrong ends the connection.
async fn serve(mut browser: TcpStream, upstream: String, told: Arc<Mutex<Option<String>>>) -> Option<()> {
    let mut request = Vec::new();
    let end = loop {
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if browser.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    };
    let (head, rest) = request.split_at(end);
    let head = str::from_utf8(head).ok()?;
    let answer = told.lock().unwrap().clone().filter(|_| head.starts_with("POST "));
    let Some(answer) = answer else {
        let mut site = TcpStream::connect(upstream).await.ok()?;
        // One request a connection, so that each is seen.
        let head = head.replacen("Connection: keep-alive", "Connection: close", 1);
        site.write_all(head.as_bytes()).await.ok()?;
        site.write_all(rest).await.ok()?;
        copy_bidirectional(&mut browser, &mut site).await.ok()?;
        return Some(());
    };
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let whole = end + 4 + length.unwrap_or(0_usize);
    while request.len() < whole && browser.read_buf(&mut request).await.ok()? > 0 {}
    browser.write_all(answer.as_bytes()).await.ok()
}
