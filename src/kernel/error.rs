//! What a request can fail with, whatever the feature.

use sea_orm::{DbErr, RuntimeErr, sqlx};
use thiserror::Error;

/// Why there is no page to show. `http::error` makes the page that says so.
#[derive(Debug, Error)]
pub enum AppError {
    /// 400: what came is no form that this site made.
    #[error("malformed request")]
    BadRequest,
    /// 403: signed in, but not as somebody who may.
    #[error("not allowed")]
    Forbidden,
    /// 404: no such page, or not this user's.
    #[error("not found")]
    NotFound,
    /// 404: it should be here; the text says what became of it.
    #[error("missing")]
    Missing(String),
    /// 303 to the sign-in page, which leads back.
    #[error("not signed in")]
    SignInFirst,
    /// 409: the move is not possible as things stand; the text says how they stand.
    #[error("conflict")]
    Conflict(String),
    /// 405: the page exists, and does not take this method.
    #[error("method not allowed")]
    BadMethod,
    /// 408: the body came too slowly.
    #[error("too slow")]
    TooSlow,
    /// 413: more than the site takes.
    #[error("too large")]
    TooLarge,
    /// 421: sent to a name that is not this site's.
    #[error("another site's name")]
    Misdirected,
    /// 429: too often; again after so many seconds.
    #[error("too many requests")]
    TooMany {
        /// Seconds until the next try is heard.
        retry_after: u64,
    },
    /// 503: too many ask for the same dear thing at once; again after so many seconds.
    #[error("too busy")]
    Busy {
        /// Seconds until the next try may be heard.
        retry_after: u64,
    },
    /// 503: the database or the store does not answer.
    #[error("unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// 503: no answer came in time, and nothing was to be saved.
    #[error("too late")]
    TooLate,
    /// 503: no answer came in time, from the database to a commit or from a handler that writes. It may have been saved.
    #[error("nobody knows whether it was saved")]
    MaybeSaved(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// 500: a fault of ours; logged once, with the request's id.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// What went wrong, for whoever runs the portal: on one line.
    pub fn detail(&self) -> String {
        match self {
            Self::Internal(cause) | Self::Unavailable(cause) | Self::MaybeSaved(cause) => one_line(&**cause),
            other => other.to_string(),
        }
    }

    /// A fault of ours.
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }
}

/// The database did not answer a commit: what was written may be kept or lost.
#[derive(Debug, Error)]
#[error("no answer to a commit")]
pub struct CommitUnanswered(#[source] pub DbErr);

impl From<DbErr> for AppError {
    fn from(error: DbErr) -> Self {
        if was_commit(&error) {
            Self::MaybeSaved(Box::new(error))
        } else if is_away(&error) {
            Self::Unavailable(Box::new(error))
        } else {
            Self::Internal(Box::new(error))
        }
    }
}

fn was_commit(error: &DbErr) -> bool {
    let Some(sqlx::Error::Io(cause)) = cause_of(error) else { return false };
    cause.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<CommitUnanswered>)
}

fn cause_of(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Conn(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}

/// Whether the database ended a transaction because of others that ran beside it: tried again, it may well succeed.
pub fn was_overtaken(error: &AppError) -> bool {
    let AppError::Unavailable(cause) = error else { return false };
    let cause = cause.downcast_ref::<DbErr>().and_then(cause_of).and_then(sqlx::Error::as_database_error);
    cause.and_then(sqlx::error::DatabaseError::code).is_some_and(|code| matches!(&*code, "40001" | "40P01"))
}

/// Whether the database is away, busy or waited for in vain, rather than asked for something wrong.
pub fn is_away(error: &DbErr) -> bool {
    match cause_of(error) {
        None => matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)),
        Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => true,
        Some(sqlx::Error::Database(error)) => error.code().is_some_and(|code| is_code_of_absence(&code)),
        Some(_) => false,
    }
}

/// Whether the way to the database broke before its answer came: it may have done what it was told.
pub fn was_cut_off(error: &DbErr) -> bool {
    match cause_of(error) {
        Some(sqlx::Error::Database(error)) => {
            error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
        }
        _ => is_away(error),
    }
}

fn is_code_of_absence(code: &str) -> bool {
    if code.len() < 5 {
        // SQLite: busy, locked, read-only, I/O, full, cannot open.
        return code.parse::<u32>().is_ok_and(|code| matches!(code & 0xFF, 5 | 6 | 8 | 10 | 13 | 14));
    }
    match code {
        // PostgreSQL: another transaction came between, a deadlock; a lock, a statement, a transaction that took too long.
        "40001" | "40P01" | "55P03" | "57014" | "25P03"
        // Shutting down, crashed, starting; a pooler or a session that ended.
        | "57P01" | "57P02" | "57P03" | "57P05" => true,
        // The connection; want of disk, memory or connections.
        _ => code.starts_with("08") || code.starts_with("53"),
    }
}

/// An error and what caused it, on one line. A cause that its error has told already is left out.
pub fn one_line(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        cause = error.source();
    }
    line.replace(['\r', '\n'], " ")
}
