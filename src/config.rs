//! Settings, from the environment or `.env`. A bad value stops the start with one line that names it.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use thiserror::Error;

use crate::clock::SiteZone;

/// What the installation is set to. The table in the README says what each setting means.
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

/// Where the database is.
#[derive(Clone, Debug)]
pub enum DatabaseAddress {
    /// In this file.
    Sqlite(PathBuf),
    /// At a PostgreSQL server.
    Postgres {
        /// With user and password.
        url: SecretString,
        /// What is between here and there.
        pooling: Pooling,
    },
}

/// How long a connection to PostgreSQL stays ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Until we close it: there is no pooler, or one that pools sessions.
    Session,
    /// For one transaction: `pool_mode = transaction` of `PgBouncer`, and what is like it.
    Transaction,
}

/// What a paper past its last day does to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiredPapers {
    /// It stops it, when submitting and at the gate.
    Block,
    /// The guard confirms it.
    Warn,
}

/// The server that takes our mail.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Its name, which its certificate bears.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub protection: Protection,
    /// User and password, if it asks for them.
    pub credentials: Option<(String, SecretString)>,
}

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte.
    Tls,
    /// TLS after STARTTLS; a server that does not offer it gets no mail.
    StartTls,
    /// Not at all.
    Plain,
}

/// Where error reports go: what a Sentry DSN says.
#[derive(Clone, Debug)]
pub struct ErrorReports {
    /// Takes envelopes.
    pub endpoint: url::Url,
    /// The project's public key.
    pub key: SecretString,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

/// The origin that links and passes bear: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// The origin in `text`, if it is one: `http` or `https`, a host, no path.
    pub fn parse(text: &str) -> Option<Self> {
        let url = url::Url::parse(text).ok()?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        plain.then(|| Self(url.origin().ascii_serialization()))
    }

    /// The origin, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, as behind an `@`.
    pub fn host(&self) -> &str {
        without_port(self.0.split_once("://").map_or("", |(_, authority)| authority))
    }

    /// Whether browsers reach the site over TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

/// The names that the site goes by in the `Host` of requests: that of `BASE_URL` and those of this machine in any case.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    names: Vec<String>,
    /// Whether any address will do, in digits.
    addresses: bool,
}

impl AllowedHosts {
    /// Names in a list; with an empty one, addresses in digits as well.
    fn parse(list: &str, base_url: &BaseUrl) -> Option<Self> {
        let listed = list.split([',', ' ']).filter(|name| !name.is_empty());
        let mut names = listed
            .map(|name| url::Host::parse(name).map(|host| host.to_string()))
            .collect::<Result<Vec<_>, _>>()
            .ok()?;
        let addresses = names.is_empty();
        names.extend([base_url.host().to_owned(), "localhost".to_owned()]);
        Some(Self { names, addresses })
    }

    /// Whether `authority`, a host with a port or without, is the site.
    pub fn allow(&self, authority: &str) -> bool {
        let host = without_port(authority);
        let name = host.strip_suffix('.').unwrap_or(host);
        let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
            || address
                .parse::<IpAddr>()
                .is_ok_and(|address| self.addresses || address.to_canonical().is_loopback())
    }
}

/// The host of `host:port`; an IPv6 address stands in brackets.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A setting that does not do.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{name}: {problem}")]
pub struct ConfigError {
    name: &'static str,
    problem: String,
}

impl Config {
    /// Reads the settings with `lookup`, which knows a variable's value by its name.
    ///
    /// # Errors
    /// The first setting that does not do.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let settings = Settings(&lookup);
        let data_dir = PathBuf::from(settings.text("DATA_DIR", "./data"));
        let bind_addr = settings.bind_addr()?;
        let base_url = settings.base_url(bind_addr)?;
        let database = settings.database(&data_dir)?;
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
            smtp: settings.smtp()?,
            mail_from: settings.mail_from()?,
            sms_dir: settings.folder("SMS_URL", data_dir.join("sms"))?,
            trusted_proxies: settings.trusted_proxies()?,
            accel_redirect_prefix: settings.accel_redirect_prefix()?,
            error_reports: settings.error_reports()?,
            metrics_token: settings.metrics_token()?,
            rate_limit: settings.rate_limit()?,
            max_connections: settings.max_connections()?,
            allowed_hosts: settings.allowed_hosts(&base_url)?,
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
}

impl Config {
    /// Where uploads wait until they are known to be good.
    pub fn incoming_dir(&self) -> PathBuf {
        self.data_dir.join("incoming")
    }
}

