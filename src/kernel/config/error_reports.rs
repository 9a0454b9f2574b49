//! Where faults are reported.

use secrecy::SecretString;

use super::settings::{ConfigError, Settings, bad};

/// Where error reports go: what a Sentry DSN says.
#[derive(Clone, Debug)]
pub struct ErrorReports {
    /// Takes envelopes.
    pub endpoint: url::Url,
    /// The project's public key.
    pub key: SecretString,
}

impl ErrorReports {
    /// `ERROR_REPORT_URL`
    pub(super) fn read(settings: &Settings<'_>) -> Result<Option<Self>, ConfigError> {
        let Some(text) = settings.optional("ERROR_REPORT_URL") else { return Ok(None) };
        let reports = Self::parse(&text).ok_or_else(|| {
            bad("ERROR_REPORT_URL", "be a Sentry DSN like https://key@errors.example.com/1")
        })?;
        Ok(Some(reports))
    }

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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use crate::kernel::config::tests::config;

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
}
