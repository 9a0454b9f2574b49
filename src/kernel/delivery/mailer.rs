//! Mail: over SMTP, or into a folder.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::kernel::config::{Config, Protection, Smtp};
use crate::kernel::delivery::{AT_ONCE, SendError, write_whole};
use crate::kernel::error::one_line;
use crate::kernel::types::EmailAddress;

/// How long the server may take to answer a command.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a mail says.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The subject, one line.
    pub subject: String,
    /// The text, for those who read no HTML.
    pub text: String,
    /// The same in HTML.
    pub html: String,
    /// A picture in it.
    pub picture: Option<Picture>,
}

/// A picture that the HTML shows as `cid:<id>` and that is attached as well.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its name within the mail, ASCII.
    pub id: &'static str,
    /// What the attached file is called, ASCII.
    pub file_name: String,
    /// A PNG.
    pub png: Vec<u8>,
}

/// Sends mail.
#[derive(Clone, Debug)]
pub struct Mailer {
    from: Mailbox,
    host: String,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

impl Mailer {
    /// Mail goes the way that `SMTP_URL` says; without one each mail becomes a file in `DATA_DIR/mail`.
    ///
    /// # Errors
    /// When the folder cannot be made, or the system has no certificates to check a server's with.
    pub fn new(config: &Config) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let way = if let Some(smtp) = &config.smtp {
            Way::Smtp(transport(smtp)?)
        } else {
            let folder = config.data_dir.join("mail");
            std::fs::create_dir_all(&folder)?;
            Way::Folder(folder)
        };
        Ok(Self { from: config.mail_from.clone(), host: config.base_url.host().to_owned(), way })
    }

    /// Sends `mail` to one receiver. `id` makes the `Message-ID`, so that a mail sent twice can be told from two
    /// mails; `written_at` is its date.
    ///
    /// # Errors
    /// Why the mail was not taken.
    pub async fn send(
        &self,
        id: Uuid,
        written_at: DateTime<Utc>,
        to: &EmailAddress,
        mail: Mail,
    ) -> Result<(), SendError> {
        let message = self.compose(id, written_at, to, mail).map_err(|error| never(&*error))?;
        match &self.way {
            Way::Folder(folder) => write_whole(folder, &format!("{id}.eml"), &message.formatted()).await,
            Way::Smtp(transport) => match transport.send(message).await {
                Ok(_) => Ok(()),
                Err(error) => Err(meaning(&error, to)),
            },
        }
    }

    /// Whether the mail server lets us in; a folder always does.
    ///
    /// # Errors
    /// Why not.
    pub async fn greet(&self) -> Result<(), SendError> {
        match &self.way {
            Way::Folder(_) => Ok(()),
            Way::Smtp(transport) => match transport.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err(SendError::Unreachable("the server takes no mail".to_owned())),
                Err(error) => Err(SendError::Unreachable(one_line(&error))),
            },
        }
    }

    fn compose(
        &self,
        id: Uuid,
        written_at: DateTime<Utc>,
        to: &EmailAddress,
        mail: Mail,
    ) -> Result<Message, Box<dyn std::error::Error>> {
        let html = SinglePart::html(mail.html);
        let text = MultiPart::alternative().singlepart(SinglePart::plain(mail.text));
        let body = match mail.picture {
            None => text.singlepart(html),
            Some(picture) => {
                let png = ContentType::parse("image/png")?;
                let inline = Attachment::new_inline(picture.id.to_owned());
                let attached = Attachment::new(picture.file_name).body(picture.png.clone(), png.clone());
                let related = MultiPart::related().singlepart(html).singlepart(inline.body(picture.png, png));
                MultiPart::mixed().multipart(text.multipart(related)).singlepart(attached)
            }
        };
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.as_str().parse()?))
            .subject(mail.subject)
            .date(written_at.into())
            .message_id(Some(format!("<{id}@{}>", self.host)))
            // RFC 3834: out-of-office notes do not answer it.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(body)?;
        Ok(message)
    }
}

