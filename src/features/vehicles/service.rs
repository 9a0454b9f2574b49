//! Vehicles, known by their registration number.

use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{LockType, OnConflict},
};
use uuid::Uuid;

use crate::features::opinions::service::{
    self as opinions, Filter, JudgeError, Judged as _, JudgedTable as _, Judgement, Subject,
};
use crate::kernel::access::Supervisor;
use crate::kernel::data::contains;
use crate::kernel::entity::vehicle;
use crate::kernel::state::AppState;
use crate::kernel::types::{RegistrationNo, VehicleId};
use crate::kernel::work::Work;

pub mod lookalikes;
pub mod sweep;

/// The vehicle with this number.
pub async fn find(
    database: &impl ConnectionTrait,
    number: &RegistrationNo,
) -> Result<Option<vehicle::Model>, DbErr> {
    vehicle::Entity::find().filter(vehicle::Column::RegistrationNo.eq(number.clone())).one(database).await
}

/// The first of `numbers` that a vehicle has.
pub async fn first_known(
    database: &impl ConnectionTrait,
    numbers: &[RegistrationNo],
) -> Result<Option<RegistrationNo>, DbErr> {
    if numbers.is_empty() {
        return Ok(None);
    }
    let known = vehicle::Entity::find()
        .filter(vehicle::Column::RegistrationNo.is_in(numbers.iter().cloned()))
        .all(database)
        .await?;
    let is_known = |number: &&RegistrationNo| known.iter().any(|vehicle| vehicle.registration_no == **number);
    Ok(numbers.iter().find(is_known).cloned())
}

/// The vehicle with this number, made if it never came up before. The [sweep](sweep::sweep) does not take it until the
/// transaction ends.
pub async fn find_or_create(work: &mut Work<'_>, number: &RegistrationNo) -> Result<vehicle::Model, DbErr> {
    // One that is there may be swept just then: the next round makes another.
    for _ in 0..8 {
        let new = vehicle::ActiveModel {
            id: Set(VehicleId::new(work.core().clock.new_uuid())),
            registration_no: Set(number.clone()),
            likeness: Set(Some(number.likeness())),
            created_at: Set(work.now()),
            ..Default::default()
        };
        let made = vehicle::Entity::insert(new)
            .on_conflict(OnConflict::column(vehicle::Column::RegistrationNo).do_nothing().to_owned())
            .exec_with_returning_many(&*work)
            .await?;
        if let Some(made) = made.into_iter().next() {
            return Ok(made);
        }
        let known = vehicle::Entity::find().filter(vehicle::Column::RegistrationNo.eq(number.clone()));
        if let Some(known) = known.lock(LockType::KeyShare).one(&*work).await? {
            return Ok(known);
        }
    }
    Err(DbErr::RecordNotFound("the vehicle that is there".to_owned()))
}

/// The vehicles that the desk sees and `filter` lets through, the last to come up first: `limit` of them, those before
/// `before`.
pub async fn list(
    state: &AppState,
    _: &Supervisor,
    filter: &Filter,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<vehicle::Model>, DbErr> {
    let before = before.map(|before| vehicle::Column::Id.lt(before));
    vehicle::Entity::find()
        .filter(sweep::is_for_the_desk())
        .filter(vehicle::Entity::let_through(filter, state.clock.now()))
        .filter(called(&filter.text))
        .filter(Condition::all().add_option(before))
        .order_by_desc(vehicle::Column::Id)
        .limit(limit)
        .all(state.database.reader())
        .await
}

/// Vehicles with `text`, however it is typed, in their number. What no number can hold is in none.
fn called(text: &str) -> Condition {
    let all = Condition::all();
    if text.is_empty() {
        return all;
    }
    match RegistrationNo::parse_any_format(text) {
        Ok(part) => all.add(contains(vehicle::Column::RegistrationNo, part.as_str())),
        Err(_) => all.add(vehicle::Column::Id.is_in(None::<Uuid>)),
    }
}

/// Writes down what the plant says of a vehicle. Of two who do it at once the second is told: what was said
/// about the version `seen` does not replace another.
pub async fn judge(
    state: &AppState,
    supervisor: &Supervisor,
    id: VehicleId,
    seen: Option<i32>,
    judgement: Judgement,
) -> Result<(), JudgeError> {
    let mut work = Work::begin(state, supervisor).await?;
    let row = vehicle::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(&work).await?;
    let row = row.ok_or(JudgeError::NotFound)?;
    let subject = Subject::Vehicle(id);
    let before = row.standing();
    let judged =
        opinions::judge(&mut work, supervisor, (subject, (&row).into()), before, seen, judgement).await?;
    let Some(standing) = judged else { return Ok(()) };
    let mut row = row.into_active_model();
    row.stand(standing);
    row.update(&work).await?;
    Ok(work.commit().await?)
}
