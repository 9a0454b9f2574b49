//! Limits that live in the database, so that every process counts the same.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, IntoActiveModel as _, Iterable as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use crate::kernel::access::By;
use crate::kernel::data::{AT_ONCE, DatabaseTransaction};
use crate::kernel::entity::throttle;
pub use crate::kernel::entity::throttle::Purpose;
use crate::kernel::error::AppError;
use crate::kernel::platform::network::network_of;
use crate::kernel::state::AppState;
use crate::kernel::work::Work;

/// The primary key of a counter.
type Key = (String, String, String);

/// What is counted: something that a subject does from an address. An empty address is all of them.
#[derive(Clone, Copy, Debug)]
pub struct Counter<'a> {
    /// What is limited.
    pub purpose: Purpose,
    /// Who does it.
    pub subject: &'a str,
    /// From where.
    pub address: &'a str,
}

impl Counter<'_> {
    /// The network that the address stands for.
    fn place(&self) -> String {
        let address = self.address.parse();
        address.map_or_else(|_| self.address.to_owned(), |address| network_of(address).to_string())
    }

    fn key(&self) -> Key {
        (self.purpose.to_value(), self.subject.to_owned(), self.place())
    }

    fn has(&self, row: &throttle::Model) -> bool {
        row.purpose == self.purpose && row.subject == self.subject && row.address == self.place()
    }
}

/// How much of what a counter counts fits into a window of time, and how much more is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Budget<'a> {
    /// What is counted.
    pub counter: Counter<'a>,
    /// How much more is wanted.
    pub amount: i32,
    /// How much fits into the window.
    pub limit: i32,
    /// How long the window is.
    pub window: Duration,
}

/// Rows that nobody counted in for so long are of no use.
const FORGET_AFTER: Duration = Duration::days(2);

/// Counts one more; `limit` fit into `window`.
///
/// # Errors
/// [`AppError::TooMany`] when the window is full.
pub async fn count(
    state: &AppState,
    counter: Counter<'_>,
    limit: i32,
    window: Duration,
) -> Result<(), AppError> {
    let mut work = Work::begin(state, By::system()).await?;
    count_in(&mut work, counter, limit, window).await?;
    Ok(work.commit().await?)
}

/// Counts one more within `work`, in one statement while there is room.
///
/// # Errors
/// [`AppError::TooMany`] when the window is full.
pub async fn count_in(
    work: &mut Work<'_>,
    counter: Counter<'_>,
    limit: i32,
    window: Duration,
) -> Result<(), AppError> {
    spend(work, Budget { counter, amount: 1, limit, window }).await
}

/// Counts in each of `budgets`, in their order, or in none of them.
///
/// # Errors
/// [`AppError::TooMany`] when one of the windows has no room.
pub async fn count_all_in(work: &mut Work<'_>, budgets: &[Budget<'_>]) -> Result<(), AppError> {
    for (at, budget) in budgets.iter().enumerate() {
        let counted = spend(work, *budget).await;
        if let Err(AppError::TooMany { .. }) = counted {
            for spent in &budgets[..at] {
                give_back(&*work, *spent).await?;
            }
        }
        counted?;
    }
    Ok(())
}

/// Counts in all budgets of each of `groups` that has room in every one, and in none of the others; answers which had
/// room, in their order. Three statements, however many there are. Counters that are counted in this way are counted in
/// no other: they are locked in the order of their keys.
pub async fn count_groups(work: &mut Work<'_>, groups: &[Vec<Budget<'_>>]) -> Result<Vec<bool>, DbErr> {
    let now = work.now();
    let mut rows = lock_all(work, groups.iter().flatten().map(|budget| budget.counter)).await?;
    let mut counted = BTreeSet::new();
    let mut answers = Vec::new();
    for group in groups {
        let spent = |row: &throttle::Model, budget: &Budget<'_>| {
            if row.since + budget.window <= now { 0 } else { row.count }
        };
        let fits = group.iter().all(|budget| {
            let row = rows.get(&budget.counter.key());
            row.is_some_and(|row| spent(row, budget) + budget.amount <= budget.limit)
        });
        for budget in group.iter().filter(|_| fits) {
            let key = budget.counter.key();
            if let Some(row) = rows.get_mut(&key) {
                let before = spent(row, budget);
                row.count = before + budget.amount;
                row.since = if before == 0 { now } else { row.since };
                counted.insert(key);
            }
        }
        answers.push(fits);
    }
    rows.retain(|key, _| counted.contains(key));
    if !rows.is_empty() {
        use throttle::Column::{Address, Count, Purpose, Since, Subject};
        let kept = OnConflict::columns([Purpose, Subject, Address]).update_columns([Count, Since]).to_owned();
        let rows = rows.into_values().map(throttle::ActiveModel::from);
        throttle::Entity::insert_many(rows).on_conflict(kept).exec_without_returning(&*work).await?;
    }
    Ok(answers)
}

