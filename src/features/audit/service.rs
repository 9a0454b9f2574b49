//! The audit log: written in the transaction of the change that it tells of, and read.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait, Order, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
    prelude::Json,
    sea_query::{Expr, Query, SelectStatement, SimpleExpr, UnionType},
};
use uuid::Uuid;

use crate::kernel::access::{Actor, Supervisor};
use crate::kernel::data::{DatabaseTransaction, behind, holds};
use crate::kernel::entity::audit_log::{self, AuditAction};
use crate::kernel::entity::{account, crew_member, submission, vehicle};
use crate::kernel::state::AppState;
use crate::kernel::types::{AuditId, CrewMemberId, EmailAddress, Reference, RegistrationNo, SubmissionId};

/// One entry of the log.
#[derive(Debug)]
pub struct Event(audit_log::ActiveModel);

impl Event {
    /// `action`, done by `actor`.
    pub fn by(actor: &Actor, action: AuditAction) -> Self {
        Self::new(action, Some(actor), actor.email().as_str(), actor.address())
    }

    /// `action`, done by somebody who is not signed in and says to be `name`.
    pub fn by_stranger(name: &str, address: &str, action: AuditAction) -> Self {
        Self::new(action, None, name, address)
    }

    /// `action`, done at the command line or by the application itself.
    pub fn by_system(action: AuditAction) -> Self {
        Self::new(action, None, "system", "")
    }

    fn new(action: AuditAction, actor: Option<&Actor>, name: &str, address: &str) -> Self {
        Self(audit_log::ActiveModel {
            account_id: Set(actor.map(Actor::account)),
            actor: Set(name.to_owned()),
            address: Set(address.to_owned()),
            action: Set(action),
            submission_id: Set(None),
            subject_id: Set(None),
            before: Set(None),
            after: Set(None),
            ..Default::default()
        })
    }

    /// The submission that it is about.
    #[must_use]
    pub fn on(mut self, submission: SubmissionId) -> Self {
        self.0.submission_id = Set(Some(submission));
        self
    }

    /// The other row that it is about.
    #[must_use]
    pub fn about(mut self, subject: Uuid) -> Self {
        self.0.subject_id = Set(Some(subject));
        self
    }

    /// What it was.
    #[must_use]
    pub fn before(mut self, before: Json) -> Self {
        self.0.before = Set(Some(before));
        self
    }

    /// What it became.
    #[must_use]
    pub fn after(mut self, after: Json) -> Self {
        self.0.after = Set(Some(after));
        self
    }
}

/// Writes `event` with the change that it tells of.
pub async fn record(state: &AppState, transaction: &DatabaseTransaction, event: Event) -> Result<(), DbErr> {
    record_all(state, transaction, [event]).await
}

/// Writes `events`, the earliest first, with the change that they tell of.
pub async fn record_all(
    state: &AppState,
    transaction: &DatabaseTransaction,
    events: impl IntoIterator<Item = Event>,
) -> Result<(), DbErr> {
    let rows = events.into_iter().map(|event| audit_log::ActiveModel {
        id: Set(AuditId::new(state.clock.new_uuid())),
        at: Set(state.clock.now()),
        ..event.0
    });
    // A statement of PostgreSQL takes 65 535 values.
    for rows in rows.collect::<Vec<_>>().chunks(500) {
        audit_log::Entity::insert_many(rows.to_vec()).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Writes an event that changes nothing else: a refusal by a rule.
pub async fn record_alone(state: &AppState, event: Event) -> Result<(), DbErr> {
    let transaction = state.database.write().await?;
    record(state, &transaction, event).await?;
    transaction.commit().await
}

/// What workers of the outbox note: too much of it, when a mail server is away, to stand among what people did.
const DELIVERIES: [AuditAction; 6] = [
    AuditAction::SmsQueued,
    AuditAction::SmsHeld,
    AuditAction::EmailSent,
    AuditAction::SmsSent,
    AuditAction::EmailFailed,
    AuditAction::SmsFailed,
];

/// The latest events of a submission, at most 200, oldest first. The fate of its messages is told by the messages.
pub async fn of_submission(
    state: &AppState,
    submission: SubmissionId,
) -> Result<Vec<audit_log::Model>, DbErr> {
    let mut events = audit_log::Entity::find()
        .filter(audit_log::Column::SubmissionId.eq(submission))
        .filter(audit_log::Column::Action.is_not_in(DELIVERIES))
        .order_by_desc(audit_log::Column::Id)
        .limit(200)
        .all(state.database.reader())
        .await?;
    events.reverse();
    Ok(events)
}

/// The latest events about `subject`, at most 50, the latest first.
pub async fn about(
    state: &AppState,
    supervisor: &Supervisor,
    subject: Uuid,
) -> Result<Vec<audit_log::Model>, DbErr> {
    latest(state, supervisor, audit_log::Column::SubjectId.eq(subject)).await
}

/// The same of a person, and of those who turned out to be that person.
pub async fn about_person(
    state: &AppState,
    supervisor: &Supervisor,
    person: CrewMemberId,
) -> Result<Vec<audit_log::Model>, DbErr> {
    let is_or_was = Condition::any()
        .add(crew_member::Column::Id.eq(person))
        .add(crew_member::Column::MergedInto.eq(person));
    let all = crew_member::Entity::find()
        .select_only()
        .column(crew_member::Column::Id)
        .filter(is_or_was)
        .into_query();
    latest(state, supervisor, audit_log::Column::SubjectId.in_subquery(all)).await
}

async fn latest(state: &AppState, _: &Supervisor, which: SimpleExpr) -> Result<Vec<audit_log::Model>, DbErr> {
    audit_log::Entity::find()
        .filter(which)
        .order_by_desc(audit_log::Column::Id)
        .limit(50)
        .all(state.database.reader())
        .await
}

/// Which events the desk looks for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of an account's name or address, or all of what a stranger called itself; empty for all.
    pub actor: String,
    /// What happened.
    pub action: Option<AuditAction>,
    /// A submission's reference or id; empty for all. What is neither finds nothing.
    pub submission: String,
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
}

/// An event, and what it is about.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The event.
    pub event: audit_log::Model,
    /// The submission.
    pub submission: Option<submission::Model>,
    /// Who or which else.
    pub subject: Option<Subject>,
}

