//! The schema's steps. One process at a time takes them: replicas may start together.

use std::fs::{File, TryLockError};
use std::time::Duration;

use migration::{MigrationStatus, Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DbBackend, DbErr};
use tokio::time::{Instant, sleep};

use super::database::{Database, Patience};
use crate::config::DatabaseAddress;
use crate::error::AppError;

/// How long a process waits for another that holds the file.
const TURN: Duration = Duration::from_mins(10);

/// The advisory lock of PostgreSQL that belongs to changes of the schema. Any number that nobody else uses.
const LOCK: i64 = 0x6761_7465_686F_7573; // "gatehous"

/// The right to open a SQLite database that may be new: its file is made, and its journal's mode set, by one process
/// at a time. Of a server there is nothing to hold.
#[derive(Debug)]
pub struct Turn {
    /// Closing it gives the turn back.
    _file: Option<File>,
}

impl Turn {
    /// Waits for it.
    ///
    /// # Errors
    /// When the file beside the database cannot be made, or another process keeps it for too long.
    pub async fn take(address: &DatabaseAddress) -> Result<Self, AppError> {
        let DatabaseAddress::Sqlite(path) = address else { return Ok(Self { _file: None }) };
        let mut name = path.clone().into_os_string();
        name.push(".lock");
        let cannot = |error: std::io::Error| {
            AppError::internal(format!("DATABASE_URL: {} cannot be used: {error}", name.display()))
        };
        let file = File::options().write(true).create(true).truncate(false).open(&name).map_err(cannot)?;
        let until = Instant::now() + TURN;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: Some(file) }),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    sleep(Duration::from_millis(20)).await;
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(AppError::internal(
                        "DATABASE_URL: another process is still opening this database",
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(cannot(error)),
            }
        }
    }
}

/// Takes every step that was not taken yet, all of them or none.
///
/// # Errors
/// When one of them fails.
pub async fn up(database: &Database) -> Result<(), DbErr> {
    if pending(database).await?.is_empty() {
        return Ok(());
    }
    let transaction = database.write_with(Patience::SCHEMA).await?;
    lock(&transaction).await?;
    // What was pending may have been done by the process that held the lock.
    Migrator::up(transaction.unbounded(), None).await?;
    transaction.commit().await
}

/// Takes the last `steps` steps back, all of them or none, and what is kept in what they made goes too. Tells which.
///
/// # Errors
/// When one of them fails.
pub async fn down(database: &Database, steps: u32) -> Result<Vec<String>, DbErr> {
    let transaction = database.write_with(Patience::SCHEMA).await?;
    lock(&transaction).await?;
    let before = Migrator::get_applied_migrations(transaction.unbounded()).await?;
    Migrator::down(transaction.unbounded(), Some(steps)).await?;
    transaction.commit().await?;
    let names = before.iter().rev().take(usize::try_from(steps).unwrap_or(usize::MAX));
    Ok(names.map(|step| step.name().to_owned()).collect())
}

/// The steps that this program knows, in their order, and whether each was taken.
///
/// # Errors
/// When the database does not answer, or a newer program has taken steps that this one does not know.
pub async fn steps(database: &Database) -> Result<Vec<(String, bool)>, DbErr> {
    let steps = Migrator::get_migration_with_status_read_only(database.reader()).await?;
    Ok(steps.iter().map(|step| (step.name().to_owned(), step.status() == MigrationStatus::Applied)).collect())
}

/// The steps that were not taken yet.
///
/// # Errors
/// See [`steps`].
pub async fn pending(database: &Database) -> Result<Vec<String>, DbErr> {
    let steps = steps(database).await?;
    Ok(steps.into_iter().filter(|(_, taken)| !taken).map(|(name, _)| name).collect())
}

/// Waits until no other process changes the schema; held until `transaction` ends, whatever pools its connection.
async fn lock(transaction: &super::database::DatabaseTransaction) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Ok(())
}
