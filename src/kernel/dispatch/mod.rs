//! Sending what waits in the outbox. A message gets its words at that moment, from the feature that wrote it.

pub mod worker;

mod settling;

use futures_util::future::BoxFuture;

use crate::kernel::delivery::MessageKind;
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
pub type Render = for<'a> fn(
    state: &'a AppState,
    message: &'a notification::Model,
    secret: Option<&'a str>,
) -> BoxFuture<'a, Result<Rendered, AppError>>;

/// What a feature sends.
#[derive(Clone, Copy, Debug)]
pub struct Messages {
    /// The kinds of its messages.
    pub kinds: &'static [MessageKind],
    /// Puts those into words.
    pub render: Render,
}

impl Messages {
    /// Of a feature that sends nothing.
    pub const NONE: Self =
        Self { kinds: &[], render: |_, _, _| Box::pin(async { Ok(Rendered::Pointless("nothing is sent")) }) };
}
