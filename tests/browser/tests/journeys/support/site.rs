//! A site that lives as long as its test: the application on a port of its own, with nothing in it yet.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use gatehouse::app::Bound;
use gatehouse::features::accounts::service::administration;
use gatehouse::features::accounts::service::first_admin;
use gatehouse::features::accounts::service::passwords::NewPassword;
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::clock::Clock;
use gatehouse::kernel::config::{BaseUrl, Config};
use gatehouse::kernel::dispatch::worker::Worker;
use gatehouse::kernel::entity::account::Role;
use gatehouse::kernel::state::AppState;
use gatehouse::kernel::types::{EmailAddress, PersonName};
use mail_parser::MessageParser;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// Good enough for every account of a site that lives for seconds.
const PASSWORD: &str = "barrier up at dawn";

/// Somebody who can sign in.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user name.
    pub email: String,
    /// The password.
    pub password: String,
}

impl Account {
    /// What `name` signs in with.
    pub fn of(name: &str) -> Self {
        Self { email: format!("{name}@example.com"), password: PASSWORD.to_owned() }
    }
}

/// A running site. Dropping it ends it and throws its data away.
pub struct Site {
    state: AppState,
    stop: Option<Box<dyn FnOnce() + Send>>,
    thread: Option<JoinHandle<()>>,
    data: TempDir,
}

impl Site {
    /// Starts one, on `SQLite` in a folder of its own.
    pub async fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().to_str().unwrap().to_owned();
        let config = Config::from_lookup(|name| (name == "DATA_DIR").then(|| folder.clone())).unwrap();
        let (opened, open) = oneshot::channel();
        let thread = std::thread::spawn(move || serve(config, opened));
        let (state, stop) = open.await.unwrap();
        Self { state, stop: Some(stop), thread: Some(thread), data }
    }

    /// `BASE_URL`: what the site's links and passes begin with.
    pub fn base_url(&self) -> &str {
        self.state.config.base_url.as_str()
    }

    /// The site's day today, as forms take it: `2026-11-20`.
    pub fn today(&self) -> String {
        self.day_in(0)
    }

    /// The site's day some days from now, as forms take it.
    pub fn day_in(&self, days: u64) -> String {
        let ahead = Duration::from_secs(days * 24 * 60 * 60);
        self.state.config.zone.day_of(self.state.clock.now() + ahead).to_string()
    }

    /// Makes an account of the plant's.
    pub async fn staff(&self, role: Role) -> Account {
        let account = Account::of(role.name());
        let password = SecretString::from(account.password.as_str());
        administration::create(
            &self.state,
            &Operator::at_the_command_line(),
            EmailAddress::parse(&account.email).unwrap(),
            PersonName::parse(role.name()).unwrap(),
            role,
            NewPassword::parse(&password, &password, &account.email).unwrap(),
        )
        .await
        .unwrap();
        account
    }

    /// The path in the last mail to `account` that begins with `start`: what its owner opens.
    pub async fn mailed(&self, account: &Account, start: &str) -> String {
        Worker::new(self.state.clone(), gatehouse::app::render).drain().await.unwrap();
        let folder = fs::read_dir(self.data.path().join("mail")).unwrap();
        let mut files: Vec<_> = folder.map(|file| file.unwrap().path()).collect();
        files.sort(); // Their names begin with the time.
        let mails = files.iter().rev().map(|file| fs::read(file).unwrap());
        let path = mails.into_iter().find_map(|raw| {
            let mail = MessageParser::default().parse(&raw).unwrap();
            let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address()).unwrap();
            let text = mail.body_text(0).unwrap();
            let own = text.split_whitespace().find_map(|word| word.strip_prefix(self.base_url()));
            let link = own.filter(|path| path.starts_with(start)).map(ToOwned::to_owned);
            link.filter(|_| to == account.email)
        });
        path.unwrap_or_else(|| panic!("no mail leads {} to {start}", account.email))
    }

    /// The path of the link that makes the first admin.
    pub async fn setup_path(&self) -> String {
        let token = first_admin::offer(&self.state).await.unwrap().unwrap();
        format!("/setup/{token}")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the site ended in a panic");
        }
    }
}

type Opened = (AppState, Box<dyn FnOnce() + Send>);

/// Runs the application until it is told to stop, on a thread that belongs to it.
fn serve(config: Config, opened: oneshot::Sender<Opened>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async move {
        let (bound, state) = bind(AppState::open(config, clock_from_noon()).await.unwrap());
        let server = bound.run().unwrap();
        let handle = server.handle();
        opened.send((state, Box::new(move || drop(handle.stop(false))))).ok();
        server.await.unwrap();
    });
}

/// A clock that starts at noon of the site: no test sees the day change.
fn clock_from_noon() -> Clock {
    let noon: DateTime<Utc> = "2026-11-20T06:30:00Z".parse().unwrap();
    let start = Instant::now();
    Clock::from_fn(move || noon + start.elapsed())
}

/// Binds a free port. `BASE_URL` bears it, so it is chosen first, and again when somebody else was quicker.
fn bind(mut state: AppState) -> (Bound, AppState) {
    loop {
        let mut config = Config::clone(&state.config);
        config.bind_addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        config.base_url = BaseUrl::parse(&format!("http://{}", config.bind_addr)).unwrap();
        state.core.config = Arc::new(config);
        match Bound::new(state.clone()) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            bound => return (bound.unwrap(), state),
        }
    }
}
