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
    /// 503: no answer came in time.
    #[error("too late")]
    TooLate {
        /// Whether something may have been saved all the same.
        changes: bool,
    },
    /// 500: a fault of ours; logged once, with the request's id.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// A fault of ours.
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }
}

impl From<DbErr> for AppError {
    fn from(error: DbErr) -> Self {
        if is_away(&error) { Self::Unavailable(Box::new(error)) } else { Self::Internal(Box::new(error)) }
    }
}

/// Whether the database is away or busy, rather than asked for something wrong.
fn is_away(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_));
    };
    match &**cause {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        // SQLite: busy, locked, read-only, I/O, full, cannot open. PostgreSQL: deadlock, shutting down.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            let sqlite =
                code.parse::<u32>().is_ok_and(|code| matches!(code & 0xFF, 5 | 6 | 8 | 10 | 13 | 14));
            sqlite && code.len() < 5 || matches!(&*code, "40P01" | "57P01" | "57P02" | "57P03")
        }),
        _ => false,
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