fn transport(smtp: &Smtp) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
    let tls = match smtp.protection {
        Protection::Tls => Tls::Wrapper(TlsParameters::new(smtp.host.clone())?),
        Protection::StartTls => Tls::Required(TlsParameters::new(smtp.host.clone())?),
        Protection::Plain => Tls::None,
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .tls(tls)
        .timeout(Some(PATIENCE))
        .pool_config(PoolConfig::new().max_size(u32::from(AT_ONCE)));
    let builder = match &smtp.credentials {
        None => builder,
        Some((user, password)) => {
            builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()))
        }
    };
    Ok(builder.build())
}

/// What a failure means for the mail. A server that says no for good (5yz) may mean the receiver or us: it is
/// about the receiver, and trying again is no use, when it says so by its enhanced code (RFC 3463: 5.1.x address,
/// 5.2.1 mailbox disabled) or, without one, by 550, 551 or 553. All else (passwords, relaying, policy, content)
/// somebody can put right within the day.
fn meaning(error: &lettre::transport::smtp::Error, to: &EmailAddress) -> SendError {
    // A host that takes no international addresses will not learn it today.
    if error.is_client() && !to.as_str().is_ascii() {
        return never(error);
    }
    let Some(code) = error.status() else { return SendError::Unreachable(one_line(error)) };
    let reply = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let about_receiver = match reply.split_whitespace().next().filter(|word| is_enhanced_code(word)) {
        Some(enhanced) => enhanced.starts_with("5.1.") || enhanced == "5.2.1",
        None => matches!(u16::from(code), 550 | 551 | 553),
    };
    if error.is_permanent() && about_receiver { never(error) } else { SendError::Refused(one_line(error)) }
}

fn is_enhanced_code(word: &str) -> bool {
    word.split('.').count() == 3 && word.split('.').all(|part| part.parse::<u16>().is_ok())
}

fn never(error: &(dyn std::error::Error + 'static)) -> SendError {
    SendError::Never(one_line(error))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    fn composed(to: &str, subject: &str) -> Message {
        let mailer = Mailer {
            from: Mailbox::new(Some("Gate, main".to_owned()), "gate@example.com".parse().unwrap()),
            host: "gate.example.com".to_owned(),
            way: Way::Folder(PathBuf::new()),
        };
        let words = "Line\r\n.\r\nBcc: eve@example.com\r\n";
        let mail = Mail {
            subject: subject.to_owned(),
            text: words.to_owned(),
            html: words.to_owned(),
            picture: None,
        };
        let to = EmailAddress::parse(to).unwrap();
        mailer.compose(Uuid::from_u128(7), DateTime::UNIX_EPOCH, &to, mail).unwrap()
    }

    #[test]
    fn no_word_of_a_mail_becomes_a_header_or_a_receiver() {
        for subject in [
            "Gate\r\nBcc: eve@example.com",
            "Gate\nBcc: eve@example.com",
            "Gate\rBcc: eve@example.com",
            "Gate\r\n\r\nBcc: eve@example.com",
            "\u{202E}etaG\u{2066}\u{0}",
            &"Gate ".repeat(200),
        ] {
            let message = composed("asha@example.com", subject);
            assert_eq!(message.envelope().to().len(), 1);
            let sent = String::from_utf8(message.formatted()).unwrap();
            let (head, _) = sent.split_once("\r\n\r\n").unwrap();
            let names: Vec<_> = head
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']))
                .filter_map(|line| line.split_once(':'))
                .map(|(name, _)| name)
                .collect();
            assert_eq!(
                names,
                [
                    "From",
                    "To",
                    "Subject",
                    "Date",
                    "Message-ID",
                    "Auto-Submitted",
                    "MIME-Version",
                    "Content-Type"
                ],
                "{head}"
            );
            assert!(head.is_ascii() && !head.contains('\0'), "{head}");
        }
    }

    #[test]
    fn a_mail_keeps_its_name_at_every_attempt() {
        let id = "Message-ID: <00000000-0000-0000-0000-000000000007@gate.example.com>\r\n";
        for _ in 0..2 {
            let sent = String::from_utf8(composed("asha@example.com", "Gate").formatted()).unwrap();
            assert!(sent.contains(id), "{sent}");
        }
    }
}
