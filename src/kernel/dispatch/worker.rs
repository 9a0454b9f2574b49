//! Sending what waits in the outbox.
//!
//! A worker claims messages with a lease, has [`AT_ONCE`] of them in hand at most, and writes down what became of
//! those that are done before it claims the next. So a worker that is killed leaves at most as many that are
//! sent twice, under the same `Message-ID`, and none that is lost: when the lease has run out, the next worker
//! of any process takes them, one by one.

use std::pin::pin;

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, LockBehavior, LockType},
};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinHandle, JoinSet};

use super::settling::{self, Attempted, LIFE, Ways};
use super::{Render, Rendered};
use crate::kernel::access::By;
use crate::kernel::delivery::outbox::seal_context;
use crate::kernel::delivery::{AT_ONCE, SendError};
use crate::kernel::entity::notification::{self, Channel, Column, DeliveryState};
use crate::kernel::error::one_line;
use crate::kernel::state::AppState;
use crate::kernel::telemetry::panics;
use crate::kernel::telemetry::reports::Place;
use crate::kernel::types::{EmailAddress, PhoneNumber};
use crate::kernel::work::Work;

/// How long a worker has its messages for itself.
const LEASE: Duration = Duration::minutes(5);

/// How long handing over may take: well within the lease, and within [`FAREWELL`].
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(25);

/// How long a worker has to finish when the process ends.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(30);

/// How often a worker looks unasked: for retries, and for messages that other processes wrote.
const POLL: std::time::Duration = std::time::Duration::from_secs(5);

/// From the bell to the look: what is written at about the same time is sent together.
const COMMIT: std::time::Duration = std::time::Duration::from_millis(200);

/// A message that so many attempts did not live to tell of, and whose time is over, is tried no more: it may be
/// what ends the process.
const ABANDONED: i32 = 20;

/// What sends the messages of a process, and of others.
#[derive(Debug)]
pub struct Worker {
    state: AppState,
    render: Render,
    in_hand: JoinSet<Attempted>,
    /// Whoever had what is in hand before did not live to tell: nothing is claimed beside it.
    suspect: bool,
    ways: Ways,
}

/// The worker of a process, at work.
#[derive(Debug)]
pub struct WorkerHandle {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl WorkerHandle {
    /// What tells it to claim no more.
    pub fn stopper(&self) -> watch::Sender<bool> {
        self.stop.clone()
    }

    /// Waits until it has finished what it has in hand, for half a minute at most: what another side keeps
    /// waiting is tried again when its lease has run out.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let abort = self.task.abort_handle();
        match tokio::time::timeout(FAREWELL, self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the worker of the outbox ended"),
            Err(_) => abort.abort(),
        }
    }
}

impl Worker {
    /// A worker that asks `render` for words.
    pub fn new(state: AppState, render: Render) -> Self {
        Self { state, render, in_hand: JoinSet::new(), suspect: false, ways: Ways::default() }
    }

    /// Sets it to work.
    pub fn start(mut self) -> WorkerHandle {
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            while let Err(panic) = panics::caught(self.work(&mut stopped)).await {
                tracing::error!(cause = %panic, "the worker of the outbox goes on");
                report(&self.state, &panic);
                tokio::time::sleep(POLL).await;
            }
        });
        WorkerHandle { stop, task }
    }

    async fn work(&mut self, stopped: &mut watch::Receiver<bool>) {
        let state = self.state.clone();
        let mut rung = pin!(ring(&state.bell));
        loop {
            let stopping = *stopped.borrow() || stopped.has_changed().is_err();
            if stopping && self.in_hand.is_empty() {
                return;
            }
            if !stopping && let Err(error) = self.take().await {
                tracing::warn!(cause = %one_line(&error), "the outbox waits for the database");
            }
            let done = tokio::select! {
                Some(done) = self.in_hand.join_next() => Some(done),
                _ = stopped.wait_for(|stopped| *stopped), if !stopping => None,
                () = &mut rung => {
                    rung.set(ring(&state.bell));
                    None
                }
                () = tokio::time::sleep(POLL) => None,
            };
            if let Some(done) = done
                && let Err(error) = self.settle(done).await
            {
                tracing::warn!(cause = %one_line(&error), "what became of messages is not written down");
            }
        }
    }

    /// Attends to what is due until nothing is. Answers to how many messages.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drain(&mut self) -> Result<usize, DbErr> {
        let mut attended = 0;
        loop {
            self.take().await?;
            let Some(done) = self.in_hand.join_next().await else { return Ok(attended) };
            attended += self.settle(done).await?;
        }
    }

    /// Takes as many messages in hand as there is room for, those that have been due longest.
    async fn take(&mut self) -> Result<(), DbErr> {
        let in_hand = self.in_hand.len();
        self.suspect &= in_hand > 0;
        if self.suspect {
            return Ok(());
        }
        for message in claim(&self.state, in_hand).await? {
            self.suspect = message.was_left;
            self.in_hand.spawn(hand_over(self.state.clone(), self.render, message));
        }
        Ok(())
    }

    /// Writes down what became of `first` and of all others that are done. Answers how many they are.
    async fn settle(&mut self, first: Result<Attempted, JoinError>) -> Result<usize, DbErr> {
        let mut done = Vec::new();
        let mut next = Some(first);
        while let Some(ended) = next {
            match ended {
                Ok(attempted) => done.push(attempted),
                Err(error) => tracing::error!(%error, "an attempt at a message ended"),
            }
            next = self.in_hand.try_join_next();
        }
        settling::settle(&self.state, &mut self.ways, &done).await?;
        Ok(done.len())
    }
}

