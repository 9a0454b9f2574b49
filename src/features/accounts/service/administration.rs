//! What the operator does with accounts at the command line.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _,
};
use thiserror::Error;

use super::passwords::NewPassword;
use super::registration::{self, NewAccount};
use crate::access::Operator;
use crate::entity::account::{self, Role};
use crate::entity::audit_log::AuditAction;
use crate::entity::session;
use crate::error::AppError;
use crate::features::audit::service::{self as audit, Event};
use crate::infra::database::is_taken;
use crate::state::AppState;
use crate::types::{EmailAddress, PersonName};

/// Why an account was not changed.
#[derive(Debug, Error)]
pub enum AdministrationError {
    /// There is one with this address.
    #[error("an account with this e-mail address exists")]
    Exists,
    /// There is none with this address.
    #[error("no account has this e-mail address")]
    Unknown,
    /// It could not be tried.
    #[error(transparent)]
    Failed(#[from] AppError),
}

impl From<DbErr> for AdministrationError {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes an account. Staff belong to the site's organisation by name; a customer gets one of its own.
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
    let password_hash = state.passwords.hash(password.into_secret()).await?;
    let organisation = match role {
        Role::Customer => full_name.as_str().to_owned(),
        Role::Guard | Role::Supervisor | Role::Admin => state.config.site_name.clone(),
    };
    let transaction = state.database.write().await?;
    let new = NewAccount { organisation, email, password_hash, full_name, phone: None, role };
    let account = registration::create(state, &transaction, new).await.map_err(|error| {
        if is_taken(&error, "account", "email") { AdministrationError::Exists } else { error.into() }
    })?;
    audit::record(state, &transaction, registration::created(&account)).await?;
    Ok(transaction.commit().await?)
}

/// Every account, by address.
pub async fn list(state: &AppState, _: &Operator) -> Result<Vec<account::Model>, DbErr> {
    account::Entity::find().order_by_asc(account::Column::Email).all(state.database.reader()).await
}

/// Lets an account sign in, or not; then its sessions end at once.
///
/// # Errors
/// [`AdministrationError::Unknown`].
pub async fn set_enabled(
    state: &AppState,
    _: &Operator,
    email: &EmailAddress,
    enabled: bool,
) -> Result<(), AdministrationError> {
    let transaction = state.database.write().await?;
    let account = account::Entity::find()
        .filter(account::Column::Email.eq(email.clone()))
        .one(&*transaction)
        .await?
        .ok_or(AdministrationError::Unknown)?;
    let id = account.id;
    let action = if enabled { AuditAction::AccountEnabled } else { AuditAction::AccountDisabled };
    let mut account = account.into_active_model();
    account.disabled_at = Set((!enabled).then(|| state.clock.now()));
    account.update(&*transaction).await?;
    if !enabled {
        session::Entity::delete_many().filter(session::Column::AccountId.eq(id)).exec(&*transaction).await?;
    }
    audit::record(state, &transaction, Event::by_system(action).about(id.as_uuid())).await?;
    Ok(transaction.commit().await?)
}
