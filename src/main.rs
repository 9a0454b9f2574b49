//! The command line.

use std::io::Read as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use gatehouse::access::Operator;
use gatehouse::app::{Bound, Jobs};
use gatehouse::clock::Clock;
use gatehouse::config::{Config, LogFormat};
use gatehouse::demo;
use gatehouse::entity::account::Role;
use gatehouse::error::one_line;
use gatehouse::features::accounts::service::administration;
use gatehouse::features::accounts::service::first_admin;
use gatehouse::features::accounts::service::passwords::NewPassword;
use gatehouse::features::notifications::service::worker::Workers;
use gatehouse::infra::keys::random;
use gatehouse::state::AppState;
use gatehouse::types::{EmailAddress, PersonName};
use secrecy::{ExposeSecret as _, SecretString};
use tracing_subscriber::EnvFilter;

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
    /// Bring the database up to date
    Migrate,
    /// Accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Fill an empty database with made-up data of two months, and serve
    Demo,
}

#[derive(Subcommand)]
enum UserCommand {
    /// Create an account
    Create {
        /// The e-mail address that signs in
        #[arg(long)]
        email: String,
        /// customer, guard, supervisor or admin
        #[arg(long)]
        role: String,
        /// The full name; the part of the address before the @ if left out
        #[arg(long)]
        name: Option<String>,
        /// Read the password from standard input; otherwise one is made and printed
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the accounts
    List,
    /// Let an account sign in no more, and end its sessions
    Disable {
        /// The account's e-mail address
        email: String,
    },
    /// Let an account sign in again
    Enable {
        /// The account's e-mail address
        email: String,
    },
}

/// What ends the program early: one line on standard error.
type Failure = Box<dyn std::error::Error>;

#[actix_web::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("gatehouse: {}", one_line(&*failure));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    match dotenvy::dotenv() {
        Err(error) if !error.not_found() => return Err(format!(".env: {error}").into()),
        _ => {}
    }
    let config = Config::from_lookup(|name| std::env::var(name).ok())?;
    start_log(config.log_format)?;
    // Papers, database and secret are for this program alone.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let state = AppState::open(config, Clock::system()).await?;
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(state).await,
        Command::Migrate => Ok(()),
        Command::Demo => {
            demonstrate(&state).await?;
            serve(state).await
        }
        Command::User(command) => user(&state, &Operator::at_the_command_line(), command).await,
    }
}

async fn serve(state: AppState) -> Result<(), Failure> {
    let server = Bound::new(state.clone())
        .map_err(|error| format!("BIND_ADDR: {} cannot be used: {error}", state.config.bind_addr))?;
    let base_url = state.config.base_url.as_str();
    println!("{} is open at {base_url}", state.config.site_name);
    if let Some(token) = first_admin::offer(&state).await? {
        println!("Set up the first admin (the link works once): {base_url}/setup/{token}");
    }
    let jobs = Jobs::start(&state);
    let outbox = Workers::start(state, gatehouse::app::render);
    // The server hears the signal too, and answers what is on its way while the workers finish.
    let stopper = outbox.stopper();
    actix_web::rt::spawn(async move {
        told_to_end().await;
        stopper.send_replace(true);
    });
    let ended = server.run()?.await;
    outbox.stop().await;
    jobs.stop().await;
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

async fn demonstrate(state: &AppState) -> Result<(), Failure> {
    let progress = |text: &str| println!("{text}");
    let demo = demo::open(state, &Operator::at_the_command_line(), progress).await?;
    for (role, email) in &demo.accounts {
        println!("{role}\t{email}");
    }
    println!("Everybody's password: {}", demo.password.expose_secret());
    Ok(())
}

async fn user(state: &AppState, operator: &Operator, command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Create { email, role, name, password_stdin } => {
            let role =
                Role::from_name(&role).ok_or("--role: must be one of: customer, guard, supervisor, admin")?;
            let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
            let name = PersonName::parse(&name).map_err(|error| format!("--name: {error:?}"))?;
            let address = parse_email(&email)?;
            let password = if password_stdin { read_password()? } else { made_password() };
            let new = NewPassword::parse(&password, &password, &email)
                .map_err(|error| format!("the password does not do: {error:?}"))?;
            administration::create(state, operator, address, name, role, new).await?;
            println!("{email} can sign in.");
            if !password_stdin {
                println!("Password: {}", password.expose_secret());
            }
        }
        UserCommand::List => {
            for account in administration::list(state, operator).await? {
                let state = if account.disabled_at.is_some() { "disabled" } else { "enabled" };
                println!("{}\t{}\t{state}\t{}", account.email, account.role.name(), account.full_name);
            }
        }
        UserCommand::Disable { email } => {
            administration::set_enabled(state, operator, &parse_email(&email)?, false).await?;
            println!("{email} can sign in no more.");
        }
        UserCommand::Enable { email } => {
            administration::set_enabled(state, operator, &parse_email(&email)?, true).await?;
            println!("{email} can sign in.");
        }
    }
    Ok(())
}

fn parse_email(email: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(email).map_err(|_| format!("{email:?} is no e-mail address"))
}

fn read_password() -> Result<SecretString, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).into())
}

/// A password nobody can guess.
fn made_password() -> SecretString {
    data_encoding::BASE32_NOPAD.encode(&random::<15>()).to_lowercase().into()
}

fn start_log(format: LogFormat) -> Result<(), Failure> {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let wanted = if wanted.is_empty() { "info,sqlx=warn,sea_orm_migration=warn" } else { &wanted };
    let filter = EnvFilter::try_new(wanted).map_err(|error| format!("RUST_LOG: {error}"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}
