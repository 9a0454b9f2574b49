//! Settings, from the environment or `.env`. A bad value stops the start with one line that names it.

mod database;
mod error_reports;
mod hosts;
mod secret;
mod settings;
mod smtp;

use std::cell::RefCell;
use std::env::VarError;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use chrono_tz::Tz;
use lettre::message::Mailbox;
use secrecy::SecretString;

pub use self::database::{DatabaseAddress, Pooling};
pub use self::error_reports::ErrorReports;
pub use self::hosts::{AllowedHosts, BaseUrl};
pub use self::secret::weakness;
pub use self::settings::ConfigError;
use self::settings::{Settings, bad};
pub use self::smtp::{Protection, Smtp};
use crate::kernel::clock::SiteZone;

/// What the installation is set to. `docs/settings.md` says what each setting means.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL` and `DATABASE_POOLING`
    pub database: DatabaseAddress,
    /// `DATA_DIR`
    pub data_dir: PathBuf,
    /// `BIND_ADDR`, or every address with the port of `PORT`.
    pub bind_addr: SocketAddr,
    /// `BASE_URL`: an origin without a path or a slash at its end.
    pub base_url: BaseUrl,
    /// `SECRET_KEY`; absent: a file in `data_dir`.
    pub secret_key: Option<SecretString>,
    /// `STORAGE_URL`: the folder that keeps the papers.
    pub storage_dir: PathBuf,
    /// `SMTP_URL`; absent: mails become files in `data_dir`.
    pub smtp: Option<Smtp>,
    /// `MAIL_FROM`
    pub mail_from: Mailbox,
    /// `SMS_URL`: the folder that text messages become files in.
    pub sms_dir: PathBuf,
    /// `TRUSTED_PROXIES`: whose word about the client's address is believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// `ACCEL_REDIRECT_PREFIX`: where the proxy keeps the store's files; absent: the application sends them.
    pub accel_redirect_prefix: Option<String>,
    /// `ERROR_REPORT_URL`; absent: faults are told in the log alone.
    pub error_reports: Option<ErrorReports>,
    /// `METRICS_TOKEN`: who shows it may read `/metrics`; absent: this machine.
    pub metrics_token: Option<SecretString>,
    /// `RATE_LIMIT`: requests a second that one address may send; absent: as many as it likes.
    pub rate_limit: Option<NonZeroU32>,
    /// `MAX_CONNECTIONS`: that are open at once; absent: as many as memory allows.
    pub max_connections: Option<NonZeroUsize>,
    /// `ALLOWED_HOSTS`: the names that the site goes by.
    pub allowed_hosts: AllowedHosts,
    /// `SITE_NAME`
    pub site_name: String,
    /// `SITE_TIME_ZONE`
    pub zone: SiteZone,
    /// `PASS_DAYS`: 1 to 30.
    pub pass_days: u32,
    /// `EXPIRED_PAPERS`
    pub expired_papers: ExpiredPapers,
    /// `LOG_FORMAT`
    pub log_format: LogFormat,
}

/// What a paper past its last day does to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiredPapers {
    /// It stops it, when submitting and at the gate.
    Block,
    /// The guard confirms it.
    Warn,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

