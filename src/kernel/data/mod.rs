//! The database, SQLite or PostgreSQL. What cannot be the same on both stands here, with the reason.
//!
//! Nothing waits for ever: every statement, begin and commit has a deadline here ([`Patience`]) as well as at the
//! server, because a server that is frozen keeps no time. What was given up leaves its connection in doubt; the
//! pool asks it once more and closes it when it does not answer ([`connecting`]).

mod conditions;
mod connecting;
mod derived;
pub mod schema;
pub mod searches;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{io, result};

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbBackend, DbErr,
    EntityTrait, ExecResult, QueryFilter as _, QueryOrder as _, QueryResult, QuerySelect as _,
    QueryTrait as _, RuntimeErr, SqlErr, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait as _,
    prelude::async_trait::async_trait,
    sea_query::{Expr, ExprTrait as _},
    sqlx,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

pub use conditions::{behind, contains, holds};

use crate::kernel::clock::first_uuid_of;
use crate::kernel::config::{DatabaseAddress, Pooling};
use crate::kernel::error::{AppError, CommitUnanswered, was_cut_off};

/// How long a request waits for a connection before the page says that the database is away.
const ACQUIRE: Duration = Duration::from_secs(3);

/// How long a writer waits for its turn on SQLite; two hundred at once take some seconds.
const TURN: Duration = Duration::from_secs(15);

/// How much longer than the server we wait, so that the server's own answer comes first where it has one.
const MARGIN: Duration = Duration::from_secs(2);

/// Rows that one transaction of housekeeping takes: others wait no longer than that takes.
pub const AT_ONCE: u64 = 500;

type Result<T> = result::Result<T, DbErr>;

/// How long the database may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a statement.
    pub statement: Duration,
    /// Of which for a lock that somebody else holds.
    pub lock: Duration,
    /// For what we do between two statements of a transaction.
    pub idle: Duration,
}

impl Patience {
    /// While somebody waits for a page.
    pub const PAGES: Self = Self {
        statement: Duration::from_secs(8),
        lock: Duration::from_secs(5),
        idle: Duration::from_mins(1),
    };

    /// For a command that works through everything.
    pub const COMMANDS: Self = Self {
        statement: Duration::from_mins(10),
        lock: Duration::from_mins(1),
        idle: Duration::from_mins(10),
    };

    /// For changes of the schema, which rewrite tables and wait for other processes that do.
    pub const SCHEMA: Self = Self {
        statement: Duration::from_hours(1),
        lock: Duration::from_mins(10),
        idle: Duration::from_hours(1),
    };

    /// As PostgreSQL's settings, in milliseconds.
    fn settings(self) -> [(&'static str, u128); 3] {
        [
            ("statement_timeout", self.statement.as_millis()),
            ("lock_timeout", self.lock.as_millis()),
            ("idle_in_transaction_session_timeout", self.idle.as_millis()),
        ]
    }

    /// The same, for the transaction that is open.
    fn set_local(self) -> String {
        self.settings().map(|(name, milliseconds)| format!("SET LOCAL {name} = {milliseconds}; ")).concat()
    }

    /// What `answer` comes to, or that it did not come in time.
    pub(super) async fn bound<T>(self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        timeout(self.statement + MARGIN, answer).await.unwrap_or_else(|_| Err(no_answer()))
    }
}

/// A pool of connections.
#[derive(Clone, Debug)]
pub struct Database {
    reader: Reader,
    /// SQLite takes one writer. Waiting here is fair and costs no busy polling.
    writer: Option<Arc<Semaphore>>,
    statements: Arc<AtomicU64>,
    transactions: Arc<AtomicU64>,
}

impl Database {
    /// Connects to the database at `address`.
    ///
    /// # Errors
    /// When there is no such database, it does not answer, or it is none that will do; names the setting.
    pub async fn connect(address: &DatabaseAddress, patience: Patience) -> result::Result<Self, AppError> {
        let mut connection = connecting::open(address, patience).await?;
        let statements = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&statements);
        connection.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let (sqlite, pooling) = match address {
            DatabaseAddress::Sqlite(_) => (true, Pooling::Session),
            DatabaseAddress::Postgres { pooling, .. } => (false, *pooling),
        };
        let writer = sqlite.then(|| Arc::new(Semaphore::new(1)));
        let database = Self {
            reader: Reader { connection, patience, pooling },
            writer,
            statements,
            transactions: Arc::default(),
        };
        if !sqlite {
            connecting::check(&database.reader).await?;
        }
        Ok(database)
    }

