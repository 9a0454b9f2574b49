//! Lists of submissions: the customer's own, and the desk's.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, Order, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};

use crate::features::opinions::service::Subject;
use crate::kernel::access::{Customer, Guard, Supervisor};
use crate::kernel::data::{behind, contains, holds};
use crate::kernel::entity::crew_member;
use crate::kernel::entity::submission::{self, Column, SubmissionStatus};
use crate::kernel::state::AppState;
use crate::kernel::types::{OrganisationId, PhoneNumber, Reference, RegistrationNo, SubmissionId};
use uuid::Uuid;

/// How the desk's list is sorted. The id sorts equal rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By the moment of submission, the latest first.
    #[default]
    Newest,
    /// By the moment of submission, the oldest first.
    Oldest,
    /// By the expected day, the soonest first.
    Expected,
}

impl Sort {
    /// All of them, with the names that URLs use.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Newest, "newest"), (Self::Oldest, "oldest"), (Self::Expected, "expected")];

    /// The order called `name`; nothing is the default.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.is_empty() {
            return Some(Self::default());
        }
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(sort, _)| sort)
    }
}

/// What a row is sorted by, and its id: where the next page begins.
pub type Position = (i64, Uuid);

/// Which submissions the desk looks for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A plate, phone, reference, or part of a name, company or e-mail address; empty for all.
    pub text: String,
    /// The status that holds now.
    pub status: Option<SubmissionStatus>,
    /// Expected on this day or later.
    pub from: Option<NaiveDate>,
    /// Expected on this day or earlier.
    pub to: Option<NaiveDate>,
    /// In which order.
    pub sort: Sort,
}

/// Where a row stands in the order `sort`.
pub fn position(row: &submission::Model, sort: Sort) -> Position {
    let key = match sort {
        Sort::Newest | Sort::Oldest => row.submitted_at.map_or(0, |at| at.timestamp_micros()),
        Sort::Expected => row.expected_on.signed_duration_since(NaiveDate::default()).num_days(),
    };
    (key, row.id.as_uuid())
}

