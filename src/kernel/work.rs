//! The unit of work: one change, what the log tells of it, and the messages that follow from it. They are kept together
//! or not at all.

use std::ops::Deref;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, prelude::async_trait::async_trait,
};
use tokio::sync::Notify;

use crate::kernel::access::By;
use crate::kernel::audit::{self, Event};
use crate::kernel::clock::Clock;
use crate::kernel::config::Config;
use crate::kernel::data::{Database, DatabaseTransaction, WriteTransaction};
use crate::kernel::delivery::outbox::{self, Message};
use crate::kernel::keys::Keys;

/// What services work with.
#[derive(Clone, Debug)]
pub struct Core {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub database: Database,
    /// The time.
    pub clock: Clock,
    /// What is derived from `SECRET_KEY`.
    pub keys: Keys,
    /// Rung when a message was written, so that this process need not wait for its next look at the outbox.
    pub bell: Arc<Notify>,
}

/// A change that is being made. It is a transaction: statements go through it. Dropped without
/// [`commit`](Self::commit), it leaves nothing.
#[derive(Debug)]
pub struct Work<'a> {
    core: &'a Core,
    by: By,
    now: DateTime<Utc>,
    events: Vec<Event>,
    messages: Vec<Message>,
    transaction: WriteTransaction,
}

impl<'a> Work<'a> {
    /// Begins a change that `by` makes.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(core: &'a Core, by: impl Into<By>) -> Result<Self, DbErr> {
        let transaction = core.database.write().await?;
        let now = core.clock.now();
        Ok(Self { core, by: by.into(), now, events: Vec::new(), messages: Vec::new(), transaction })
    }

    /// What it is done with.
    pub fn core(&self) -> &'a Core {
        self.core
    }

    /// When it is done: the time of all that it writes.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Who does it, once that has turned out.
    pub fn set_by(&mut self, by: impl Into<By>) {
        self.by = by.into();
    }

    /// Has `event` written into the log with the change, behind those noted before.
    pub fn note(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Has `message` sent once the change is kept.
    pub fn tell(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// Keeps the change, its events and its messages.
    ///
    /// # Errors
    /// When the database refuses: then nothing is kept. When it does not answer, nobody knows
    /// ([`AppError::MaybeSaved`](crate::kernel::error::AppError::MaybeSaved)).
    pub async fn commit(mut self) -> Result<(), DbErr> {
        let is_told = !self.messages.is_empty();
        let messages = std::mem::take(&mut self.messages);
        let written =
            outbox::write(&self.core.clock, &self.core.keys, &*self.transaction, self.now, messages).await?;
        self.events.extend(written);
        audit::write(&self.core.clock, &*self.transaction, self.now, &self.by, self.events).await?;
        self.transaction.commit().await?;
        if is_told {
            self.core.bell.notify_one();
        }
        Ok(())
    }

    /// Keeps nothing of the change, and writes `event`, which tells of the refusal.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn refuse(self, event: Event) -> Result<(), DbErr> {
        let Self { core, by, transaction, .. } = self;
        drop(transaction);
        let mut refusal = Self::begin(core, by).await?;
        refusal.note(event);
        refusal.commit().await
    }
}

impl Deref for Work<'_> {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

#[async_trait]
impl ConnectionTrait for Work<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(statement).await
    }
}