/// Ends when messages that were written are worth a look.
async fn ring(bell: &Notify) {
    bell.notified().await;
    tokio::time::sleep(COMMIT).await;
}

/// A message that a worker has for itself.
#[derive(Debug)]
struct Claimed {
    row: notification::Model,
    /// Whoever had it before did not live to tell what came of it.
    was_left: bool,
    /// And so again and again.
    abandoned: bool,
}

/// Takes messages for as long as the lease, by a worker that has `in_hand` others.
async fn claim(state: &AppState, in_hand: usize) -> Result<Vec<Claimed>, DbErr> {
    let room = u64::from(AT_ONCE).saturating_sub(in_hand as u64);
    // Most looks find nothing: they are not to stand in the way of writers.
    if room == 0 || due(state.clock.now()).one(state.database.reader()).await?.is_none() {
        return Ok(Vec::new());
    }
    let work = Work::begin(state, By::system()).await?;
    let now = work.now();
    let mut found = due(now)
        .limit(room)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(&work)
        .await?;
    // What may have ended its worker is tried with no others, which would share its fate: it waits for them.
    let left = found.iter().position(|message| message.leased_until.is_some());
    if let Some(left) = left {
        found = vec![found.swap_remove(left)];
    }
    if found.is_empty() || left.is_some() && in_hand > 0 {
        return Ok(Vec::new());
    }
    let until = now + LEASE;
    notification::Entity::update_many()
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::LeasedUntil, Expr::value(until))
        .filter(Column::Id.is_in(found.iter().map(|message| message.id)))
        .exec(&work)
        .await?;
    work.commit().await?;
    let claimed = found.into_iter().map(|found| Claimed {
        was_left: found.leased_until.is_some(),
        abandoned: found.leased_until.is_some()
            && found.attempts >= ABANDONED
            && found.created_at + LIFE < now,
        row: notification::Model { attempts: found.attempts + 1, leased_until: Some(until), ..found },
    });
    Ok(claimed.collect())
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

/// Within [`PATIENCE`]; words that panic are a failed attempt, not the worker's end.
async fn hand_over(state: AppState, render: Render, Claimed { row, abandoned, .. }: Claimed) -> Attempted {
    if abandoned {
        let why = "one attempt after the other ended the program that made it";
        return Attempted { message: row, outcome: Err(SendError::Never(why.to_owned())) };
    }
    let attempt = panics::caught(attempt(&state, render, &row));
    let outcome = match tokio::time::timeout(PATIENCE, attempt).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => {
            report(&state, &panic);
            Err(SendError::Refused("an internal error".to_owned()))
        }
        Err(_) => Err(SendError::Unreachable("it took too long".to_owned())),
    };
    Attempted { message: row, outcome }
}

async fn attempt(state: &AppState, render: Render, message: &notification::Model) -> Result<(), SendError> {
    let secret = match &message.secret {
        None => None,
        Some(sealed) => {
            let opened = state.keys.open(&seal_context(message.id), sealed);
            let opened = opened.and_then(|bytes| String::from_utf8(bytes).ok());
            Some(opened.ok_or_else(|| SendError::Never("its secret does not open".to_owned()))?)
        }
    };
    let rendered = render(state, message, secret.as_deref()).await;
    let id = message.id.as_uuid();
    let bad_address = || SendError::Never("the address is none".to_owned());
    let rendered = rendered.map_err(|error| {
        tracing::error!(%id, cause = %one_line(&error), "a message was not put into words");
        report(state, &error);
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

fn report(state: &AppState, error: &(dyn std::error::Error + 'static)) {
    state.reports.send(state.clock.now(), Place::Job("outbox"), error);
}
