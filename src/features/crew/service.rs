//! Crew: a person is one phone. Whoever first submitted a name for it gave the name; the plant alone
//! corrects it.

use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, LockType, OnConflict, SelectStatement},
};
use serde_json::json;
use uuid::Uuid;

use crate::features::crew::actions::{CREW_REGISTERED, CREW_RENAMED};
use crate::features::opinions::service::{
    self as opinions, Filter, JudgeError, Judged as _, JudgedTable as _, Judgement, Standing, Subject,
};
use crate::kernel::access::Supervisor;
use crate::kernel::audit::Event;
use crate::kernel::data::{DatabaseTransaction, contains};
use crate::kernel::entity::crew_member;
use crate::kernel::state::AppState;
use crate::kernel::types::{CrewMemberId, Language, LicenceNo, PersonName, PhoneNumber};
use crate::kernel::work::Work;

pub mod licences;

/// A driver or helper as a customer names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: PersonName,
    /// The phone.
    pub phone: PhoneNumber,
    /// What the person reads.
    pub language: Language,
    /// The driving licence, if given.
    pub license_no: Option<LicenceNo>,
}

/// What is known of the person with this phone, if anybody has it. A phone that turned out to be a second one
/// leads to the person.
pub async fn find(
    database: &impl ConnectionTrait,
    phone: &PhoneNumber,
) -> Result<Option<crew_member::Model>, DbErr> {
    let found = crew_member::Entity::find().filter(crew_member::Column::Phone.eq(phone.clone()));
    match found.one(database).await? {
        Some(crew_member::Model { merged_into: Some(id), .. }) => {
            crew_member::Entity::find_by_id(id).one(database).await
        }
        found => Ok(found),
    }
}

/// The phone under which the person with `phone` is registered; of a stranger, `phone`.
pub async fn registered_phone(
    database: &impl ConnectionTrait,
    phone: &PhoneNumber,
) -> Result<PhoneNumber, DbErr> {
    Ok(find(database, phone).await?.map_or_else(|| phone.clone(), |known| known.phone))
}

/// [`find`], locked until the transaction ends: nobody renames, judges or merges the person meanwhile.
async fn lock(
    transaction: &DatabaseTransaction,
    phone: &PhoneNumber,
) -> Result<Option<crew_member::Model>, DbErr> {
    let mut next = find(transaction, phone).await?.map(|found| found.id);
    while let Some(id) = next {
        let locked = crew_member::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(transaction).await?;
        match locked {
            // Merged since it was found.
            Some(crew_member::Model { merged_into: Some(into), .. }) => next = Some(into),
            locked => return Ok(locked),
        }
    }
    Ok(None)
}

/// Who `person` is by now, locked until the transaction ends: nobody merges them meanwhile.
pub async fn lock_registered(
    transaction: &DatabaseTransaction,
    person: CrewMemberId,
) -> Result<CrewMemberId, DbErr> {
    let locked = crew_member::Entity::find_by_id(person).lock(LockType::NoKeyUpdate).one(transaction).await?;
    Ok(locked.and_then(|row| row.merged_into).unwrap_or(person))
}

/// What keeps a driver and a helper from being registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Objections {
    /// The driver's phone is registered under another name. Which one is never told.
    pub driver_has_other_name: bool,
    /// The helper's is.
    pub helper_has_other_name: bool,
    /// Both are one person with two phones.
    pub one_person: bool,
}

impl Objections {
    /// Those against people who are not registered yet, as things stand.
    pub async fn against(
        database: &impl ConnectionTrait,
        driver: Option<&Person>,
        helper: Option<&Person>,
    ) -> Result<Self, DbErr> {
        let driver = Self::look(database, driver).await?;
        let helper = Self::look(database, helper).await?;
        // Whoever does not know both names does not learn that two phones are one person's.
        let one_person =
            matches!((&driver, &helper), (Some((one, false)), Some((other, false))) if one == other);
        Ok(Self {
            driver_has_other_name: driver.is_some_and(|(_, has_other_name)| has_other_name),
            helper_has_other_name: helper.is_some_and(|(_, has_other_name)| has_other_name),
            one_person,
        })
    }

    /// The phone that the person is registered under, and whether it is under another name.
    async fn look(
        database: &impl ConnectionTrait,
        person: Option<&Person>,
    ) -> Result<Option<(PhoneNumber, bool)>, DbErr> {
        let Some(person) = person else { return Ok(None) };
        Ok(Some(match find(database, &person.phone).await? {
            None => (person.phone.clone(), false),
            Some(known) => (known.phone.clone(), !known.is_called(&person.name)),
        }))
    }
}