struct Settings<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Settings<'_> {
    fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str, default: &str) -> String {
        self.optional(name).unwrap_or_else(|| default.to_owned())
    }

    fn parsed<T: std::str::FromStr>(
        &self,
        name: &'static str,
        default: &str,
        what: &str,
    ) -> Result<T, ConfigError> {
        let text = self.text(name, default);
        text.parse().map_err(|_| bad(name, &format!("be {what}")))
    }

    /// The choice named by the setting; the first is the default.
    fn one_of<T: Copy>(&self, name: &'static str, choices: &[(&str, T)]) -> Result<T, ConfigError> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let text = self.text(name, names.first().copied().unwrap_or_default());
        choices
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, value)| *value)
            .ok_or_else(|| bad(name, &format!("be one of: {}", names.join(", "))))
    }

    /// Hosting platforms tell the port alone, and ask on every address.
    fn bind_addr(&self) -> Result<SocketAddr, ConfigError> {
        match (self.optional("BIND_ADDR"), self.optional("PORT")) {
            (None, Some(_)) => Ok((Ipv4Addr::UNSPECIFIED, self.parsed::<u16>("PORT", "", "a port")?).into()),
            _ => self.parsed("BIND_ADDR", "127.0.0.1:8080", "an address and port"),
        }
    }

    fn database(&self, data_dir: &Path) -> Result<DatabaseAddress, ConfigError> {
        let pooling = self.one_of(
            "DATABASE_POOLING",
            &[("session", Pooling::Session), ("transaction", Pooling::Transaction)],
        )?;
        let Some(url) = self.optional("DATABASE_URL") else {
            return Ok(DatabaseAddress::Sqlite(data_dir.join("gatehouse.db")));
        };
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(DatabaseAddress::Postgres { url: url.into(), pooling });
        }
        // A path, whatever characters it has; `//` before it and `?mode=rwc` behind it are habits of others.
        let path = url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
        match path.map(|path| path.strip_suffix("?mode=rwc").unwrap_or(path)) {
            Some("") => Err(bad("DATABASE_URL", "be sqlite: and a file")),
            Some(path) => Ok(DatabaseAddress::Sqlite(PathBuf::from(path))),
            None => Err(bad("DATABASE_URL", "begin with postgres:// or sqlite:")),
        }
    }

    fn base_url(&self, bind_addr: SocketAddr) -> Result<BaseUrl, ConfigError> {
        match self.optional("BASE_URL") {
            Some(text) => BaseUrl::parse(&text)
                .ok_or_else(|| bad("BASE_URL", "be an origin like https://gate.example.com, without a path")),
            None if bind_addr.ip().is_unspecified() => {
                let setting = if self.optional("BIND_ADDR").is_some() { "BIND_ADDR" } else { "PORT" };
                Err(bad("BASE_URL", &format!("be set when {setting} listens on every address")))
            }
            None => Ok(BaseUrl(format!("http://{bind_addr}"))),
        }
    }

    fn folder(&self, name: &'static str, default: PathBuf) -> Result<PathBuf, ConfigError> {
        match self.optional(name) {
            None => Ok(default),
            Some(url) => match url.strip_prefix("file:") {
                Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
                _ => Err(bad(name, "be file: and a folder")),
            },
        }
    }

    fn smtp(&self) -> Result<Option<Smtp>, ConfigError> {
        let Some(text) = self.optional("SMTP_URL") else { return Ok(None) };
        let smtp = Smtp::parse(&text).ok_or_else(|| {
            bad("SMTP_URL", "be like smtp://user:password@host:587 or smtps://user:password@host")
        })?;
        Ok(Some(smtp))
    }

    /// Who mails come from. Mails that only become files need no address that anybody answers to.
    fn mail_from(&self) -> Result<Mailbox, ConfigError> {
        let default = match self.optional("SMTP_URL") {
            None => "gatehouse@localhost",
            Some(_) => "",
        };
        let text = self.text("MAIL_FROM", default);
        if text.is_empty() {
            return Err(bad("MAIL_FROM", "be set when SMTP_URL is"));
        }
        let mailbox = text.parse::<Mailbox>().ok().filter(|_| !text.chars().any(char::is_control));
        mailbox.ok_or_else(|| bad("MAIL_FROM", "be like Gatehouse <gate@example.com>"))
    }

    fn trusted_proxies(&self) -> Result<Vec<ipnet::IpNet>, ConfigError> {
        self.text("TRUSTED_PROXIES", "")
            .split([',', ' '])
            .filter(|part| !part.is_empty())
            .map(|part| {
                part.parse()
                    .or_else(|_| part.parse::<std::net::IpAddr>().map(ipnet::IpNet::from))
                    .map_err(|_| bad("TRUSTED_PROXIES", "be addresses or networks, with commas between"))
            })
            .collect()
    }

    fn accel_redirect_prefix(&self) -> Result<Option<String>, ConfigError> {
        let Some(prefix) = self.optional("ACCEL_REDIRECT_PREFIX") else { return Ok(None) };
        let path = prefix.trim_end_matches('/');
        let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
        if !path.starts_with('/') || !plain {
            return Err(bad("ACCEL_REDIRECT_PREFIX", "be a path like /papers"));
        }
        Ok(Some(path.to_owned()))
    }

    fn error_reports(&self) -> Result<Option<ErrorReports>, ConfigError> {
        let Some(text) = self.optional("ERROR_REPORT_URL") else { return Ok(None) };
        let reports = ErrorReports::parse(&text).ok_or_else(|| {
            bad("ERROR_REPORT_URL", "be a Sentry DSN like https://key@errors.example.com/1")
        })?;
        Ok(Some(reports))
    }

    fn metrics_token(&self) -> Result<Option<SecretString>, ConfigError> {
        match self.optional("METRICS_TOKEN") {
            Some(token) if token.len() < 16 => Err(bad("METRICS_TOKEN", "have at least 16 characters")),
            Some(token) => match has_few_characters(&token) {
                Some(must) => Err(bad("METRICS_TOKEN", &must)),
                None => Ok(Some(token.into())),
            },
            None => Ok(None),
        }
    }

    fn rate_limit(&self) -> Result<Option<NonZeroU32>, ConfigError> {
        Ok(NonZeroU32::new(self.parsed(
            "RATE_LIMIT",
            "50",
            "a number of requests a second, or 0 for no limit",
        )?))
    }

    fn max_connections(&self) -> Result<Option<NonZeroUsize>, ConfigError> {
        let most = self.optional("MAX_CONNECTIONS").map(|most| most.parse());
        most.transpose().map_err(|_| bad("MAX_CONNECTIONS", "be a number of connections, 1 or more"))
    }

    fn allowed_hosts(&self, base_url: &BaseUrl) -> Result<AllowedHosts, ConfigError> {
        AllowedHosts::parse(&self.text("ALLOWED_HOSTS", ""), base_url)
            .ok_or_else(|| bad("ALLOWED_HOSTS", "be names like gate.example.com, with commas between"))
    }

    fn site_name(&self) -> Result<String, ConfigError> {
        let name = self.text("SITE_NAME", "Gatehouse");
        if name.chars().count() > 60 || name.chars().any(char::is_control) {
            return Err(bad("SITE_NAME", "have at most 60 characters, on one line"));
        }
        Ok(name)
    }

    fn pass_days(&self) -> Result<u32, ConfigError> {
        let days = self.parsed("PASS_DAYS", "2", "a number from 1 to 30")?;
        if (1..=30).contains(&days) { Ok(days) } else { Err(bad("PASS_DAYS", "be a number from 1 to 30")) }
    }
}

