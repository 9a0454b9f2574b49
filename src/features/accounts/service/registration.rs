//! Making accounts.

use chrono::Duration;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, DatabaseTransaction, DbErr};
use serde_json::json;

use super::passwords::NewPassword;
use super::throttle::{self, Counter, Purpose};
use crate::entity::account::{self, Role};
use crate::entity::audit_log::AuditAction;
use crate::entity::organisation;
use crate::error::AppError;
use crate::features::audit::service::{self as audit, Event};
use crate::infra::database::is_taken;
use crate::state::AppState;
use crate::types::{AccountId, CompanyName, EmailAddress, OrganisationId, PersonName, PhoneNumber};

/// Registrations from one address in an hour; a depot's office shares one.
const PER_HOUR: i32 = 300;

/// What a customer registers with.
#[derive(Debug)]
pub struct Registration {
    /// The organisation's name.
    pub company_name: CompanyName,
    /// The account's owner.
    pub full_name: PersonName,
    /// How the plant reaches them; unique only once confirmed.
    pub phone: PhoneNumber,
    /// The user name.
    pub email: EmailAddress,
    /// The password.
    pub password: NewPassword,
}

/// Makes a customer's account with an organisation of its own. For an address that has an account already
/// nothing is made, and nothing tells so: neither the answer nor the time it takes.
///
/// # Errors
/// [`AppError::TooMany`] for a flood from one address.
pub async fn register(state: &AppState, new: Registration, address: &str) -> Result<(), AppError> {
    let counter = Counter { purpose: Purpose::Registration, subject: "", address };
    throttle::count(state, counter, PER_HOUR, Duration::hours(1)).await?;
    throttle::forget_old(state).await;
    let password_hash = state.passwords.hash(new.password.into_secret()).await?;
    let transaction = state.database.write().await?;
    let account = NewAccount {
        organisation: new.company_name.as_str().to_owned(),
        email: new.email.clone(),
        password_hash,
        full_name: new.full_name,
        phone: Some(new.phone),
        role: Role::Customer,
    };
    match create(state, &transaction, account).await {
        Ok(account) => {
            let event = Event::by_stranger(new.email.as_str(), address, AuditAction::AccountRegistered)
                .about(account.id.as_uuid());
            audit::record(state, &transaction, event).await?;
            transaction.commit().await?;
        }
        Err(error) if is_taken(&error, "account", "email") => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// An account to be made.
pub(super) struct NewAccount {
    pub organisation: String,
    pub email: EmailAddress,
    pub password_hash: String,
    pub full_name: PersonName,
    pub phone: Option<PhoneNumber>,
    pub role: Role,
}

/// Makes an account and its organisation.
///
/// # Errors
/// The refusal of the unique index when the address has an account.
pub(super) async fn create(
    state: &AppState,
    transaction: &DatabaseTransaction,
    new: NewAccount,
) -> Result<account::Model, DbErr> {
    let now = state.clock.now();
    let organisation = organisation::ActiveModel {
        id: Set(OrganisationId::new(state.clock.new_uuid())),
        name: Set(new.organisation),
        created_at: Set(now),
    }
    .insert(transaction)
    .await?;
    account::ActiveModel {
        id: Set(AccountId::new(state.clock.new_uuid())),
        organisation_id: Set(organisation.id),
        email: Set(new.email),
        password_hash: Set(new.password_hash),
        full_name: Set(new.full_name.as_str().to_owned()),
        phone: Set(new.phone),
        role: Set(new.role),
        language: Set(None),
        disabled_at: Set(None),
        created_at: Set(now),
    }
    .insert(transaction)
    .await
}

/// The audit row of an account made by the plant.
pub(super) fn created(account: &account::Model) -> Event {
    Event::by_system(AuditAction::AccountCreated)
        .about(account.id.as_uuid())
        .after(json!({ "email": account.email.as_str(), "role": account.role.name() }))
}
