//! Making accounts.

use chrono::Duration;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _,
    QueryFilter as _,
};
use serde_json::json;

use super::mails;
use super::passwords::NewPassword;
use super::throttle::{self, Counter, Purpose};
use crate::entity::account::{self, Role};
use crate::entity::audit_log::AuditAction;
use crate::entity::notification::NotificationKind;
use crate::entity::one_time_token::TokenKind;
use crate::entity::organisation;
use crate::error::AppError;
use crate::features::audit::service::{self as audit, Event};
use crate::infra::database::{WriteTransaction, is_taken};
use crate::state::AppState;
use crate::types::{AccountId, CompanyName, EmailAddress, Language, OrganisationId, PersonName, PhoneNumber};

/// Registrations from one address in an hour; a depot's office shares one.
const PER_HOUR: i32 = 300;
/// Mails in an hour that tell an owner of registrations with their address.
const MAILS_PER_HOUR: i32 = 3;

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

/// Makes a customer's account with an organisation of its own, and sends a link that confirms its address. For
/// an address that has an account already nothing is made but a mail that says so: neither the answer nor the
/// time it takes tells.
///
/// # Errors
/// [`AppError::TooMany`] for a flood from one network address.
pub async fn register(
    state: &AppState,
    new: Registration,
    language: Language,
    address: &str,
) -> Result<(), AppError> {
    let counter = Counter { purpose: Purpose::Registration, subject: "", address };
    throttle::count(state, counter, PER_HOUR, Duration::hours(1)).await?;
    let password_hash = state.passwords.hash(new.password.into_secret()).await?;
    let transaction = state.database.write().await?;
    if let Some(known) = find(&transaction, &new.email).await? {
        return tell_owner(state, transaction, &known, language, address).await;
    }
    let email = new.email.clone();
    let account = NewAccount {
        organisation: new.company_name.as_str().to_owned(),
        email: new.email,
        password_hash,
        full_name: new.full_name,
        phone: Some(new.phone),
        role: Role::Customer,
        standing: Standing::Unconfirmed,
    };
    match create(state, &transaction, account).await {
        Ok(account) => {
            let event = Event::by_stranger(account.email.as_str(), address, AuditAction::AccountRegistered)
                .about(account.id.as_uuid());
            audit::record(state, &transaction, event).await?;
            mails::send_link(state, &transaction, TokenKind::ConfirmAddress, &account, language).await?;
            Ok(transaction.commit().await?)
        }
        // Somebody was quicker; what this transaction read is no more.
        Err(error) if is_taken(&error, "account", "email") => {
            drop(transaction);
            let transaction = state.database.write().await?;
            match find(&transaction, &email).await? {
                Some(known) => tell_owner(state, transaction, &known, language, address).await,
                None => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

async fn find(
    transaction: &DatabaseTransaction,
    email: &EmailAddress,
) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find().filter(account::Column::Email.eq(email.clone())).one(transaction).await
}

/// Tells the owner of `known` that somebody registered with their address; not more often than they care to
/// read, and not who may not sign in.
async fn tell_owner(
    state: &AppState,
    transaction: WriteTransaction,
    known: &account::Model,
    language: Language,
    address: &str,
) -> Result<(), AppError> {
    let counter = Counter { purpose: Purpose::Confirmation, subject: known.email.as_str(), address: "" };
    match throttle::count_in(state, &transaction, counter, MAILS_PER_HOUR, Duration::hours(1)).await {
        Ok(()) if known.disabled_at.is_none() => {
            mails::send(state, &transaction, NotificationKind::AlreadyRegistered, known, language).await?;
        }
        Ok(()) | Err(AppError::TooMany { .. }) => {}
        Err(error) => return Err(error),
    }
    let event = Event::by_stranger(known.email.as_str(), address, AuditAction::RegistrationRepeated)
        .about(known.id.as_uuid());
    audit::record(state, &transaction, event).await?;
    Ok(transaction.commit().await?)
}

/// How far a new account's address is known to be its owner's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Registered by whoever; a link confirms it.
    Unconfirmed,
    /// Made by the plant, with a password.
    VouchedFor,
    /// Made by the plant; a link sets the password.
    Invited,
}

/// An account to be made.
pub(super) struct NewAccount {
    pub organisation: String,
    pub email: EmailAddress,
    pub password_hash: String,
    pub full_name: PersonName,
    pub phone: Option<PhoneNumber>,
    pub role: Role,
    pub standing: Standing,
}

/// The name of the organisation that a person of `role` gets of their own: staff's is the site's.
pub(super) fn organisation_of(state: &AppState, role: Role, full_name: &PersonName) -> String {
    match role {
        Role::Customer => full_name.as_str().to_owned(),
        Role::Guard | Role::Supervisor | Role::Admin => state.config.site_name.clone(),
    }
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
    let search_text = account::Model::search_text(&new.email, new.full_name.as_str());
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
        confirmed_at: Set((new.standing == Standing::VouchedFor).then_some(now)),
        invited_at: Set((new.standing == Standing::Invited).then_some(now)),
        search_text: Set(search_text),
        created_at: Set(now),
    }
    .insert(transaction)
    .await
}

/// The audit row of an account made by the plant.
pub(super) fn created(account: &account::Model, event: Event) -> Event {
    event
        .about(account.id.as_uuid())
        .after(json!({ "email": account.email.as_str(), "role": account.role.name() }))
}
