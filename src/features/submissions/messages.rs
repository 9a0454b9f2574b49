//! The words of the messages about submissions.

use chrono::{DateTime, Duration, Utc};
use sea_orm::EntityTrait as _;

use crate::features::notifications::Letter;
use crate::features::passes::qr::{self, Level};
use crate::features::passes::service as passes;
use crate::kernel::clock::SiteZone;
use crate::kernel::delivery::MessageKind;
use crate::kernel::delivery::mailer::Picture;
use crate::kernel::dispatch::{Messages, Rendered};
use crate::kernel::entity::notification::{self, Channel, Says};
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::{Language, SubmissionId};

/// Pixels of a module of the QR code: sharp on a screen of two pixels a point, and small enough for a mail.
const MODULE_PIXELS: u32 = 8;

/// To the customer: the entry is submitted, here is its pass.
pub const RECEIVED: MessageKind = kind("submission_received", Texts::message_submission_received);
/// To the customer: the desk said no, and why.
pub const REJECTED: MessageKind = kind("submission_rejected", Texts::message_submission_rejected);
/// To the customer: the entry was taken back.
pub const CANCELLED: MessageKind = kind("submission_cancelled", Texts::message_submission_cancelled);
/// To the driver: here is the pass.
pub const DRIVER_PASS: MessageKind = kind("driver_pass", Texts::message_driver_pass);
/// To the driver: the pass opens the gate no more.
pub const DRIVER_PASS_WITHDRAWN: MessageKind =
    kind("driver_pass_withdrawn", Texts::message_driver_pass_withdrawn);

const fn kind(code: &'static str, words: fn(Texts) -> String) -> MessageKind {
    MessageKind { code, words, says: Says::State }
}

/// What is written about submissions.
pub(super) const ALL: Messages = Messages {
    kinds: &[RECEIVED, REJECTED, CANCELLED, DRIVER_PASS, DRIVER_PASS_WITHDRAWN],
    render: |state, message, _| Box::pin(render(state, message)),
};

