//! The words of the messages about submissions.

use chrono::Duration;
use sea_orm::EntityTrait as _;

use crate::features::notifications::Letter;
use crate::features::notifications::service::rendering::Rendered;
use crate::features::passes::qr::{self, Level};
use crate::features::passes::service as passes;
use crate::kernel::clock::SiteZone;
use crate::kernel::delivery::mailer::Picture;
use crate::kernel::entity::notification::{self, Channel, NotificationKind};
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::{Language, SubmissionId};

/// Pixels of a module of the QR code: sharp on a screen of two pixels a point, and small enough for a mail.
const MODULE_PIXELS: u32 = 8;

/// Puts a message about a submission into words. What the submission has outrun is not said any more.
pub async fn render(state: &AppState, message: &notification::Model) -> Result<Rendered, AppError> {
    let id = SubmissionId::new(message.subject_id);
    let Some(submission) = submission::Entity::find_by_id(id).one(state.database.reader()).await? else {
        return Ok(Rendered::Pointless("the entry does not exist any more"));
    };
    if !still_holds(message.kind, &submission, state) {
        return Ok(Rendered::Pointless("the entry’s status has changed since"));
    }
    let words = Words { state, submission: &submission };
    match (message.kind, message.channel) {
        (NotificationKind::SubmissionReceived, Channel::Email) => words.received(message.language),
        (NotificationKind::SubmissionRejected, Channel::Email) => words.rejected(message.language),
        (NotificationKind::SubmissionCancelled, Channel::Email) => words.cancelled(message.language),
        (kind, _) => Ok(Rendered::Text(words.text(kind, message.language))),
    }
}

fn still_holds(kind: NotificationKind, submission: &submission::Model, state: &AppState) -> bool {
    let now = state.clock.now();
    match kind {
        NotificationKind::SubmissionRejected => submission.status == SubmissionStatus::Rejected,
        NotificationKind::SubmissionCancelled => submission.status == SubmissionStatus::Cancelled,
        NotificationKind::DriverPassWithdrawn => !submission.is_live_at(now),
        _ => submission.is_live_at(now),
    }
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

    fn reason(&self) -> &str {
        self.submission.decision_reason.as_deref().unwrap_or_default()
    }

    fn received(&self, language: Language) -> Result<Rendered, AppError> {
        let letter = Letter::new(self.state, language);
        let t = letter.t;
        let url = passes::url(self.state, self.token());
        let code = qr::code(&url, Level::Screen).map_err(AppError::internal)?;
        let picture = Picture {
            id: "pass",
            file_name: format!("{}.png", self.submission.reference),
            png: code.png(MODULE_PIXELS),
        };
        let own_page = letter.link(&format!("/submissions/{}", self.submission.id));
        letter
            .say(t.mail_received_lead(self.day(), self.vehicle()))
            .picture(picture, t.qr_alt(self.vehicle()), self.submission.reference.to_string())
            .button(t.mail_open_pass(), passes::link(self.state, self.token()))
            .say(t.mail_received_next())
            .facts(self.facts(t))
            .button(t.mail_open_entry(), own_page)
            .send(t.mail_received_subject(self.vehicle()))
    }

    fn rejected(&self, language: Language) -> Result<Rendered, AppError> {
        let letter = Letter::new(self.state, language);
        let t = letter.t;
        let own_page = letter.link(&format!("/submissions/{}", self.submission.id));
        letter
            .say(t.mail_rejected_lead(self.day(), self.vehicle()))
            .quote(self.reason())
            .say(t.mail_rejected_next())
            .facts(self.facts(t))
            .button(t.mail_open_entry(), own_page)
            .send(t.mail_rejected_subject(self.vehicle()))
    }

    fn cancelled(&self, language: Language) -> Result<Rendered, AppError> {
        let letter = Letter::new(self.state, language);
        let t = letter.t;
        letter
            .say(t.mail_cancelled_lead(self.day(), self.vehicle()))
            .facts(self.facts(t))
            .send(t.mail_cancelled_subject(self.vehicle()))
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

    /// For a phone: in its owner's language, with English beside it.
    fn text(&self, kind: NotificationKind, language: Language) -> String {
        let t = Texts::of_or_english(language);
        let text = self.text_in(kind, t);
        if t.language() == Language::En {
            return text;
        }
        format!("{text}\n{}", self.text_in(kind, Texts::of(Language::En)))
    }

    fn text_in(&self, kind: NotificationKind, t: Texts) -> String {
        let site = &self.state.config.site_name;
        match kind {
            NotificationKind::DriverPass => {
                t.sms_driver_pass(self.day(), passes::link(self.state, self.token()), self.vehicle())
            }
            NotificationKind::DriverPassWithdrawn => t.sms_driver_pass_withdrawn(self.day(), self.vehicle()),
            NotificationKind::SubmissionRejected => {
                t.sms_rejected(self.day(), self.reason(), site, self.vehicle())
            }
            NotificationKind::SubmissionCancelled => t.sms_cancelled(self.day(), site, self.vehicle()),
            _ => {
                let reference = self.submission.reference.to_string();
                t.sms_received(
                    self.day(),
                    passes::link(self.state, self.token()),
                    reference,
                    site,
                    self.vehicle(),
                )
            }
        }
    }
}