/// The customer's own submissions, the last changed first: `limit` of them, those behind `after`.
pub async fn own(
    state: &AppState,
    customer: &Customer,
    status: Option<SubmissionStatus>,
    text: &str,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<submission::Model>, DbErr> {
    let mut query = submission::Entity::find()
        .filter(Column::OrganisationId.eq(customer.organisation()))
        .filter(status_is(status, state.clock.now()));
    if !text.is_empty() {
        query = query.filter(own_text(text));
    }
    if let Some((at, id)) = after {
        query = query.filter(behind(Column::ChangedAt, at, Column::Id, id, &Order::Desc));
    }
    query
        .order_by_desc(Column::ChangedAt)
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(state.database.reader())
        .await
}

/// All customers' submissions, drafts aside: `limit` of them, those behind `after`.
pub async fn all(
    state: &AppState,
    _: &Guard,
    filter: &Filter,
    after: Option<Position>,
    limit: u64,
) -> Result<Vec<submission::Model>, DbErr> {
    let mut query = submission::Entity::find()
        .filter(Column::Status.ne(SubmissionStatus::Draft))
        .filter(status_is(filter.status, state.clock.now()));
    if !filter.text.is_empty() {
        query = query.filter(any_text(&filter.text));
    }
    if let Some(from) = filter.from {
        query = query.filter(Column::ExpectedOn.gte(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(Column::ExpectedOn.lte(to));
    }
    let (column, order) = match filter.sort {
        Sort::Newest => (Column::SubmittedAt, Order::Desc),
        Sort::Oldest => (Column::SubmittedAt, Order::Asc),
        Sort::Expected => (Column::ExpectedOn, Order::Asc),
    };
    if let Some((key, id)) = after {
        query = query.filter(match filter.sort {
            Sort::Expected => {
                let day = NaiveDate::default() + chrono::Duration::days(key.clamp(-1_000_000, 1_000_000));
                behind(column, day, Column::Id, id, &order)
            }
            Sort::Newest | Sort::Oldest => {
                let at = DateTime::from_timestamp_micros(key).unwrap_or_default();
                behind(column, at, Column::Id, id, &order)
            }
        });
    }
    query
        .order_by(column, order.clone())
        .order_by(Column::Id, order)
        .limit(limit)
        .all(state.database.reader())
        .await
}

/// A submission that staff may read: any but a draft.
pub async fn find_for_staff(
    state: &AppState,
    _: &Guard,
    id: SubmissionId,
) -> Result<Option<submission::Model>, DbErr> {
    submission::Entity::find_by_id(id)
        .filter(Column::Status.ne(SubmissionStatus::Draft))
        .one(state.database.reader())
        .await
}

/// The last entries that a vehicle or a person came with, at most 20, the latest first. Drafts are nobody's but
/// their owners'.
pub async fn last_of(
    state: &AppState,
    _: &Supervisor,
    subject: Subject,
) -> Result<Vec<submission::Model>, DbErr> {
    let which = match subject {
        Subject::Vehicle(id) => Condition::all().add(Column::VehicleId.eq(id)),
        Subject::CrewMember(id) => Condition::any().add(Column::DriverId.eq(id)).add(Column::HelperId.eq(id)),
    };
    submission::Entity::find()
        .filter(which)
        .filter(Column::Status.ne(SubmissionStatus::Draft))
        .order_by_desc(Column::SubmittedAt)
        .order_by_desc(Column::Id)
        .limit(20)
        .all(state.database.reader())
        .await
}

/// The driver with this phone, if `owner` has submitted an entry with that driver: nothing is told of others.
pub async fn own_driver(
    database: &impl ConnectionTrait,
    owner: OrganisationId,
    phone: &PhoneNumber,
) -> Result<Option<crew_member::Model>, DbErr> {
    let last = submission::Entity::find()
        .select_only()
        .column(Column::DriverId)
        .filter(Column::OrganisationId.eq(owner))
        .filter(Column::DriverPhone.eq(phone.clone()))
        .filter(Column::DriverId.is_not_null())
        .order_by_desc(Column::SubmittedAt)
        .limit(1)
        .into_query();
    crew_member::Entity::find().filter(crew_member::Column::Id.in_subquery(last)).one(database).await
}

/// The submission whose pass has this hash, for whoever holds the pass.
pub async fn find_by_pass(state: &AppState, pass_hash: &str) -> Result<Option<submission::Model>, DbErr> {
    submission::Entity::find().filter(Column::PassHash.eq(pass_hash)).one(state.database.reader()).await
}

/// Rows whose status is `status` at `now`: see `submission::Model::status_at`.
fn status_is(status: Option<SubmissionStatus>, now: DateTime<Utc>) -> Condition {
    let Some(status) = status else { return Condition::all() };
    let waits = Column::Status.is_in([SubmissionStatus::Pending, SubmissionStatus::Approved]);
    let lapsed =
        Condition::all().add(waits).add(Column::EnteredAt.is_null()).add(Column::ValidUntil.lte(now));
    match status {
        SubmissionStatus::Expired => Condition::any().add(Column::Status.eq(status)).add(lapsed),
        SubmissionStatus::Pending | SubmissionStatus::Approved => Condition::all()
            .add(Column::Status.eq(status))
            .add(Condition::any().add(Column::EnteredAt.is_not_null()).add(Column::ValidUntil.gt(now))),
        _ => Condition::all().add(Column::Status.eq(status)),
    }
}

/// What a customer searches among its own: submitted ones by all their words, drafts by their vehicle.
fn own_text(text: &str) -> Condition {
    let mut any = any_text(text);
    if let Ok(number) = RegistrationNo::parse_any_format(text) {
        any = any.add(contains(Column::VehicleNumber, number.as_str()));
    }
    any
}

/// Rows that hold `text`, as typed or as a plate, phone or reference is stored.
fn any_text(text: &str) -> Condition {
    let phone = PhoneNumber::parse(text).map(|phone| phone.as_str().to_owned()).ok();
    let number = RegistrationNo::parse_any_format(text).map(|number| number.as_str().to_lowercase()).ok();
    let reference = Reference::parse(text).map(|reference| reference.as_str().to_lowercase()).ok();
    holds(Column::SearchText, text, [phone, number, reference].into_iter().flatten())
}

/// The submission with the reference or the id `typed`.
pub async fn find_for_the_desk(state: &AppState, _: &Supervisor, typed: &str) -> Result<Option<Uuid>, DbErr> {
    if let Ok(id) = typed.parse() {
        return Ok(Some(id));
    }
    let Ok(reference) = Reference::parse(typed) else { return Ok(None) };
    let found = submission::Entity::find().filter(Column::Reference.eq(reference));
    Ok(found.one(state.database.reader()).await?.map(|found| found.id.as_uuid()))
}

/// Those of `ids` that are drafts.
pub async fn drafts_among(
    state: &AppState,
    _: &Supervisor,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashSet<Uuid>, DbErr> {
    let drafts = submission::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids))
        .filter(Column::Status.eq(SubmissionStatus::Draft));
    let drafts: Vec<Uuid> = drafts.into_tuple().all(state.database.reader()).await?;
    Ok(drafts.into_iter().collect())
}
