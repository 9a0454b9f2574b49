//! The names that the site goes by.

use std::net::{IpAddr, SocketAddr};

use super::settings::{ConfigError, Settings, bad};

/// The origin that links and passes bear: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// `BASE_URL`; `bind_addr` where it is unset.
    pub(super) fn read(settings: &Settings<'_>, bind_addr: SocketAddr) -> Result<Self, ConfigError> {
        match settings.optional("BASE_URL") {
            Some(text) => Self::parse(&text)
                .ok_or_else(|| bad("BASE_URL", "be an origin like https://gate.example.com, without a path")),
            None if bind_addr.ip().is_unspecified() => {
                let setting = if settings.optional("BIND_ADDR").is_some() { "BIND_ADDR" } else { "PORT" };
                Err(bad("BASE_URL", &format!("be set when {setting} listens on every address")))
            }
            None => Ok(Self(format!("http://{bind_addr}"))),
        }
    }

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
    /// `ALLOWED_HOSTS`
    pub(super) fn read(settings: &Settings<'_>, base_url: &BaseUrl) -> Result<Self, ConfigError> {
        Self::parse(&settings.text("ALLOWED_HOSTS", ""), base_url)
            .ok_or_else(|| bad("ALLOWED_HOSTS", "be names like gate.example.com, with commas between"))
    }

    /// Names in a list; with an empty one, addresses in digits as well.
    fn parse(list: &str, base_url: &BaseUrl) -> Option<Self> {
        let listed = list.split([',', ' ']).filter(|name| !name.is_empty());
        let mut names = listed.map(host).collect::<Option<Vec<_>>>()?;
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

/// The host that `name` is, as requests write it. Patterns are none.
fn host(name: &str) -> Option<String> {
    let host = url::Host::parse(name).ok()?.to_string();
    (!host.contains('*')).then_some(host)
}

/// The host of `host:port`; an IPv6 address stands in brackets.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::kernel::config::tests::config;

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
