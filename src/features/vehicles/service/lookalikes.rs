//! Vehicles whose numbers look like one on the blacklist, and marking two of them as different.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, OnConflict, SelectStatement},
};
use serde_json::{Value, json};

use super::sweep;
use crate::features::opinions::service::{Filter, JudgedTable as _};
use crate::features::vehicles::actions::{DISTINCTION_TAKEN_BACK, VEHICLES_TOLD_APART};
use crate::kernel::access::Supervisor;
use crate::kernel::audit::Event;
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::account;
use crate::kernel::entity::vehicle::{self, Column};
use crate::kernel::entity::vehicle_distinction as distinction;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{RegistrationNo, Remark, VehicleId};
use crate::kernel::work::Work;

/// How many are told of at most: the barrier needs one.
const SHOWN: u64 = 5;

/// How many the desk sees on a vehicle's page, at most.
const LISTED: u64 = 50;

/// Writes what look-alikes share where it is not what the number gives: a release that does not know it makes vehicles
/// without. Tells how many there were.
pub async fn renew(state: &AppState) -> Result<u64, AppError> {
    let (key, number, likeness) = (Column::Id, Column::RegistrationNo, Column::Likeness);
    let of = |number: &RegistrationNo| Some(number.likeness());
    Ok(state.database.derive_again::<vehicle::Entity, _, _>(key, number, likeness, of).await?)
}

/// The vehicles on the blacklist at `now` that the vehicle with `number` could be, but for those it was marked as
/// different from.
pub async fn on_the_blacklist(
    database: &impl ConnectionTrait,
    id: VehicleId,
    number: &RegistrationNo,
    now: DateTime<Utc>,
) -> Result<Vec<vehicle::Model>, DbErr> {
    use distinction::Column::{OtherId, VehicleId};
    let told_apart = |other, own: distinction::Column| -> SelectStatement {
        distinction::Entity::find().select_only().column(other).filter(own.eq(id)).into_query()
    };
    vehicle::Entity::find()
        .filter(Column::Likeness.eq(number.likeness()))
        .filter(Column::Id.ne(id))
        .filter(blacklisted(now))
        .filter(Column::Id.not_in_subquery(told_apart(OtherId, VehicleId)))
        .filter(Column::Id.not_in_subquery(told_apart(VehicleId, OtherId)))
        .order_by_asc(Column::RegistrationNo)
        .limit(SHOWN)
        .all(database)
        .await
}

fn blacklisted(now: DateTime<Utc>) -> Condition {
    vehicle::Entity::let_through(&Filter { blacklisted: true, ..Filter::default() }, now)
}

/// A vehicle among those that look like it.
#[derive(Clone, Debug)]
pub struct AmongLookalikes {
    /// The vehicle.
    pub vehicle: vehicle::Model,
    /// Those on the blacklist that it looks like.
    pub blacklisted: Vec<vehicle::Model>,
    /// Those that it was marked as different from.
    pub different: Vec<Different>,
}

/// A vehicle that another was marked as different from.
#[derive(Clone, Debug)]
pub struct Different {
    /// The vehicle.
    pub vehicle: vehicle::Model,
    /// The name of who said so.
    pub told_by: String,
    /// When.
    pub told_at: DateTime<Utc>,
    /// Why, unless an older release did not ask.
    pub reason: Option<Remark>,
}

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    vehicle: vehicle::Model,
    told_by: Option<String>,
    told_at: Option<DateTime<Utc>>,
    told_reason: Option<Remark>,
}

