//! Sending what waits in the outbox.
//!
//! A worker claims one message at a time with a lease, hands it over and writes down what became of it before
//! it claims the next. So a worker that is killed leaves at most one message that is sent twice, under the same
//! `Message-ID`, and none that is lost: when the lease has run out, the next worker of any process takes it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, LockBehavior, LockType},
};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::outbox::{event, seal_context};
use super::rendering::{Render, Rendered};
use crate::entity::audit_log::AuditAction;
use crate::entity::notification::{self, Channel, Column, DeliveryState};
use crate::error::one_line;
use crate::features::audit::service as audit;
use crate::infra::delivery::SendError;
use crate::infra::keys::random;
use crate::state::AppState;
use crate::types::{EmailAddress, PhoneNumber};

/// Workers of a process.
const WORKERS: usize = 4;

/// How long a worker has its message for itself.
const LEASE: Duration = Duration::minutes(5);

/// How long handing over may take: well within the lease, and within [`FAREWELL`].
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(25);

/// How long workers have to finish when the process ends.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(30);

/// How often a worker looks unasked: for retries, and for messages that other processes wrote.
const POLL: std::time::Duration = std::time::Duration::from_secs(5);

/// From the bell to the look: the bell rings within the transaction that wrote the message.
const COMMIT: std::time::Duration = std::time::Duration::from_millis(200);

/// How long a message is tried.
const LIFE: Duration = Duration::hours(24);

/// A message that so many attempts did not live to tell of, and whose time is over, is tried no more: it may be
/// what ends the process.
const ABANDONED: i32 = 20;

/// How often messages that wait because nobody could be reached are called together, at most.
const ROUND: Duration = Duration::minutes(1);

/// How long to wait after so many failed attempts: 1, 2, 4, 8, then 15 minutes, and by `chance` up to a quarter
/// more, so that what failed together does not come back together.
pub fn pause(attempts: i32, chance: u8) -> Duration {
    let minutes = match attempts {
        ..=1 => 1,
        2 => 2,
        3 => 4,
        4 => 8,
        _ => 15,
    };
    Duration::seconds(minutes * 60 + minutes * 15 * i64::from(chance) / 255)
}

/// What the workers of a process share.
#[derive(Debug)]
pub struct Worker {
    state: AppState,
    render: Render,
    email: Mutex<Way>,
    sms: Mutex<Way>,
}

/// A message that a worker has for itself.
#[derive(Debug)]
struct Claimed {
    row: notification::Model,
    /// Whoever had it before did not live to tell what came of it, again and again.
    abandoned: bool,
}

/// How it stands with the other side.
#[derive(Debug, Default)]
struct Way {
    /// Nobody could be reached when it was last tried.
    away: bool,
    /// When the messages that had waited for it were last called together.
    called_at: Option<DateTime<Utc>>,
}

/// The workers of a process, at work.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Sets them to work.
    pub fn start(state: AppState, render: Render) -> Self {
        let (stop, stopped) = watch::channel(false);
        let worker = Arc::new(Worker::new(state, render));
        let work = |_| tokio::spawn(Arc::clone(&worker).work(stopped.clone()));
        let tasks = (0..WORKERS).map(work).collect();
        Self { stop, tasks }
    }

    /// What tells them to claim no more.
    pub fn stopper(&self) -> watch::Sender<bool> {
        self.stop.clone()
    }

    /// Waits until each has finished what it has in hand, for half a minute at most: what another side keeps
    /// waiting is tried again when its lease has run out.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let until = tokio::time::Instant::now() + FAREWELL;
        for task in self.tasks {
            let abort = task.abort_handle();
            match tokio::time::timeout_at(until, task).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a worker of the outbox ended"),
                Err(_) => abort.abort(),
            }
        }
    }
}

impl Worker {
    /// A worker that asks `render` for words.
    pub fn new(state: AppState, render: Render) -> Self {
        Self { state, render, email: Mutex::default(), sms: Mutex::default() }
    }

