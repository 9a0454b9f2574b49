//! What every request needs.

use std::ops::Deref;
use std::sync::Arc;

use sea_orm::{ActiveValue::Set, EntityTrait as _, sea_query::OnConflict};

use crate::kernel::clock::Clock;
use crate::kernel::config::Config;
use crate::kernel::data::schema::{self, Turn};
use crate::kernel::data::searches::Searches;
use crate::kernel::data::{Database, Patience};
use crate::kernel::delivery::mailer::Mailer;
use crate::kernel::delivery::sms::{self, SmsGateway};
use crate::kernel::entity::setting;
use crate::kernel::error::{AppError, one_line};
use crate::kernel::files::Storage;
use crate::kernel::identity::passwords::Passwords;
use crate::kernel::keys::Keys;
use crate::kernel::telemetry::metrics::Metrics;
use crate::kernel::telemetry::reports::Reports;
use crate::kernel::work::Core;

/// What every request needs. Cloning it is cheap. Nothing in it is state that a second process would miss:
/// what a process counts of itself is its own.
#[derive(Clone, Debug)]
pub struct AppState {
    /// What services work with.
    pub core: Core,
    /// The papers' bytes.
    pub storage: Storage,
    /// The way of e-mails.
    pub mailer: Mailer,
    /// The way of text messages.
    pub sms: Arc<dyn SmsGateway>,
    /// Password hashing.
    pub passwords: Passwords,
    /// Room for searches.
    pub searches: Searches,
    /// What the process counts of itself.
    pub metrics: Metrics,
    /// The way of error reports.
    pub reports: Reports,
}

impl Deref for AppState {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

impl AppState {
    /// Opens the database, brings its schema up to date, and the store, to answer pages.
    ///
    /// # Errors
    /// When one of them does not open, or `SECRET_KEY` is not the one the database was made with.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, AppError> {
        Self::open_with(config, clock, Patience::PAGES).await
    }

    /// [`open`](Self::open), with another patience with the database.
    ///
    /// # Errors
    /// The same.
    pub async fn open_with(config: Config, clock: Clock, patience: Patience) -> Result<Self, AppError> {
        let (database, keys) = open_database(&config, patience).await?;
        check_fingerprint(&database, &keys).await?;
        Ok(Self {
            storage: Storage::in_folder(&config.storage_dir)
                .await
                .map_err(|error| AppError::internal(format!("STORAGE_URL: {}", one_line(&error))))?,
            mailer: Mailer::new(&config)
                .map_err(|error| AppError::internal(format!("SMTP_URL: cannot be used: {error}")))?,
            sms: Arc::new(sms::Folder::new(&config.sms_dir).map_err(|error| bad_folder("SMS_URL", &error))?),
            passwords: Passwords::default(),
            searches: Searches::beside(database.connections()),
            metrics: Metrics::new()?,
            reports: Reports::open(config.error_reports.as_ref(), config.base_url.host())
                .map_err(|error| AppError::internal(format!("ERROR_REPORT_URL: cannot be used: {error}")))?,
            core: Core { config: Arc::new(config), database, clock, keys, bell: Arc::default() },
        })
    }
}

async fn open_database(config: &Config, patience: Patience) -> Result<(Database, Keys), AppError> {
    std::fs::create_dir_all(&config.data_dir).map_err(|error| bad_folder("DATA_DIR", &error))?;
    let _turn = Turn::take(&config.database).await?;
    let keys = match &config.secret_key {
        Some(secret) => Keys::new(secret),
        None => Keys::from_folder(&config.data_dir).map_err(|error| bad_folder("DATA_DIR", &error))?,
    };
    let database = Database::connect(&config.database, patience).await?;
    schema::up(&database, Patience::SCHEMA).await?;
    Ok((database, keys))
}

fn bad_folder(setting: &str, error: &std::io::Error) -> AppError {
    AppError::internal(format!("{setting}: cannot be used: {error}"))
}

/// The name of the row that remembers which secret the database was made with.
const FINGERPRINT: &str = "secret_key_fingerprint";

async fn check_fingerprint(database: &Database, keys: &Keys) -> Result<(), AppError> {
    let transaction = database.write().await?;
    setting::Entity::insert(setting::ActiveModel {
        name: Set(FINGERPRINT.to_owned()),
        value: Set(keys.fingerprint()),
    })
    .on_conflict(OnConflict::column(setting::Column::Name).do_nothing().to_owned())
    .exec_without_returning(&*transaction)
    .await?;
    transaction.commit().await?;
    check_kept_fingerprint(database, keys).await
}

/// Whether the secret is the one that the database was made with, as far as it remembers one.
///
/// # Errors
/// When it is another.
pub async fn check_kept_fingerprint(database: &Database, keys: &Keys) -> Result<(), AppError> {
    let kept = setting::Entity::find_by_id(FINGERPRINT.to_owned()).one(database.reader()).await?;
    if kept.is_none_or(|kept| kept.value == keys.fingerprint()) {
        Ok(())
    } else {
        Err(AppError::internal("SECRET_KEY: is not the one this database was made with"))
    }
}