/// Writes what a letter says, and ends it.
type Write = fn(&Words<'_>, Letter) -> Result<Rendered, AppError>;

/// How a kind of message is put into words.
struct Form {
    kind: MessageKind,
    /// Whether it is so still.
    holds: fn(&submission::Model, DateTime<Utc>) -> bool,
    /// As an e-mail; what goes to a driver is none.
    letter: Option<Write>,
    /// As a text message.
    text: fn(&Words<'_>, Texts) -> String,
}

const FORMS: &[Form] = &[
    Form {
        kind: RECEIVED,
        holds: submission::Model::is_live_at,
        letter: Some(|words, letter| {
            let t = letter.t;
            let url = passes::url(words.state, words.token());
            let code = qr::code(&url, Level::Screen).map_err(AppError::internal)?;
            let picture = Picture {
                id: "pass",
                file_name: format!("{}.png", words.submission.reference),
                png: code.png(MODULE_PIXELS),
            };
            let own_page = letter.link(&format!("/submissions/{}", words.submission.id));
            letter
                .say(t.mail_received_lead(words.day(), words.vehicle()))
                .picture(picture, t.qr_alt(words.vehicle()), words.submission.reference.to_string())
                .button(t.mail_open_pass(), words.pass_link())
                .say(t.mail_received_next())
                .facts(words.facts(t))
                .button(t.mail_open_entry(), own_page)
                .send(t.mail_received_subject(words.vehicle()))
        }),
        text: |words, t| {
            let reference = words.submission.reference.to_string();
            t.sms_received(words.day(), words.pass_link(), reference, words.site(), words.vehicle())
        },
    },
    Form {
        kind: REJECTED,
        holds: |submission, _| submission.status == SubmissionStatus::Rejected,
        letter: Some(|words, letter| {
            let t = letter.t;
            let own_page = letter.link(&format!("/submissions/{}", words.submission.id));
            letter
                .say(t.mail_rejected_lead(words.day(), words.vehicle()))
                .quote(words.reason())
                .say(t.mail_rejected_next())
                .facts(words.facts(t))
                .button(t.mail_open_entry(), own_page)
                .send(t.mail_rejected_subject(words.vehicle()))
        }),
        text: |words, t| t.sms_rejected(words.day(), words.reason(), words.site(), words.vehicle()),
    },
    Form {
        kind: CANCELLED,
        holds: |submission, _| submission.status == SubmissionStatus::Cancelled,
        letter: Some(|words, letter| {
            let t = letter.t;
            letter
                .say(t.mail_cancelled_lead(words.day(), words.vehicle()))
                .facts(words.facts(t))
                .send(t.mail_cancelled_subject(words.vehicle()))
        }),
        text: |words, t| t.sms_cancelled(words.day(), words.site(), words.vehicle()),
    },
    Form {
        kind: DRIVER_PASS,
        holds: submission::Model::is_live_at,
        letter: None,
        text: |words, t| t.sms_driver_pass(words.day(), words.pass_link(), words.vehicle()),
    },
    Form {
        kind: DRIVER_PASS_WITHDRAWN,
        holds: |submission, now| !submission.is_live_at(now),
        letter: None,
        text: |words, t| t.sms_driver_pass_withdrawn(words.day(), words.vehicle()),
    },
];

/// Puts a message about a submission into words. What the submission has outrun is not said any more.
async fn render(state: &AppState, message: &notification::Model) -> Result<Rendered, AppError> {
    let Some(form) = FORMS.iter().find(|form| message.kind == form.kind) else {
        return Ok(Rendered::Pointless("there are no words for it"));
    };
    let id = SubmissionId::new(message.subject_id);
    let Some(submission) = submission::Entity::find_by_id(id).one(state.database.reader()).await? else {
        return Ok(Rendered::Pointless("the entry does not exist any more"));
    };
    if !(form.holds)(&submission, state.clock.now()) {
        return Ok(Rendered::Pointless("the entry’s status has changed since"));
    }
    let words = Words { state, submission: &submission };
    match (message.channel, form.letter) {
        (Channel::Email, Some(letter)) => letter(&words, Letter::new(state, message.language)),
        _ => Ok(Rendered::Text(in_two_languages(message.language, |t| (form.text)(&words, t)))),
    }
}

/// For a phone: in its owner's language, with English beside it.
fn in_two_languages(language: Language, text: impl Fn(Texts) -> String) -> String {
    let t = Texts::of_or_english(language);
    if t.language() == Language::En {
        return text(t);
    }
    format!("{}\n{}", text(t), text(Texts::of(Language::En)))
}

struct Words<'a> {
    state: &'a AppState,
    submission: &'a submission::Model,
}

impl Words<'_> {
    fn zone(&self) -> SiteZone {
        self.state.config.zone
    }

    fn vehicle(&self) -> String {
        self.submission.vehicle_number.to_string()
    }

    fn day(&self) -> String {
        self.zone().day(self.submission.expected_on)
    }

    fn token(&self) -> &str {
        self.submission.pass_token.as_deref().unwrap_or_default()
    }

    fn pass_link(&self) -> String {
        passes::link(self.state, self.token())
    }

    fn site(&self) -> &str {
        &self.state.config.site_name
    }

    fn reason(&self) -> &str {
        self.submission.decision_reason.as_deref().unwrap_or_default()
    }

    fn facts(&self, t: Texts) -> Vec<(String, String)> {
        let submission = self.submission;
        let mut facts =
            vec![(t.mail_vehicle(), self.vehicle()), (t.reference(), submission.reference.to_string())];
        facts.push((t.expected_on_label(), self.day()));
        if let Some(until) = submission.valid_until {
            facts.push((t.pass_valid_until(), self.zone().moment(until - Duration::minutes(1))));
        }
        facts.extend(submission.driver_name.clone().map(|name| (t.driver(), name)));
        facts.extend(submission.helper_name.clone().map(|name| (t.helper(), name)));
        facts.push((t.company_name_label(), submission.company_name.clone()));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_words() {
        assert!(FORMS.iter().map(|form| form.kind).eq(ALL.kinds.iter().copied()));
    }
}
