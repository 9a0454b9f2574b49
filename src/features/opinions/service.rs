//! Judging: remark, rating and blacklist change with their history and their audit row. Whose row it is
//! writes the result beside it, so that the gate finds what holds with the vehicle or person itself.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::features::opinions::actions::{BLACKLIST_LIFTED, BLACKLISTED, OPINION_CHANGED};
use crate::kernel::access::Supervisor;
use crate::kernel::audit::Action;
use crate::kernel::audit::{self, Event};
use crate::kernel::entity::blacklisting::{self, JudgedKind};
use crate::kernel::entity::{account, crew_member, vehicle};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{AccountId, BlacklistingId, CrewMemberId, Remark, VehicleId};
use crate::kernel::work::Work;

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A vehicle.
    Vehicle(VehicleId),
    /// A driver or helper.
    CrewMember(CrewMemberId),
}

impl Subject {
    /// As the database keeps it.
    fn columns(self) -> (JudgedKind, Uuid) {
        match self {
            Self::Vehicle(id) => (JudgedKind::Vehicle, id.as_uuid()),
            Self::CrewMember(id) => (JudgedKind::CrewMember, id.as_uuid()),
        }
    }
}

/// What the plant says of one vehicle or person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// A note.
    pub remark: Option<String>,
    /// 0 to 5.
    pub rating: Option<i16>,
    /// The entry in the blacklist, which may be over or still to come.
    pub listed: Option<Listed>,
    /// Goes up with every change.
    pub version: i32,
}

/// An entry in the blacklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Why.
    pub reason: String,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when, exclusive; nothing: until further notice.
    pub until: Option<DateTime<Utc>>,
    /// Who said so.
    pub by: Option<AccountId>,
}

impl Listed {
    /// Whether it keeps nobody out any more.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Whether it keeps nobody out yet.
    pub fn is_to_come(&self, now: DateTime<Utc>) -> bool {
        now < self.from
    }

    /// The last moment that it covers.
    pub fn last_moment(&self) -> Option<DateTime<Utc>> {
        self.until.map(|until| until - Duration::seconds(1))
    }

    /// Whether it keeps out whenever `other` does.
    fn covers(&self, other: &Self) -> bool {
        let ends_later = match (self.until, other.until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(this), Some(that)) => that <= this,
        };
        self.from <= other.from && ends_later
    }

    /// An entry that keeps out from the earlier beginning to the later end, for the reason of the later end.
    fn with(&self, other: &Self) -> Self {
        let ends_later = self.until.is_none() || other.until.is_some_and(|other| self.until >= Some(other));
        let later = if ends_later { self } else { other };
        Self { from: std::cmp::min(self.from, other.from), ..later.clone() }
    }

    fn says_the_same_as(&self, other: &Self) -> bool {
        (&self.reason, self.from, self.until) == (&other.reason, other.from, other.until)
    }

    fn as_json(&self) -> Value {
        json!({ "reason": self.reason, "from": self.from, "until": self.until })
    }
}

impl Standing {
    /// The entry in the blacklist, unless it is over.
    pub fn in_force_or_to_come(&self, now: DateTime<Utc>) -> Option<&Listed> {
        self.listed.as_ref().filter(|listed| !listed.is_over(now))
    }
}

/// Which vehicles or people the desk looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// What they are called by; empty for all.
    pub text: String,
    /// Only those on the blacklist now.
    pub blacklisted: bool,
    /// Only those with this rating.
    pub rating: Option<i16>,
}

/// A table of what the plant has an opinion about.
pub trait JudgedTable {
    /// Its rows that `filter` lets through at `now`, whatever they are called.
    fn let_through(filter: &Filter, now: DateTime<Utc>) -> Condition;
}

/// A row that a standing is written into.
pub trait Judged {
    /// Writes it.
    fn stand(&mut self, standing: Standing);
}

macro_rules! judged {
    ($($entity:ident),+) => {
        $(impl $entity::Model {
            /// What the plant says of it.
            pub fn standing(&self) -> Standing {
                let listed = self.blacklisted_from.map(|from| Listed {
                    reason: self.blacklist_reason.clone().unwrap_or_default(),
                    from,
                    until: self.blacklisted_until,
                    by: self.blacklisted_by,
                });
                Standing { remark: self.remark.clone(), rating: self.rating, listed, version: self.version }
            }
        }

        impl JudgedTable for $entity::Entity {
            fn let_through(filter: &Filter, now: DateTime<Utc>) -> Condition {
                use $entity::Column;
                let mut all = Condition::all();
                if filter.blacklisted {
                    let not_over =
                        Condition::any().add(Column::BlacklistedUntil.is_null()).add(Column::BlacklistedUntil.gt(now));
                    all = all.add(Column::BlacklistedFrom.lte(now)).add(not_over);
                }
                all.add_option(filter.rating.map(|rating| Column::Rating.eq(rating)))
            }
        }

        impl Judged for $entity::ActiveModel {
            fn stand(&mut self, standing: Standing) {
                let listed = standing.listed;
                self.remark = Set(standing.remark);
                self.rating = Set(standing.rating);
                self.blacklisted_from = Set(listed.as_ref().map(|listed| listed.from));
                self.blacklisted_until = Set(listed.as_ref().and_then(|listed| listed.until));
                self.blacklisted_by = Set(listed.as_ref().and_then(|listed| listed.by));
                self.blacklist_reason = Set(listed.map(|listed| listed.reason));
                self.version = Set(standing.version);
            }
        })+
    };
}

