//! What the operator does with accounts at the command line.

use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, Select};
use thiserror::Error;

use super::passwords::NewPassword;
use super::registration::{self, NewAccount, Standing};
use super::users::{self, ChangeError};
use crate::features::accounts::actions::ACCOUNT_CREATED;
use crate::kernel::access::By;
use crate::kernel::access::Operator;
use crate::kernel::audit::Event;
use crate::kernel::entity::account::{self, Role};
use crate::kernel::error::AppError;
use crate::kernel::identity::turns::Lane;
use crate::kernel::state::AppState;
use crate::kernel::types::{EmailAddress, PersonName};
use crate::kernel::work::Work;

/// Why an account was not changed.
#[derive(Debug, Error)]
pub enum AdministrationError {
    /// There is one with this address.
    #[error("an account with this e-mail address exists")]
    Exists,
    /// There is none with this address.
    #[error("no account has this e-mail address")]
    Unknown,
    /// No other admin can sign in.
    #[error("this is the last admin: make another one first")]
    LastAdmin,
    /// It could not be tried.
    #[error(transparent)]
    Failed(#[from] AppError),
}

impl From<DbErr> for AdministrationError {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

impl From<ChangeError> for AdministrationError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::LastAdmin => Self::LastAdmin,
            ChangeError::NotFound | ChangeError::NotInvited | ChangeError::Disabled | ChangeError::Own => {
                Self::Unknown
            }
            ChangeError::Failed(error) => Self::Failed(error),
        }
    }
}

/// Makes an account, or takes one over that nobody confirmed. Staff belong to the site's organisation by name; a customer gets one of its own.
///
/// # Errors
/// [`AdministrationError::Exists`].
pub async fn create(
    state: &AppState,
    _: &Operator,
    email: EmailAddress,
    full_name: PersonName,
    role: Role,
    password: NewPassword,
) -> Result<(), AdministrationError> {
    let password_hash = state.passwords.hash(password.into_secret(), Lane::of_address("")).await?;
    let organisation = registration::organisation_of(state, role, full_name.as_str());
    let standing = Standing::VouchedFor;
    let mut work = Work::begin(state, By::system()).await?;
    let address = email.clone();
    let new = NewAccount { organisation, email, password_hash, full_name, phone: None, role, standing };
    let Some(made) = registration::create_or_take_over(&mut work, new).await? else {
        registration::refuse_taken(work, &address).await?;
        return Err(AdministrationError::Exists);
    };
    work.note(made.told(Event::of(ACCOUNT_CREATED)));
    Ok(work.commit().await?)
}

/// Every account, by address.
pub async fn list(state: &AppState, _: &Operator) -> Result<Vec<account::Model>, DbErr> {
    account::Entity::find().order_by_asc(account::Column::Email).all(state.database.reader()).await
}

/// Lets an account sign in, or not; then its sessions end at once.
///
/// # Errors
/// [`AdministrationError::Unknown`], [`AdministrationError::LastAdmin`].
pub async fn set_enabled(
    state: &AppState,
    operator: &Operator,
    email: &EmailAddress,
    enabled: bool,
) -> Result<(), AdministrationError> {
    Ok(users::switch(state, operator, with_address(email), enabled).await?)
}

/// Forgets an account's failed sign-ins, and whatever else it must wait for.
///
/// # Errors
/// [`AdministrationError::Unknown`].
pub async fn unlock(
    state: &AppState,
    operator: &Operator,
    email: &EmailAddress,
) -> Result<(), AdministrationError> {
    Ok(users::forgive(state, operator, with_address(email)).await?)
}

fn with_address(email: &EmailAddress) -> Select<account::Entity> {
    account::Entity::find().filter(account::Column::Email.eq(email.clone()))
}