impl Smtp {
    /// `smtps://` is TLS from the first byte, port 465 if none is given. `smtp://` asks for STARTTLS, port 587,
    /// and sends nothing without it, except to this machine (port 25) or where `?tls=none` says so.
    fn parse(text: &str) -> Option<Self> {
        let url = url::Url::parse(text).ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let protection = match (url.scheme(), url.query()) {
            ("smtps", None) => Protection::Tls,
            ("smtp", None) if local => Protection::Plain,
            ("smtp", Some("tls=none")) => Protection::Plain,
            ("smtp", None | Some("tls=required")) => Protection::StartTls,
            _ => return None,
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return None;
        }
        let decoded = |part| Some(percent_decode_str(part).decode_utf8().ok()?.into_owned());
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) => Some((decoded(user)?, SecretString::from(decoded(password)?))),
            (_, None) => return None,
        };
        let usual = match protection {
            Protection::Tls => 465,
            Protection::StartTls => 587,
            Protection::Plain => 25,
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Some(Self { host, port: url.port().unwrap_or(usual), protection, credentials })
    }
}

impl ErrorReports {
    /// `https://<key>@<host>/<project>`. Plain `http` is taken for this machine alone. A path before the project and
    /// the secret that old DSNs have are allowed.
    fn parse(text: &str) -> Option<Self> {
        let mut endpoint = url::Url::parse(text).ok()?;
        let local = match endpoint.host()? {
            url::Host::Domain(name) => name == "localhost",
            url::Host::Ipv4(address) => address.is_loopback(),
            url::Host::Ipv6(address) => address.is_loopback(),
        };
        let protected = endpoint.scheme() == "https" || endpoint.scheme() == "http" && local;
        let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let key = endpoint.username().to_owned();
        let (before, project) = endpoint.path().trim_end_matches('/').rsplit_once('/')?;
        let whole = endpoint.query().is_none() && endpoint.fragment().is_none();
        if !protected || !whole || !is_word(&key) || !is_word(project) {
            return None;
        }
        let path = format!("{before}/api/{project}/envelope/");
        endpoint.set_path(&path);
        endpoint.set_username("").ok()?;
        endpoint.set_password(None).ok()?;
        Some(Self { endpoint, key: key.into() })
    }
}

