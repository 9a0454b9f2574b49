//! The schema's steps. One process at a time takes one: replicas may start together.

use std::fs::{File, TryLockError};
use std::time::Duration;

use migration::{MigrationStatus, Migrator, MigratorTrait as _, seaql_migrations};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _,
};
use tokio::time::{Instant, sleep};

use crate::kernel::config::DatabaseAddress;
use crate::kernel::data::{Database, Patience};
use crate::kernel::error::AppError;

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

/// Takes every step that was not taken yet, each in a transaction of its own: the tables that one step locks are free
/// again before the next begins.
///
/// # Errors
/// When a step fails or takes longer than `patience` has for a statement; those before it are kept.
pub async fn up(database: &Database, patience: Patience) -> Result<(), DbErr> {
    while !pending(database).await?.is_empty() {
        let transaction = database.write_with(patience).await?;
        lock(&transaction).await?;
        // It reads anew what is pending: the process that held the lock may have taken the step.
        patience.bound(Migrator::up(transaction.unbounded(), Some(1))).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Takes the last `steps` steps back, all of them or none, and what is kept in what they made goes too. Tells which.
///
/// # Errors
/// When one of them fails, or all take longer than `patience` has for a statement.
pub async fn down(database: &Database, steps: u32, patience: Patience) -> Result<Vec<String>, DbErr> {
    let transaction = database.write_with(patience).await?;
    lock(&transaction).await?;
    let before = patience.bound(Migrator::get_applied_migrations(transaction.unbounded())).await?;
    patience.bound(Migrator::down(transaction.unbounded(), Some(steps))).await?;
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

/// Whether every step that this program knows was taken. A newer program may have taken more, and this one goes on serving
/// meanwhile: what it reads is there until a release after that.
///
/// # Errors
/// When the database does not answer, or has no schema.
pub async fn is_up_to_date(database: &Database) -> Result<bool, DbErr> {
    let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    let number = known.len();
    let taken = seaql_migrations::Entity::find().filter(seaql_migrations::Column::Version.is_in(known));
    Ok(usize::try_from(taken.count(database.reader()).await?).is_ok_and(|taken| taken == number))
}

/// Waits until no other process changes the schema; held until `transaction` ends, whatever pools its connection.
async fn lock(transaction: &crate::kernel::data::DatabaseTransaction) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Ok(())
}
