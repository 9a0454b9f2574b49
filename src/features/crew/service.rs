//! Crew: a person is one phone. Whoever first submitted a name for it gave the name; the plant alone
//! corrects it.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, sea_query::OnConflict,
};

use crate::access::Actor;
use crate::entity::audit_log::AuditAction;
use crate::entity::crew_member;
use crate::features::audit::service::{self as audit, Event};
use crate::state::AppState;
use crate::types::{CrewMemberId, Language, LicenceNo, PersonName, PhoneNumber};

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

/// What is known of the person with this phone, if anybody has it.
pub async fn find(
    database: &impl ConnectionTrait,
    phone: &PhoneNumber,
) -> Result<Option<crew_member::Model>, DbErr> {
    crew_member::Entity::find().filter(crew_member::Column::Phone.eq(phone.clone())).one(database).await
}

/// Whether the phone is registered under another name. Which one is never told.
pub async fn has_other_name(database: &impl ConnectionTrait, person: &Person) -> Result<bool, DbErr> {
    let known = find(database, &person.phone).await?;
    Ok(known.is_some_and(|known| known.name_key != person.name.key()))
}

/// The row of `person`, made if the phone is new. `None`: the phone is registered under another name.
///
/// Two people of one submission must be registered in the order of their phones, lest two submissions wait
/// for each other.
pub async fn register(
    state: &AppState,
    transaction: &DatabaseTransaction,
    actor: &Actor,
    person: &Person,
) -> Result<Option<crew_member::Model>, DbErr> {
    let id = CrewMemberId::new(state.clock.new_uuid());
    let made = crew_member::Entity::insert(crew_member::ActiveModel {
        id: Set(id),
        phone: Set(person.phone.clone()),
        full_name: Set(person.name.as_str().to_owned()),
        name_key: Set(person.name.key()),
        language: Set(person.language),
        license_no: Set(person.license_no.clone()),
        created_at: Set(state.clock.now()),
        ..Default::default()
    })
    .on_conflict(OnConflict::column(crew_member::Column::Phone).do_nothing().to_owned())
    .exec_without_returning(transaction)
    .await?;
    let known = find(transaction, &person.phone)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("the person just made".to_owned()))?;
    if made > 0 {
        let event = Event::by(actor, AuditAction::CrewRegistered).about(id.as_uuid());
        audit::record(state, transaction, event).await?;
        return Ok(Some(known));
    }
    if known.name_key != person.name.key() {
        return Ok(None);
    }
    Ok(Some(update_what_changes(transaction, known, person).await?))
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
    row.license_no = Set(license_no);
    row.update(transaction).await
}
