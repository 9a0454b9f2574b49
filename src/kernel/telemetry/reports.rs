//! Reports of faults, to whatever takes Sentry's envelopes (`ERROR_REPORT_URL`).
//!
//! A report says where and when something failed, the request's id, by which the log tells the rest, and the
//! errors' types and words. It says nothing of people: see [`scrubbed`].
//!
//! Reports wait in a short queue for one task of the process, so that no answer waits for them. What finds the queue
//! full, or is not taken, is dropped: the log has it.

use std::error::Error;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::HEXLOWER;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::kernel::config::ErrorReports;
use crate::kernel::error::one_line;
use crate::kernel::keys::random;
use crate::kernel::telemetry::panics::Panicked;

/// Reports that wait.
const QUEUE: usize = 32;

/// How long the other side may take for a report.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest pause that the other side may ask for.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

const RELEASE: &str = concat!("gatehouse@", env!("CARGO_PKG_VERSION"));

/// The way of reports, if there is any. Copies share the queue.
#[derive(Clone, Debug)]
pub struct Reports(Option<mpsc::Sender<Value>>);

/// What was at work when something failed.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// A request.
    Request {
        /// A well-known one.
        method: &'a str,
        /// The route's pattern: paths are secrets.
        route: &'a str,
        /// As its page and the log tell it.
        id: &'a str,
    },
    /// What the process does beside answering requests.
    Job(&'a str),
}

impl Reports {
    /// Reports of the site at the host `site` go to `target`, sent by a task of the calling runtime. Without a target
    /// there are none.
    ///
    /// # Errors
    /// When the system has no certificates to check the other side's with.
    pub fn open(target: Option<&ErrorReports>, site: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let Some(target) = target else { return Ok(Self(None)) };
        crate::kernel::platform::tls::set_up();
        let mut client = reqwest::Client::builder().timeout(PATIENCE).redirect(Policy::none());
        if target.endpoint.scheme() == "http" {
            client = client.no_proxy(); // to this machine
        }
        let key = target.key.expose_secret();
        let mut authorization: HeaderValue =
            format!("Sentry sentry_version=7, sentry_client={RELEASE}, sentry_key={key}").parse()?;
        authorization.set_sensitive(true);
        let (queue, waiting) = mpsc::channel(QUEUE);
        let request = client
            .build()?
            .post(target.endpoint.clone())
            .header("x-sentry-auth", authorization)
            .header(CONTENT_TYPE, "application/x-sentry-envelope");
        tokio::spawn(deliver(request, site.to_owned(), waiting));
        Ok(Self(Some(queue)))
    }

    /// Reports that `error` came up at `place`.
    pub fn send(&self, at: DateTime<Utc>, place: Place<'_>, error: &(dyn Error + 'static)) {
        if let Some(room) = self.0.as_ref().and_then(|queue| queue.try_reserve().ok()) {
            room.send(event(at, place, error));
        }
    }
}

fn event(at: DateTime<Utc>, place: Place<'_>, error: &(dyn Error + 'static)) -> Value {
    let (transaction, mut tags) = match place {
        Place::Request { method, route, id } => (
            format!("{method} {route}"),
            json!({ "method": method, "route": route, "status": "500", "request_id": id }),
        ),
        Place::Job(name) => (name.to_owned(), json!({ "job": name })),
    };
    let chain: Vec<_> = std::iter::successors(Some(error), |&error| error.source()).collect();
    if let Some(panic) = chain.iter().find_map(|error| error.downcast_ref::<Panicked>()) {
        tags["panicked_at"] = json!(panic.place);
    }
    let causes: Vec<_> = chain.iter().map(|error| cause(*error)).rev().collect();
    json!({
        "event_id": HEXLOWER.encode(&random::<16>()),
        "timestamp": at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "platform": "other",
        "level": "error",
        "logger": "gatehouse",
        "release": RELEASE,
        "transaction": transaction,
        "tags": tags,
        "fingerprint": ["{{ default }}", transaction],
        "exception": { "values": causes }, // the first cause first
    })
}

