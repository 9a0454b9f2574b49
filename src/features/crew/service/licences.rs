//! Licences of people on the blacklist, under whatever name and phone they come.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QuerySelect as _, QueryTrait as _,
};

use crate::entity::crew_member::{self, Column};
use crate::features::opinions::service::{Filter, JudgedTable as _};
use crate::types::{LicenceNo, Likeness};

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
        let filter = Filter { blacklisted: true, ..Filter::default() };
        let blacklisted = || crew_member::Entity::let_through(&filter, now);
        let people = crew_member::Entity::find().select_only().column(Column::Id).filter(blacklisted());
        let theirs = Condition::any().add(blacklisted()).add(Column::MergedInto.in_subquery(people.into_query()));
        let found = crew_member::Entity::find()
            .select_only()
            .column(Column::LicenseLikeness)
            .filter(Column::LicenseLikeness.is_in(sought))
            .filter(theirs)
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
