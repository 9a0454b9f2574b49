//! The one chromedriver of the test program: started by the first browser, ended with the last one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// The chromedriver that runs, if one does.
static RUNNING: Mutex<Weak<Chromedriver>> = Mutex::new(Weak::new());

/// How long chromedriver may take to close its browsers.
const PATIENCE: Duration = Duration::from_secs(10);

/// A chromedriver of our own. Dropping it, which a panic does too, ends it and every browser it started.
#[derive(Debug)]
pub struct Chromedriver {
    process: Child,
    port: u16,
    /// Its standard output: closed, it would end at the next line it prints.
    _output: BufReader<ChildStdout>,
}

impl Chromedriver {
    /// The one that runs, or a new one.
    pub fn shared() -> Arc<Self> {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start());
            *running = Arc::downgrade(&started);
            started
        })
    }

    fn start() -> Self {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let mut process = Command::new(&program)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{program} does not start: {error} ($CHROMEDRIVER may name another)")
            });
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let port =
            announced_port(&mut output).unwrap_or_else(|| panic!("{program} ended without telling its port"));
        Self { process, port, _output: output }
    }

    /// Where it takes commands.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Closes the browser of a session, whose process is `browser`. It asks without the runtime of a test,
    /// which may be unwinding.
    pub fn close(&self, session: &str, browser: Option<u64>) {
        let closed = self.ask(&format!("DELETE /session/{session}"));
        if let (Err(_), Some(browser)) = (closed, browser) {
            Command::new("kill").arg(browser.to_string()).status().ok();
        }
    }

    /// Asks for something and waits for the answer.
    fn ask(&self, what: &str) -> std::io::Result<()> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        connection.set_read_timeout(Some(PATIENCE))?;
        write!(connection, "{what} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        connection.read_exact(&mut [0])
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // Killed without a word, it would leave running what it was just starting.
        self.ask("GET /shutdown").ok();
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Reads on until the line `ChromeDriver was started successfully on port 34567.`
fn announced_port(output: &mut BufReader<ChildStdout>) -> Option<u16> {
    output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.rsplit_once("successfully on port ")?.1.trim_end_matches('.').parse().ok())
}
