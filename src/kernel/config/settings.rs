//! Reads settings, each for itself.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use thiserror::Error;

/// A setting that does not do.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{name}: {problem}")]
pub struct ConfigError {
    name: String,
    problem: String,
}

/// What the setting `name` must be or have.
pub(super) fn bad(name: &str, must: &str) -> ConfigError {
    ConfigError { name: name.to_owned(), problem: format!("must {must}") }
}

/// Knows the value of a setting by its name.
pub(super) struct Settings<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Settings<'_> {
    pub(super) fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&self, name: &str, default: &str) -> String {
        self.optional(name).unwrap_or_else(|| default.to_owned())
    }

    pub(super) fn parsed<T: std::str::FromStr>(
        &self,
        name: &str,
        default: &str,
        what: &str,
    ) -> Result<T, ConfigError> {
        let text = self.text(name, default);
        text.parse().map_err(|_| bad(name, &format!("be {what}")))
    }

    /// The choice named by the setting; the first is the default.
    pub(super) fn one_of<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<T, ConfigError> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let text = self.text(name, names.first().copied().unwrap_or_default());
        choices
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, value)| *value)
            .ok_or_else(|| bad(name, &format!("be one of: {}", names.join(", "))))
    }

    pub(super) fn folder(&self, name: &str, default: PathBuf) -> Result<PathBuf, ConfigError> {
        match self.optional(name) {
            None => Ok(default),
            Some(url) => match url.strip_prefix("file:") {
                Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
                _ => Err(bad(name, "be file: and a folder")),
            },
        }
    }

    /// Hosting platforms tell the port alone, and ask on every address.
    pub(super) fn bind_addr(&self) -> Result<SocketAddr, ConfigError> {
        match (self.optional("BIND_ADDR"), self.optional("PORT")) {
            (None, Some(_)) => Ok((Ipv4Addr::UNSPECIFIED, self.parsed::<u16>("PORT", "", "a port")?).into()),
            _ => self.parsed("BIND_ADDR", "127.0.0.1:8080", "an address and port"),
        }
    }

    pub(super) fn trusted_proxies(&self) -> Result<Vec<ipnet::IpNet>, ConfigError> {
        self.text("TRUSTED_PROXIES", "")
            .split([',', ' '])
            .filter(|part| !part.is_empty())
            .map(|part| {
                part.parse()
                    .or_else(|_| part.parse::<IpAddr>().map(ipnet::IpNet::from))
                    .map_err(|_| bad("TRUSTED_PROXIES", "be addresses or networks, with commas between"))
            })
            .collect()
    }

    pub(super) fn accel_redirect_prefix(&self) -> Result<Option<String>, ConfigError> {
        let Some(prefix) = self.optional("ACCEL_REDIRECT_PREFIX") else { return Ok(None) };
        let path = prefix.trim_end_matches('/');
        let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
        if !path.starts_with('/') || !plain {
            return Err(bad("ACCEL_REDIRECT_PREFIX", "be a path like /papers"));
        }
        Ok(Some(path.to_owned()))
    }

    pub(super) fn rate_limit(&self) -> Result<Option<NonZeroU32>, ConfigError> {
        Ok(NonZeroU32::new(self.parsed(
            "RATE_LIMIT",
            "50",
            "a number of requests a second, or 0 for no limit",
        )?))
    }

    pub(super) fn max_connections(&self) -> Result<Option<NonZeroUsize>, ConfigError> {
        let most = self.optional("MAX_CONNECTIONS").map(|most| most.parse());
        most.transpose().map_err(|_| bad("MAX_CONNECTIONS", "be a number of connections, 1 or more"))
    }

    pub(super) fn site_name(&self) -> Result<String, ConfigError> {
        let name = self.text("SITE_NAME", "Gatehouse");
        if name.chars().count() > 60 || name.chars().any(char::is_control) {
            return Err(bad("SITE_NAME", "have at most 60 characters, on one line"));
        }
        Ok(name)
    }

    pub(super) fn pass_days(&self) -> Result<u32, ConfigError> {
        let days = self.parsed("PASS_DAYS", "2", "a number from 1 to 30")?;
        if (1..=30).contains(&days) { Ok(days) } else { Err(bad("PASS_DAYS", "be a number from 1 to 30")) }
    }
}
