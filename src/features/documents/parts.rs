//! What the two forms that take papers say of files that they could not keep.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use chrono::Duration;

use super::service::storing::NotKept;
use crate::kernel::access::Customer;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, page_with};
use crate::kernel::http::upload::UploadError;
use crate::kernel::texts::Texts;

/// How a form with papers is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// 200: all is kept.
    Kept,
    /// 422: what came is wrong.
    Invalid,
    /// 503: a good file found no room.
    NoRoom,
    /// 429: a good file is one too many now.
    TooMany {
        /// Seconds until it may be handed in.
        retry_after: u64,
    },
}

impl Outcome {
    /// `page` with the status for it.
    pub fn answer(self, page: &impl Template) -> Answer {
        let status = match self {
            Self::Kept => StatusCode::OK,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        };
        let mut answer = page_with(status, page)?;
        if let Self::TooMany { retry_after } = self {
            answer.headers_mut().insert(RETRY_AFTER, retry_after.into());
        }
        Ok(answer)
    }
}

/// What is wrong with a form that brings papers.
#[derive(Debug)]
pub struct Refusals {
    /// At its fields.
    pub errors: FormErrors,
    worst: Outcome,
}

impl Refusals {
    /// Nothing is wrong.
    pub fn none() -> Self {
        Self { errors: FormErrors::new(), worst: Outcome::Kept }
    }

    /// How the form is answered.
    pub fn outcome(&self) -> Outcome {
        if self.errors.is_empty() { Outcome::Kept } else { self.worst.max(Outcome::Invalid) }
    }

    /// The file in `field` is refused.
    pub fn refuse(&mut self, t: Texts, field: &str, error: UploadError) {
        if error == UploadError::NoRoom {
            self.worst = self.worst.max(Outcome::NoRoom);
        }
        self.errors.add(field, t.upload_error(error));
    }

    /// The file in `field` is sound, and not kept now.
    pub fn put_off(&mut self, layout: &Layout, customer: &Customer, field: &str, why: NotKept) {
        let NotKept::Quota { retry_after } = why else {
            return self.refuse(layout.t, field, UploadError::NoRoom);
        };
        self.worst = self.worst.max(Outcome::TooMany { retry_after });
        let from = layout.moment_in(Duration::seconds(i64::try_from(retry_after).unwrap_or(i64::MAX)));
        let message = if customer.has_confirmed() {
            layout.t.upload_quota(from)
        } else {
            layout.t.upload_quota_unconfirmed(from)
        };
        self.errors.add(field, message);
    }

    /// A file came in a field that the form does not have.
    pub fn stray(&mut self, t: Texts, field: &str) {
        self.errors.add_general(t.upload_stray(field.chars().take(50).collect::<String>()));
    }
}
