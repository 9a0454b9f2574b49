//! What the plant does with accounts: finds them, invites, changes roles, lets in or not.
//!
//! One admin who can sign in always stays: whatever would take the last one away locks all of them first.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DatabaseTransaction, DbErr,
    EntityTrait as _, IntoActiveModel as _, Order, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Select, sea_query::SelectStatement,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::registration::{self, NewAccount, Standing};
use super::{links, mails, profile, sessions, sign_in};
use crate::access::Admin;
use crate::entity::account::{self, Column, Role};
use crate::entity::audit_log::AuditAction;
use crate::entity::one_time_token::TokenKind;
use crate::entity::throttle::{self, Purpose};
use crate::entity::{organisation, session};
use crate::error::AppError;
use crate::features::audit::service::{self as audit, Event};
use crate::infra::database::{WriteTransaction, behind, contains, is_taken};
use crate::infra::keys::random;
use crate::state::AppState;
use crate::types::{AccountId, EmailAddress, Language, PersonName};

/// How an account stands. The first that is so counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// It may not sign in.
    Disabled,
    /// Its owner has not followed the link yet.
    Invited,
    /// Signing in must wait somewhere after too many failures.
    Locked,
    /// None of these.
    Active,
}

impl AccountState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Invited, Self::Locked, Self::Disabled];

    /// Its name in URLs and as a badge.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Invited => "invited",
            Self::Locked => "locked",
            Self::Active => "active",
        }
    }

    /// The state called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    fn of(account: &account::Model, locked_until: Option<DateTime<Utc>>) -> Self {
        match account {
            account if account.disabled_at.is_some() => Self::Disabled,
            account if account.is_invited() => Self::Invited,
            _ if locked_until.is_some() => Self::Locked,
            _ => Self::Active,
        }
    }
}

/// Which accounts are looked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of an address or a name; empty for all.
    pub text: String,
    /// Of this role.
    pub role: Option<Role>,
    /// In this state.
    pub state: Option<AccountState>,
}

/// An account as the plant sees it.
#[derive(Debug)]
pub struct User {
    /// The account.
    pub account: account::Model,
    /// Until when signing in must wait somewhere.
    pub locked_until: Option<DateTime<Utc>>,
}

impl User {
    /// How it stands.
    pub fn state(&self) -> AccountState {
        AccountState::of(&self.account, self.locked_until)
    }
}

