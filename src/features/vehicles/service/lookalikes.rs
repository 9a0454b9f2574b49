//! Vehicles whose numbers look like one on the blacklist, and telling them apart for good.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{OnConflict, SelectStatement},
};
use serde_json::json;

use crate::access::Supervisor;
use crate::entity::audit_log::AuditAction;
use crate::entity::vehicle::{self, Column};
use crate::entity::vehicle_distinction as distinction;
use crate::error::AppError;
use crate::features::audit::service::{self as audit, Event};
use crate::features::opinions::service::{Filter, JudgedTable as _};
use crate::state::AppState;
use crate::types::{RegistrationNo, VehicleId};

/// How many are told of at most: the barrier needs one.
const SHOWN: u64 = 5;

/// Writes what look-alikes share where it is not what the number gives: a release that does not know it makes vehicles
/// without. Tells how many there were.
pub async fn renew(state: &AppState) -> Result<usize, DbErr> {
    let (key, number, likeness) = (Column::Id, Column::RegistrationNo, Column::Likeness);
    let of = |number: &RegistrationNo| Some(number.likeness());
    state.database.derive_again::<vehicle::Entity, _, _>(key, number, likeness, of).await
}

/// The vehicles on the blacklist at `now` that the vehicle with `number` could be, but for those it was told apart from.
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
    let blacklisted = Filter { blacklisted: true, ..Filter::default() };
    vehicle::Entity::find()
        .filter(Column::Likeness.eq(number.likeness()))
        .filter(Column::Id.ne(id))
        .filter(vehicle::Entity::let_through(&blacklisted, now))
        .filter(Column::Id.not_in_subquery(told_apart(OtherId, VehicleId)))
        .filter(Column::Id.not_in_subquery(told_apart(VehicleId, OtherId)))
        .order_by_asc(Column::RegistrationNo)
        .limit(SHOWN)
        .all(database)
        .await
}

/// Writes down that two vehicles that look alike are two. Once is enough.
///
/// # Errors
/// [`AppError::NotFound`] unless both are there and look alike.
pub async fn tell_apart(
    state: &AppState,
    supervisor: &Supervisor,
    one: VehicleId,
    other: VehicleId,
) -> Result<(), AppError> {
    let transaction = state.database.write().await?;
    let both = vehicle::Entity::find()
        .filter(Column::Id.is_in([one, other]))
        .order_by_asc(Column::Id)
        .all(&*transaction)
        .await?;
    let [one, other] = both.as_slice() else { return Err(AppError::NotFound) };
    if one.registration_no.likeness() != other.registration_no.likeness() {
        return Err(AppError::NotFound);
    }
    let (smaller, larger) = if one.id < other.id { (one, other) } else { (other, one) };
    let new = distinction::Entity::insert(distinction::ActiveModel {
        vehicle_id: Set(smaller.id),
        other_id: Set(larger.id),
        told_by: Set(supervisor.account()),
        told_at: Set(state.clock.now()),
    })
    .on_conflict(OnConflict::new().do_nothing().to_owned())
    .exec_without_returning(&*transaction)
    .await?;
    if new == 0 {
        return Ok(());
    }
    let event = |about: &vehicle::Model, from: &vehicle::Model| {
        Event::by(supervisor, AuditAction::VehiclesToldApart)
            .about(about.id.as_uuid())
            .after(json!({ "vehicle": from.registration_no.as_str() }))
    };
    audit::record_all(state, &transaction, [event(one, other), event(other, one)]).await?;
    Ok(transaction.commit().await?)
}
