//! The server that takes mails.

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::settings::{ConfigError, Settings, bad};

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

impl Smtp {
    /// `SMTP_URL`
    pub(super) fn read(settings: &Settings<'_>) -> Result<Option<Self>, ConfigError> {
        let Some(text) = settings.optional("SMTP_URL") else { return Ok(None) };
        let smtp = Self::parse(&text).ok_or_else(|| {
            bad("SMTP_URL", "be like smtp://user:password@host:587 or smtps://user:password@host")
        })?;
        Ok(Some(smtp))
    }

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

/// Who mails come from. Mails that only become files need no address that anybody answers to.
pub(super) fn mail_from(settings: &Settings<'_>) -> Result<Mailbox, ConfigError> {
    let default = match settings.optional("SMTP_URL") {
        None => "gatehouse@localhost",
        Some(_) => "",
    };
    let text = settings.text("MAIL_FROM", default);
    if text.is_empty() {
        return Err(bad("MAIL_FROM", "be set when SMTP_URL is"));
    }
    let mailbox = text.parse::<Mailbox>().ok().filter(|_| !text.chars().any(char::is_control));
    mailbox.ok_or_else(|| bad("MAIL_FROM", "be like Gatehouse <gate@example.com>"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::kernel::config::tests::config;

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
}
