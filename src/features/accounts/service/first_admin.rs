//! The link that makes the first admin of an empty installation. It works once.

use chrono::Duration;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};

use super::links;
use super::passwords::NewPassword;
use super::registration::{self, NewAccount, Standing};
use crate::features::accounts::actions::ACCOUNT_CREATED;
use crate::kernel::access::By;
use crate::kernel::audit::Event;
use crate::kernel::entity::account::{self, Role};
use crate::kernel::entity::one_time_token::{self, TokenKind};
use crate::kernel::error::AppError;
use crate::kernel::identity::turns::Lane;
use crate::kernel::state::AppState;
use crate::kernel::types::{EmailAddress, PersonName};
use crate::kernel::work::Work;

/// Who is to be the first admin.
#[derive(Debug)]
pub struct NewAdmin {
    /// The full name.
    pub full_name: PersonName,
    /// The user name.
    pub email: EmailAddress,
    /// The password.
    pub password: NewPassword,
}

/// How long the links of processes that start together stand beside each other.
const TOGETHER: Duration = Duration::minutes(1);

/// The token of a new link, if the installation has no admin yet. Links of earlier starts end; those that another
/// process offers at the same time go on working.
pub async fn offer(state: &AppState) -> Result<Option<String>, DbErr> {
    let work = Work::begin(state, By::system()).await?;
    if has_admin(&work).await? {
        return Ok(None);
    }
    one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::Kind.eq(TokenKind::FirstAdmin))
        .filter(one_time_token::Column::CreatedAt.lt(work.now() - TOGETHER))
        .exec(&work)
        .await?;
    let token = links::make(&work, TokenKind::FirstAdmin, None).await?;
    work.commit().await?;
    Ok(Some(token))
}

/// Whether the link with `token` still works.
pub async fn is_open(state: &AppState, token: &str) -> Result<bool, DbErr> {
    let database = state.database.reader();
    let found = links::find(state, database, TokenKind::FirstAdmin, token).await?;
    Ok(found.is_some() && !has_admin(database).await?)
}

/// Why no admin was made.
#[derive(Debug)]
pub enum SetupError {
    /// The link does not work any more.
    LinkIsUsed,
    /// Somebody has this address already, and has confirmed it.
    AddressIsTaken,
    /// It could not be tried.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for SetupError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes the admin and uses the link up.
///
/// # Errors
/// Why none was made; the link still works, unless that is the reason.
pub async fn create(state: &AppState, token: &str, new: NewAdmin, address: &str) -> Result<(), SetupError> {
    let lane = Lane::of_address(address);
    let password_hash = state.passwords.hash(new.password.into_secret(), lane).await?;
    let mut work = Work::begin(state, By::system()).await?;
    let used = links::use_up(&work, TokenKind::FirstAdmin, token).await?;
    if !used || has_admin(&work).await? {
        return Err(SetupError::LinkIsUsed);
    }
    let email = new.email.clone();
    let account = NewAccount {
        organisation: state.config.site_name.clone(),
        email: new.email,
        password_hash,
        full_name: new.full_name,
        phone: None,
        role: Role::Admin,
        standing: Standing::VouchedFor,
    };
    let Some(made) = registration::create_or_take_over(&mut work, account).await? else {
        registration::refuse_taken(work, &email).await?;
        return Err(SetupError::AddressIsTaken);
    };
    work.note(made.told(Event::of(ACCOUNT_CREATED)));
    Ok(work.commit().await?)
}

/// An admin made at the command line ends the link too.
async fn has_admin(database: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let admins = account::Entity::find().filter(account::Column::Role.eq(Role::Admin));
    Ok(admins.count(database).await? > 0)
}