/// The vehicle, for those who judge it, among those that look like it.
pub async fn find(state: &AppState, _: &Supervisor, id: VehicleId) -> Result<Option<AmongLookalikes>, DbErr> {
    use distinction::Column::{OtherId, Reason, ToldAt, ToldBy, VehicleId};
    let told = |column| Expr::col((distinction::Entity, column));
    let name = account::Entity::find()
        .select_only()
        .column(account::Column::FullName)
        .filter(Expr::col((account::Entity, account::Column::Id)).equals((distinction::Entity, ToldBy)))
        .into_query();
    let own = vehicle::Entity::find().select_only().column(Column::Likeness).filter(Column::Id.eq(id));
    let own = Expr::SubQuery(None, Box::new(own.into_query().into()));
    let alike = Condition::all()
        .add(Expr::col((vehicle::Entity, Column::Likeness)).eq(own))
        .add(Column::Id.ne(id))
        .add(Condition::any().add(ToldAt.is_not_null()).add(blacklisted(state.clock.now())));
    let itself = Condition::all().add(Column::Id.eq(id)).add(sweep::is_for_the_desk());
    let pair = |one: distinction::Column, other| {
        Condition::all().add(one.eq(id)).add(told(other).equals((vehicle::Entity, Column::Id)))
    };
    let mut found = vehicle::Entity::find()
        .expr_as(Expr::SubQuery(None, Box::new(name.into())), "told_by")
        .expr_as(told(ToldAt), "told_at")
        .expr_as(told(Reason), "told_reason")
        .filter(Condition::any().add(itself).add(alike))
        .order_by_desc(Column::Id.eq(id))
        .order_by_asc(Column::RegistrationNo)
        .limit(LISTED + 1);
    let pairs = Condition::any().add(pair(VehicleId, OtherId)).add(pair(OtherId, VehicleId));
    sea_orm::QueryTrait::query(&mut found).left_join(distinction::Entity, pairs);
    let mut rows = found.into_model::<Row>().all(state.database.reader()).await?.into_iter();
    let Some(Row { vehicle, .. }) = rows.next().filter(|row| row.vehicle.id == id) else { return Ok(None) };
    let mut among = AmongLookalikes { vehicle, blacklisted: Vec::new(), different: Vec::new() };
    for Row { vehicle, told_by, told_at, told_reason: reason } in rows {
        match told_at {
            None => among.blacklisted.push(vehicle),
            Some(told_at) => {
                let told_by = told_by.unwrap_or_default();
                among.different.push(Different { vehicle, told_by, told_at, reason });
            }
        }
    }
    Ok(Some(among))
}

/// Marks two vehicles that look alike as different: neither is warned about for looking like the other. Once is enough.
///
/// # Errors
/// [`AppError::NotFound`] unless both are there and look alike.
pub async fn tell_apart(
    state: &AppState,
    supervisor: &Supervisor,
    one: VehicleId,
    other: VehicleId,
    reason: Remark,
) -> Result<(), AppError> {
    let mut work = Work::begin(state, supervisor).await?;
    let (smaller, larger) = pair(&work, one, other).await?;
    if smaller.registration_no.likeness() != larger.registration_no.likeness() {
        return Err(AppError::NotFound);
    }
    let new = distinction::Entity::insert(distinction::ActiveModel {
        vehicle_id: Set(smaller.id),
        other_id: Set(larger.id),
        told_by: Set(supervisor.account()),
        told_at: Set(work.now()),
        reason: Set(Some(reason.clone())),
    })
    .on_conflict(OnConflict::new().do_nothing().to_owned())
    .exec_without_returning(&work)
    .await?;
    if new == 0 {
        return Ok(());
    }
    let told = |from: &vehicle::Model| json!({ "vehicle": from.registration_no.as_str(), "reason": reason.as_str() });
    let event = |about: &vehicle::Model, from| Event::of(VEHICLES_TOLD_APART).about(about).after(told(from));
    for event in [event(&smaller, &larger), event(&larger, &smaller)] {
        work.note(event);
    }
    Ok(work.commit().await?)
}

/// Takes back that two vehicles are different: each is warned about again while the other is on the blacklist. Once is
/// enough.
///
/// # Errors
/// [`AppError::NotFound`] unless both are there.
pub async fn take_back(
    state: &AppState,
    supervisor: &Supervisor,
    one: VehicleId,
    other: VehicleId,
) -> Result<(), AppError> {
    let mut work = Work::begin(state, supervisor).await?;
    let (smaller, larger) = pair(&work, one, other).await?;
    let row = distinction::Entity::find_by_id((smaller.id, larger.id));
    let Some(row) = row.lock_exclusive().one(&work).await? else { return Ok(()) };
    distinction::Entity::delete_by_id((smaller.id, larger.id)).exec(&work).await?;
    let told = |from: &vehicle::Model, reason: Value| json!({ "vehicle": from.registration_no.as_str(), "reason": reason });
    let event = |about: &vehicle::Model, from| {
        Event::of(DISTINCTION_TAKEN_BACK)
            .about(about)
            .before(told(from, json!(row.reason.as_ref().map(Remark::as_str))))
            .after(told(from, Value::Null))
    };
    for event in [event(&smaller, &larger), event(&larger, &smaller)] {
        work.note(event);
    }
    Ok(work.commit().await?)
}

/// Two vehicles, the one with the smaller id first.
async fn pair(
    transaction: &DatabaseTransaction,
    one: VehicleId,
    other: VehicleId,
) -> Result<(vehicle::Model, vehicle::Model), AppError> {
    let both = vehicle::Entity::find()
        .filter(Column::Id.is_in([one, other]))
        .filter(sweep::is_for_the_desk())
        .all(transaction)
        .await?;
    let [one, other] = <[vehicle::Model; 2]>::try_from(both).map_err(|_| AppError::NotFound)?;
    Ok(if one.id < other.id { (one, other) } else { (other, one) })
}
