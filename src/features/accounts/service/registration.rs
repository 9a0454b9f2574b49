//! Making accounts.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _,
};
use serde_json::{Value, json};

use super::passwords::NewPassword;
use super::profile::told_of_owner;
use super::throttle::{self, Counter, Purpose};
use super::{mails, sign_in, ways_in};
use crate::features::accounts::actions::{
    ACCOUNT_CHANGE_REFUSED, ACCOUNT_CREATED, ACCOUNT_REGISTERED, REGISTRATION_REPEATED,
};
use crate::features::accounts::messages;
use crate::kernel::access::By;
use crate::kernel::audit::Event;
use crate::kernel::data::{DatabaseTransaction, is_taken};
use crate::kernel::entity::account::{self, Role};
use crate::kernel::entity::one_time_token::TokenKind;
use crate::kernel::entity::organisation;
use crate::kernel::error::AppError;
use crate::kernel::identity::turns::Lane;
use crate::kernel::state::AppState;
use crate::kernel::types::{
    AccountId, CompanyName, EmailAddress, Language, OrganisationId, PersonName, PhoneNumber,
};
use crate::kernel::work::{Core, Work};

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
/// an address that has an account already nothing is made but a mail that says so, or, if nobody has confirmed that
/// one yet, another link: neither the answer nor the time it takes tells.
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
    let lane = Lane::of_address(address);
    let password_hash = state.passwords.hash(new.password.into_secret(), lane).await?;
    let mut work = Work::begin(state, By::stranger(new.email.as_str(), address)).await?;
    if let Some(known) = find(&work, &new.email).await? {
        return tell_owner(work, &known, language).await;
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
    match create(&mut work, account).await {
        Ok(account) => {
            work.note(Event::of(ACCOUNT_REGISTERED).about(&account));
            mails::send_link(&mut work, TokenKind::ConfirmAddress, &account, language).await?;
            Ok(work.commit().await?)
        }
        // Somebody was quicker; what this transaction read is no more.
        Err(error) if is_taken(&error, "account", "email") => {
            drop(work);
            let work = Work::begin(state, By::stranger(email.as_str(), address)).await?;
            match find(&work, &email).await? {
                Some(known) => tell_owner(work, &known, language).await,
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

/// Tells the owner of `known` that somebody registered with their address, and lets them confirm it if nobody has;
/// not more often than they care to read, and not who may not sign in.
async fn tell_owner(mut work: Work<'_>, known: &account::Model, language: Language) -> Result<(), AppError> {
    let counter = Counter { purpose: Purpose::Confirmation, subject: known.email.as_str(), address: "" };
    match throttle::count_in(&mut work, counter, MAILS_PER_HOUR, Duration::hours(1)).await {
        Ok(()) if known.disabled_at.is_none() => {
            if known.is_unconfirmed() {
                mails::send_link(&mut work, TokenKind::ConfirmAddress, known, language).await?;
            } else {
                mails::send(&mut work, messages::ALREADY_REGISTERED, known, language);
            }
        }
        Ok(()) | Err(AppError::TooMany { .. }) => {}
        Err(error) => return Err(error),
    }
    work.note(Event::of(REGISTRATION_REPEATED).about(known));
    Ok(work.commit().await?)
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

impl Standing {
    fn confirmed_at(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (self == Self::VouchedFor).then_some(now)
    }

    fn invited_at(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (self == Self::Invited).then_some(now)
    }
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
pub(super) fn organisation_of(core: &Core, role: Role, full_name: &str) -> String {
    match role {
        Role::Customer => full_name.to_owned(),
        Role::Guard | Role::Supervisor | Role::Admin => core.config.site_name.clone(),
    }
}

/// Makes an account that the plant wants. One that somebody registered under the address, and nobody confirmed, is
/// taken over: all that was set by whoever registered it is gone. `None`: the address has an account of an owner
/// who is known.
pub(super) async fn create_or_take_over(work: &mut Work<'_>, new: NewAccount) -> Result<Option<Made>, DbErr> {
    let known = account::Entity::find()
        .filter(account::Column::Email.eq(new.email.clone()))
        .lock_exclusive()
        .one(&*work)
        .await?;
    match known {
        None => match create(work, new).await {
            Err(error) if is_taken(&error, "account", "email") => Ok(None),
            created => Ok(Some(Made { account: created?, before: None })),
        },
        Some(known) if may_be_taken_over(&known) => {
            let before = Some(told_of_owner(&known));
            Ok(Some(Made { account: take_over(work, known, new).await?, before }))
        }
        Some(_) => Ok(None),
    }
}

/// Whether the plant may have the account for whom it wants.
fn may_be_taken_over(account: &account::Model) -> bool {
    account.is_unconfirmed() && account.role == Role::Customer && account.disabled_at.is_none()
}

async fn take_over(
    work: &mut Work<'_>,
    account: account::Model,
    new: NewAccount,
) -> Result<account::Model, DbErr> {
    ways_in::end(&*work, account.id).await?;
    sign_in::forget_failures(&*work, &account.email).await?;
    let now = work.now();
    let organisation = create_organisation(work, new.organisation).await?;
    let mut row = account.into_active_model();
    row.organisation_id = Set(organisation);
    row.password_hash = Set(new.password_hash);
    row.search_text = Set(account::Model::search_text(&new.email, new.full_name.as_str()));
    row.full_name = Set(new.full_name.as_str().to_owned());
    row.phone = Set(new.phone);
    row.role = Set(new.role);
    row.language = Set(None);
    row.confirmed_at = Set(new.standing.confirmed_at(now));
    row.invited_at = Set(new.standing.invited_at(now));
    row.update(&*work).await
}

/// Makes an organisation that has no account yet.
pub(super) async fn create_organisation(work: &mut Work<'_>, name: String) -> Result<OrganisationId, DbErr> {
    let organisation = organisation::ActiveModel {
        id: Set(OrganisationId::new(work.core().clock.new_uuid())),
        name: Set(name),
        created_at: Set(work.now()),
    };
    Ok(organisation.insert(&*work).await?.id)
}

/// Makes an account and its organisation.
///
/// # Errors
/// The refusal of the unique index when the address has an account.
async fn create(work: &mut Work<'_>, new: NewAccount) -> Result<account::Model, DbErr> {
    let now = work.now();
    let organisation = create_organisation(work, new.organisation).await?;
    let search_text = account::Model::search_text(&new.email, new.full_name.as_str());
    account::ActiveModel {
        id: Set(AccountId::new(work.core().clock.new_uuid())),
        organisation_id: Set(organisation),
        email: Set(new.email),
        password_hash: Set(new.password_hash),
        full_name: Set(new.full_name.as_str().to_owned()),
        phone: Set(new.phone),
        role: Set(new.role),
        language: Set(None),
        disabled_at: Set(None),
        confirmed_at: Set(new.standing.confirmed_at(now)),
        invited_at: Set(new.standing.invited_at(now)),
        search_text: Set(search_text),
        created_at: Set(now),
    }
    .insert(&*work)
    .await
}

/// An account that the plant has made.
pub(super) struct Made {
    pub account: account::Model,
    /// What it was, if somebody had registered it before.
    pub before: Option<Value>,
}

impl Made {
    /// `event`, which tells of it.
    pub fn told(&self, event: Event) -> Event {
        let Self { account, before } = self;
        let mut after = told_of_owner(account);
        after["email"] = json!(account.email.as_str());
        let event = event.about(account);
        match before {
            None => event.after(after),
            Some(before) => {
                after["took_over"] = json!(true);
                event.before(before.clone()).after(after)
            }
        }
    }
}

/// Notes that the plant made no account, because the address has one.
pub(super) async fn refuse_taken(work: Work<'_>, email: &EmailAddress) -> Result<(), DbErr> {
    let wanted = json!({ "wanted": ACCOUNT_CREATED.code, "email": email.as_str() });
    work.refuse(Event::of(ACCOUNT_CHANGE_REFUSED).after(wanted)).await
}
