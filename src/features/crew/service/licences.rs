//! Licences of people on the blacklist, under whatever name and phone they come.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};

use crate::features::opinions::service::{Filter, JudgedTable as _};
use crate::kernel::access::Supervisor;
use crate::kernel::entity::crew_member::{self, Column};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{CrewMemberId, LicenceNo, Likeness};

/// Writes what the ways to write a licence share where it is not what the number gives: a release that does not know it
/// replaces the number alone. Tells how many there were.
pub async fn renew(state: &AppState) -> Result<u64, AppError> {
    let (key, number, likeness) = (Column::Id, Column::LicenseNo, Column::LicenseLikeness);
    Ok(state
        .database
        .derive_again::<crew_member::Entity, _, _>(key, number, likeness, LicenceNo::likeness)
        .await?)
}

/// Those licences of some that are of people on the blacklist.
#[derive(Debug)]
pub struct BlacklistedLicences(Vec<Likeness>);

impl BlacklistedLicences {
    /// Those of `numbers` that are of somebody on the blacklist at `now`, or of a phone that turned out to be theirs.
    pub async fn among<'a>(
        database: &impl ConnectionTrait,
        numbers: impl IntoIterator<Item = Option<&'a LicenceNo>>,
        now: DateTime<Utc>,
    ) -> Result<Self, DbErr> {
        let sought: Vec<Likeness> = numbers.into_iter().filter_map(|number| number?.likeness()).collect();
        if sought.is_empty() {
            return Ok(Self(sought));
        }
        let found = crew_member::Entity::find()
            .select_only()
            .column(Column::LicenseLikeness)
            .filter(Column::LicenseLikeness.is_in(sought))
            .filter(of_the_blacklist(now))
            .into_tuple()
            .all(database)
            .await?;
        Ok(Self(found))
    }

    /// Whether one of `numbers` is among them.
    pub fn have<'a>(&self, numbers: impl IntoIterator<Item = Option<&'a LicenceNo>>) -> bool {
        let mut numbers = numbers.into_iter().filter_map(|number| number?.likeness());
        numbers.any(|likeness| self.0.contains(&likeness))
    }
}

/// A person, and those on the blacklist under another phone with the same licence, who bar the person too; at most five.
pub async fn find_with_others(
    state: &AppState,
    _: &Supervisor,
    id: CrewMemberId,
) -> Result<Option<(crew_member::Model, Vec<crew_member::Model>)>, DbErr> {
    let own =
        crew_member::Entity::find().select_only().column(Column::LicenseLikeness).filter(Column::Id.eq(id));
    let others = Condition::all()
        .add(Column::LicenseLikeness.in_subquery(own.into_query()))
        .add(of_the_blacklist(state.clock.now()));
    let mut found = crew_member::Entity::find()
        .filter(Condition::any().add(Column::Id.eq(id)).add(others))
        .order_by_desc(Column::Id.eq(id))
        .order_by_asc(Column::Id)
        .limit(6)
        .all(state.database.reader())
        .await?
        .into_iter();
    Ok(found.next().filter(|person| person.id == id).map(|person| (person, found.collect())))
}

/// People on the blacklist at `now`, and phones that turned out to be theirs.
fn of_the_blacklist(now: DateTime<Utc>) -> Condition {
    let filter = Filter { blacklisted: true, ..Filter::default() };
    let blacklisted = || crew_member::Entity::let_through(&filter, now);
    let people = crew_member::Entity::find().select_only().column(Column::Id).filter(blacklisted());
    Condition::any().add(blacklisted()).add(Column::MergedInto.in_subquery(people.into_query()))
}
