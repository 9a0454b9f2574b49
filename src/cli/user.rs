//! `gatehouse user`

use std::io::Read as _;

use clap::Subcommand;
use gatehouse::features::accounts::service::administration;
use gatehouse::features::accounts::service::passwords::NewPassword;
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::entity::account::Role;
use gatehouse::kernel::keys::random;
use gatehouse::kernel::state::AppState;
use gatehouse::kernel::types::{EmailAddress, PersonName};
use secrecy::{ExposeSecret as _, SecretString};

use crate::Failure;

#[derive(Subcommand)]
pub enum UserCommand {
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
    /// Forget an account's failed sign-ins, so that nobody has to wait any more
    Unlock {
        /// The account's e-mail address
        email: String,
    },
    /// Let an account sign in again
    Enable {
        /// The account's e-mail address
        email: String,
    },
}

pub async fn run(state: &AppState, operator: &Operator, command: UserCommand) -> Result<(), Failure> {
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
                let state = match account {
                    _ if account.disabled_at.is_some() => "disabled",
                    _ if account.is_invited() => "invited",
                    _ if account.is_unconfirmed() => "unconfirmed",
                    _ => "enabled",
                };
                println!("{}\t{}\t{state}\t{}", account.email, account.role.name(), account.full_name);
            }
        }
        UserCommand::Disable { email } => {
            administration::set_enabled(state, operator, &parse_email(&email)?, false).await?;
            println!("{email} can sign in no more.");
        }
        UserCommand::Unlock { email } => {
            administration::unlock(state, operator, &parse_email(&email)?).await?;
            println!("{email} need not wait any more.");
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
