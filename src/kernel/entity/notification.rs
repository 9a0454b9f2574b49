//! A message to somebody outside: written with the change that it tells of, sent afterwards.

use std::borrow::Cow;

use sea_orm::{Iterable as _, entity::prelude::*};

use crate::kernel::audit::Subject;
use crate::kernel::types::{EmailAddress, Language, NotificationId};

/// A message to somebody outside: written with the change that it tells of, sent afterwards. What it says is
/// made when it is sent, from its kind and its subject.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// Key; with the site's host it makes the `Message-ID`, the same at every attempt.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NotificationId,
    /// What it tells.
    pub kind: NotificationKind,
    /// How it goes.
    pub channel: Channel,
    /// The submission or the account that it is about: see [`NotificationKind::is_about_submission`].
    pub subject_id: Uuid,
    /// An e-mail address, or a phone in E.164 form.
    pub address: String,
    /// What its reader reads.
    pub language: Language,
    /// What a link in it needs, sealed and bound to this row. Wiped as soon as the message is sent or dead.
    pub secret: Option<String>,
    /// How far it got.
    pub state: DeliveryState,
    /// Attempts begun.
    pub attempts: i32,
    /// Not before.
    pub next_attempt_at: DateTimeUtc,
    /// Until when it is in the hands of the worker that claimed it last.
    pub leased_until: Option<DateTimeUtc>,
    /// Why the last attempt failed, or there was none: one line without secrets.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// When it was handed over.
    pub sent_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl From<&Model> for Subject {
    fn from(row: &Model) -> Self {
        Self::new(row.id, row.kind.name())
    }
}

impl Model {
    /// Where it goes, as people read it.
    pub fn to(&self) -> Cow<'_, str> {
        EmailAddress::shown(&self.address)
    }

    /// Whether the desk may have it sent again: it is not being tried, bears no secret and tells of no moment.
    pub fn may_be_resent(&self) -> bool {
        self.state != DeliveryState::Queued && !self.kind.has_secret() && !self.kind.tells_of_a_moment()
    }
}

/// What a message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(40))", rename_all = "snake_case")]
pub enum NotificationKind {
    /// To a new account: confirm the address, by a link.
    ConfirmAddress,
    /// To an account: somebody tried to register its address once more.
    AlreadyRegistered,
    /// To an account: choose another password, by a link.
    ResetPassword,
    /// To an account: its password was changed.
    PasswordChanged,
    /// To somebody of the plant: an account waits, by a link.
    Invitation,
    /// To the customer: the entry is submitted, here is its pass.
    SubmissionReceived,
    /// To the customer: the desk said no, and why.
    SubmissionRejected,
    /// To the customer: the entry was taken back.
    SubmissionCancelled,
    /// To the driver: here is the pass.
    DriverPass,
    /// To the driver: the pass opens the gate no more.
    DriverPassWithdrawn,
}

impl NotificationKind {
    /// Whether its subject is a submission; otherwise an account.
    pub fn is_about_submission(self) -> bool {
        match self {
            Self::SubmissionReceived
            | Self::SubmissionRejected
            | Self::SubmissionCancelled
            | Self::DriverPass
            | Self::DriverPassWithdrawn => true,
            Self::ConfirmAddress
            | Self::AlreadyRegistered
            | Self::ResetPassword
            | Self::PasswordChanged
            | Self::Invitation => false,
        }
    }

    /// The kind as the database and the audit log write it.
    pub fn name(self) -> String {
        self.into_value()
    }

    /// The kind called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::iter().find(|kind| kind.name() == name)
    }

    /// Whether it tells when it was written that something happened just then: later it would be wrong.
    pub fn tells_of_a_moment(self) -> bool {
        matches!(self, Self::AlreadyRegistered | Self::PasswordChanged)
    }

    /// Whether it bears a secret. Nobody but its receiver may make the site write another.
    pub fn has_secret(self) -> bool {
        matches!(self, Self::ConfirmAddress | Self::ResetPassword | Self::Invitation)
    }
}

/// How a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))", rename_all = "snake_case")]
pub enum Channel {
    /// By e-mail.
    Email,
    /// As a text message to a phone.
    Sms,
}

/// How far a message got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))", rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its first or its next attempt.
    Queued,
    /// The mail server or the SMS gateway took it.
    Sent,
    /// Nobody tries any more.
    Dead,
    /// Written when there were too many already: it waits for the desk, which may send it.
    Held,
}

impl DeliveryState {
    /// The state as URLs write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Held => "held",
        }
    }

    /// The state called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::iter().find(|state| state.name() == name)
    }
}
