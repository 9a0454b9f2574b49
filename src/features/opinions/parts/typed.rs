//! What the desk types about a vehicle or a person.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Deserialize;

use crate::features::opinions::service::{JudgeError, Judgement, Listed, Standing};
use crate::kernel::clock::SiteZone;
use crate::kernel::error::AppError;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::texts::Texts;
use crate::kernel::types::{Remark, RemarkError, optional_day};

/// The highest rating.
pub const BEST: i16 = 5;

/// 0 to 5, or nothing.
///
/// # Errors
/// [`TypedError::Rating`] for anything else.
pub fn parse_rating(typed: &str) -> Result<Option<i16>, TypedError> {
    match typed {
        "" => Ok(None),
        typed => typed
            .parse()
            .ok()
            .filter(|rating| (0..=BEST).contains(rating))
            .map(Some)
            .ok_or(TypedError::Rating),
    }
}

/// The forms about one vehicle or person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Remark and rating.
    Opinion,
    /// Onto the blacklist.
    Blacklist,
    /// Off the blacklist.
    Lift,
}

impl Form {
    fn of(request: &HttpRequest) -> Option<Self> {
        match request.path().rsplit('/').next()? {
            "remark" => Some(Self::Opinion),
            "blacklist" => Some(Self::Blacklist),
            "lift" => Some(Self::Lift),
            _ => None,
        }
    }
}

/// The form is the last part of its path.
impl FromRequest for Form {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).ok_or(AppError::NotFound))
    }
}

/// Why a form comes back, and with which status.
#[derive(Debug)]
pub struct Refused {
    /// 409 when somebody else was quicker, and 422.
    pub status: StatusCode,
    /// What its page says.
    pub errors: FormErrors,
}

impl Refused {
    /// What was typed is wrong.
    pub fn invalid(errors: FormErrors) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, errors }
    }

    /// The service did not do it.
    ///
    /// # Errors
    /// When the form cannot come back: nobody is there to be judged, or it could not be tried.
    pub fn because(t: Texts, error: JudgeError) -> Result<Self, AppError> {
        match error {
            JudgeError::NotFound => Err(AppError::NotFound),
            JudgeError::Failed(error) => Err(error),
            JudgeError::Changed => {
                let mut errors = FormErrors::new();
                errors.add_general(t.opinion_changed_meanwhile());
                Ok(Self { status: StatusCode::CONFLICT, errors })
            }
        }
    }
}

/// Every field of the forms, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// The note.
    pub remark: String,
    /// 0 to 5, or nothing.
    pub rating: String,
    /// Why it goes on the blacklist.
    pub reason: String,
    /// The first day on it; nothing is today.
    pub from: String,
    /// The last day on it; nothing is until further notice.
    pub until: String,
    /// The version that the page showed. Programs that post without having seen the page leave it out.
    pub seen: String,
    /// The form that came back.
    #[serde(skip)]
    pub returned: Option<Form>,
}

/// What is wrong with what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedError {
    /// The remark.
    Remark(RemarkError),
    /// No number from 0 to 5.
    Rating,
    /// The reason.
    Reason(RemarkError),
    /// No day.
    From,
    /// No day.
    Until,
    /// The last day is before the first, or has passed.
    UntilTooEarly,
}

impl TypedError {
    /// The field that it is about.
    pub fn field(self) -> &'static str {
        match self {
            Self::Remark(_) => "remark",
            Self::Rating => "rating",
            Self::Reason(_) => "reason",
            Self::From => "from",
            Self::Until | Self::UntilTooEarly => "until",
        }
    }
}

impl Typed {
    /// The forms as they show what holds.
    pub fn of(standing: &Standing, zone: SiteZone, now: DateTime<Utc>) -> Self {
        let listed = standing.listed.as_ref().filter(|listed| !listed.is_over(now));
        Self {
            remark: standing.remark.clone().unwrap_or_default(),
            rating: standing.rating.map(|rating| rating.to_string()).unwrap_or_default(),
            reason: listed.map(|listed| listed.reason.clone()).unwrap_or_default(),
            from: zone.day_of(listed.map_or(now, |listed| listed.from)).to_string(),
            until: listed
                .and_then(Listed::last_moment)
                .map(|last| zone.day_of(last).to_string())
                .unwrap_or_default(),
            seen: standing.version.to_string(),
            returned: None,
        }
    }

    /// Keeps what was typed into `form` in a page that shows `shown`.
    pub fn keep(self, form: Form, shown: &mut Self) {
        shown.returned = Some(form);
        match form {
            Form::Opinion => (shown.remark, shown.rating) = (self.remark, self.rating),
            Form::Blacklist => {
                (shown.reason, shown.from, shown.until) = (self.reason, self.from, self.until);
            }
            Form::Lift => {}
        }
    }

    /// The version that was seen.
    pub fn seen(&self) -> Option<i32> {
        self.seen.parse().ok()
    }

    /// What was said with `form`, its days those of the site.
    ///
    /// # Errors
    /// With all that is wrong.
    pub fn judgement(&self, form: Form, layout: &Layout) -> Result<Judgement, Refused> {
        let judgement = match form {
            Form::Opinion => self.opinion(),
            Form::Blacklist => self.blacklist(layout.zone(), layout.now()),
            Form::Lift => Ok(Judgement::Lift),
        };
        judgement.map_err(|wrong| {
            let mut errors = FormErrors::new();
            for error in wrong {
                errors.add(error.field(), layout.t.opinion_error(error));
            }
            Refused::invalid(errors)
        })
    }

    fn opinion(&self) -> Result<Judgement, Vec<TypedError>> {
        let remark = match Remark::parse(&self.remark) {
            Err(RemarkError::Empty) => Ok(None),
            remark => remark.map(Some).map_err(TypedError::Remark),
        };
        let rating = parse_rating(&self.rating);
        match (remark, rating) {
            (Ok(remark), Ok(rating)) => Ok(Judgement::Opinion { remark, rating }),
            (remark, rating) => Err(remark.err().into_iter().chain(rating.err()).collect()),
        }
    }

    fn blacklist(&self, zone: SiteZone, now: DateTime<Utc>) -> Result<Judgement, Vec<TypedError>> {
        let today = zone.day_of(now);
        let reason = Remark::parse(&self.reason).map_err(TypedError::Reason);
        let from = optional_day(&self.from).map(|from| from.unwrap_or(today)).map_err(|_| TypedError::From);
        let until = match optional_day(&self.until) {
            Ok(Some(last)) => not_before(last, from.unwrap_or(today).max(today)).map(Some),
            until => until.map_err(|_| TypedError::Until),
        };
        match (reason, from, until) {
            (Ok(reason), Ok(from), Ok(until)) => Ok(Judgement::Blacklist {
                reason,
                from: zone.start_of(from),
                until: until.map(|last| zone.start_of(last.checked_add_days(Days::new(1)).unwrap_or(last))),
            }),
            (reason, from, until) => {
                Err(reason.err().into_iter().chain(from.err()).chain(until.err()).collect())
            }
        }
    }
}

fn not_before(day: NaiveDate, first: NaiveDate) -> Result<NaiveDate, TypedError> {
    if day < first { Err(TypedError::UntilTooEarly) } else { Ok(day) }
}