/// The fewest characters of a secret.
const SHORTEST: usize = 32;
/// The fewest different ones: what `openssl rand -hex` makes has more, but for one in a million million.
const DISTINCT: usize = 8;

/// What a secret must have and `secret` has not.
pub fn weakness(secret: &str) -> Option<String> {
    if secret.len() < SHORTEST {
        return Some(format!("have at least {SHORTEST} characters"));
    }
    has_few_characters(secret)
}

/// What a secret must have that `secret`, long enough as it is, repeats too few characters for.
fn has_few_characters(secret: &str) -> Option<String> {
    let distinct: BTreeSet<char> = secret.chars().collect();
    (distinct.len() < DISTINCT)
        .then(|| format!("have at least {DISTINCT} different characters: openssl rand -hex 32 makes one"))
}

fn bad(name: &'static str, must: &str) -> ConfigError {
    ConfigError { name, problem: format!("must {must}") }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    fn config(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| {
            settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
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
    fn a_path_is_no_url() {
        let file = |settings: &[(&str, &str)]| match config(settings).unwrap().database {
            DatabaseAddress::Sqlite(path) => path,
            DatabaseAddress::Postgres { .. } => panic!("a server"),
        };
        assert_eq!(file(&[("DATA_DIR", "/srv/50% a?b#c d")]), PathBuf::from("/srv/50% a?b#c d/gatehouse.db"));
        for (url, path) in [
            ("sqlite:/srv/50% a?b#c d/g.db", "/srv/50% a?b#c d/g.db"),
            ("sqlite:///srv/g%20.db", "/srv/g%20.db"),
            ("sqlite://g.db?mode=rwc", "g.db"),
            ("sqlite:g.db", "g.db"),
        ] {
            assert_eq!(file(&[("DATABASE_URL", url)]), PathBuf::from(path), "{url}");
        }
        let config = config(&[("STORAGE_URL", "file:/srv/a%20?b#c"), ("SMS_URL", "file:/srv/d e")]).unwrap();
        assert_eq!((config.storage_dir, config.sms_dir), ("/srv/a%20?b#c".into(), "/srv/d e".into()));
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

    #[test]
    fn a_secret_is_long_and_of_many_characters() {
        assert_eq!(weakness("0123456789abcdef0123456789abcdef"), None);
        assert_eq!(weakness("short").as_deref(), Some("have at least 32 characters"));
        for repeats in ["a".repeat(32), "0123456".repeat(9)] {
            let told = weakness(&repeats).unwrap();
            assert!(told.starts_with("have at least 8 different characters"), "{told}");
        }
    }

    #[test]
    fn a_bad_mail_server_is_named_and_its_password_not_told() {
        for url in [
            "mail.example.com",
            "http://mail.example.com",
            "smtp://",
            "smtp://user@mail.example.com",
            "smtp://user:s3cret@mail.example.com/path",
            "smtp://user:s3cret@mail.example.com:99999",
            "smtps://user:s3cret@mail.example.com?tls=none",
            "smtp://user:s3cret@mail.example.com?tls=opportunistic",
        ] {
            let error = config(&[("SMTP_URL", url), ("MAIL_FROM", "gate@example.com")]).unwrap_err();
            assert_eq!(
                error.to_string(),
                "SMTP_URL: must be like smtp://user:password@host:587 or smtps://user:password@host",
                "{url}"
            );
        }
        let config = config(&[
            ("SMTP_URL", "smtp://user:s3cret@mail.example.com"),
            ("MAIL_FROM", "Main gate <gate@example.com>"),
        ]);
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[test]
    fn the_way_to_a_mail_server_is_plain_only_where_that_is_said() {
        for (url, port, protection) in [
            ("smtps://mail.example.com", 465, Protection::Tls),
            ("smtps://mail.example.com:2465", 2465, Protection::Tls),
            ("smtp://mail.example.com", 587, Protection::StartTls),
            ("smtp://mail.example.com:25", 25, Protection::StartTls),
            ("smtp://mail.example.com:25?tls=none", 25, Protection::Plain),
            ("smtp://localhost", 25, Protection::Plain),
            ("smtp://127.0.0.1:1025", 1025, Protection::Plain),
            ("smtp://localhost:587?tls=required", 587, Protection::StartTls),
        ] {
            let smtp = Smtp::parse(url).unwrap();
            assert_eq!((smtp.port, smtp.protection), (port, protection), "{url}");
        }
        let smtp = Smtp::parse("smtp://gate%40example.com:a%2Fb@mail.example.com").unwrap();
        let (user, password) = smtp.credentials.unwrap();
        assert_eq!(
            (user.as_str(), secrecy::ExposeSecret::expose_secret(&password)),
            ("gate@example.com", "a/b")
        );
    }

    #[test]
    fn a_dsn_leads_to_the_endpoint_of_its_project() {
        for (dsn, endpoint) in [
            ("https://abc123@errors.example.com/7", "https://errors.example.com/api/7/envelope/"),
            (
                "https://abc:s3cret@errors.example.com:8443/in/7/",
                "https://errors.example.com:8443/in/api/7/envelope/",
            ),
            ("http://abc@127.0.0.1:9000/7", "http://127.0.0.1:9000/api/7/envelope/"),
            ("http://abc@[::1]:9000/7", "http://[::1]:9000/api/7/envelope/"),
            ("http://abc@localhost/7", "http://localhost/api/7/envelope/"),
        ] {
            let reports = config(&[("ERROR_REPORT_URL", dsn)]).unwrap().error_reports.unwrap();
            assert_eq!(reports.endpoint.as_str(), endpoint);
            assert!(!format!("{reports:?}").contains("abc"), "{reports:?}");
        }
        for dsn in [
            "errors.example.com/7",
            "http://abc@errors.example.com/7",
            "http://abc@127.0.0.1.example.com/7",
            "ftp://abc@errors.example.com/7",
            "https://errors.example.com/7",
            "https://abc@errors.example.com",
            "https://abc@errors.example.com/",
            "https://abc@errors.example.com/7?x=1",
            "https://abc@errors.example.com/7#x",
            "https://a%0Abc@errors.example.com/7",
        ] {
            assert_eq!(
                config(&[("ERROR_REPORT_URL", dsn)]).unwrap_err().to_string(),
                "ERROR_REPORT_URL: must be a Sentry DSN like https://key@errors.example.com/1",
                "{dsn}"
            );
        }
    }

    #[test]
    fn the_site_goes_by_its_names_and_no_others() {
        let base_url = ("BASE_URL", "https://gate.example.com:8443");
        for (list, host, allowed) in [
            ("", "gate.example.com", true),
            ("", "gate.example.com:8443", true),
            ("", "GATE.example.com.", true),
            ("", "gate.example.com:80", true),
            ("", "localhost:8080", true),
            ("", "127.0.0.2", true),
            ("", "[::1]:8080", true),
            ("", "192.168.1.5:8080", true),
            ("", "[2001:db8::1]", true),
            ("", "example.com", false),
            ("", "evil.example", false),
            ("", "gate.example.com.evil.example", false),
            ("", "evil.example:443@gate.example.com", false),
            ("", "gate.example.com, evil.example", false),
            ("", "", false),
            ("other.example", "other.example:80", true),
            ("other.example", "gate.example.com", true),
            ("other.example", "localhost", true),
            ("other.example", "[::ffff:127.0.0.1]:80", true),
            ("other.example", "192.168.1.5", false),
            ("a.example,192.168.1.5, [2001:DB8::1]", "192.168.1.5:8080", true),
            ("a.example,192.168.1.5, [2001:DB8::1]", "[2001:db8::1]:8080", true),
            ("a.example,192.168.1.5, [2001:DB8::1]", "192.168.1.6", false),
        ] {
            let config = config(&[base_url, ("ALLOWED_HOSTS", list)]).unwrap();
            assert_eq!(config.allowed_hosts.allow(host), allowed, "{host} with {list:?}");
        }
    }

    #[test]
    fn a_host_has_no_port() {
        for (url, host) in [
            ("https://gate.example.com", "gate.example.com"),
            ("http://127.0.0.1:8080", "127.0.0.1"),
            ("http://[::1]:8080", "[::1]"),
            ("http://[::1]", "[::1]"),
        ] {
            assert_eq!(BaseUrl::parse(url).unwrap().host(), host);
        }
    }
}
