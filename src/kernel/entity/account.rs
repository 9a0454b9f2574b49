//! Somebody who signs in.

use sea_orm::{Iterable as _, entity::prelude::*};

use crate::kernel::audit::Subject;
use crate::kernel::types::{AccountId, EmailAddress, Language, OrganisationId, PhoneNumber, folded};

/// The length of `search_text`, in characters. Folded, a name may be many times as long.
const SEARCH_TEXT: usize = 900;

/// Somebody who signs in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// The organisation it acts for.
    pub organisation_id: OrganisationId,
    /// The user name; unique.
    pub email: EmailAddress,
    /// PHC string of Argon2id.
    pub password_hash: String,
    /// As typed.
    pub full_name: String,
    /// Unique only once confirmed, so not here.
    pub phone: Option<PhoneNumber>,
    /// What it may do.
    pub role: Role,
    /// Chosen by the user; otherwise the browser's.
    pub language: Option<Language>,
    /// Since when it may not sign in.
    pub disabled_at: Option<DateTimeUtc>,
    /// When its owner showed that the address is theirs and the password known to them alone, or the plant
    /// vouched for both.
    pub confirmed_at: Option<DateTimeUtc>,
    /// When the plant invited its owner, who has no password of their own until the address is confirmed.
    pub invited_at: Option<DateTimeUtc>,
    /// All that the plant searches by, in lower case.
    pub search_text: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl From<&Model> for Subject {
    fn from(row: &Model) -> Self {
        Self::new(row.id, row.email.as_str())
    }
}

impl Model {
    /// Whether it was invited, and its owner has not followed the link yet.
    pub fn is_invited(&self) -> bool {
        self.invited_at.is_some() && self.confirmed_at.is_none()
    }

    /// Whether somebody registered it, and nobody has shown yet that its address is theirs.
    pub fn is_unconfirmed(&self) -> bool {
        self.invited_at.is_none() && self.confirmed_at.is_none()
    }

    /// What the plant searches an account by, folded.
    pub fn search_text(email: &EmailAddress, full_name: &str) -> String {
        let words = format!("{} {full_name}", email.search_words());
        folded(&words).chars().take(SEARCH_TEXT).collect()
    }
}

/// What an account may do. Each role from guard to admin may all that the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Role {
    /// Transporter, vendor or buyer: own organisation's drafts, submissions and papers.
    Customer,
    /// Scans, checks in and out, refuses.
    Guard,
    /// Decides, overrides, corrects.
    Supervisor,
    /// Users and settings.
    Admin,
}

impl Role {
    /// The role's name as the database, the command line and forms write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Guard => "guard",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }

    /// The role called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::iter().find(|role| role.name() == name)
    }
}