/// The row of `person`, made if the phone is new. `None`: the phone is registered under another name.
///
/// Two people of one submission must be registered in the order of their [registered
/// phones](registered_phone), lest two submissions wait for each other.
pub async fn register(work: &mut Work<'_>, person: &Person) -> Result<Option<crew_member::Model>, DbErr> {
    let made = crew_member::Entity::insert(crew_member::ActiveModel {
        id: Set(CrewMemberId::new(work.core().clock.new_uuid())),
        phone: Set(person.phone.clone()),
        full_name: Set(person.name.as_str().to_owned()),
        name_key: Set(person.name.folded()),
        language: Set(person.language),
        license_no: Set(person.license_no.clone()),
        license_likeness: Set(person.license_no.as_ref().and_then(LicenceNo::likeness)),
        created_at: Set(work.now()),
        ..Default::default()
    })
    .on_conflict(OnConflict::column(crew_member::Column::Phone).do_nothing().to_owned())
    .exec_with_returning_many(&*work)
    .await?;
    if let Some(made) = made.into_iter().next() {
        work.note(Event::of(CREW_REGISTERED).about(&made));
        return Ok(Some(made));
    }
    let known = lock(&*work, &person.phone)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("the person who is there".to_owned()))?;
    if !known.is_called(&person.name) {
        return Ok(None);
    }
    Ok(Some(update_what_changes(&*work, known, person).await?))
}

/// Language and licence are the latest given; the name stays.
async fn update_what_changes(
    transaction: &DatabaseTransaction,
    known: crew_member::Model,
    person: &Person,
) -> Result<crew_member::Model, DbErr> {
    let license_no = person.license_no.clone().or_else(|| known.license_no.clone());
    if known.language == person.language && known.license_no == license_no {
        return Ok(known);
    }
    let mut row = known.into_active_model();
    row.language = Set(person.language);
    row.license_likeness = Set(license_no.as_ref().and_then(LicenceNo::likeness));
    row.license_no = Set(license_no);
    row.update(transaction).await
}