fn cause(error: &(dyn Error + 'static)) -> Value {
    json!({ "type": type_of(error), "value": scrubbed(&error.to_string()) })
}

/// The type or variant that an error's `Debug` begins with, where it is derived.
fn type_of(error: &(dyn Error + 'static)) -> String {
    let debug = format!("{error:?}");
    let end = debug.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(debug.len());
    let (name, rest) = debug.split_at(end);
    let derived = rest.is_empty() || rest.starts_with('(') || rest.starts_with(" {");
    let named = name.starts_with(|c: char| c.is_ascii_uppercase());
    if derived && named { name.to_owned() } else { "Error".to_owned() }
}

/// Capitalised words that errors of databases, files and connections are made of.
const KNOWN: &[&str] = &[
    "Broken",
    "CHECK",
    "Connection",
    "Custom",
    "Err",
    "Error",
    "Execution",
    "FOREIGN",
    "Failed",
    "HTTP",
    "I/O",
    "Input/output",
    "Json",
    "KEY",
    "NOT",
    "NULL",
    "No",
    "None",
    "Option::unwrap",
    "Permission",
    "Query",
    "Record",
    "Result::unwrap",
    "SQL",
    "TLS",
    "Type",
    "UNIQUE",
];

/// The longest word that is one.
const LONGEST_WORD: usize = 24;

/// `text` without what may be of people: only words in lower case stay, identifiers such as `account_email_key`, and
/// [`KNOWN`] words. Names, numbers, addresses, tokens and plates have a capital, a digit or a sign in them, and what is
/// typed stands in quotes; each becomes `…`.
fn scrubbed(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for part in unquoted(text).split_whitespace() {
        let begun = part.trim_start_matches(|c: char| c.is_ascii_punctuation());
        let core = begun.trim_end_matches(|c: char| c.is_ascii_punctuation());
        if core.is_empty() || is_plain(core) || KNOWN.contains(&core) {
            words.push(part.to_owned());
            continue;
        }
        if words.last().is_some_and(|last| last == "…") {
            words.pop();
        }
        words.push(format!("…{}", &begun[core.len()..]));
    }
    words.join(" ")
}

fn is_plain(word: &str) -> bool {
    let letters = word.bytes().all(|byte| byte.is_ascii_lowercase() || b"-'".contains(&byte));
    letters && word.len() <= LONGEST_WORD || is_identifier(word)
}

fn is_identifier(word: &str) -> bool {
    word.contains('_') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// `text` with `…` for what stands in quotes, unless it is an identifier. What has no end goes to the end.
fn unquoted(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((at, open)) = rest.char_indices().find(|&(at, c)| opens(&rest[..at], c)) {
        let close = match open {
            '“' => '”',
            '‘' => '’',
            same => same,
        };
        kept.push_str(&rest[..at]);
        rest = &rest[at + open.len_utf8()..];
        let end = ending(rest, close);
        let inner = &rest[..end.unwrap_or(rest.len())];
        kept.push_str(if is_identifier(inner) || KNOWN.contains(&inner.trim_end_matches("()")) {
            inner
        } else {
            "…"
        });
        rest = end.map_or("", |end| &rest[end + close.len_utf8()..]);
    }
    kept + rest
}

/// Whether `c` opens a quotation after `before`; an apostrophe within a word does not.
fn opens(before: &str, c: char) -> bool {
    matches!(c, '"' | '`' | '“' | '‘') || c == '\'' && !before.ends_with(char::is_alphanumeric)
}

/// Where the quotation that `text` begins in ends at a `close` with no backslash before it.
fn ending(text: &str, close: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == close && !escaped {
            return Some(at);
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

async fn deliver(request: reqwest::RequestBuilder, site: String, mut waiting: mpsc::Receiver<Value>) {
    while let Some(mut event) = waiting.recv().await {
        event["server_name"] = json!(site);
        let Some(request) = request.try_clone() else { return };
        match request.body(envelope(&event)).send().await {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS => {
                tokio::time::sleep(pause(answer.headers().get(RETRY_AFTER))).await;
            }
            Ok(answer) => tracing::warn!(status = answer.status().as_u16(), "an error report was refused"),
            Err(error) => {
                tracing::warn!(cause = %one_line(&error.without_url()), "an error report was not sent");
            }
        }
    }
}

/// Sentry's envelope: three lines of JSON, of which the third is the event.
fn envelope(event: &Value) -> String {
    let body = event.to_string();
    let head = json!({ "event_id": event["event_id"] });
    let item = json!({ "type": "event", "content_type": "application/json", "length": body.len() });
    format!("{head}\n{item}\n{body}\n")
}

fn pause(retry_after: Option<&HeaderValue>) -> Duration {
    let seconds = retry_after.and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(60);
    Duration::from_secs(seconds).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_keep_their_words_and_lose_what_may_be_of_people() {
        for (text, left) in [
            (
                "Query Error: error returned from database: UNIQUE constraint failed: account.email",
                "Query Error: error returned from database: UNIQUE constraint failed: …",
            ),
            (
                "duplicate key value violates unique constraint \"accounts_email_key\"",
                "duplicate key value violates unique constraint accounts_email_key",
            ),
            ("relation \"account\" does not exist", "relation … does not exist"),
            ("Key (email)=(asha@example.com) already exists.", "…) already exists."),
            ("invalid type: string \"Ramesh Kumar\", expected u32", "invalid type: string …, expected …"),
            ("invalid input syntax for type uuid: \"ramesh\"", "invalid input syntax for type uuid: …"),
            ("`Option::unwrap()` on a `None` value", "Option::unwrap() on a None value"),
            (
                "end byte index 3 is not a char boundary; it is inside 'é' (bytes 2..4) of `Ré\\`mesh`",
                "end byte index … is not a char boundary; it is inside … (bytes …) of …",
            ),
            ("called on an `Err` value: Custom(\"asha, \\\"98765\\\"", "called on an Err value: …"),
            ("no such vehicle: MH 12 AB 1234", "no such vehicle: …"),
            ("the phone +91 98765 43210 is taken", "the phone … is taken"),
            ("Ramesh Kumar is taken", "… is taken"),
            ("रमेश “Asha” ‘Bina’ isn't known", "… isn't known"),
            ("/data/documents/ab/cdef: Permission denied (os error 13)", "…: Permission denied (os error …)"),
            ("token abcdefghijklmnopqrstuvwxyzabcdefgh", "token …"),
            ("https://gate.example.com/p/abc", "…"),
            ("", ""),
        ] {
            assert_eq!(scrubbed(text), left, "{text}");
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("no place for {0}")]
    struct NoPlace(String);

    #[test]
    fn an_event_tells_types_and_places_and_the_first_cause_first() {
        let error = crate::kernel::error::AppError::internal(NoPlace("asha@example.com".to_owned()));
        let place = Place::Request { method: "GET", route: "/p/{token}", id: "an-id" };
        let event = event(DateTime::UNIX_EPOCH, place, &error);
        assert_eq!(
            event["exception"]["values"],
            json!([{ "type": "NoPlace", "value": "no place for …" }, { "type": "Internal", "value": "internal error" }])
        );
        assert_eq!(event["transaction"], "GET /p/{token}");
        assert_eq!(event["tags"]["request_id"], "an-id");
        assert_eq!(event["timestamp"], "1970-01-01T00:00:00.000Z");
        let typed: Box<dyn Error> = "asha@example.com: is not known".into();
        assert_eq!(type_of(&*typed), "Error");
    }

    #[test]
    fn a_pause_is_as_long_as_asked_for_within_reason() {
        let seconds = |text| pause(Some(&HeaderValue::from_static(text))).as_secs();
        assert_eq!(
            (seconds("7"), seconds("99999"), seconds("soon"), pause(None).as_secs()),
            (7, 600, 60, 60)
        );
    }
}