judged!(vehicle, crew_member);

/// What the desk says.
#[derive(Clone, Debug)]
pub enum Judgement {
    /// A note and a rating, in the place of what there was.
    Opinion {
        /// The note.
        remark: Option<Remark>,
        /// 0 to 5.
        rating: Option<i16>,
    },
    /// It may not enter.
    Blacklist {
        /// Why.
        reason: Remark,
        /// Since when.
        from: DateTime<Utc>,
        /// Until when, exclusive.
        until: Option<DateTime<Utc>>,
    },
    /// It may enter again.
    Lift,
}

impl Judgement {
    fn action(&self) -> Action {
        match self {
            Self::Opinion { .. } => OPINION_CHANGED,
            Self::Blacklist { .. } => BLACKLISTED,
            Self::Lift => BLACKLIST_LIFTED,
        }
    }

    /// How who stands as `before` stands with it. What says the same again changes nothing.
    fn applied_to(self, before: &Standing, by: AccountId, now: DateTime<Utc>) -> Standing {
        let mut after = before.clone();
        match self {
            Self::Opinion { remark, rating } => {
                after.remark = remark.map(|remark| remark.as_str().to_owned());
                after.rating = rating;
            }
            Self::Blacklist { reason, from, until } => {
                let listed = Listed { reason: reason.as_str().to_owned(), from, until, by: Some(by) };
                let said = before.in_force_or_to_come(now).filter(|old| old.says_the_same_as(&listed));
                after.listed = said.cloned().or(Some(listed));
            }
            Self::Lift => after.listed = before.listed.clone().filter(|listed| listed.is_over(now)),
        }
        after
    }
}

/// Why nothing changed.
#[derive(Debug)]
pub enum JudgeError {
    /// There is no such vehicle or person.
    NotFound,
    /// It changed since the page that was looked at.
    Changed,
    /// It could not be tried.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for JudgeError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Judges `subject`, in the log called so, whose row the transaction holds locked and which stands as `before`: writes the history
/// and the audit row, and tells how it stands now. `None`: as before, and nothing was written.
///
/// # Errors
/// [`JudgeError::Changed`] when another version was `seen`.
pub async fn judge(
    work: &mut Work<'_>,
    supervisor: &Supervisor,
    (subject, called): (Subject, audit::Subject),
    before: Standing,
    seen: Option<i32>,
    judgement: Judgement,
) -> Result<Option<Standing>, JudgeError> {
    let now = work.now();
    let action = judgement.action();
    let mut after = judgement.applied_to(&before, supervisor.account(), now);
    if after == before {
        return Ok(None);
    }
    if seen.is_some_and(|seen| seen != before.version) {
        return Err(JudgeError::Changed);
    }
    if after.listed != before.listed {
        close(work, supervisor, subject).await?;
    }
    if let Some(listed) = after.listed.as_ref().filter(|listed| Some(*listed) != before.listed.as_ref()) {
        open(work, subject, listed, supervisor.account()).await?;
    }
    after.version += 1;
    let told = |standing: &Standing| {
        if action == OPINION_CHANGED {
            json!({ "remark": standing.remark, "rating": standing.rating })
        } else {
            standing.in_force_or_to_come(now).map_or(Value::Null, Listed::as_json)
        }
    };
    let event = Event::of(action).about(called).before(told(&before)).after(told(&after));
    work.note(event);
    Ok(Some(after))
}

/// Makes one standing of two, for two people who are one: the stricter blacklist and the lower rating hold, and
/// both remarks are kept. The history becomes that of the one who stays.
pub async fn fold(
    work: &mut Work<'_>,
    supervisor: &Supervisor,
    (gone, gone_standing): (Subject, &Standing),
    (stays, standing): (Subject, &Standing),
) -> Result<Standing, DbErr> {
    let now = work.now();
    let ours = standing.in_force_or_to_come(now);
    let theirs = gone_standing.in_force_or_to_come(now);
    let listed = match (ours, theirs) {
        (_, None) => standing.listed.clone(),
        (None, Some(theirs)) => Some(theirs.clone()),
        (Some(ours), Some(theirs)) if ours.covers(theirs) => {
            close(work, supervisor, gone).await?;
            Some(ours.clone())
        }
        (Some(ours), Some(theirs)) => {
            close(work, supervisor, stays).await?;
            if theirs.covers(ours) {
                Some(theirs.clone())
            } else {
                close(work, supervisor, gone).await?;
                let both = Listed { by: Some(supervisor.account()), ..ours.with(theirs) };
                open(work, stays, &both, supervisor.account()).await?;
                Some(both)
            }
        }
    };
    let (kind, id) = stays.columns();
    blacklisting::Entity::update_many()
        .col_expr(blacklisting::Column::SubjectKind, Expr::value(kind))
        .col_expr(blacklisting::Column::SubjectId, Expr::value(id))
        .filter(about(gone))
        .exec(&*work)
        .await?;
    Ok(Standing {
        remark: both_remarks(standing.remark.as_deref(), gone_standing.remark.as_deref()),
        rating: [standing.rating, gone_standing.rating].into_iter().flatten().min(),
        listed,
        version: standing.version + 1,
    })
}

/// One below the other, unless they say the same or are too long for one: then the first.
fn both_remarks(one: Option<&str>, other: Option<&str>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => {
            let both = Remark::parse(&format!("{one}\n{other}"));
            Some(both.map_or_else(|_| one.to_owned(), |both| both.as_str().to_owned()))
        }
        (one, other) => one.or(other).map(str::to_owned),
    }
}