/// The rows of `counters`, made where there is none, locked until the transaction ends.
async fn lock_all<'a>(
    work: &Work<'_>,
    counters: impl Iterator<Item = Counter<'a>>,
) -> Result<BTreeMap<Key, throttle::Model>, DbErr> {
    use throttle::Column::{Address, Purpose, Subject};
    let counters: BTreeMap<Key, Counter<'a>> = counters.map(|counter| (counter.key(), counter)).collect();
    let rows = counters.values().map(|counter| throttle::ActiveModel {
        purpose: Set(counter.purpose),
        subject: Set(counter.subject.to_owned()),
        address: Set(counter.place()),
        count: Set(0),
        since: Set(work.now()),
        blocked_until: Set(None),
    });
    throttle::Entity::insert_many(rows)
        .on_conflict(OnConflict::columns([Purpose, Subject, Address]).do_nothing().to_owned())
        .exec_without_returning(work)
        .await?;
    let any = counters.values().fold(Condition::any(), |any, counter| any.add(is(*counter)));
    let rows = throttle::Entity::find().filter(any).order_by_asc(Purpose).order_by_asc(Subject);
    let rows = rows.order_by_asc(Address).lock_exclusive().all(work).await?;
    Ok(rows
        .into_iter()
        .map(|row| ((row.purpose.to_value(), row.subject.clone(), row.address.clone()), row))
        .collect())
}

/// Asks whether each of `budgets` has room, and counts nothing: what is expensive to try is not tried in vain.
///
/// # Errors
/// [`AppError::TooMany`] when one of the windows has no room.
pub async fn check_room(state: &AppState, budgets: &[Budget<'_>]) -> Result<(), AppError> {
    let now = state.clock.now();
    let any = budgets.iter().fold(Condition::any(), |any, budget| any.add(is(budget.counter)));
    let rows = throttle::Entity::find().filter(any).all(state.database.reader()).await?;
    let wait = |budget: &Budget<'_>| {
        let row = rows.iter().find(|row| budget.counter.has(row))?;
        let left = row.since + budget.window - now;
        (Duration::zero() < left && budget.limit - budget.amount < row.count).then_some(left)
    };
    match budgets.iter().filter_map(wait).max() {
        None => Ok(()),
        Some(wait) => Err(AppError::TooMany { retry_after: seconds(wait) }),
    }
}

async fn spend(work: &mut Work<'_>, budget: Budget<'_>) -> Result<(), AppError> {
    use throttle::Column::{Address, Count, Purpose, Since, Subject};
    let Budget { counter, amount, limit, window } = budget;
    let now = work.now();
    let kept = |column| Expr::col((throttle::Entity, column));
    let is_over = || kept(Since).lte(now - window);
    let written = throttle::Entity::insert(throttle::ActiveModel {
        purpose: Set(counter.purpose),
        subject: Set(counter.subject.to_owned()),
        address: Set(counter.place()),
        count: Set(amount),
        since: Set(now),
        blocked_until: Set(None),
    })
    .on_conflict(
        OnConflict::columns([Purpose, Subject, Address])
            .value(Count, Expr::case(is_over(), amount).finally(kept(Count).add(amount)))
            .value(Since, Expr::case(is_over(), now).finally(kept(Since)))
            .action_and_where(is_over().or(kept(Count).lte(limit - amount)))
            .to_owned(),
    )
    .exec_without_returning(&*work)
    .await?;
    if written > 0 {
        return Ok(());
    }
    let row = find(counter).one(&*work).await?;
    let wait = row.map_or(window, |row| row.since + window - now);
    Err(AppError::TooMany { retry_after: seconds(wait) })
}

/// Takes back what the transaction has just counted, and holds locked.
async fn give_back(transaction: &DatabaseTransaction, budget: Budget<'_>) -> Result<(), DbErr> {
    throttle::Entity::update_many()
        .col_expr(throttle::Column::Count, Expr::col(throttle::Column::Count).sub(budget.amount))
        .filter(is(budget.counter))
        .exec(transaction)
        .await?;
    Ok(())
}

