//! The database, SQLite or PostgreSQL. What cannot be the same on both stands here, with the reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{
    ColumnTrait, Condition, ConnAcquireErr, ConnectOptions, DatabaseConnection, DatabaseTransaction, DbErr,
    Order, SqlErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
    sea_query::{Expr, ExprTrait as _, LikeExpr},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// How long a request waits for a connection before the page says that the database is away.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long a writer waits for its turn on SQLite; two hundred at once take some seconds.
const TURN: Duration = Duration::from_secs(15);

/// A pool of connections.
#[derive(Clone, Debug)]
pub struct Database {
    connection: DatabaseConnection,
    /// SQLite takes one writer. Waiting here is fair and costs no busy polling.
    writer: Option<Arc<Semaphore>>,
    statements: Arc<AtomicU64>,
}

impl Database {
    /// Connects to `url`.
    ///
    /// # Errors
    /// When there is no such database, or it does not answer.
    pub async fn connect(url: &SecretString) -> Result<Self, DbErr> {
        let url = url.expose_secret();
        let sqlite = url.starts_with("sqlite:");
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(if sqlite { 8 } else { 24 })
            .min_connections(1)
            .connect_timeout(PATIENCE)
            .acquire_timeout(PATIENCE)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .busy_timeout(PATIENCE)
                    .journal_mode(sea_orm::sqlx::sqlite::SqliteJournalMode::Wal)
                    .synchronous(sea_orm::sqlx::sqlite::SqliteSynchronous::Full)
            });
        let mut connection = sea_orm::Database::connect(options).await?;
        let statements = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&statements);
        connection.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let writer = sqlite.then(|| Arc::new(Semaphore::new(1)));
        Ok(Self { connection, writer, statements })
    }

    /// For reading, one statement at a time.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Begins a transaction that writes. On SQLite it is IMMEDIATE: one that reads first and writes later
    /// would fail at once when another came between, whatever the busy timeout.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write(&self) -> Result<WriteTransaction, DbErr> {
        let permit = match &self.writer {
            None => None,
            Some(writer) => Some(
                tokio::time::timeout(TURN, Arc::clone(writer).acquire_owned())
                    .await
                    .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
                    .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?,
            ),
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: permit.is_some().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.connection.begin_with_options(options).await?;
        Ok(WriteTransaction { transaction, _permit: permit })
    }

    /// How many statements this process has sent: a page that needs more of them than it did, or more with more
    /// rows, has become slower.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.connection.ping().await
    }
}

/// A transaction that writes. Dropped without [`commit`](Self::commit), it leaves nothing.
#[derive(Debug)]
pub struct WriteTransaction {
    // Dropped in this order: the transaction ends before the next writer may begin.
    transaction: DatabaseTransaction,
    _permit: Option<OwnedSemaphorePermit>,
}

impl WriteTransaction {
    /// Keeps what was written.
    ///
    /// # Errors
    /// When the database refuses or does not answer; then nothing is kept.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.transaction.commit().await
    }
}

impl std::ops::Deref for WriteTransaction {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

/// Whether `error` is the refusal of a unique index of `table` whose first column begins with `column`;
/// empty for any, the primary key among them. PostgreSQL names the index, SQLite the columns.
pub fn is_taken(error: &DbErr, table: &str, column: &str) -> bool {
    let Some(SqlErr::UniqueConstraintViolation(message)) = error.sql_err() else {
        return false;
    };
    message.contains(&format!("ux_{table}_{column}"))
        || message.contains(&format!("{table}.{column}"))
        || (column.is_empty() && message.contains(&format!("{table}_pkey")))
}

/// Whether a row comes behind the one with `value` and `id` in the order of both. The first condition follows
/// from the second, and is what an index is searched by.
pub fn behind<C: ColumnTrait>(
    column: C,
    value: impl Into<sea_orm::Value> + Clone,
    id_column: C,
    id: Uuid,
    order: &Order,
) -> Condition {
    let (bound, beyond, beyond_id) = match order {
        Order::Asc => (column.gte(value.clone()), column.gt(value.clone()), id_column.gt(id)),
        _ => (column.lte(value.clone()), column.lt(value.clone()), id_column.lt(id)),
    };
    let tie = Condition::all().add(column.eq(value)).add(beyond_id);
    Condition::all().add(bound).add(Condition::any().add(beyond).add(tie))
}

/// Whether `column` holds `text` somewhere. PostgreSQL tells upper from lower case and SQLite does not: column
/// and text must be of one case.
pub fn contains(column: impl ColumnTrait, text: &str) -> Expr {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Expr::col(column.as_column_ref()).like(LikeExpr::new(pattern).escape('\\'))
}