/// One entry of the history, with the names of those who made and ended it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Entry {
    /// The entry.
    #[sea_orm(nested)]
    pub row: blacklisting::Model,
    /// Who put it on.
    pub set_by_name: Option<String>,
    /// Who took it off.
    pub lifted_by_name: Option<String>,
}

impl Entry {
    /// The last moment that it covers.
    pub fn last_moment(&self) -> Option<DateTime<Utc>> {
        self.row.ends_at.map(|end| end - Duration::seconds(1))
    }

    /// Who put it on.
    pub fn set_by(&self) -> &str {
        self.set_by_name.as_deref().unwrap_or_default()
    }

    /// Who took it off.
    pub fn lifted_by(&self) -> &str {
        self.lifted_by_name.as_deref().unwrap_or_default()
    }
}

/// The entries about `subject`, the latest first, at most 50.
pub async fn history(state: &AppState, _: &Supervisor, subject: Subject) -> Result<Vec<Entry>, DbErr> {
    blacklisting::Entity::find()
        .expr_as(name_of(blacklisting::Column::SetBy), "set_by_name")
        .expr_as(name_of(blacklisting::Column::LiftedBy), "lifted_by_name")
        .filter(about(subject))
        .order_by_desc(blacklisting::Column::Id)
        .limit(50)
        .into_model()
        .all(state.database.reader())
        .await
}

/// The name of the account in `column`.
fn name_of(column: blacklisting::Column) -> Expr {
    let name = account::Entity::find()
        .select_only()
        .column(account::Column::FullName)
        .filter(Expr::col((account::Entity, account::Column::Id)).equals((blacklisting::Entity, column)))
        .into_query();
    Expr::SubQuery(None, Box::new(name.into()))
}

fn about(subject: Subject) -> Condition {
    let (kind, id) = subject.columns();
    Condition::all()
        .add(blacklisting::Column::SubjectKind.eq(kind))
        .add(blacklisting::Column::SubjectId.eq(id))
}

async fn open(work: &mut Work<'_>, subject: Subject, listed: &Listed, by: AccountId) -> Result<(), DbErr> {
    let (kind, id) = subject.columns();
    blacklisting::ActiveModel {
        id: Set(BlacklistingId::new(work.core().clock.new_uuid())),
        subject_kind: Set(kind),
        subject_id: Set(id),
        reason: Set(listed.reason.clone()),
        begins_at: Set(listed.from),
        ends_at: Set(listed.until),
        set_by: Set(by),
        set_at: Set(work.now()),
        lifted_by: Set(None),
        lifted_at: Set(None),
    }
    .insert(&*work)
    .await?;
    Ok(())
}

/// Ends the entry that holds or is to come; one that ended by itself stays as it was.
async fn close(work: &mut Work<'_>, supervisor: &Supervisor, subject: Subject) -> Result<(), DbErr> {
    let now = work.now();
    let not_over = Condition::any()
        .add(blacklisting::Column::EndsAt.is_null())
        .add(blacklisting::Column::EndsAt.gt(now));
    blacklisting::Entity::update_many()
        .col_expr(blacklisting::Column::LiftedBy, Expr::value(supervisor.account()))
        .col_expr(blacklisting::Column::LiftedAt, Expr::value(now))
        .filter(about(subject))
        .filter(blacklisting::Column::LiftedAt.is_null())
        .filter(not_over)
        .exec(&*work)
        .await?;
    Ok(())
}
