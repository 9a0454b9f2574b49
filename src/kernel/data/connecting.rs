//! Opens the pool, and says in one line what keeps it from opening.

use std::path::Path;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, SqlxPostgresConnector, SqlxSqliteConnector,
    Statement,
};
use secrecy::ExposeSecret as _;

use super::{ACQUIRE, Patience, Reader};
use crate::kernel::config::{DatabaseAddress, Pooling};
use crate::kernel::error::AppError;

/// How long a connection that is given back may take to answer: after a statement that was given up it is closed
/// sooner than the next request would have waited for it.
const GIVING_BACK: std::time::Duration = std::time::Duration::from_secs(2);

/// A connection that was idle for longer is asked whether it lives before it is used.
const FRESH: std::time::Duration = std::time::Duration::from_secs(1);

/// Connections of the pool at most.
pub(super) fn connections(sqlite: bool) -> u32 {
    if sqlite { 8 } else { 24 }
}

pub(super) async fn open(
    address: &DatabaseAddress,
    patience: Patience,
) -> Result<DatabaseConnection, AppError> {
    match address {
        DatabaseAddress::Sqlite(path) => open_file(path).await,
        DatabaseAddress::Postgres { url, pooling } => {
            open_server(url.expose_secret(), *pooling, patience).await
        }
    }
}

async fn open_file(path: &Path) -> Result<DatabaseConnection, AppError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(ACQUIRE)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new().max_connections(connections(true)).min_connections(1);
    let pool = pool.acquire_timeout(ACQUIRE).connect_with(options).await;
    let pool = pool.map_err(|error| {
        AppError::internal(format!("DATABASE_URL: {} cannot be opened: {error}", path.display()))
    })?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

async fn open_server(
    url: &str,
    pooling: Pooling,
    patience: Patience,
) -> Result<DatabaseConnection, AppError> {
    let options: PgConnectOptions = url.parse().map_err(|_| {
        AppError::internal("DATABASE_URL: must be like postgres://user:password@host/database")
    })?;
    let options = match pooling {
        Pooling::Session => options.options(patience.settings()),
        // A pooler takes few settings at the start, and what is prepared outlives no transaction.
        Pooling::Transaction => options.statement_cache_capacity(0).extra_float_digits(None),
    };
    let pool = PgPoolOptions::new()
        .max_connections(connections(false))
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .before_acquire(|connection, idle| {
            Box::pin(async move {
                if idle.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                let alive = tokio::time::timeout(GIVING_BACK, connection.ping()).await;
                alive.map_err(|_| sqlx::Error::PoolTimedOut)?.map(|()| true)
            })
        })
        .connect_with(options.disable_statement_logging());
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool.await.map_err(|error| why_not(&error))?))
}

/// The address holds the password, and what the server says may hold the address.
fn why_not(error: &sqlx::Error) -> AppError {
    let said = error.as_database_error().map(|error| error.message().to_owned()).unwrap_or_default();
    AppError::internal(if said.contains("startup parameter") {
        "DATABASE_POOLING: must be transaction behind this pooler, which takes no settings for a session"
    } else {
        "DATABASE_URL: no database answers at this address"
    })
}

/// Whether the server is one that will do.
pub(super) async fn check(reader: &Reader) -> Result<(), AppError> {
    let query = "SELECT current_setting('server_encoding') AS encoding,
                        (SELECT setting FROM pg_settings WHERE name = 'statement_timeout') AS deadline";
    let answer = reader.query_one_raw(Statement::from_string(DbBackend::Postgres, query)).await?;
    let answer =
        answer.ok_or_else(|| AppError::internal("DATABASE_URL: no database answers at this address"))?;
    let encoding: String = answer.try_get("", "encoding")?;
    if encoding != "UTF8" {
        return Err(AppError::internal(format!(
            "DATABASE_URL: the database keeps texts in {encoding}, and must in UTF8 (createdb --encoding=UTF8 --template=template0)"
        )));
    }
    // What a pooler does not hand on is not in force, and prepared statements would get lost as well.
    let deadline: String = answer.try_get("", "deadline")?;
    if deadline != reader.patience.statement.as_millis().to_string() {
        return Err(AppError::internal(
            "DATABASE_POOLING: must be transaction behind this pooler, which drops the settings of a session",
        ));
    }
    Ok(())
}
