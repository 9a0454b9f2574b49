//! `gatehouse migrate --status` and `--down`

use std::io::{BufRead as _, Write as _};

use clap::Args;
use gatehouse::kernel::config::{Config, DatabaseAddress};
use gatehouse::kernel::data::schema::{self, Turn};
use gatehouse::kernel::data::{Database, Patience};

use crate::Failure;

#[derive(Args)]
pub struct MigrateArguments {
    /// Only tell which steps were taken, one a line
    #[arg(long, conflicts_with = "down")]
    status: bool,
    /// Take the last N steps back, and lose what is kept in what they made
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    down: Option<u32>,
    /// Do not ask first
    #[arg(long, requires = "down")]
    yes: bool,
}

impl MigrateArguments {
    /// Whether all that is asked for is to bring the database up to date.
    pub fn is_plain(&self) -> bool {
        !self.status && self.down.is_none()
    }
}

pub async fn run(config: &Config, arguments: &MigrateArguments) -> Result<(), Failure> {
    if let DatabaseAddress::Sqlite(path) = &config.database
        && !path.exists()
    {
        return Err(format!("DATABASE_URL: there is no database at {} yet", path.display()).into());
    }
    let _turn = Turn::take(&config.database).await?;
    let database = Database::connect(&config.database, Patience::COMMANDS).await?;
    match arguments.down {
        None => status(&database).await,
        Some(steps) => down(&database, steps, arguments.yes).await,
    }
}

async fn status(database: &Database) -> Result<(), Failure> {
    for (step, taken) in schema::steps(database).await? {
        println!("{}\t{step}", if taken { "taken" } else { "pending" });
    }
    Ok(())
}

async fn down(database: &Database, number: u32, sure: bool) -> Result<(), Failure> {
    let taken = schema::steps(database).await?.into_iter().filter(|(_, taken)| *taken);
    let taken: Vec<String> = taken.map(|(step, _)| step).collect();
    let wanted = usize::try_from(number)?;
    if wanted > taken.len() {
        return Err(format!("--down: only {} steps were taken; nothing was changed", taken.len()).into());
    }
    if !sure && !agreed(&taken[taken.len() - wanted..])? {
        return Err("nothing was changed".into());
    }
    for step in schema::down(database, number, Patience::SCHEMA).await? {
        println!("taken back\t{step}");
    }
    Ok(())
}

fn agreed(steps: &[String]) -> Result<bool, Failure> {
    println!("Back up first. What is kept in the tables and columns of these steps will be lost:");
    for step in steps.iter().rev() {
        println!("{step}");
    }
    print!("Type yes to take them back: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
