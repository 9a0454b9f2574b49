//! One change, or one refusal by a rule. Rows are only added.

use std::borrow::Cow;

use sea_orm::{Iterable as _, entity::prelude::*};

use crate::kernel::types::{AccountId, AuditId, EmailAddress, SubmissionId};

/// One change, or one refusal by a rule. Rows are only added.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditId,
    /// When.
    pub at: DateTimeUtc,
    /// Who, if signed in.
    pub account_id: Option<AccountId>,
    /// The e-mail address, or `system`.
    pub actor: String,
    /// From which address; empty for the command line.
    pub address: String,
    /// What.
    pub action: AuditAction,
    /// About which submission.
    pub submission_id: Option<SubmissionId>,
    /// About which other row.
    pub subject_id: Option<Uuid>,
    /// What it was.
    pub before: Option<Json>,
    /// What it became.
    pub after: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Who, as people read it.
    pub fn who(&self) -> Cow<'_, str> {
        EmailAddress::shown(&self.actor)
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(40))", rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each name says what happened")]
pub enum AuditAction {
    AccountRegistered,
    RegistrationRepeated,
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
    AccountInvited,
    AccountUnlocked,
    AccountExpired,
    AccountChangeRefused,
    InvitationAccepted,
    RoleChanged,
    ProfileChanged,
    ConfirmationSent,
    AddressConfirmed,
    PasswordResetAsked,
    PasswordReset,
    PasswordChanged,
    #[sea_orm(string_value = "NEW_PASSWORD_ASKED")]
    PasswordResetByAdmin,
    SessionsEnded,
    SignedIn,
    SignedOut,
    SignInFailed,
    SignInThrottled,
    DraftOpened,
    DraftChanged,
    DocumentUploaded,
    DocumentReplaced,
    DocumentAttached,
    DocumentDetached,
    DocumentRemoved,
    DocumentFileRemoved,
    OrphansRemoved,
    DraftsRemoved,
    PassKeyRotated,
    SubmissionCreated,
    SubmissionRefused,
    SubmissionApproved,
    SubmissionRejected,
    SubmissionCompleted,
    SubmissionCancelled,
    SubmissionExpired,
    MoveRefused,
    CheckedIn,
    CheckedInByOverride,
    CheckedOut,
    CheckInRefused,
    CheckOutRefused,
    OverrideRefused,
    EntryRefused,
    CrewRegistered,
    SmsQueued,
    SmsHeld,
    EmailSent,
    SmsSent,
    EmailFailed,
    SmsFailed,
    MessageResent,
    CrewRenamed,
    CrewMerged,
    OpinionChanged,
    Blacklisted,
    BlacklistLifted,
    VehiclesToldApart,
    DistinctionTakenBack,
    VehiclesForgotten,
}

impl Model {
    /// Why, where somebody was asked for a reason.
    pub fn reason(&self) -> Option<&str> {
        self.after.as_ref()?.get("reason")?.as_str()
    }
}

impl AuditAction {
    /// The action as URLs and the database write it.
    pub fn name(self) -> String {
        self.into_value()
    }

    /// The action called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::iter().find(|action| action.name() == name)
    }
}
