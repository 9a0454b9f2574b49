//! Writing down what became of messages that were tried.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, sea_query::Expr,
};
use serde_json::json;

use crate::kernel::access::By;
use crate::kernel::audit::Event;
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::delivery::SendError;
use crate::kernel::delivery::actions::{EMAIL_FAILED, EMAIL_SENT, SMS_FAILED, SMS_SENT};
use crate::kernel::delivery::outbox::event;
use crate::kernel::entity::notification::{self, Channel, Column, DeliveryState};
use crate::kernel::error::one_line;
use crate::kernel::keys::random;
use crate::kernel::state::AppState;
use crate::kernel::types::NotificationId;
use crate::kernel::work::Work;

/// How long a message is tried.
pub(super) const LIFE: Duration = Duration::hours(24);

/// How often messages that wait because nobody could be reached are called together, at most.
const ROUND: Duration = Duration::minutes(1);

/// A message that was tried.
#[derive(Debug)]
pub(super) struct Attempted {
    /// As it was claimed.
    pub message: notification::Model,
    /// What came of it.
    pub outcome: Result<(), SendError>,
}

/// How it stands with the other sides.
#[derive(Debug, Default)]
pub(super) struct Ways {
    email: Way,
    sms: Way,
}

#[derive(Debug, Default)]
struct Way {
    /// Nobody could be reached when it was last tried.
    away: bool,
    /// When the messages that had waited for it were last called together.
    called_at: Option<DateTime<Utc>>,
}

impl Ways {
    /// Notes whether anybody could be reached. True when somebody can be again, and whoever waits is to be called.
    fn note(&mut self, now: DateTime<Utc>, attempted: &Attempted) -> bool {
        let way = match attempted.message.channel {
            Channel::Email => &mut self.email,
            Channel::Sms => &mut self.sms,
        };
        match &attempted.outcome {
            Err(SendError::Unreachable(_)) => way.away = true,
            Ok(()) if way.away && way.called_at.is_none_or(|at| at + ROUND <= now) => {
                *way = Way { away: false, called_at: Some(now) };
                return true;
            }
            _ => {}
        }
        false
    }
}

/// How long to wait after so many failed attempts: 1, 2, 4, 8, then 15 minutes, and by `chance` up to a quarter
/// more, so that what failed together does not come back together.
fn pause(attempts: i32, chance: u8) -> Duration {
    let minutes = match attempts {
        ..=1 => 1,
        2 => 2,
        3 => 4,
        4 => 8,
        _ => 15,
    };
    Duration::seconds(minutes * 60 + minutes * 15 * i64::from(chance) / 255)
}

/// Writes down what became of messages, for as long as they are ours.
pub(super) async fn settle(state: &AppState, ways: &mut Ways, done: &[Attempted]) -> Result<(), DbErr> {
    let now = state.clock.now();
    let mut called = Vec::new();
    for attempted in done {
        if ways.note(now, attempted) {
            called.push(attempted.message.channel);
        }
    }
    let lease = done.iter().filter_map(|attempted| attempted.message.leased_until).max();
    loop {
        let written = write_down(state, done, &called).await;
        match written {
            // The database may come back before anybody else takes the messages.
            Err(error) if lease.is_some_and(|lease| state.clock.now() < lease) => {
                tracing::warn!(cause = %one_line(&error), "the outbox waits for the database");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
            written => return written,
        }
    }
}

async fn write_down(state: &AppState, done: &[Attempted], called: &[Channel]) -> Result<(), DbErr> {
    let mut work = Work::begin(state, By::system()).await?;
    let now = work.now();
    // Before the pauses of this time are written, which are not to be cut short.
    for channel in called {
        call_together(&work, *channel, now).await?;
    }
    let mut events = write_sent(&work, done, now).await?;
    for failed in done {
        if let Err(error) = &failed.outcome
            && let Some(event) = write_failed(&work, &failed.message, error, now).await?
        {
            events.insert(failed.message.id, event);
        }
    }
    let ours: BTreeSet<_> = events.keys().copied().collect();
    for event in events.into_values() {
        work.note(event);
    }
    work.commit().await?;
    for Attempted { message, outcome } in done {
        let (id, attempt) = (message.id, message.attempts);
        match outcome {
            _ if !ours.contains(&id) => tracing::warn!(%id, "another worker took over this message"),
            Ok(()) => tracing::info!(%id, attempt, "message sent"),
            Err(error) => {
                let error = clean(&error.to_string(), &message.address);
                tracing::warn!(%id, attempt, error, "message not sent");
            }
        }
    }
    Ok(())
}

/// Writes that messages were sent, and answers the events of those that were still ours.
async fn write_sent(
    transaction: &DatabaseTransaction,
    done: &[Attempted],
    now: DateTime<Utc>,
) -> Result<BTreeMap<NotificationId, Event>, DbErr> {
    let sent: Vec<_> = done.iter().filter(|attempted| attempted.outcome.is_ok()).collect();
    if sent.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ours = sent.iter().fold(Condition::any(), |ours, sent| ours.add(is_ours(&sent.message)));
    let row = notification::ActiveModel {
        state: Set(DeliveryState::Sent),
        sent_at: Set(Some(now)),
        secret: Set(None),
        leased_until: Set(None),
        last_error: Set(None),
        ..Default::default()
    };
    let written =
        notification::Entity::update_many().set(row).filter(ours).exec_with_returning(transaction).await?;
    let told = written.into_iter().map(|message| {
        let action = match message.channel {
            Channel::Email => EMAIL_SENT,
            Channel::Sms => SMS_SENT,
        };
        (message.id, event(action, &message, json!({ "attempt": message.attempts })))
    });
    Ok(told.collect())
}

/// Writes why a message was not sent, and when it is tried again. Answers the event, if it was still ours.
async fn write_failed(
    transaction: &DatabaseTransaction,
    message: &notification::Model,
    error: &SendError,
    now: DateTime<Utc>,
) -> Result<Option<Event>, DbErr> {
    let next = now + pause(message.attempts, random::<1>()[0]);
    let again = !matches!(error, SendError::Never(_)) && next <= message.created_at + LIFE;
    let error = clean(&error.to_string(), &message.address);
    let mut row = notification::ActiveModel {
        leased_until: Set(None),
        last_error: Set(Some(error.clone())),
        ..Default::default()
    };
    if again {
        row.next_attempt_at = Set(next);
    } else {
        row.state = Set(DeliveryState::Dead);
        row.secret = Set(None);
    }
    let written =
        notification::Entity::update_many().set(row).filter(is_ours(message)).exec(transaction).await?;
    let action = match message.channel {
        Channel::Email => EMAIL_FAILED,
        Channel::Sms => SMS_FAILED,
    };
    let after = json!({ "attempt": message.attempts, "error": error, "again": again });
    Ok((written.rows_affected > 0).then(|| event(action, message, after)))
}

/// Whether no other worker took the message meanwhile.
fn is_ours(message: &notification::Model) -> Condition {
    Condition::all()
        .add(Column::Id.eq(message.id))
        .add(Column::State.eq(DeliveryState::Queued))
        .add(Column::LeasedUntil.eq(message.leased_until))
}

/// What has failed before need not wait for its turn once the other side is back.
async fn call_together(
    transaction: &DatabaseTransaction,
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