/// The account, vehicle or person that an event is about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Where its page is.
    pub path: String,
    /// Its address, number or name.
    pub name: String,
    /// Whether only admins see that page.
    pub is_account: bool,
}

/// The log, the latest first: `limit` events, those behind `after`.
pub async fn list(
    state: &AppState,
    _: &Supervisor,
    filter: &Filter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<Entry>, DbErr> {
    use audit_log::Column;
    let database = state.database.reader();
    let mut query = audit_log::Entity::find();
    if !filter.actor.is_empty() {
        query = query.filter(done_by(&filter.actor));
    }
    if let Some(action) = filter.action {
        query = query.filter(Column::Action.eq(action));
    }
    if !filter.submission.is_empty() {
        query =
            query.filter(Column::SubmissionId.is_in(find_submission(database, &filter.submission).await?));
    }
    if let Some(from) = filter.from {
        query = query.filter(Column::At.gte(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(Column::At.lt(until));
    }
    if let Some((at, id)) = after {
        query = query.filter(behind(Column::At, at, Column::Id, id, &Order::Desc));
    }
    let events = query.order_by_desc(Column::At).order_by_desc(Column::Id).limit(limit).all(database).await?;
    let about: BTreeSet<SubmissionId> = events.iter().filter_map(|event| event.submission_id).collect();
    let about = submission::Entity::find().filter(submission::Column::Id.is_in(about)).all(database).await?;
    let about: HashMap<SubmissionId, submission::Model> =
        about.into_iter().map(|row| (row.id, row)).collect();
    let subjects = subjects(database, events.iter().filter_map(|event| event.subject_id).collect()).await?;
    let entry = |event: audit_log::Model| Entry {
        submission: event.submission_id.and_then(|id| about.get(&id)).cloned(),
        subject: event.subject_id.and_then(|id| subjects.get(&id)).cloned(),
        event,
    };
    Ok(events.into_iter().map(entry).collect())
}

/// Where accounts have their pages.
const ACCOUNTS: &str = "/admin/users";

/// Where vehicles have theirs.
const VEHICLES: &str = "/admin/vehicles";

/// Those of `ids` that are accounts, vehicles or people.
async fn subjects(
    database: &impl ConnectionTrait,
    ids: BTreeSet<Uuid>,
) -> Result<HashMap<Uuid, Subject>, DbErr> {
    fn named<E: EntityTrait>(
        path: &str,
        id: E::Column,
        name: E::Column,
        ids: &BTreeSet<Uuid>,
    ) -> SelectStatement {
        Query::select()
            .expr_as(Expr::col((E::default(), id)), "id")
            .expr_as(Expr::col((E::default(), name)), "name")
            .expr_as(Expr::val(path), "path")
            .from(E::default())
            .and_where(id.is_in(ids.iter().copied()))
            .to_owned()
    }
    use account::Column as Account;
    use crew_member::Column as Person;
    use vehicle::Column as Vehicle;
    let mut all = named::<account::Entity>(ACCOUNTS, Account::Id, Account::Email, &ids);
    all.union(UnionType::All, named::<vehicle::Entity>(VEHICLES, Vehicle::Id, Vehicle::RegistrationNo, &ids));
    all.union(
        UnionType::All,
        named::<crew_member::Entity>("/admin/crew", Person::Id, Person::FullName, &ids),
    );
    let mut found = HashMap::new();
    for row in database.query_all(&all).await? {
        let (id, path): (Uuid, String) = (row.try_get("", "id")?, row.try_get("", "path")?);
        let name: String = row.try_get("", "name")?;
        let number = (path == VEHICLES).then(|| RegistrationNo::parse_any_format(&name).ok()).flatten();
        let subject = Subject {
            is_account: path == ACCOUNTS,
            path: format!("{path}/{id}"),
            name: match number {
                Some(number) => number.to_string(),
                None => EmailAddress::shown(&name).into_owned(),
            },
        };
        found.insert(id, subject);
    }
    Ok(found)
}

/// Whether the actor is an account with `typed` in its name or address, or a stranger who called itself so.
fn done_by(typed: &str) -> Condition {
    let typed = typed.to_lowercase();
    let address = EmailAddress::parse(&typed).map(|address| address.as_str().to_owned());
    let mut meant = account::Entity::find()
        .select_only()
        .column(account::Column::Email)
        .filter(holds(account::Column::SearchText, &typed, []))
        .into_query();
    // One list, by which an index is searched: two conditions would read the log.
    meant.union(UnionType::All, Query::select().expr(Expr::val(address.unwrap_or(typed))).to_owned());
    Condition::all().add(audit_log::Column::Actor.in_subquery(meant))
}

async fn find_submission(
    database: &impl ConnectionTrait,
    typed: &str,
) -> Result<Option<SubmissionId>, DbErr> {
    if let Ok(id) = typed.parse() {
        return Ok(Some(id));
    }
    let Ok(reference) = Reference::parse(typed) else { return Ok(None) };
    let found = submission::Entity::find().filter(submission::Column::Reference.eq(reference)).one(database);
    Ok(found.await?.map(|found| found.id))
}
