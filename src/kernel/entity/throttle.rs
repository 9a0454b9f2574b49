//! How often something was tried, so that guessing gets slow.

use sea_orm::entity::prelude::*;

/// How often something was tried, so that guessing gets slow.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "throttle")]
pub struct Model {
    /// What is limited.
    #[sea_orm(primary_key, auto_increment = false)]
    pub purpose: Purpose,
    /// Whom it is about: an e-mail address, known or not, a phone, or the id of an account or organisation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// From which address, or of which organisation; empty for all together.
    #[sea_orm(primary_key, auto_increment = false)]
    pub address: String,
    /// Tries since `since`, or how much of what is limited.
    pub count: i32,
    /// When counting began.
    pub since: DateTimeUtc,
    /// Until when the next try is refused unheard.
    pub blocked_until: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(24))", rename_all = "snake_case")]
pub enum Purpose {
    /// Failed sign-ins of one account, or of all from one address.
    SignIn,
    /// Failed sign-ins from one address with addresses that have no account, until they are in the log.
    UnknownSignIn,
    /// Links asked for from one address for addresses that have no account, until they are in the log.
    UnknownReset,
    /// Registrations from one address.
    Registration,
    /// Links for a forgotten password, of one account or from one address.
    Reset,
    /// Mails about a registration, to one address or account.
    Confirmation,
    /// Vehicle look-ups of one account, by the minute.
    LookupMinute,
    /// Vehicle look-ups of one account, by the day.
    LookupDay,
    /// Vehicle look-ups of accounts without a confirmed address, from one network by the day.
    LookupNetworkDay,
    /// Drafts of accounts without a confirmed address, from one network by the day.
    DraftNetworkDay,
    /// Changes of drafts of one account without a confirmed address, or of all such accounts from one network, by the
    /// day.
    DraftChangeDay,
    /// Names of crew that one organisation typed wrongly.
    CrewMismatch,
    /// Text messages that entries of one organisation cause, by the day.
    TextOrganisationDay,
    /// Text messages to one phone, of one organisation or of all, by the day.
    TextPhoneDay,
    /// The same by the hour.
    TextPhoneHour,
    /// Papers that one organisation hands in, by the day.
    UploadDay,
    /// Their KiB.
    UploadKib,
    /// Papers of one account whose address is not confirmed, by the day.
    UnconfirmedUploads,
    /// Their KiB, of one account or from one address.
    UnconfirmedKib,
    /// Messages of one submission that its customer has sent again.
    Resend,
}
