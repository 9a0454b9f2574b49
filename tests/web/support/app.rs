//! The application, running.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt::System;
use gatehouse::app::Bound;
use gatehouse::features::accounts::service::administration::{self, AdministrationError};
use gatehouse::features::accounts::service::passwords::NewPassword;
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::config::{BaseUrl, Config};
use gatehouse::kernel::entity::account::Role;
use gatehouse::kernel::identity::passwords::{Cost, Passwords};
use gatehouse::kernel::state::AppState;
use gatehouse::kernel::types::{EmailAddress, PersonName};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use super::client::{Client, PASSWORD, email_of};
use super::clock::TestClock;
use super::database::TestDatabase;
use super::kept::Kept;
use super::log;

/// Tests sign in some thousand times.
fn little_hashing() -> Passwords {
    Passwords::new(Cost { memory: 64, passes: 1 }, 2, Duration::from_mins(2))
}

/// Each application holds up to 24 connections, and the server of the tests gives 300 in all.
static ROOM: Semaphore = Semaphore::const_new(ALL);

/// How many applications run at a time.
const ALL: usize = 10;

/// The application, running, with a database, a folder and a clock of its own. It ends when dropped. A
/// test has one.
#[derive(Debug)]
pub struct App {
    /// What it takes for the time.
    pub clock: TestClock,
    state: AppState,
    address: SocketAddr,
    settings: HashMap<String, String>,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
    folder: TempDir,
    _room: SemaphorePermit<'static>,
}

impl App {
    /// Starts it as a portal on this machine.
    pub async fn spawn() -> Self {
        Self::spawn_with(&[]).await
    }

    /// The same, while no other application runs: for hundreds of requests at once.
    pub async fn spawn_alone() -> Self {
        let all = u32::try_from(ALL).unwrap();
        Self::spawn_in(ROOM.acquire_many(all).await.unwrap(), &[], little_hashing()).await
    }

    /// Starts it with more settings than it needs, by the names of their variables. Passwords cost little, and wait for
    /// their turn as long as a busy machine takes.
    pub async fn spawn_with(settings: &[(&str, &str)]) -> Self {
        Self::spawn_hashing(settings, little_hashing()).await
    }

    /// The same, with `passwords` to hash them.
    pub async fn spawn_hashing(settings: &[(&str, &str)], passwords: Passwords) -> Self {
        Self::spawn_in(ROOM.acquire().await.unwrap(), settings, passwords).await
    }

    async fn spawn_in(
        room: SemaphorePermit<'static>,
        settings: &[(&str, &str)],
        passwords: Passwords,
    ) -> Self {
        log::capture();
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::create(folder.path()).await;
        Self::start_on(database, folder, room, TestClock::new(), settings, passwords).await
    }

    /// Starts it on what an earlier build kept, an hour after that build ended.
    pub async fn spawn_on(kept: &Kept) -> Self {
        log::capture();
        let room = ROOM.acquire().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let database = kept.restore(folder.path()).await;
        let clock = TestClock::at(Kept::AN_HOUR_LATER);
        let settings = [("SECRET_KEY", Kept::SECRET_KEY)];
        Self::start_on(database, folder, room, clock, &settings, little_hashing()).await
    }

    async fn start_on(
        database: TestDatabase,
        folder: TempDir,
        room: SemaphorePermit<'static>,
        clock: TestClock,
        settings: &[(&str, &str)],
        passwords: Passwords,
    ) -> Self {
        let settings = all_settings(folder.path(), &database, settings);

        let (report, started) = oneshot::channel();
        let thread = std::thread::spawn({
            let settings = settings.clone();
            let clock = clock.for_app();
            move || {
                System::new().block_on(async move {
                    let config = Config::from_lookup(|name| settings.get(name).cloned()).unwrap();
                    let keep_base_url = settings.contains_key("BASE_URL");
                    let mut state = AppState::open(config, clock).await.unwrap();
                    state.passwords = passwords;
                    let (server, address, state) = start(state, keep_base_url);
                    report.send((server.handle(), address, state)).unwrap();
                    server.await.unwrap();
                    database.drop_now().await;
                });
            }
        });
        let (server, address, state) = started.await.expect("the application starts");
        Self { clock, state, address, settings, server, thread: Some(thread), folder, _room: room }
    }

    /// For what no page can arrange or show.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Where it listens: scheme, host and port.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The state of another process on the same database.
    pub async fn second_process(&self) -> AppState {
        self.second_process_with(&[]).await
    }

