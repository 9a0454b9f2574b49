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
    /// The code of its [`MessageKind`](crate::kernel::delivery::MessageKind).
    pub kind: String,
    /// What it says.
    pub says: Says,
    /// How it goes.
    pub channel: Channel,
    /// What it is about: the kind of row,
    pub subject_kind: String,
    /// its id,
    pub subject_id: Uuid,
    /// and what it was called when the message was written.
    pub subject_label: String,
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
        Self::new(row.id, row.kind.as_str())
    }
}

impl Model {
    /// Where it goes, as people read it.
    pub fn to(&self) -> Cow<'_, str> {
        EmailAddress::shown(&self.address)
    }

    /// What it is about.
    pub fn subject(&self) -> Subject {
        Subject::kept(&self.subject_kind, self.subject_id, &self.subject_label)
    }

    /// Whether the desk may have it sent again: it is not being tried, and would be right.
    pub fn may_be_resent(&self) -> bool {
        self.state != DeliveryState::Queued && self.says == Says::State
    }
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))", rename_all = "snake_case")]
pub enum Says {
    /// How it stands when it is sent. A second one beside one that waits would tell nothing new; the desk may have it sent
    /// again.
    State,
    /// That something happened when it was written: later it would be wrong.
    Moment,
    /// A secret. Nobody but its receiver may make the site write another.
    Secret,
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
