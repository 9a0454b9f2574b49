//! `gatehouse check`: whether what the settings name will do. Nothing is made or changed but for a file that is written
//! and removed again.

use std::path::Path;

use gatehouse::kernel::config::{Config, DatabaseAddress};
use gatehouse::kernel::data::schema;
use gatehouse::kernel::data::{Database, Patience};
use gatehouse::kernel::delivery::mailer::Mailer;
use gatehouse::kernel::error::AppError;
use gatehouse::kernel::keys::Keys;
use gatehouse::kernel::state;

use crate::Failure;

type Checked = Result<String, AppError>;

/// Says of each in a line how it is.
///
/// # Errors
/// When one of them will not do.
pub async fn run(config: &Config) -> Result<(), Failure> {
    let mut faults = 0;
    let mut tell = |what: &str, checked: Checked| match checked {
        Ok(word) => println!("{what}: {word}"),
        Err(error) => {
            faults += 1;
            println!("{what}: FAILED: {}", error.detail());
        }
    };
    tell("settings", Ok("ok".to_owned())); // they were read before
    tell("database", database(config).await);
    tell("storage", folder("STORAGE_URL", &config.storage_dir));
    tell("mail", mail(config).await);
    tell("text messages", folder("SMS_URL", &config.sms_dir));
    match faults {
        0 => Ok(()),
        1 => Err("1 thing will not do".into()),
        faults => Err(format!("{faults} things will not do").into()),
    }
}

async fn database(config: &Config) -> Checked {
    if let DatabaseAddress::Sqlite(path) = &config.database
        && !path.exists()
    {
        let folder_of_it = path.parent().unwrap_or(Path::new(""));
        return Ok(format!("{}; a new one will be made", folder("DATABASE_URL", folder_of_it)?));
    }
    let database = Database::connect(&config.database, Patience::PAGES).await?;
    let steps = schema::steps(&database).await?;
    let pending = steps.iter().filter(|(_, taken)| !taken).count();
    let keys = match &config.secret_key {
        Some(secret) => Some(Keys::new(secret)),
        None if config.data_dir.join("secret_key").exists() => {
            let keys = Keys::from_folder(&config.data_dir);
            Some(keys.map_err(|error| AppError::internal(format!("DATA_DIR: cannot be used: {error}")))?)
        }
        None => None,
    };
    if let Some(keys) = keys.filter(|_| pending < steps.len()) {
        state::check_kept_fingerprint(&database, &keys).await?;
    }
    Ok(match pending {
        0 => "ok".to_owned(),
        pending => format!("ok; {pending} steps of its schema are pending (serve or migrate takes them)"),
    })
}

/// Whether files can be written in `folder`, or it can be made in the one above it.
fn folder(setting: &'static str, folder: &Path) -> Checked {
    let made = folder.ancestors().find(|folder| folder.as_os_str().is_empty() || folder.exists());
    let made = made.filter(|made| !made.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::Builder::new().prefix(".gatehouse-check").tempfile_in(made);
    match file {
        Ok(_) => Ok("ok".to_owned()),
        Err(error) => {
            Err(AppError::internal(format!("{setting}: {} cannot be used: {error}", made.display())))
        }
    }
}

async fn mail(config: &Config) -> Checked {
    if config.smtp.is_none() {
        return folder("DATA_DIR", &config.data_dir.join("mail"));
    }
    let cannot =
        |error: &dyn std::fmt::Display| AppError::internal(format!("SMTP_URL: cannot be used: {error}"));
    let mailer = Mailer::new(config).map_err(|error| cannot(&error))?;
    mailer.greet().await.map_err(|error| cannot(&error))?;
    Ok("ok".to_owned())
}