    async fn second_process_with(&self, settings: &[(&str, &str)]) -> AppState {
        let other = |name: &str| {
            settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let mut config =
            Config::from_lookup(|name| other(name).or_else(|| self.settings.get(name).cloned())).unwrap();
        config.base_url = self.state.config.base_url.clone();
        let state = AppState::open(config, self.clock.for_app()).await.unwrap();
        AppState { passwords: self.state.passwords.clone(), ..state }
    }

    /// Another process on the same database, as far as its visitors can tell: a server with a state of its own.
    pub async fn second_server(&self) -> Twin {
        self.second_server_with(&[]).await
    }

    /// [`second_server`](Self::second_server), with other settings.
    pub async fn second_server_with(&self, settings: &[(&str, &str)]) -> Twin {
        let mut state = self.second_process_with(settings).await;
        let mut config = Config::clone(&state.config);
        config.bind_addr.set_port(0);
        state.core.config = Arc::new(config);
        let (report, started) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            System::new().block_on(async move {
                let bound = Bound::new(state).unwrap();
                let address = bound.address().unwrap();
                let server = bound.run().unwrap();
                report.send((server.handle(), address)).unwrap();
                server.await.unwrap();
            });
        });
        let (server, address) = started.await.expect("the second server starts");
        Twin { address, server, thread: Some(thread) }
    }

    /// The environment that the program needs to work on the same database and papers.
    pub fn environment(&self) -> &HashMap<String, String> {
        &self.settings
    }

    /// The folder that the application keeps its files in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A fresh browser that nobody has signed in with.
    pub fn nobody(&self) -> Client {
        Client::new(self.origin())
    }

    /// A browser at which the customer `name` has registered, with a company of their own and an address that
    /// is confirmed, and signed in.
    pub async fn customer(&self, name: &str) -> Client {
        let client = self.nobody();
        client.register(name).await.expect_status(303);
        self.confirm(&email_of(name)).await;
        client.signed_in_as(&email_of(name)).await
    }

    /// A browser at which a guard has signed in; each call is another browser of the same guard.
    pub async fn guard(&self) -> Client {
        self.staff("Gurpreet", Role::Guard).await
    }

    /// A browser at which a supervisor has signed in; each call is another browser of the same supervisor.
    pub async fn supervisor(&self) -> Client {
        self.staff("Sunita", Role::Supervisor).await
    }

    /// A browser at which an admin has signed in; each call is another browser of the same admin.
    pub async fn admin(&self) -> Client {
        self.staff("Anand", Role::Admin).await
    }

    /// A browser at which `name` of the plant has signed in; the account is made if there is none.
    pub async fn staff(&self, name: &str, role: Role) -> Client {
        let email = email_of(name);
        let password = PASSWORD.into();
        let made = administration::create(
            &self.state,
            &Operator::at_the_command_line(),
            EmailAddress::parse(&email).unwrap(),
            PersonName::parse(name).unwrap(),
            role,
            NewPassword::parse(&password, &password, &email).unwrap(),
        )
        .await;
        assert!(matches!(made, Ok(()) | Err(AdministrationError::Exists)), "{made:?}");
        self.nobody().signed_in_as(&email).await
    }
}

impl Drop for App {
    fn drop(&mut self) {
        end(&self.server, self.thread.take());
    }
}

/// A second server of an [`App`], which must outlive it. It ends when dropped.
#[derive(Debug)]
pub struct Twin {
    address: SocketAddr,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Twin {
    /// Where it listens: scheme, host and port.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        end(&self.server, self.thread.take());
    }
}

fn end(server: &ServerHandle, thread: Option<JoinHandle<()>>) {
    // The command is sent by the call; what it returns only waits.
    drop(server.stop(false));
    if let Some(thread) = thread {
        let ended = thread.join();
        assert!(ended.is_ok() || std::thread::panicking(), "the application ended in a panic");
    }
}

fn all_settings(
    folder: &Path,
    database: &TestDatabase,
    settings: &[(&str, &str)],
) -> HashMap<String, String> {
    let folder = folder.display().to_string();
    let database_url = database.url();
    [
        ("BIND_ADDR", "127.0.0.1:0"),
        ("SECRET_KEY", "a secret that only the tests have"),
        ("RATE_LIMIT", "0"),         // all visitors of a test come from one address
        ("MAX_CONNECTIONS", "8192"), // and keep as many connections as where memory is plenty
        ("DATA_DIR", folder.as_str()),
        ("DATABASE_URL", database_url.as_str()),
    ]
    .iter()
    .chain(settings)
    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
    .collect()
}

/// Binds a free port and starts. The base URL bears the port, unless the test has set one: so the port is
/// chosen first, and again when somebody else was quicker.
fn start(mut state: AppState, keep_base_url: bool) -> (Server, SocketAddr, AppState) {
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut config = Config::clone(&state.config);
        config.bind_addr.set_port(port);
        if !keep_base_url {
            config.base_url = BaseUrl::parse(&format!("http://{}", config.bind_addr)).unwrap();
        }
        state.core.config = Arc::new(config);
        match Bound::new(state.clone()) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            bound => {
                let bound = bound.unwrap();
                let address = bound.address().unwrap();
                return (bound.run().unwrap(), address, state);
            }
        }
    }
}
