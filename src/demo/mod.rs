//! `gatehouse demo`: two months of a plant whose people, vehicles and papers are made up, told through the same
//! services that customers, desk and gate use, with a clock that is set to each moment of the story.

mod papers;
mod people;
mod plan;
mod story;

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, sea_query::Expr,
    sea_query::OnConflict,
};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

use crate::kernel::access::Operator;
use crate::kernel::entity::{account, setting};
use crate::kernel::error::AppError;
use crate::kernel::keys::random;
use crate::kernel::state::AppState;

/// The name of the row that tells a demonstration from a plant's own data. It keeps the password, sealed.
const ROW: &str = "demo";
/// What the row holds while the story is being told.
const UNFINISHED: &str = "unfinished";

/// Why there is no demonstration.
#[derive(Debug, Error)]
pub enum DemoError {
    /// The database is somebody's.
    #[error("this database holds data of its own; nothing was changed")]
    OtherData,
    /// Another run was stopped half-way, or is not done yet.
    #[error("another run has not finished; if none is running, begin again with an empty database")]
    Unfinished,
    /// Messages would go out to addresses that are nobody's.
    #[error("SMTP_URL: must be unset for a demonstration, whose addresses are nobody's")]
    SendsMail,
    /// It could not be told.
    #[error(transparent)]
    Failed(#[from] AppError),
}

impl From<DbErr> for DemoError {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// Who can sign in to a demonstration.
#[derive(Debug)]
pub struct Demo {
    /// One account of each role: the role's name and the address.
    pub accounts: Vec<(&'static str, String)>,
    /// Everybody's password.
    pub password: SecretString,
}

/// Fills an empty database, telling `progress` how far it is; a database that has been filled stays as it is.
///
/// # Errors
/// [`DemoError`]; data that is no demonstration's is left alone.
pub async fn open(state: &AppState, operator: &Operator, progress: impl Fn(&str)) -> Result<Demo, DemoError> {
    let kept = setting::Entity::find_by_id(ROW).one(state.database.reader()).await?;
    let password = match kept {
        Some(row) => reopen(state, &row)?,
        None => fill(state, operator, progress).await?,
    };
    Ok(Demo { accounts: people::one_of_each_role(), password })
}

fn reopen(state: &AppState, row: &setting::Model) -> Result<SecretString, DemoError> {
    if row.value == UNFINISHED {
        return Err(DemoError::Unfinished);
    }
    let opened = state.keys.open(ROW, &row.value).and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(opened.ok_or_else(|| AppError::internal("the demonstration's password does not open"))?.into())
}

async fn fill(
    state: &AppState,
    operator: &Operator,
    progress: impl Fn(&str),
) -> Result<SecretString, DemoError> {
    if state.config.smtp.is_some() {
        return Err(DemoError::SendsMail);
    }
    if account::Entity::find().one(state.database.reader()).await?.is_some() {
        return Err(DemoError::OtherData);
    }
    begin(state).await?;
    let password: SecretString = data_encoding::BASE32_NOPAD.encode(&random::<10>()).to_lowercase().into();
    story::tell(state, operator, &password, progress).await?;
    let sealed = state.keys.seal(ROW, password.expose_secret().as_bytes());
    let transaction = state.database.write().await?;
    setting::Entity::update_many()
        .col_expr(setting::Column::Value, Expr::value(sealed))
        .filter(setting::Column::Name.eq(ROW))
        .exec(&*transaction)
        .await?;
    transaction.commit().await?;
    Ok(password)
}

/// Claims the database; of two runs at once one does.
async fn begin(state: &AppState) -> Result<(), DemoError> {
    let transaction = state.database.write().await?;
    let row = setting::ActiveModel { name: Set(ROW.to_owned()), value: Set(UNFINISHED.to_owned()) };
    let claimed = setting::Entity::insert(row)
        .on_conflict(OnConflict::column(setting::Column::Name).do_nothing().to_owned())
        .exec_without_returning(&*transaction)
        .await?;
    transaction.commit().await?;
    if claimed > 0 { Ok(()) } else { Err(DemoError::Unfinished) }
}