    async fn work(self: Arc<Self>, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            if let Err(error) = self.drain(|| *stopped.borrow()).await {
                tracing::warn!(cause = %one_line(&error), "the outbox waits for the database");
            }
            let rung = async {
                self.state.bell.notified().await;
                tokio::time::sleep(COMMIT).await;
            };
            tokio::select! {
                _ = stopped.wait_for(|stopped| *stopped) => {}
                () = rung => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Attends to what is due, message by message, until nothing is or `stopped` says so. Answers how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drain(&self, stopped: impl Fn() -> bool) -> Result<usize, DbErr> {
        let mut attended = 0;
        while !stopped()
            && let Some(message) = self.claim().await?
        {
            let outcome = if message.abandoned {
                Err(SendError::Never("one attempt after the other ended the program that made it".to_owned()))
            } else {
                self.hand_over(&message.row).await
            };
            self.settle(message.row, outcome).await?;
            attended += 1;
        }
        Ok(attended)
    }

    /// Takes the message that has been due longest, for as long as the lease.
    async fn claim(&self) -> Result<Option<Claimed>, DbErr> {
        let state = &self.state;
        // Most looks find nothing: they are not to stand in the way of writers.
        if due(state.clock.now()).one(state.database.reader()).await?.is_none() {
            return Ok(None);
        }
        let transaction = state.database.write().await?;
        let now = state.clock.now();
        let found = due(now)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .one(&*transaction)
            .await?;
        let Some(found) = found else { return Ok(None) };
        let abandoned =
            found.leased_until.is_some() && found.attempts >= ABANDONED && found.created_at + LIFE < now;
        let attempts = found.attempts + 1;
        let mut row = found.into_active_model();
        row.attempts = Set(attempts);
        row.leased_until = Set(Some(now + LEASE));
        let row = row.update(&*transaction).await?;
        transaction.commit().await?;
        Ok(Some(Claimed { row, abandoned }))
    }

    /// Within [`PATIENCE`], and on a task of its own: words that panic are a failed attempt, not the worker's end.
    async fn hand_over(&self, message: &notification::Model) -> Result<(), SendError> {
        let task = tokio::spawn(attempt(self.state.clone(), self.render, message.clone()));
        let abort = task.abort_handle();
        match tokio::time::timeout(PATIENCE, task).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(SendError::Refused("an internal error".to_owned())),
            Err(_) => {
                abort.abort();
                Err(SendError::Unreachable("it took too long".to_owned()))
            }
        }
    }

    /// Writes down what became of `message`, for as long as it is ours.
    async fn settle(
        &self,
        message: notification::Model,
        outcome: Result<(), SendError>,
    ) -> Result<(), DbErr> {
        let lease = message.leased_until;
        let called = self.note(message.channel, outcome.as_ref().err());
        loop {
            let written = self.write_down(&message, outcome.as_ref(), called).await;
            match written {
                // The database may come back before anybody else takes the message.
                Err(error) if lease.is_some_and(|lease| self.state.clock.now() < lease) => {
                    tracing::warn!(cause = %one_line(&error), "the outbox waits for the database");
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
                written => return written,
            }
        }
    }

    async fn write_down(
        &self,
        message: &notification::Model,
        outcome: Result<&(), &SendError>,
        called: bool,
    ) -> Result<(), DbErr> {
        let state = &self.state;
        let transaction = state.database.write().await?;
        let now = state.clock.now();
        let mut row = notification::ActiveModel { leased_until: Set(None), ..Default::default() };
        let error = outcome.err().map(|error| clean(&error.to_string(), &message.address));
        let next = now + pause(message.attempts, random::<1>()[0]);
        let again = !matches!(outcome, Err(SendError::Never(_))) && next <= message.created_at + LIFE;
        match &error {
            None => {
                row.state = Set(DeliveryState::Sent);
                row.sent_at = Set(Some(now));
                row.last_error = Set(None);
                row.secret = Set(None);
            }
            Some(error) => {
                row.last_error = Set(Some(error.clone()));
                if again {
                    row.next_attempt_at = Set(next);
                } else {
                    row.state = Set(DeliveryState::Dead);
                    row.secret = Set(None);
                }
            }
        }
        let updated = notification::Entity::update_many()
            .set(row)
            .filter(Column::Id.eq(message.id))
            .filter(Column::State.eq(DeliveryState::Queued))
            .filter(Column::LeasedUntil.eq(message.leased_until))
            .exec(&*transaction)
            .await?;
        if updated.rows_affected == 0 {
            tracing::warn!(id = %message.id, "another worker took over this message");
            return Ok(());
        }
        let action = match (message.channel, error.is_none()) {
            (Channel::Email, true) => AuditAction::EmailSent,
            (Channel::Email, false) => AuditAction::EmailFailed,
            (Channel::Sms, true) => AuditAction::SmsSent,
            (Channel::Sms, false) => AuditAction::SmsFailed,
        };
        let mut after = json!({ "attempt": message.attempts });
        if let Some(error) = &error {
            after["error"] = json!(error);
            after["again"] = json!(again);
        }
        audit::record(state, &transaction, event(action, message, after)).await?;
        if called {
            call_together(&transaction, message.channel, now).await?;
        }
        transaction.commit().await?;
        match &error {
            None => tracing::info!(id = %message.id, attempt = message.attempts, "message sent"),
            Some(error) => {
                tracing::warn!(id = %message.id, attempt = message.attempts, again, error, "message not sent");
            }
        }
        Ok(())
    }

    /// Notes whether anybody could be reached. True when somebody can be again, and whoever waits is to be called.
    fn note(&self, channel: Channel, error: Option<&SendError>) -> bool {
        let way = match channel {
            Channel::Email => &self.email,
            Channel::Sms => &self.sms,
        };
        let mut way = way.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.state.clock.now();
        match error {
            Some(SendError::Unreachable(_)) => way.away = true,
            None if way.away && way.called_at.is_none_or(|at| at + ROUND <= now) => {
                *way = Way { away: false, called_at: Some(now) };
                return true;
            }
            _ => {}
        }
        false
    }
}

/// Messages that may be claimed at `now`, the longest due first.
fn due(now: DateTime<Utc>) -> sea_orm::Select<notification::Entity> {
    let free = Condition::any().add(Column::LeasedUntil.is_null()).add(Column::LeasedUntil.lte(now));
    notification::Entity::find()
        .filter(Column::State.eq(DeliveryState::Queued))
        .filter(Column::NextAttemptAt.lte(now))
        .filter(free)
        .order_by_asc(Column::NextAttemptAt)
}

/// What has failed before need not wait for its turn once the other side is back.
async fn call_together(
    transaction: &sea_orm::DatabaseTransaction,
    channel: Channel,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    notification::Entity::update_many()
        .col_expr(Column::NextAttemptAt, Expr::value(now))
        .filter(Column::State.eq(DeliveryState::Queued))
        .filter(Column::Channel.eq(channel))
        .filter(Column::NextAttemptAt.gt(now))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn attempt(state: AppState, render: Render, message: notification::Model) -> Result<(), SendError> {
    let secret = match &message.secret {
        None => None,
        Some(sealed) => {
            let opened = state.keys.open(&seal_context(message.id), sealed);
            let opened = opened.and_then(|bytes| String::from_utf8(bytes).ok());
            Some(opened.ok_or_else(|| SendError::Never("its secret does not open".to_owned()))?)
        }
    };
    let rendered = render(&state, &message, secret.as_deref()).await;
    let id = message.id.as_uuid();
    let bad_address = || SendError::Never("the address is none".to_owned());
    let rendered = rendered.map_err(|error| {
        tracing::error!(%id, cause = %one_line(&error), "a message was not put into words");
        SendError::Refused("an internal error, which the log tells".to_owned())
    })?;
    match (rendered, message.channel) {
        (Rendered::Mail(mail), Channel::Email) => {
            let to = EmailAddress::parse(&message.address).map_err(|_| bad_address())?;
            state.mailer.send(id, message.created_at, &to, mail).await
        }
        (Rendered::Text(text), Channel::Sms) => {
            let to = PhoneNumber::parse(&message.address).map_err(|_| bad_address())?;
            state.sms.send(id, &to, &text).await
        }
        (Rendered::Pointless(why), _) => Err(SendError::Never(why.to_owned())),
        (Rendered::Mail(_) | Rendered::Text(_), _) => {
            Err(SendError::Never("there are no words for this channel".to_owned()))
        }
    }
}

/// An error as it is kept: one line of at most 500 characters, without the receiver's address.
fn clean(error: &str, address: &str) -> String {
    let error = error.replace(address, "…");
    error.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_are_1_2_4_8_and_then_15_minutes() {
        let waits: Vec<_> = (1..=7).map(|attempts| pause(attempts, 0).num_minutes()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 15, 15, 15]);
        assert_eq!(pause(i32::MAX, 0), Duration::minutes(15));
    }

    #[test]
    fn chance_makes_a_wait_longer_by_up_to_a_quarter() {
        for attempts in 1..=6 {
            let longest = pause(attempts, 255);
            assert_eq!(longest, pause(attempts, 0) * 5 / 4);
            for chance in 0..=255 {
                assert!((pause(attempts, 0)..=longest).contains(&pause(attempts, chance)));
            }
        }
    }

    #[test]
    fn an_error_is_kept_as_one_line_without_the_address() {
        let error = format!("550 no mailbox\r\nram@example.com here {}", "x".repeat(600));
        let kept = clean(&error, "ram@example.com");
        assert!(kept.starts_with("550 no mailbox  … here xxx"), "{kept}");
        assert_eq!(kept.chars().count(), 500);
    }
}
