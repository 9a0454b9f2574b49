//! How a message gets its words: at the moment of sending, by the feature that wrote it.

use futures_util::future::BoxFuture;

use crate::kernel::delivery::mailer::Mail;
use crate::kernel::entity::notification;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;

/// A message in words.
#[derive(Clone, Debug)]
pub enum Rendered {
    /// For an e-mail.
    Mail(Mail),
    /// For a phone.
    Text(String),
    /// There is nothing to say any more; why not, in English, for the desk.
    Pointless(&'static str),
}

/// Puts a message into words. `secret` is what the message was given, opened.
///
/// `app::render` is the one: it asks the feature that the kind belongs to.
pub type Render = for<'a> fn(
    state: &'a AppState,
    message: &'a notification::Model,
    secret: Option<&'a str>,
) -> BoxFuture<'a, Result<Rendered, AppError>>;
