//! What is written into the log with the change that it tells of. The feature `audit` reads it.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use sea_orm::prelude::Json;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait as _};
use uuid::Uuid;

use crate::kernel::access::By;
use crate::kernel::clock::Clock;
use crate::kernel::entity::audit_log;
use crate::kernel::texts::Texts;
use crate::kernel::types::{AuditId, Key, known_by_code};

/// What happened. Each feature declares its own with [`actions!`]. A code that was ever stored never means anything else.
#[derive(Clone, Copy)]
pub struct Action {
    /// As the database and addresses have it, at most 40 letters: `SIGNED_IN`.
    pub code: &'static str,
    /// As people read it.
    pub words: fn(Texts) -> String,
}

known_by_code!(Action);

/// Declares the actions of a feature, and `ALL` of them: `NAME: "CODE", text_that_puts_it_into_words;`
macro_rules! actions {
    ($($name:ident: $code:literal, $words:ident;)+) => {
        $(
            #[doc = concat!("`", $code, "`")]
            pub const $name: $crate::kernel::audit::Action = $crate::kernel::audit::Action {
                code: $code,
                words: $crate::kernel::texts::Texts::$words,
            };
        )+

        /// All of them.
        pub const ALL: &[$crate::kernel::audit::Action] = &[$($name),+];
    };
}

pub(crate) use actions;

/// The longest label, in characters.
const LONGEST_LABEL: usize = 200;

/// What an event is about: a row, and what it was called when the event was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    kind: Cow<'static, str>,
    id: Uuid,
    label: String,
}

impl Subject {
    /// The row with `id`, called `label`.
    pub fn new<K: Key>(id: K, label: impl Into<String>) -> Self {
        let label: String = label.into();
        let label = label.chars().take(LONGEST_LABEL).collect();
        Self { kind: Cow::Borrowed(K::KIND), id: id.as_uuid(), label }
    }

    /// What [`kind`](Self::kind), [`id`](Self::id) and [`label`](Self::label) of one were.
    pub fn kept(kind: &str, id: Uuid, label: &str) -> Self {
        Self { kind: Cow::Owned(kind.to_owned()), id, label: label.to_owned() }
    }

    /// The [`Key::KIND`] of its id.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The id of the row.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// What it is called: at most 200 characters.
    pub fn label(&self) -> &str {
        &self.label
    }
}

/// One entry of the log.
#[derive(Clone, Debug)]
pub struct Event {
    action: Action,
    by: Option<By>,
    subject: Option<Subject>,
    root: Option<Subject>,
    before: Option<Json>,
    after: Option<Json>,
}

impl Event {
    /// `action`, about nothing yet, done by whoever does the work.
    pub fn of(action: Action) -> Self {
        Self { action, by: None, subject: None, root: None, before: None, after: None }
    }

    /// Done by somebody else than the rest of the work.
    #[must_use]
    pub fn done_by(self, by: impl Into<By>) -> Self {
        Self { by: Some(by.into()), ..self }
    }

    /// The row that it is about.
    #[must_use]
    pub fn about(self, subject: impl Into<Subject>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    /// The row on whose page it is told, where that is another than the one it is about.
    #[must_use]
    pub fn under(self, root: impl Into<Subject>) -> Self {
        Self { root: Some(root.into()), ..self }
    }

    /// What it was.
    #[must_use]
    pub fn before(self, before: Json) -> Self {
        Self { before: Some(before), ..self }
    }

    /// What it became.
    #[must_use]
    pub fn after(self, after: Json) -> Self {
        Self { after: Some(after), ..self }
    }

    fn into_row(self, id: AuditId, at: DateTime<Utc>, by: &By) -> audit_log::ActiveModel {
        let by = self.by.as_ref().unwrap_or(by);
        let root = self.root.as_ref().or(self.subject.as_ref());
        let subject = self.subject.as_ref().or(root);
        let label =
            |subject: Option<&Subject>| subject.map(|subject| subject.label.clone()).unwrap_or_default();
        let kind = |subject: Option<&Subject>| subject.map(|subject| subject.kind.to_string());
        audit_log::ActiveModel {
            id: Set(id),
            at: Set(at),
            account_id: Set(by.account),
            actor: Set(by.name.clone()),
            address: Set(by.address.clone()),
            action: Set(self.action.code.to_owned()),
            subject_kind: Set(kind(subject)),
            subject_id: Set(subject.map(|subject| subject.id)),
            subject_label: Set(label(subject)),
            root_kind: Set(kind(root)),
            root_id: Set(root.map(|root| root.id)),
            root_label: Set(label(root)),
            before: Set(self.before),
            after: Set(self.after),
        }
    }
}

/// Writes `events`, the earliest first, done by `by` at `at` unless they tell of somebody else.
///
/// # Errors
/// When the database does not answer.
pub async fn write(
    clock: &Clock,
    transaction: &impl ConnectionTrait,
    at: DateTime<Utc>,
    by: &By,
    events: Vec<Event>,
) -> Result<(), DbErr> {
    let rows = events.into_iter().map(|event| event.into_row(AuditId::new(clock.new_uuid()), at, by));
    // A statement of PostgreSQL takes 65 535 values.
    for rows in rows.collect::<Vec<_>>().chunks(500) {
        audit_log::Entity::insert_many(rows.to_vec()).exec_without_returning(transaction).await?;
    }
    Ok(())
}
