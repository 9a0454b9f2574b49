//! A mail server that keeps what it takes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server does with who comes.
#[derive(Clone, Copy, Debug)]
pub enum Mood {
    /// Takes every mail.
    Takes,
    /// Closes the connection before a word is said.
    Away,
    /// Answers this to every receiver.
    Refuses(&'static str),
}

/// A mail as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The receivers of the envelope.
    pub to: Vec<String>,
    /// The mail.
    pub mail: Vec<u8>,
}

/// A mail server on a port of its own. It ends when dropped.
#[derive(Debug)]
pub struct SmtpServer {
    address: SocketAddr,
    kept: Arc<Kept>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Kept {
    mood: Mutex<Mood>,
    received: Mutex<Vec<Received>>,
}

impl SmtpServer {
    /// Starts one.
    pub async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept = Arc::new(Kept { mood: Mutex::new(mood), received: Mutex::default() });
        let task = tokio::spawn({
            let kept = Arc::clone(&kept);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let kept = Arc::clone(&kept);
                    // Whoever hangs up in between has nothing to say to a test.
                    tokio::spawn(async move { drop(kept.talk(stream).await) });
                }
            }
        });
        Self { address, kept, task }
    }

    /// What `SMTP_URL` is set to.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// From now on.
    pub fn set(&self, mood: Mood) {
        *self.kept.mood.lock().unwrap() = mood;
    }

    /// What it took so far.
    pub fn received(&self) -> Vec<Received> {
        self.kept.received.lock().unwrap().clone()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Kept {
    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap()
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        if matches!(self.mood(), Mood::Away) {
            return Ok(());
        }
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 test\r\n").await?;
        let mut to = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 || matches!(self.mood(), Mood::Away) {
                return Ok(());
            }
            let answer = match (line.get(..4).unwrap_or_default(), self.mood()) {
                ("EHLO", _) => "250 test",
                ("RCPT", Mood::Refuses(answer)) => answer,
                ("RCPT", _) => {
                    let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                    to.push(address.to_owned());
                    "250 ok"
                }
                ("DATA", _) => {
                    stream.write_all(b"354 go on\r\n").await?;
                    let mail = read_mail(&mut stream).await?;
                    self.received.lock().unwrap().push(Received { to: std::mem::take(&mut to), mail });
                    "250 taken"
                }
                _ => "250 ok",
            };
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
    }
}

async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    loop {
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line).await?;
        if line == b".\r\n" {
            return Ok(mail);
        }
        // RFC 5321, 4.5.2: a line that begins with a dot comes with one more.
        mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