    /// For reading, one statement at a time.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Begins a transaction that writes. On SQLite it is IMMEDIATE: one that reads first and writes later
    /// would fail at once when another came between, whatever the busy timeout.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write(&self) -> Result<WriteTransaction> {
        self.write_with(self.reader.patience).await
    }

    /// [`write`](Self::write), with another patience than pages have.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write_with(&self, patience: Patience) -> Result<WriteTransaction> {
        let permit = match &self.writer {
            None => None,
            Some(writer) => Some(
                timeout(TURN, Arc::clone(writer).acquire_owned())
                    .await
                    .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
                    .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?,
            ),
        };
        self.transactions.fetch_add(1, Ordering::Relaxed);
        let mode = permit.is_some().then_some(SqliteTransactionMode::Immediate);
        let transaction = self.reader.begin(mode, patience, "").await?;
        Ok(WriteTransaction { transaction, _permit: permit })
    }

    /// [`forget_where`](Self::forget_where), of those whose key, a `UUIDv7` in `key`, was made before `until`.
    ///
    /// # Errors
    /// When the database does not answer; what went until then is gone.
    pub async fn forget<E: EntityTrait>(
        &self,
        key: E::Column,
        until: DateTime<Utc>,
        doomed: Condition,
    ) -> Result<u64> {
        let older = Condition::all().add(key.lt(first_uuid_of(until))).add(doomed);
        self.forget_where::<E>(&[key], older).await
    }

    /// Deletes the rows of `E`, whose primary key is `key`, that `doomed` selects: [`AT_ONCE`] in a transaction. Tells
    /// how many there were.
    ///
    /// # Errors
    /// When the database does not answer; what went until then is gone.
    pub async fn forget_where<E: EntityTrait>(&self, key: &[E::Column], doomed: Condition) -> Result<u64> {
        let batch = E::find().select_only().columns(key.iter().copied()).filter(doomed).limit(AT_ONCE);
        let batch = key.iter().fold(batch, |batch, column| batch.order_by_asc(*column)).into_query();
        let columns = key.iter().map(|column| Expr::col(column.as_column_ref()));
        let is_in_batch = Expr::tuple(columns).in_subquery(batch);
        in_batches(AT_ONCE, || async {
            let transaction = self.write().await?;
            let gone = E::delete_many().filter(is_in_batch.clone()).exec(&*transaction).await?;
            transaction.commit().await?;
            Ok(gone.rows_affected)
        })
        .await
    }

    /// How many statements this process has sent: a page that needs more of them than it did, or more with more
    /// rows, has become slower.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// How many transactions that write this process has begun.
    pub fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    /// How many statements run at once.
    pub fn connections(&self) -> u32 {
        connecting::connections(self.writer.is_some())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        self.reader.patience.bound(self.reader.connection.ping()).await
    }
}

/// Reads, one statement at a time. Behind a pooler that gives each transaction another connection a statement is
/// a transaction of its own: what it prepares must run where it was prepared, and its deadline holds there.
#[derive(Clone, Debug)]
pub struct Reader {
    connection: DatabaseConnection,
    patience: Patience,
    pooling: Pooling,
}

impl Reader {
    async fn begin(
        &self,
        sqlite_transaction_mode: Option<SqliteTransactionMode>,
        patience: Patience,
        more: &str,
    ) -> Result<DatabaseTransaction> {
        let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
        let inner = patience.bound(self.connection.begin_with_options(options)).await?;
        let transaction = DatabaseTransaction { inner, patience };
        let shared = self.pooling == Pooling::Transaction;
        let local = sqlite_transaction_mode.is_none() && (shared || patience != self.patience);
        if local {
            // Whoever had the connection before may have left statements under the names that ours will have.
            let forget = if shared { "DEALLOCATE ALL; " } else { "" };
            let preamble = format!("{forget}{}{more}", patience.set_local());
            transaction.execute_unprepared(&preamble).await?;
        }
        Ok(transaction)
    }

    /// Closes every connection: from now on nothing is read or written.
    ///
    /// # Errors
    /// When one does not close.
    pub async fn close(self) -> Result<()> {
        self.connection.close().await
    }

    async fn begin_reading(&self) -> Result<DatabaseTransaction> {
        self.begin(None, self.patience, "SET LOCAL transaction_read_only = on").await
    }
}

/// `$reader` does what is asked: at once, or in a transaction of its own.
macro_rules! ask {
    ($reader:ident.$method:ident($statement:expr)) => {
        match $reader.pooling {
            Pooling::Session => $reader.patience.bound($reader.connection.$method($statement)).await,
            Pooling::Transaction => $reader.begin_reading().await?.$method($statement).await,
        }
    };
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult> {
        ask!(self.execute_raw(statement))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult> {
        ask!(self.execute_unprepared(sql))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>> {
        ask!(self.query_one_raw(statement))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>> {
        ask!(self.query_all_raw(statement))
    }
}

/// A transaction whose statements have a deadline.
#[derive(Debug)]
pub struct DatabaseTransaction {
    inner: sea_orm::DatabaseTransaction,
    patience: Patience,
}

#[async_trait]
impl ConnectionTrait for DatabaseTransaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult> {
        self.patience.bound(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult> {
        self.patience.bound(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>> {
        self.patience.bound(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>> {
        self.patience.bound(self.inner.query_all_raw(statement)).await
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
    /// When the database refuses: then nothing is kept. When it does not answer, nobody knows
    /// ([`AppError::MaybeSaved`]).
    pub async fn commit(self) -> Result<()> {
        let Self { transaction: DatabaseTransaction { inner, patience }, _permit } = self;
        match patience.bound(inner.commit()).await {
            Err(error) if was_cut_off(&error) => Err(broken(CommitUnanswered(error))),
            answer => answer,
        }
    }

    /// For what takes the transactions of the library alone: the caller bounds it.
    pub(super) fn unbounded(&self) -> &sea_orm::DatabaseTransaction {
        &self.transaction.inner
    }
}

impl std::ops::Deref for WriteTransaction {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

/// Runs `batch`, which tells how many rows it took, until one takes fewer than `full`. Tells how many there were in all.
///
/// # Errors
/// When a batch fails; what those before it did is kept.
pub async fn in_batches<F, E>(full: u64, mut batch: impl FnMut() -> F) -> result::Result<u64, E>
where
    F: Future<Output = result::Result<u64, E>>,
{
    let mut all = 0;
    loop {
        let taken = batch().await?;
        all += taken;
        if taken < full {
            return Ok(all);
        }
    }
}

fn no_answer() -> DbErr {
    broken(io::Error::new(io::ErrorKind::TimedOut, "the database did not answer in time"))
}

/// What went wrong on the way to the database or back.
fn broken(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> DbErr {
    let cause = io::Error::new(io::ErrorKind::TimedOut, cause);
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(sqlx::Error::Io(cause))))
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