impl Config {
    /// Reads the settings from the environment. One that is no text is refused: it is not unset.
    ///
    /// # Errors
    /// The first setting that does not do.
    pub fn from_env() -> Result<Self, ConfigError> {
        let unreadable = RefCell::new(None);
        let config = Self::from_lookup(|name| match std::env::var(name) {
            Ok(value) => Some(value),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(_)) => {
                unreadable.borrow_mut().get_or_insert_with(|| name.to_owned());
                None
            }
        });
        match unreadable.into_inner() {
            Some(name) => Err(bad(&name, "be in UTF-8")),
            None => config,
        }
    }

    /// Reads the settings with `lookup`, which knows a variable's value by its name.
    ///
    /// # Errors
    /// The first setting that does not do.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let settings = Settings(&lookup);
        let data_dir = PathBuf::from(settings.text("DATA_DIR", "./data"));
        let bind_addr = settings.bind_addr()?;
        let base_url = BaseUrl::read(&settings, bind_addr)?;
        let database = DatabaseAddress::read(&settings, &data_dir)?;
        let secret_key = settings.optional("SECRET_KEY");
        match secret_key.as_deref().map(weakness) {
            None if matches!(database, DatabaseAddress::Postgres { .. }) => {
                return Err(bad("SECRET_KEY", "be set when PostgreSQL is used"));
            }
            Some(Some(must)) => return Err(bad("SECRET_KEY", &must)),
            _ => {}
        }
        Ok(Self {
            storage_dir: settings.folder("STORAGE_URL", data_dir.join("documents"))?,
            smtp: Smtp::read(&settings)?,
            mail_from: smtp::mail_from(&settings)?,
            sms_dir: settings.folder("SMS_URL", data_dir.join("sms"))?,
            trusted_proxies: settings.trusted_proxies()?,
            accel_redirect_prefix: settings.accel_redirect_prefix()?,
            error_reports: ErrorReports::read(&settings)?,
            metrics_token: secret::metrics_token(&settings)?,
            rate_limit: settings.rate_limit()?,
            max_connections: settings.max_connections()?,
            allowed_hosts: AllowedHosts::read(&settings, &base_url)?,
            site_name: settings.site_name()?,
            zone: SiteZone(settings.parsed::<Tz>(
                "SITE_TIME_ZONE",
                "Asia/Kolkata",
                "a zone like Asia/Kolkata",
            )?),
            pass_days: settings.pass_days()?,
            expired_papers: settings.one_of(
                "EXPIRED_PAPERS",
                &[("block", ExpiredPapers::Block), ("warn", ExpiredPapers::Warn)],
            )?,
            log_format: settings
                .one_of("LOG_FORMAT", &[("text", LogFormat::Text), ("json", LogFormat::Json)])?,
            database,
            secret_key: secret_key.map(SecretString::from),
            data_dir,
            bind_addr,
            base_url,
        })
    }

    /// Where uploads wait until they are known to be good.
    pub fn incoming_dir(&self) -> PathBuf {
        self.data_dir.join("incoming")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::*;

    pub(super) fn config(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| {
            settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_setting_is_in_the_table_and_in_the_example() {
        let asked = RefCell::<BTreeSet<String>>::default();
        Config::from_lookup(|name| {
            asked.borrow_mut().insert(name.to_owned());
            None
        })
        .unwrap();
        let asked = asked.into_inner();
        let table = include_str!("../../../docs/settings.md").lines().filter(|line| line.starts_with("| `"));
        let names =
            table.flat_map(|line| line.split('|').nth(1).unwrap_or_default().split('`').skip(1).step_by(2));
        let table: BTreeSet<String> = names.map(ToOwned::to_owned).collect();
        let example = include_str!("../../../.env.example")
            .lines()
            .filter_map(|line| line.trim_start_matches('#').split_once('='));
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let example = example.map(|(name, _)| name.to_owned()).filter(|name| is_name(name));
        let example: BTreeSet<String> = example.filter(|name| name != "POSTGRES_PASSWORD").collect();
        assert_eq!(table, example);
        assert!(asked.is_subset(&table), "{:?}", asked.difference(&table));
    }

    #[test]
    fn nothing_set_is_a_portal_on_this_machine() {
        let config = config(&[]).unwrap();
        assert_eq!(config.base_url.as_str(), "http://127.0.0.1:8080");
        assert_eq!(config.pass_days, 2);
        assert_eq!(config.storage_dir, PathBuf::from("./data/documents"));
    }

    #[test]
    fn a_port_alone_is_one_on_every_address() {
        let base_url = ("BASE_URL", "https://gate.example.com");
        let listens_at = |settings: &[(&str, &str)]| config(settings).unwrap().bind_addr.to_string();
        assert_eq!(listens_at(&[("PORT", "3000"), base_url]), "0.0.0.0:3000");
        assert_eq!(listens_at(&[("PORT", "3000"), ("BIND_ADDR", "127.0.0.1:8081")]), "127.0.0.1:8081");
    }

    #[test]
    fn a_bad_value_is_named() {
        let secret = "0123456789abcdef0123456789abcdef";
        for (settings, line) in [
            (&[("BIND_ADDR", "here")][..], "BIND_ADDR: must be an address and port"),
            (&[("BIND_ADDR", "0.0.0.0:80")], "BASE_URL: must be set when BIND_ADDR listens on every address"),
            (
                &[("BASE_URL", "https://x.example/path")],
                "BASE_URL: must be an origin like https://gate.example.com, without a path",
            ),
            (&[("PORT", "8080")], "BASE_URL: must be set when PORT listens on every address"),
            (&[("PORT", "80800")], "PORT: must be a port"),
            (&[("DATABASE_URL", "sqlite:")], "DATABASE_URL: must be sqlite: and a file"),
            (&[("DATABASE_POOLING", "statement")], "DATABASE_POOLING: must be one of: session, transaction"),
            (&[("DATABASE_URL", "mysql://x")], "DATABASE_URL: must begin with postgres:// or sqlite:"),
            (&[("DATABASE_URL", "postgres://x")], "SECRET_KEY: must be set when PostgreSQL is used"),
            (&[("SECRET_KEY", "short")], "SECRET_KEY: must have at least 32 characters"),
            (
                &[("SECRET_KEY", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")],
                "SECRET_KEY: must have at least 8 different characters: openssl rand -hex 32 makes one",
            ),
            (
                &[("METRICS_TOKEN", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")],
                "METRICS_TOKEN: must have at least 8 different characters: openssl rand -hex 32 makes one",
            ),
            (&[("SECRET_KEY", secret), ("PASS_DAYS", "0")], "PASS_DAYS: must be a number from 1 to 30"),
            (&[("EXPIRED_PAPERS", "maybe")], "EXPIRED_PAPERS: must be one of: block, warn"),
            (&[("ACCEL_REDIRECT_PREFIX", "papers")], "ACCEL_REDIRECT_PREFIX: must be a path like /papers"),
            (&[("METRICS_TOKEN", "short")], "METRICS_TOKEN: must have at least 16 characters"),
            (&[("RATE_LIMIT", "-1")], "RATE_LIMIT: must be a number of requests a second, or 0 for no limit"),
            (&[("MAX_CONNECTIONS", "0")], "MAX_CONNECTIONS: must be a number of connections, 1 or more"),
            (
                &[("ALLOWED_HOSTS", "gate.example.com:80")],
                "ALLOWED_HOSTS: must be names like gate.example.com, with commas between",
            ),
            (
                &[("ALLOWED_HOSTS", "*.example.com")],
                "ALLOWED_HOSTS: must be names like gate.example.com, with commas between",
            ),
            (&[("SITE_TIME_ZONE", "Mars")], "SITE_TIME_ZONE: must be a zone like Asia/Kolkata"),
            (&[("SMTP_URL", "smtp://mail.example.com")], "MAIL_FROM: must be set when SMTP_URL is"),
            (&[("MAIL_FROM", "Gate <gate>")], "MAIL_FROM: must be like Gatehouse <gate@example.com>"),
            (
                &[("MAIL_FROM", "a@example.com\r\nBcc: b@example.com")],
                "MAIL_FROM: must be like Gatehouse <gate@example.com>",
            ),
            (&[("SMS_URL", "twilio://sid:token@from")], "SMS_URL: must be file: and a folder"),
        ] {
            assert_eq!(config(settings).unwrap_err().to_string(), line);
        }
    }
}
