//! The command line.

mod cli;

use std::env::VarError;

use clap::{Parser, Subcommand};
use gatehouse::app::{Bound, Jobs};
use gatehouse::features::accounts::service::first_admin;
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::clock::Clock;
use gatehouse::kernel::config::{Config, LogFormat};
use gatehouse::kernel::data::Patience;
use gatehouse::kernel::dispatch::worker::Worker;
use gatehouse::kernel::error::{AppError, one_line};
use gatehouse::kernel::http::trace::is_discreet;
use gatehouse::kernel::state::AppState;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The C library's keeps the memory of finished sign-ins and uploads for itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Gate entry for plants: papers before the truck, one clear answer at the barrier.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the database up to date and serve the portal (what happens without a command)
    Serve,
    /// Bring the database up to date, or look how far it is
    Migrate(cli::migrate::MigrateArguments),
    /// Look whether settings, database, storage, mail and text messages will do; exit code 1 when one does not
    Check,
    /// Accounts
    #[command(subcommand)]
    User(cli::user::UserCommand),
    /// Fill an empty database with made-up data of two months, and serve
    Demo,
    /// The papers' files
    #[command(subcommand)]
    Documents(cli::documents::DocumentsCommand),
    /// The keys that sign passes
    #[command(subcommand)]
    Keys(cli::keys::KeysCommand),
    /// Ask the portal on this machine whether it is ready; exit code 0 when it is
    Health,
}

/// What ends the program early: one line on standard error.
type Failure = Box<dyn std::error::Error>;

#[actix_web::main]
async fn main() {
    let ended = run(Arguments::parse()).await;
    if let Err(failure) = &ended {
        let line = failure.downcast_ref::<AppError>().map_or_else(|| one_line(&**failure), AppError::detail);
        eprintln!("gatehouse: {line}");
    }
    // Not by returning: that would wait for threads that a disk keeps, which may never answer.
    std::process::exit(i32::from(ended.is_err()));
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    match dotenvy::dotenv() {
        // The error shows the line, and the line may be a secret.
        Err(dotenvy::Error::LineParse(..)) => {
            return Err(".env: a line cannot be read; values with spaces or # stand in quotes".into());
        }
        Err(error) if !error.not_found() => return Err(format!(".env: {error}").into()),
        _ => {}
    }
    let config = Config::from_env()?;
    let command = arguments.command.unwrap_or(Command::Serve);
    if matches!(command, Command::Health) {
        return cli::health::ask(&config);
    }
    start_log(config.log_format)?;
    // Papers, database and secret are for this program alone.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let patience = match &command {
        Command::Check => return cli::check::run(&config).await,
        Command::Migrate(arguments) if !arguments.is_plain() => {
            return cli::migrate::run(&config, arguments).await;
        }
        Command::Serve | Command::Demo => Patience::PAGES,
        _ => Patience::COMMANDS,
    };
    let state = AppState::open_with(config, Clock::system(), patience).await?;
    let operator = Operator::at_the_command_line();
    match command {
        Command::Serve => serve(state).await,
        Command::Migrate(_) | Command::Check | Command::Health => Ok(()),
        Command::Demo => {
            cli::demo::fill(&state, &operator).await?;
            serve(state).await
        }
        Command::User(command) => cli::user::run(&state, &operator, command).await,
        Command::Documents(command) => cli::documents::run(&state, &operator, command).await,
        Command::Keys(command) => cli::keys::run(&state, &operator, command).await,
    }
}

async fn serve(state: AppState) -> Result<(), Failure> {
    let incoming = state.config.incoming_dir();
    std::fs::create_dir_all(&incoming).map_err(|error| format!("DATA_DIR: cannot be used: {error}"))?;
    // What a killed process leaves here is ours to sweep; in the machine's own folder it would not be.
    tempfile::env::override_temp_dir(&incoming).map_err(|_| "the folder for uploads is set already")?;
    raise_open_files();
    let server = Bound::new(state.clone())
        .map_err(|error| format!("BIND_ADDR: {} cannot be used: {error}", state.config.bind_addr))?;
    let base_url = state.config.base_url.as_str();
    println!("{} is open at {base_url}", state.config.site_name);
    if let Some(token) = first_admin::offer(&state).await? {
        println!("Set up the first admin (the link works once): {base_url}/setup/{token}");
    }
    let jobs = Jobs::start(&state);
    let worker = Worker::new(state, gatehouse::app::render).start();
    // The server hears the signal too, and answers what is on its way while the worker finishes.
    let told = worker.stopper();
    actix_web::rt::spawn(async move {
        told_to_end().await;
        told.send_replace(true);
    });
    let ended = server.run()?.await;
    tokio::join!(worker.stop(), jobs.stop());
    Ok(ended?)
}

/// Until SIGTERM or Ctrl-C.
async fn told_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
        return;
    }
    drop(interrupted.await);
}

/// Each connection is an open file, and the usual soft limit is 1 024.
fn raise_open_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let maximum = getrlimit(Resource::Nofile).maximum;
        if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
            tracing::warn!(%error, "the limit on open files stays as it is");
        }
    }
}

fn start_log(format: LogFormat) -> Result<(), Failure> {
    let wanted = match std::env::var("RUST_LOG") {
        Err(VarError::NotUnicode(_)) => return Err("RUST_LOG: must be in UTF-8".into()),
        wanted => wanted.unwrap_or_default(),
    };
    // Whoever sends what is no HTTP would fill the log by way of actix_http.
    let usual = "info,sqlx=warn,sea_orm_migration=warn,actix_http::h1=off";
    let wanted = if wanted.is_empty() { usual } else { &wanted };
    let filter = EnvFilter::try_new(wanted).map_err(|error| format!("RUST_LOG: {error}"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let discreet = filter_fn(is_discreet);
    match format {
        LogFormat::Text => log.finish().with(discreet).init(),
        LogFormat::Json => log.json().finish().with(discreet).init(),
    }
    Ok(())
}