/// The people that `filter` lets through, the last to come up first: `limit` of them, those before `before`.
pub async fn list(
    state: &AppState,
    _: &Supervisor,
    filter: &Filter,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<crew_member::Model>, DbErr> {
    let before = before.map(|before| crew_member::Column::Id.lt(before));
    crew_member::Entity::find()
        .filter(crew_member::Column::MergedInto.is_null())
        .filter(crew_member::Entity::let_through(filter, state.clock.now()))
        .filter(called(state, &filter.text).await?)
        .filter(Condition::all().add_option(before))
        .order_by_desc(crew_member::Column::Id)
        .limit(limit)
        .all(state.database.reader())
        .await
}

/// People with each word of `text` in their name, or with that phone.
async fn called(state: &AppState, text: &str) -> Result<Condition, DbErr> {
    use crew_member::Column;
    if text.is_empty() {
        return Ok(Condition::all());
    }
    let mut any = Condition::any();
    if let Ok(phone) = PhoneNumber::parse(text) {
        let person = find(state.database.reader(), &phone).await?;
        any = any.add(Column::Id.is_in(person.map(|person| person.id)));
    }
    if let Ok(part) = PersonName::parse(text) {
        let folded = part.folded();
        let words = folded.split([' ', '.']).filter(|word| !word.is_empty());
        let all = words.fold(Condition::all(), |all, word| all.add(contains(Column::NameKey, word)));
        any = any.add(all);
    }
    if let Some(digits) = PhoneNumber::part(text) {
        any = any.add(contains(Column::Phone, &digits));
    }
    // What neither a name nor a phone can hold is in none.
    Ok(any.add(Column::Id.is_in(None::<Uuid>)))
}

/// A person, for those who judge people.
pub async fn find_by_id(
    state: &AppState,
    _: &Supervisor,
    id: CrewMemberId,
) -> Result<Option<crew_member::Model>, DbErr> {
    crew_member::Entity::find_by_id(id).one(state.database.reader()).await
}

/// A person about to change, locked. One who was merged into another since is not changed any more.
async fn lock_by_id(
    transaction: &DatabaseTransaction,
    id: CrewMemberId,
) -> Result<crew_member::Model, JudgeError> {
    let row = crew_member::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(transaction).await?;
    let row = row.ok_or(JudgeError::NotFound)?;
    if row.merged_into.is_some() { Err(JudgeError::Changed) } else { Ok(row) }
}

/// Writes down what the plant says of a person. Of two who do it at once the second is told: what was said
/// about the version `seen` does not replace another.
pub async fn judge(
    state: &AppState,
    supervisor: &Supervisor,
    id: CrewMemberId,
    seen: Option<i32>,
    judgement: Judgement,
) -> Result<(), JudgeError> {
    let mut work = Work::begin(state, supervisor).await?;
    let row = lock_by_id(&work, id).await?;
    let subject = Subject::CrewMember(id);
    let before = row.standing();
    let judged =
        opinions::judge(&mut work, supervisor, (subject, (&row).into()), before, seen, judgement).await?;
    let Some(standing) = judged else { return Ok(()) };
    let mut row = row.into_active_model();
    row.stand(standing);
    row.update(&work).await?;
    Ok(work.commit().await?)
}

/// Corrects the registered name. Submissions keep the name that they were made with; the gate points it out.
pub async fn rename(
    state: &AppState,
    supervisor: &Supervisor,
    id: CrewMemberId,
    seen: Option<i32>,
    name: &PersonName,
) -> Result<(), JudgeError> {
    let mut work = Work::begin(state, supervisor).await?;
    let row = lock_by_id(&work, id).await?;
    if row.full_name == name.as_str() {
        return Ok(());
    }
    if seen.is_some_and(|seen| seen != row.version) {
        return Err(JudgeError::Changed);
    }
    let event = Event::of(CREW_RENAMED)
        .about(&row)
        .before(json!({ "name": row.full_name }))
        .after(json!({ "name": name.as_str() }));
    let version = row.version + 1;
    let mut row = row.into_active_model();
    row.full_name = Set(name.as_str().to_owned());
    row.name_key = Set(name.folded());
    row.corrected_at = Set(Some(work.now()));
    row.version = Set(version);
    row.update(&work).await?;
    work.note(event);
    Ok(work.commit().await?)
}

/// Locks two people in the order in which submissions lock them.
pub async fn lock_both(
    transaction: &DatabaseTransaction,
    one: CrewMemberId,
    other: CrewMemberId,
) -> Result<Option<(crew_member::Model, crew_member::Model)>, DbErr> {
    let both = crew_member::Entity::find()
        .filter(crew_member::Column::Id.is_in([one, other]))
        .order_by_asc(crew_member::Column::Phone)
        .lock(LockType::NoKeyUpdate)
        .all(transaction)
        .await?;
    let of = |id| both.iter().find(|person| person.id == id).cloned();
    Ok(of(one).zip(of(other)))
}

/// Makes `gone` a pointer to `stays`, both locked: one person under the phone of `stays`, to whom the phone of
/// `gone` leads. Tells what the plant now says of `stays`, who has the licence number of `gone` for want of one.
pub async fn point(
    work: &mut Work<'_>,
    supervisor: &Supervisor,
    gone: crew_member::Model,
    stays: crew_member::Model,
) -> Result<Standing, DbErr> {
    let (gone_id, stays_id) = (gone.id, stays.id);
    let of_gone = (Subject::CrewMember(gone_id), &gone.standing());
    let of_stays = (Subject::CrewMember(stays_id), &stays.standing());
    let standing = opinions::fold(work, supervisor, of_gone, of_stays).await?;
    let license_no = stays.license_no.clone().or_else(|| gone.license_no.clone());
    // Those that led to the one who is gone lead on: no pointer leads to a pointer.
    crew_member::Entity::update_many()
        .col_expr(crew_member::Column::MergedInto, Expr::value(stays_id))
        .filter(crew_member::Column::MergedInto.eq(gone_id))
        .exec(&*work)
        .await?;
    let left = Standing { listed: None, version: gone.version + 1, ..gone.standing() };
    let mut gone = gone.into_active_model();
    gone.merged_into = Set(Some(stays_id));
    gone.stand(left);
    gone.update(&*work).await?;
    let mut stays = stays.into_active_model();
    stays.license_likeness = Set(license_no.as_ref().and_then(LicenceNo::likeness));
    stays.license_no = Set(license_no);
    stays.stand(standing.clone());
    stays.update(&*work).await?;
    Ok(standing)
}

/// The ids of `person` and of those who turned out to be that person.
pub fn with_merged(person: CrewMemberId) -> SelectStatement {
    let merged = crew_member::Column::MergedInto.eq(person);
    let all = crew_member::Entity::find().select_only().column(crew_member::Column::Id);
    all.filter(crew_member::Column::Id.eq(person).or(merged)).into_query()
}
