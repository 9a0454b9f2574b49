//! `gatehouse`, run as a program of its own on the database of a running portal.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{App, Client};

/// Where the program is: `$SERVER`, like a release build, or the one that was built with the tests.
fn path() -> OsString {
    std::env::var_os("SERVER").unwrap_or_else(|| env!("CARGO_BIN_EXE_gatehouse").into())
}

/// What the program answers to `arguments` when `input` is typed.
pub fn gatehouse(app: &App, arguments: &[&str], input: &str) -> Output {
    let mut program = Command::new(path())
        .args(arguments)
        .env_clear()
        .envs(app.environment())
        .current_dir(app.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    program.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    program.wait_with_output().unwrap()
}

/// What the program prints when all goes well.
#[track_caller]
pub fn prints(app: &App, arguments: &[&str], input: &str) -> String {
    let output = gatehouse(app, arguments, input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The one line that the program ends with when it fails.
#[track_caller]
pub fn fails_with(app: &App, arguments: &[&str], input: &str) -> String {
    let output = gatehouse(app, arguments, input);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    line.trim_end().to_owned()
}

/// The program as it serves in earnest: a process of its own, in the machine's time. It is killed when dropped.
#[derive(Debug)]
pub struct Serving {
    command: Command,
    process: Child,
    port: u16,
    log: PathBuf,
}

impl Serving {
    /// Starts it on a free port, with the database and papers of `app`.
    pub async fn start(app: &App) -> Self {
        let port = free_port();
        let log = app.folder().join(format!("program-{port}.log"));
        let mut command = Command::new(path());
        command.arg("serve").env_clear().envs(app.environment()).current_dir(app.folder());
        command.env("BIND_ADDR", format!("127.0.0.1:{port}")).stdout(Stdio::null());
        let process = spawn(&mut command, &log);
        let mut serving = Self { command, process, port, log };
        serving.until_open().await;
        serving
    }

    /// Starts it once more on the same port, when it has ended.
    pub async fn start_again(&mut self) {
        self.process = spawn(&mut self.command, &self.log);
        self.until_open().await;
    }

    /// Where it listens: host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A fresh browser that nobody has signed in with.
    pub fn nobody(&self) -> Client {
        Client::new(format!("http://{}", self.address()))
    }

    /// Its number among the processes.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// How many requests it has answered since the first start, by its log.
    pub fn answers(&self) -> usize {
        self.log().matches("answered").count()
    }

    /// What it has logged since the first start.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// What it has logged that somebody should look at.
    pub fn warnings(&self) -> String {
        let log = self.log();
        let loud = log.lines().filter(|line| line.contains("WARN") || line.contains("ERROR"));
        loud.collect::<Vec<_>>().join("\n")
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end, with SIGTERM.
    pub fn terminate(&self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
    }

    /// How it ended, if it does within `patience`.
    pub async fn ended_within(&mut self, patience: Duration) -> Option<ExitStatus> {
        let since = Instant::now();
        while since.elapsed() < patience {
            if let Some(status) = self.process.try_wait().unwrap() {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        None
    }

    async fn until_open(&mut self) {
        let since = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            let ended = self.process.try_wait().unwrap();
            let log = || std::fs::read_to_string(&self.log).unwrap();
            assert!(ended.is_none() && since.elapsed() < Duration::from_secs(30), "{ended:?}: {}", log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn spawn(command: &mut Command, log: &PathBuf) -> Child {
    let log = OpenOptions::new().create(true).append(true).open(log).unwrap();
    command.stderr(log).spawn().unwrap()
}

/// One that the system hands out to nobody by itself: a client of a port that nobody listens at might get the
/// same one for its own end, and keep it from the program.
fn free_port() -> u16 {
    /// No two tests of a process try the same.
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 10_000).unwrap();
    let mut ports = (0..10_000).map(|_| 20_000 + (start + TRIED.fetch_add(1, Ordering::Relaxed)) % 10_000);
    ports.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()).expect("a free port")
}
