//! What every page shows around its content. Embedded in every page struct as `layout`.

use std::fmt::Display;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use chrono::{DateTime, Duration, NaiveDate, SecondsFormat, Utc};
use tracing_actix_web::RequestId;

use super::feature::{Features, MenuEntry};
use super::form::FormErrors;
use super::pages::page_of;
use super::{assets, auth, flash, session};
use crate::kernel::access::Actor;
use crate::kernel::clock::SiteZone;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::{Language, optional_day};

/// The cookie that remembers a chosen language.
pub const LANGUAGE_COOKIE: &str = "language";

/// What every page shows around its content: texts, menu, flash, errors.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The user's language.
    pub t: Texts,
    /// `SITE_NAME`
    pub site_name: String,
    /// What is wrong with the page's form; shown at the top and beside each field.
    pub errors: FormErrors,
    /// The sentence that the last page left for this one.
    pub flash: Option<String>,
    /// The request's id, for error pages.
    pub request_id: String,
    features: Features,
    user: Option<Actor>,
    path: String,
    page: Option<String>,
    zone: SiteZone,
    now: DateTime<Utc>,
}

/// One entry of the menu.
#[derive(Debug)]
pub struct MenuItem {
    /// Where it leads.
    pub path: &'static str,
    /// What it says.
    pub label: String,
    /// Whether the page belongs to it.
    pub current: bool,
}

/// A field for a day: its type, and what it holds.
#[derive(Debug)]
pub struct DayField {
    /// `date`, or `text`.
    pub kind: &'static str,
    /// A day as date fields have it, or what was typed.
    pub value: String,
}

impl Layout {
    /// The layout for the answer to `request`.
    ///
    /// # Errors
    /// When the application has no state, which is a fault in its wiring.
    pub fn of(request: &HttpRequest) -> Result<Self, AppError> {
        let state = request
            .app_data::<web::Data<AppState>>()
            .ok_or_else(|| AppError::internal("the application has no state"))?;
        let features =
            request.app_data::<web::Data<Features>>().map_or(Features(&[]), |features| ***features);
        let request_id = request.extensions().get::<RequestId>().map(ToString::to_string);
        Ok(Self {
            t: Texts::of(language(request)),
            site_name: state.config.site_name.clone(),
            errors: FormErrors::new(),
            flash: flash::read(request),
            request_id: request_id.unwrap_or_default(),
            features,
            user: auth::actor(request),
            path: request.path().to_owned(),
            page: (request.method() == Method::POST).then(|| page_of(request, request.path())),
            zone: state.config.zone,
            now: state.clock.now(),
        })
    }

    /// The same, for a form that came back with `errors`.
    #[must_use]
    pub fn with_errors(self, errors: FormErrors) -> Self {
        Self { errors, ..self }
    }

    /// The same in another language, where there are texts in it.
    #[must_use]
    pub fn in_language(self, language: Language) -> Self {
        let known = Texts::available().any(|available| available == language);
        Self { t: if known { Texts::of(language) } else { self.t }, ..self }
    }

    /// Who is signed in.
    pub fn user(&self) -> Option<&Actor> {
        self.user.as_ref()
    }

    /// The page that an answer to a form belongs to: at its own address there may be nothing to open.
    pub fn page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    /// Where the static file `path` is found.
    pub fn asset(&self, path: &str) -> String {
        assets::url(path)
    }

    /// A field for a day. Browsers show nothing of a value that is no day in their own form: what was typed instead
    /// stays as text.
    pub fn day_field(&self, value: impl Display) -> DayField {
        let value = value.to_string();
        match optional_day(&value) {
            Ok(day) => DayField { kind: "date", value: day.map(|day| day.to_string()).unwrap_or_default() },
            Err(_) => DayField { kind: "text", value },
        }
    }

    /// The main menu: what the user's role works with.
    pub fn menu(&self) -> Vec<MenuItem> {
        let Some(user) = &self.user else { return Vec::new() };
        let entries =
            self.features.iter().flat_map(|feature| feature.menu).filter(|entry| (entry.is_for)(user));
        let item = |entry: &MenuEntry| MenuItem {
            path: entry.path,
            label: (entry.label)(self.t),
            current: self.path.starts_with(entry.path),
        };
        entries.map(item).collect()
    }

    /// What happened, by the code that the log has of it. One that no feature knows, which another release wrote, is told
    /// as it is.
    pub fn action(&self, code: &str) -> String {
        self.features.action(code).map_or_else(|| code.to_owned(), |action| (action.words)(self.t))
    }

    /// What a message tells, by the code of its kind.
    pub fn message(&self, code: &str) -> String {
        self.features.message_words(self.t, code)
    }

    /// The features of the site.
    pub fn features(&self) -> Features {
        self.features
    }

    /// A moment in the site's time: `20 Nov 2026, 14:45 IST`.
    pub fn moment(&self, at: &DateTime<Utc>) -> String {
        self.zone.moment(*at)
    }

    /// A moment as the attribute `datetime` takes it: HTML knows no finer fraction than milliseconds.
    pub fn datetime(&self, at: &DateTime<Utc>) -> String {
        at.to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// The moment that comes after so long, in the site's time.
    pub fn moment_in(&self, wait: Duration) -> String {
        self.zone.moment(self.now.checked_add_signed(wait).unwrap_or(self.now))
    }

    /// The last moment before an exclusive end.
    pub fn moment_before(&self, end: &DateTime<Utc>) -> String {
        self.zone.moment(*end - chrono::Duration::minutes(1))
    }

    /// A day: `20 Nov 2026`.
    pub fn day(&self, day: &NaiveDate) -> String {
        self.zone.day(*day)
    }

    /// The site's day at a moment: `20 Nov 2026`.
    pub fn day_at(&self, at: &DateTime<Utc>) -> String {
        self.zone.day(self.zone.day_of(*at))
    }

    /// The site's zone.
    pub fn zone(&self) -> SiteZone {
        self.zone
    }

    /// The site's day today.
    pub fn today(&self) -> NaiveDate {
        self.zone.day_of(self.now)
    }

    /// When the page was made.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }
}

impl FromRequest for Layout {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// The user's setting, then the cookie, then `Accept-Language`.
fn language(request: &HttpRequest) -> Language {
    let chosen = session::current(request).and_then(|current| current.account.language);
    let cookie = || Language::from_code(request.cookie(LANGUAGE_COOKIE)?.value());
    chosen
        .or_else(cookie)
        .or_else(|| accepted(request.headers()))
        .filter(|language| Texts::available().any(|available| available == *language))
        .unwrap_or_default()
}

fn accepted(headers: &HeaderMap) -> Option<Language> {
    Language::from_accept_language(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?)
}