/// How long what `counters` count is blocked still: as long as the one that is blocked longest.
pub async fn blocked_for(state: &AppState, counters: &[Counter<'_>]) -> Result<Option<Duration>, DbErr> {
    let now = state.clock.now();
    let any = counters.iter().fold(Condition::any(), |any, counter| any.add(is(*counter)));
    let blocked = throttle::Entity::find().filter(any).filter(throttle::Column::BlockedUntil.gt(now));
    let rows = blocked.all(state.database.reader()).await?;
    Ok(rows.into_iter().filter_map(|row| row.blocked_until).max().map(|until| until - now))
}

/// Locks `counter` until the transaction ends: what it counts happens one after the other. Tells how long it is blocked
/// still.
pub async fn lock(work: &mut Work<'_>, counter: Counter<'_>) -> Result<Option<Duration>, DbErr> {
    let now = work.now();
    let row = locked(&*work, counter, now).await?;
    Ok(row.blocked_until.filter(|until| now < *until).map(|until| until - now))
}

/// Counts a failure in a row and blocks for as long as `block` says of their number. Failures later
/// than `window` after the first are not in a row. Answers their number.
pub async fn count_failure(
    work: &mut Work<'_>,
    counter: Counter<'_>,
    window: Duration,
    block: impl Fn(i32) -> Option<Duration>,
) -> Result<i32, DbErr> {
    let now = work.now();
    let row = locked(&*work, counter, now).await?;
    let count = if row.since + window <= now { 1 } else { row.count + 1 };
    let since = if count == 1 { now } else { row.since };
    let mut row = row.into_active_model();
    row.count = Set(count);
    row.since = Set(since);
    row.blocked_until = Set(block(count).map(|duration| now + duration));
    row.update(&*work).await?;
    Ok(count)
}

/// Counts one more from `address`, without a limit.
pub(super) async fn add(work: &mut Work<'_>, purpose: Purpose, address: &str) -> Result<(), AppError> {
    count_in(work, Counter { purpose, subject: "", address }, i32::MAX, FORGET_AFTER).await
}

/// Some of what [`add`] counted of `purpose` since `age` ago or longer, [`AT_ONCE`] rows at most: it is counted anew from
/// now on.
pub(super) async fn take_older(
    work: &mut Work<'_>,
    purpose: Purpose,
    age: Duration,
) -> Result<Vec<throttle::Model>, DbErr> {
    let older = throttle::Entity::find()
        .filter(throttle::Column::Purpose.eq(purpose))
        .filter(throttle::Column::Subject.eq(""))
        .filter(throttle::Column::Since.lte(work.now() - age))
        .order_by_asc(throttle::Column::Address)
        .limit(AT_ONCE)
        .lock_exclusive()
        .all(&*work)
        .await?;
    throttle::Entity::delete_many()
        .filter(throttle::Column::Purpose.eq(purpose))
        .filter(throttle::Column::Subject.eq(""))
        .filter(throttle::Column::Address.is_in(older.iter().map(|row| row.address.as_str())))
        .exec(&*work)
        .await?;
    Ok(older)
}

/// Forgets what `counter` counted.
pub async fn clear(transaction: &DatabaseTransaction, counter: Counter<'_>) -> Result<(), DbErr> {
    let key = (counter.purpose, counter.subject.to_owned(), counter.place());
    throttle::Entity::delete_by_id(key).exec(transaction).await?;
    Ok(())
}

/// Forgets what was counted of `subject`, from wherever.
pub async fn clear_everywhere(
    transaction: &DatabaseTransaction,
    purpose: Purpose,
    subject: &str,
) -> Result<(), DbErr> {
    throttle::Entity::delete_many()
        .filter(throttle::Column::Purpose.eq(purpose))
        .filter(throttle::Column::Subject.eq(subject))
        .exec(transaction)
        .await?;
    Ok(())
}

fn find(counter: Counter<'_>) -> sea_orm::Select<throttle::Entity> {
    throttle::Entity::find().filter(is(counter))
}

fn is(counter: Counter<'_>) -> Condition {
    Condition::all()
        .add(throttle::Column::Purpose.eq(counter.purpose))
        .add(throttle::Column::Subject.eq(counter.subject))
        .add(throttle::Column::Address.eq(counter.place()))
}

/// The counter's row, made if there is none, locked until the transaction ends.
async fn locked(
    transaction: &DatabaseTransaction,
    counter: Counter<'_>,
    now: DateTime<Utc>,
) -> Result<throttle::Model, DbErr> {
    use throttle::Column::{Address, Purpose, Subject};
    throttle::Entity::insert(throttle::ActiveModel {
        purpose: Set(counter.purpose),
        subject: Set(counter.subject.to_owned()),
        address: Set(counter.place()),
        count: Set(0),
        since: Set(now),
        blocked_until: Set(None),
    })
    .on_conflict(OnConflict::columns([Purpose, Subject, Address]).do_nothing().to_owned())
    .exec_without_returning(transaction)
    .await?;
    let row = find(counter).lock_exclusive().one(transaction).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("the throttle row just made".to_owned()))
}

/// Forgets whatever was counted of `subjects`, from wherever.
pub(super) async fn clear_all<'a>(
    transaction: &DatabaseTransaction,
    subjects: impl IntoIterator<Item = &'a str>,
) -> Result<(), DbErr> {
    throttle::Entity::delete_many()
        .filter(throttle::Column::Purpose.is_in(Purpose::iter())) // The key begins with it.
        .filter(throttle::Column::Subject.is_in(subjects))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Forgets old rows, in transactions of their own: one that holds a counter must not wait for others'.
pub(super) async fn forget_old(state: &AppState) -> Result<u64, DbErr> {
    use throttle::Column::{Address, Purpose, Since, Subject};
    let old = Condition::all().add(Since.lt(state.clock.now() - FORGET_AFTER));
    state.database.forget_where::<throttle::Entity>(&[Purpose, Subject, Address], old).await
}

/// Whole seconds, rounded up, at least one.
pub fn seconds(duration: Duration) -> u64 {
    Ord::max(1, u64::try_from(duration.num_milliseconds()).unwrap_or_default().div_ceil(1000))
}
