//! What the application sent: e-mails and text messages, from the files that they become.

use std::fs;
use std::path::Path;

use gatehouse::kernel::dispatch::worker::Worker;
use mail_parser::{Message, MessageParser, MimeHeaders as _};

use super::App;

/// An e-mail, as its receiver's program shows it.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The one receiver.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The part for those who read no HTML.
    pub text: String,
    /// The part in HTML.
    pub html: String,
    /// What is attached: file name, or the id of what the HTML shows, and bytes.
    pub attached: Vec<(String, Vec<u8>)>,
    /// The header `Message-ID`, without its brackets.
    pub message_id: String,
}

/// A text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Whose phone, in E.164 form.
    pub to: String,
    /// What it says.
    pub text: String,
}

impl Mail {
    /// What is sent, in its parts; the test ends if it has other than one receiver.
    pub fn parse(raw: &[u8]) -> Self {
        let message = MessageParser::default().parse(raw).expect("a mail");
        let to: Vec<_> = ["To", "Cc", "Bcc"].iter().flat_map(|name| addresses(&message, name)).collect();
        assert_eq!(to.len(), 1, "{to:?} are the receivers");
        let attached = message.attachments().map(|part| {
            let name = part.attachment_name().or(part.content_id()).unwrap_or_default();
            (name.to_owned(), part.contents().to_vec())
        });
        Self {
            to: to[0].to_owned(),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
            html: message.body_html(0).unwrap_or_default().replace("\r\n", "\n"),
            attached: attached.collect(),
            message_id: message.message_id().unwrap_or_default().to_owned(),
        }
    }

    /// The path of the first link into the site that begins with `start`: what the receiver would open.
    #[track_caller]
    pub fn path(&self, start: &str) -> String {
        let mut words = self.text.split_whitespace();
        let path = words.find_map(|word| {
            let url = url::Url::parse(word).ok()?;
            url.path().starts_with(start).then(|| url.path().to_owned())
        });
        path.unwrap_or_else(|| panic!("no link to {start}: {}", self.text))
    }
}

impl App {
    /// Sends all that is due, as the worker of the running program would, and tells how many it attended to.
    pub async fn deliver(&self) -> usize {
        Worker::new(self.state().clone(), gatehouse::app::render).drain().await.unwrap()
    }

    /// Every e-mail sent so far, in the order written.
    pub fn mails(&self) -> Vec<Mail> {
        files(&self.folder().join("mail")).iter().map(|raw| Mail::parse(raw)).collect()
    }

    /// Every e-mail sent to `address` so far, in the order written.
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|mail| mail.to == address).collect()
    }

    /// Every text message sent so far, in the order written.
    pub fn texts(&self) -> Vec<Text> {
        let messages = files(&self.folder().join("sms")).into_iter();
        let parse = |message| {
            let message = String::from_utf8(message).unwrap();
            let (to, text) = message.split_once("\n\n").unwrap();
            Text {
                to: to.strip_prefix("To: ").unwrap().to_owned(),
                text: text.strip_suffix('\n').unwrap().to_owned(),
            }
        };
        messages.map(parse).collect()
    }
}

fn addresses<'a>(message: &'a Message<'_>, header: &'a str) -> Vec<&'a str> {
    let list = message.header(header).and_then(|value| value.as_address());
    list.map_or_else(Vec::new, |list| list.iter().filter_map(|one| one.address()).collect())
}

/// The contents of the files in `folder`; names, which are UUIDv7, sort by the time they were made.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    // One that begins with a full stop is being written.
    let whole = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    let mut paths: Vec<_> = whole.map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}
