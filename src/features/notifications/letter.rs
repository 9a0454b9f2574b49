//! E-mails: one plain layout, in text and in HTML.

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

use crate::kernel::delivery::mailer::{Mail, Picture};
use crate::kernel::dispatch::Rendered;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::Language;

/// An e-mail, part by part, in the order in which its reader sees them. The text and the HTML are made of the
/// same parts.
///
/// ```ignore
/// let letter = Letter::new(state, message.language);
/// let t = letter.t;
/// let link = letter.link(&format!("/reset/{secret}"));
/// letter.say(t.reset_mail_lead()).button(t.reset_mail_button(), link).say(t.reset_mail_not_you()).send(t.reset_mail_subject())
/// ```
#[derive(Clone, Debug)]
pub struct Letter {
    /// The texts of its reader's language.
    pub t: Texts,
    site_name: String,
    base_url: String,
    zone: crate::kernel::clock::SiteZone,
    parts: Vec<Part>,
    picture: Option<Picture>,
}

#[derive(Clone, Debug)]
enum Part {
    Paragraph(String),
    Quote(String),
    Facts(Vec<(String, String)>),
    Picture { id: &'static str, alt: String, caption: String },
    Button { label: String, link: String },
}

#[derive(Template)]
#[template(path = "emails/letter.html")]
struct Html<'a> {
    subject: &'a str,
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "emails/letter.txt")]
struct Text<'a> {
    subject: &'a str,
    letter: &'a Letter,
}

impl Letter {
    /// An empty one in `language`, or in English where there are no texts in it.
    pub fn new(state: &AppState, language: Language) -> Self {
        Self {
            t: Texts::of_or_english(language),
            site_name: state.config.site_name.clone(),
            base_url: state.config.base_url.as_str().to_owned(),
            zone: state.config.zone,
            parts: Vec::new(),
            picture: None,
        }
    }

    /// The address of the page at `path`.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// A day, as the site writes it.
    pub fn day(&self, day: NaiveDate) -> String {
        self.zone.day(day)
    }

    /// A moment, in the site's time.
    pub fn moment(&self, at: DateTime<Utc>) -> String {
        self.zone.moment(at)
    }

    /// A paragraph.
    #[must_use]
    pub fn say(mut self, text: String) -> Self {
        self.parts.push(Part::Paragraph(text));
        self
    }

    /// Somebody's own words, over several lines perhaps.
    #[must_use]
    pub fn quote(mut self, text: &str) -> Self {
        self.parts.push(Part::Quote(text.to_owned()));
        self
    }

    /// Terms and what they are.
    #[must_use]
    pub fn facts(mut self, facts: Vec<(String, String)>) -> Self {
        self.parts.push(Part::Facts(facts));
        self
    }

    /// A picture, which is attached as well; `alt` is read in its place, `caption` stands under it. A letter has
    /// one.
    #[must_use]
    pub fn picture(mut self, picture: Picture, alt: String, caption: String) -> Self {
        self.parts.push(Part::Picture { id: picture.id, alt, caption });
        self.picture = Some(picture);
        self
    }

    /// A link that stands out; the text shows its address.
    #[must_use]
    pub fn button(mut self, label: String, link: String) -> Self {
        self.parts.push(Part::Button { label, link });
        self
    }

    /// The letter as it is sent. The subject is its heading too.
    ///
    /// # Errors
    /// When a template fails, which is a fault of ours.
    pub fn send(self, subject: String) -> Result<Rendered, AppError> {
        let html = Html { subject: &subject, letter: &self }.render().map_err(AppError::internal)?;
        let text = Text { subject: &subject, letter: &self }.render().map_err(AppError::internal)?;
        Ok(Rendered::Mail(Mail { subject, text, html, picture: self.picture }))
    }
}
