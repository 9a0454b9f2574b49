//! What owners of accounts tell of themselves.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, DbErr, EntityTrait as _, IntoActiveModel as _, QuerySelect as _,
    sea_query::LockType,
};
use serde_json::{Value, json};

use crate::features::accounts::actions::PROFILE_CHANGED;
use crate::kernel::access::Actor;
use crate::kernel::audit::Event;
use crate::kernel::entity::{account, organisation};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{AccountId, CompanyName, Language, PersonName, PhoneNumber};
use crate::kernel::work::Work;

/// What an owner changes.
#[derive(Debug)]
pub struct Profile {
    /// The full name.
    pub full_name: PersonName,
    /// How the plant reaches them.
    pub phone: Option<PhoneNumber>,
    /// A customer's company; staff's is the plant, and stays.
    pub company_name: Option<CompanyName>,
    /// In which language pages and mails are; otherwise as the browser asks.
    pub language: Option<Language>,
}

/// An account and the organisation that it acts for.
pub async fn find(
    state: &AppState,
    id: AccountId,
) -> Result<Option<(account::Model, organisation::Model)>, DbErr> {
    let database = state.database.reader();
    let Some(account) = account::Entity::find_by_id(id).one(database).await? else { return Ok(None) };
    let organisation = organisation::Entity::find_by_id(account.organisation_id).one(database).await?;
    Ok(organisation.map(|organisation| (account, organisation)))
}

/// Changes what the actor tells of themselves.
pub async fn change(state: &AppState, actor: &Actor, profile: Profile) -> Result<(), AppError> {
    let mut work = Work::begin(state, actor).await?;
    let account = account::Entity::find_by_id(actor.account()).lock(LockType::NoKeyUpdate).one(&work).await?;
    let account = account.ok_or(AppError::SignInFirst)?;
    let organisation = organisation::Entity::find_by_id(account.organisation_id)
        .lock(LockType::NoKeyUpdate)
        .one(&work)
        .await?;
    let mut organisation = organisation.ok_or(AppError::SignInFirst)?;
    let (before, phone_before) = (told(&account, &organisation), account.phone.clone());
    if let Some(name) = profile.company_name.filter(|_| !actor.is_staff()) {
        let mut row = organisation.into_active_model();
        row.name = Set(name.as_str().to_owned());
        organisation = row.update(&work).await?;
    }
    let mut row = account.clone().into_active_model();
    row.full_name = Set(profile.full_name.as_str().to_owned());
    row.search_text = Set(account::Model::search_text(&account.email, profile.full_name.as_str()));
    row.phone = Set(profile.phone);
    row.language = Set(profile.language);
    let account = row.update(&work).await?;
    let after = told(&account, &organisation);
    // Two phones may look alike in the log, which hides most of their digits.
    if before != after || phone_before != account.phone {
        let event = Event::of(PROFILE_CHANGED).about(&account);
        work.note(event.before(before).after(after));
    }
    Ok(work.commit().await?)
}

/// What the log tells of an account that passes to whoever proves its address.
pub(super) fn told_of_owner(account: &account::Model) -> Value {
    json!({
        "full_name": account.full_name,
        "role": account.role.name(),
        "phone": account.phone.as_ref().map(PhoneNumber::masked),
        "organisation": account.organisation_id,
        "has_password": !account.is_invited(),
    })
}

fn told(account: &account::Model, organisation: &organisation::Model) -> Value {
    json!({
        "full_name": account.full_name,
        "phone": account.phone.as_ref().map(PhoneNumber::masked),
        "company_name": organisation.name,
        "language": account.language.map(Language::code),
    })
}