/// Accounts, the last made first: `limit` of them, those behind `after`.
pub async fn list(
    state: &AppState,
    _: &Admin,
    filter: &Filter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<User>, DbErr> {
    let now = state.clock.now();
    let mut query = account::Entity::find().filter(state_is(filter.state, now));
    if !filter.text.is_empty() {
        query = query.filter(contains(Column::SearchText, &filter.text.to_lowercase()));
    }
    if let Some(role) = filter.role {
        query = query.filter(Column::Role.eq(role));
    }
    if let Some((at, id)) = after {
        query = query.filter(behind(Column::CreatedAt, at, Column::Id, id, &Order::Desc));
    }
    let accounts = query
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(state.database.reader())
        .await?;
    let locks = locks_of(state, &accounts, now).await?;
    let user = |account: account::Model| {
        let lock = locks.iter().find(|(email, _)| email == account.email.as_str());
        User { locked_until: lock.map(|(_, until)| *until), account }
    };
    Ok(accounts.into_iter().map(user).collect())
}

/// What the page of one account shows.
#[derive(Debug)]
pub struct Details {
    /// The account.
    pub user: User,
    /// Whom it acts for.
    pub organisation: organisation::Model,
    /// Where it is signed in.
    pub sessions: Vec<session::Model>,
}

/// One account.
pub async fn find(state: &AppState, _: &Admin, id: AccountId) -> Result<Option<Details>, DbErr> {
    let Some((account, organisation)) = profile::find(state, id).await? else { return Ok(None) };
    let accounts = [account];
    let locks = locks_of(state, &accounts, state.clock.now()).await?;
    let sessions = sessions::of_account(state, id).await?;
    let [account] = accounts;
    let locked_until = locks.first().map(|(_, until)| *until);
    Ok(Some(Details { user: User { account, locked_until }, organisation, sessions }))
}

/// Until when signing in to one of `accounts` must wait somewhere, by address.
async fn locks_of(
    state: &AppState,
    accounts: &[account::Model],
    now: DateTime<Utc>,
) -> Result<Vec<(String, DateTime<Utc>)>, DbErr> {
    throttle::Entity::find()
        .select_only()
        .column(throttle::Column::Subject)
        .column_as(throttle::Column::BlockedUntil.max(), "until")
        .filter(locking(now))
        .filter(throttle::Column::Subject.is_in(accounts.iter().map(|account| account.email.as_str())))
        .group_by(throttle::Column::Subject)
        .into_tuple()
        .all(state.database.reader())
        .await
}

fn locking(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(throttle::Column::Purpose.eq(Purpose::SignIn))
        .add(throttle::Column::BlockedUntil.gt(now))
}

/// Rows that stand so at `now`: see [`AccountState::of`].
fn state_is(state: Option<AccountState>, now: DateTime<Utc>) -> Condition {
    let enabled = Condition::all().add(Column::DisabledAt.is_null());
    let invited = Condition::all().add(Column::InvitedAt.is_not_null()).add(Column::ConfirmedAt.is_null());
    match state {
        None => Condition::all(),
        Some(AccountState::Disabled) => enabled.not(),
        Some(AccountState::Invited) => enabled.add(invited),
        Some(AccountState::Locked) => {
            enabled.add(invited.not()).add(Column::Email.in_subquery(locked_addresses(now)))
        }
        Some(AccountState::Active) => {
            enabled.add(invited.not()).add(Column::Email.not_in_subquery(locked_addresses(now)))
        }
    }
}

fn locked_addresses(now: DateTime<Utc>) -> SelectStatement {
    throttle::Entity::find().select_only().column(throttle::Column::Subject).filter(locking(now)).into_query()
}

/// Why an account was not changed.
#[derive(Debug)]
pub enum ChangeError {
    /// There is no such account.
    NotFound,
    /// It is the last admin who can sign in.
    LastAdmin,
    /// Nobody has shown that its address is theirs, so nobody knows who would become one of the plant's.
    Unconfirmed,
    /// Its owner has followed the link already, or it was never invited, or it is disabled.
    NotInvited,
    /// It could not be tried.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for ChangeError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Who changes an account.
#[derive(Clone, Copy, Debug)]
pub(super) enum By<'a> {
    Admin(&'a Admin),
    Operator,
}

impl By<'_> {
    fn event(self, action: AuditAction) -> Event {
        match self {
            Self::Admin(admin) => Event::by(admin, action),
            Self::Operator => Event::by_system(action),
        }
    }
}

/// Lets an account sign in, or not; then its sessions and links end at once.
///
/// # Errors
/// [`ChangeError::NotFound`], [`ChangeError::LastAdmin`].
pub async fn set_enabled(
    state: &AppState,
    admin: &Admin,
    id: AccountId,
    enabled: bool,
) -> Result<(), ChangeError> {
    switch(state, By::Admin(admin), account::Entity::find_by_id(id), enabled).await
}

/// As [`set_enabled`], for whoever may.
pub(super) async fn switch(
    state: &AppState,
    by: By<'_>,
    account: Select<account::Entity>,
    enabled: bool,
) -> Result<(), ChangeError> {
    let transaction = state.database.write().await?;
    let admins = if enabled { Vec::new() } else { lock_admins(&transaction).await? };
    let account = account.lock_exclusive().one(&*transaction).await?.ok_or(ChangeError::NotFound)?;
    if account.disabled_at.is_none() == enabled {
        return Ok(());
    }
    let id = account.id;
    if admins == [id] {
        return refuse_last_admin(state, transaction, by, id, json!({ "disabled": true })).await;
    }
    let before = json!({ "disabled": enabled });
    let mut row = account.into_active_model();
    row.disabled_at = Set((!enabled).then(|| state.clock.now()));
    row.update(&*transaction).await?;
    if !enabled {
        sessions::end_all(&transaction, id).await?;
        let kinds = [TokenKind::ConfirmAddress, TokenKind::ResetPassword, TokenKind::Invitation];
        links::end(&transaction, id, &kinds).await?;
    }
    let action = if enabled { AuditAction::AccountEnabled } else { AuditAction::AccountDisabled };
    let event = by.event(action).about(id.as_uuid()).before(before).after(json!({ "disabled": !enabled }));
    audit::record(state, &transaction, event).await?;
    Ok(transaction.commit().await?)
}

/// Changes what an account may do. Its sessions end: the next one has the new role from its start. `false`: it
/// has that role already.
///
/// # Errors
/// [`ChangeError::NotFound`], [`ChangeError::LastAdmin`], [`ChangeError::Unconfirmed`].
pub async fn change_role(
    state: &AppState,
    admin: &Admin,
    id: AccountId,
    role: Role,
) -> Result<bool, ChangeError> {
    let transaction = state.database.write().await?;
    let admins = lock_admins(&transaction).await?;
    let account = lock(&transaction, id).await?;
    if account.role == role {
        return Ok(false);
    }
    if role != Role::Customer && account.confirmed_at.is_none() && !account.is_invited() {
        return Err(ChangeError::Unconfirmed);
    }
    let after = json!({ "role": role.name() });
    if admins == [id] {
        return refuse_last_admin(state, transaction, By::Admin(admin), id, after).await;
    }
    let before = json!({ "role": account.role.name() });
    let mut row = account.into_active_model();
    row.role = Set(role);
    row.update(&*transaction).await?;
    sessions::end_all(&transaction, id).await?;
    let event = Event::by(admin, AuditAction::RoleChanged).about(id.as_uuid()).before(before).after(after);
    audit::record(state, &transaction, event).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The admins who can sign in, locked, always in the same order: of two who would take away the last but one
/// at once, the second waits here and then sees what the first left.
async fn lock_admins(transaction: &DatabaseTransaction) -> Result<Vec<AccountId>, DbErr> {
    let admins = account::Entity::find()
        .filter(Column::Role.eq(Role::Admin))
        .filter(Column::DisabledAt.is_null())
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(transaction)
        .await?;
    Ok(admins.into_iter().filter(|admin| !admin.is_invited()).map(|admin| admin.id).collect())
}

async fn refuse_last_admin<T>(
    state: &AppState,
    transaction: WriteTransaction,
    by: By<'_>,
    id: AccountId,
    after: Value,
) -> Result<T, ChangeError> {
    let event = by.event(AuditAction::AccountChangeRefused).about(id.as_uuid()).after(after);
    audit::record(state, &transaction, event).await?;
    transaction.commit().await?;
    Err(ChangeError::LastAdmin)
}

async fn lock(transaction: &DatabaseTransaction, id: AccountId) -> Result<account::Model, ChangeError> {
    let account = account::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    account.ok_or(ChangeError::NotFound)
}

/// Forgets an account's failed sign-ins, wherever they were.
///
/// # Errors
/// [`ChangeError::NotFound`].
pub async fn unlock(state: &AppState, admin: &Admin, id: AccountId) -> Result<(), ChangeError> {
    let transaction = state.database.write().await?;
    let account = lock(&transaction, id).await?;
    sign_in::forget_failures(&transaction, &account.email).await?;
    let event = Event::by(admin, AuditAction::AccountUnlocked).about(id.as_uuid());
    audit::record(state, &transaction, event).await?;
    Ok(transaction.commit().await?)
}

/// Signs an account out everywhere.
///
/// # Errors
/// [`ChangeError::NotFound`].
pub async fn end_sessions(state: &AppState, admin: &Admin, id: AccountId) -> Result<(), ChangeError> {
    let transaction = state.database.write().await?;
    lock(&transaction, id).await?;
    let ended = sessions::end_all(&transaction, id).await?;
    let event = Event::by(admin, AuditAction::SessionsEnded).about(id.as_uuid());
    audit::record(state, &transaction, event.after(json!({ "ended": ended }))).await?;
    Ok(transaction.commit().await?)
}

/// Who is invited.
#[derive(Debug)]
pub struct Invitation {
    /// The user name, to which the link goes.
    pub email: EmailAddress,
    /// The full name.
    pub full_name: PersonName,
    /// What the account will be allowed.
    pub role: Role,
}

/// Why nobody was invited.
#[derive(Debug)]
pub enum InviteError {
    /// The address has an account.
    Exists,
    /// It could not be tried.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for InviteError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes an account whose owner sets the password by a link, which only they get to see.
///
/// # Errors
/// [`InviteError::Exists`].
pub async fn invite(
    state: &AppState,
    admin: &Admin,
    invitation: Invitation,
    language: Language,
) -> Result<AccountId, InviteError> {
    // Nobody knows this one, so nobody signs in with it.
    let password = data_encoding::BASE64.encode(&random::<32>());
    let account = NewAccount {
        organisation: registration::organisation_of(state, invitation.role, &invitation.full_name),
        email: invitation.email,
        password_hash: state.passwords.hash(password.into()).await?,
        full_name: invitation.full_name,
        phone: None,
        role: invitation.role,
        standing: Standing::Invited,
    };
    let transaction = state.database.write().await?;
    let account = match registration::create(state, &transaction, account).await {
        Ok(account) => account,
        Err(error) if is_taken(&error, "account", "email") => return Err(InviteError::Exists),
        Err(error) => return Err(error.into()),
    };
    let event = registration::created(&account, Event::by(admin, AuditAction::AccountInvited));
    audit::record(state, &transaction, event).await?;
    mails::send_link(state, &transaction, TokenKind::Invitation, &account, language).await?;
    transaction.commit().await?;
    Ok(account.id)
}

/// Sends an invited account another link.
///
/// # Errors
/// [`ChangeError::NotFound`], [`ChangeError::NotInvited`].
pub async fn invite_again(
    state: &AppState,
    admin: &Admin,
    id: AccountId,
    language: Language,
) -> Result<(), ChangeError> {
    let transaction = state.database.write().await?;
    let account = lock(&transaction, id).await?;
    if !account.is_invited() || account.disabled_at.is_some() {
        return Err(ChangeError::NotInvited);
    }
    mails::send_link(state, &transaction, TokenKind::Invitation, &account, language).await?;
    let event = registration::created(&account, Event::by(admin, AuditAction::AccountInvited));
    audit::record(state, &transaction, event).await?;
    Ok(transaction.commit().await?)
}
