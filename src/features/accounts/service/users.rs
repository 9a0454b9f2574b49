//! What the plant does with accounts: finds them, invites, changes roles, lets in or not.
//!
//! One admin who can sign in always stays: whatever would take the last one away locks all of them first.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _,
    IntoActiveModel as _, Order, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    Select, sea_query::SelectStatement,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::profile::told_of_owner;
use super::registration::{self, Made, NewAccount, Standing};
use super::throttle as counters;
use super::{mails, profile, sessions, sign_in, ways_in};
use crate::features::accounts::actions::{
    ACCOUNT_CHANGE_REFUSED, ACCOUNT_DISABLED, ACCOUNT_ENABLED, ACCOUNT_INVITED, ACCOUNT_UNLOCKED,
    PASSWORD_RESET_BY_ADMIN, ROLE_CHANGED, SESSIONS_ENDED,
};
use crate::kernel::access::Admin;
use crate::kernel::access::By;
use crate::kernel::audit::Event;
use crate::kernel::data::{DatabaseTransaction, behind, holds};
use crate::kernel::entity::account::{self, Column, Role};
use crate::kernel::entity::one_time_token::TokenKind;
use crate::kernel::entity::throttle::{self, Purpose};
use crate::kernel::entity::{organisation, session};
use crate::kernel::error::AppError;
use crate::kernel::identity::passwords::Passwords;
use crate::kernel::state::AppState;
use crate::kernel::types::{AccountId, EmailAddress, Language, PersonName};
use crate::kernel::work::Work;

/// How an account stands. The first that is so counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// It may not sign in.
    Disabled,
    /// Its owner has not followed the link yet.
    Invited,
    /// Somebody registered it, and nobody has shown that its address is theirs.
    Unconfirmed,
    /// Signing in must wait somewhere after too many failures.
    Locked,
    /// None of these.
    Active,
}

impl AccountState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Active, Self::Invited, Self::Unconfirmed, Self::Locked, Self::Disabled];

    /// Its name in URLs and as a badge.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Invited => "invited",
            Self::Unconfirmed => "unconfirmed",
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
            account if account.is_unconfirmed() => Self::Unconfirmed,
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
        query = query.filter(holds(Column::SearchText, &filter.text, []));
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

/// As many of the plant's unconfirmed accounts as are shown; who has more looks at these first.
const SHOWN: u64 = 20;

/// The plant's own accounts whose address nobody has shown to be theirs: they registered themselves, under an
/// earlier release, and may have been registered by somebody else.
pub async fn unconfirmed_staff(state: &AppState, _: &Admin) -> Result<Vec<account::Model>, DbErr> {
    account::Entity::find()
        .filter(state_is(Some(AccountState::Unconfirmed), state.clock.now()))
        .filter(Column::Role.ne(Role::Customer))
        .order_by_asc(Column::Id)
        .limit(SHOWN)
        .all(state.database.reader())
        .await
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
    let unproved = enabled.clone().add(Column::ConfirmedAt.is_null());
    let proved = enabled.clone().add(Column::ConfirmedAt.is_not_null());
    match state {
        None => Condition::all(),
        Some(AccountState::Disabled) => enabled.not(),
        Some(AccountState::Invited) => unproved.add(Column::InvitedAt.is_not_null()),
        Some(AccountState::Unconfirmed) => unproved.add(Column::InvitedAt.is_null()),
        Some(AccountState::Locked) => proved.add(Column::Email.in_subquery(locked_addresses(now))),
        Some(AccountState::Active) => proved.add(Column::Email.not_in_subquery(locked_addresses(now))),
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
    /// It is the admin's own.
    Own,
    /// It is the last admin who can sign in.
    LastAdmin,
    /// It is disabled.
    Disabled,
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
    switch(state, admin, account::Entity::find_by_id(id), enabled).await
}

/// As [`set_enabled`], for whoever may.
pub(super) async fn switch(
    state: &AppState,
    by: impl Into<By>,
    account: Select<account::Entity>,
    enabled: bool,
) -> Result<(), ChangeError> {
    let mut work = Work::begin(state, by).await?;
    let admins = if enabled { Vec::new() } else { lock_admins(&work).await? };
    let account = account.lock_exclusive().one(&work).await?.ok_or(ChangeError::NotFound)?;
    if account.disabled_at.is_none() == enabled {
        return Ok(());
    }
    let id = account.id;
    if admins == [id] {
        return refuse_last_admin(work, &account, json!({ "disabled": true })).await;
    }
    let before = json!({ "disabled": enabled });
    let mut row = account.into_active_model();
    row.disabled_at = Set((!enabled).then(|| work.now()));
    let account = row.update(&work).await?;
    if !enabled {
        ways_in::end(&work, id).await?;
    }
    let action = if enabled { ACCOUNT_ENABLED } else { ACCOUNT_DISABLED };
    work.note(Event::of(action).about(&account).before(before).after(json!({ "disabled": !enabled })));
    Ok(work.commit().await?)
}

/// What became of an account's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChange {
    /// It has that role already.
    Kept,
    /// It has another, from its next session on.
    Changed,
    /// It has another as soon as whoever reads the mails to its address has set a password.
    Invited,
}

/// Changes what an account may do. Its sessions end: the next one has the new role from its start. Who was none of
/// the plant's, or never showed that the address is theirs, sets a new password by a link first.
///
/// # Errors
/// [`ChangeError::NotFound`], [`ChangeError::LastAdmin`], [`ChangeError::Disabled`] where a link would have to be sent.
pub async fn change_role(
    state: &AppState,
    admin: &Admin,
    id: AccountId,
    role: Role,
    language: Language,
) -> Result<RoleChange, ChangeError> {
    let mut work = Work::begin(state, admin).await?;
    let admins = lock_admins(&work).await?;
    let account = lock(&work, id).await?;
    if account.role == role {
        return Ok(RoleChange::Kept);
    }
    if admins == [id] {
        let wanted = json!({ "role": role.name() });
        return refuse_last_admin(work, &account, wanted).await;
    }
    let before = told_of_owner(&account);
    let becomes_staff = role != Role::Customer && account.role == Role::Customer;
    let asks = !account.is_invited() && (becomes_staff || account.is_unconfirmed());
    if asks && account.disabled_at.is_some() {
        return Err(ChangeError::Disabled);
    }
    let (account, change) = if asks {
        (hand_over(&mut work, account, role, language).await?, RoleChange::Invited)
    } else {
        sessions::end_all(&work, id).await?;
        let mut row = account.into_active_model();
        row.role = Set(role);
        (row.update(&work).await?, RoleChange::Changed)
    };
    let event = Event::of(ROLE_CHANGED).about(&account);
    work.note(event.before(before).after(told_of_owner(&account)));
    work.commit().await?;
    Ok(change)
}

/// Ends all by which somebody gets into another's account, its password too, and sends a link by which a new one is set.
///
/// # Errors
/// [`ChangeError::NotFound`], [`ChangeError::Own`], [`ChangeError::LastAdmin`], [`ChangeError::Disabled`].
pub async fn reset_password(
    state: &AppState,
    admin: &Admin,
    id: AccountId,
    language: Language,
) -> Result<(), ChangeError> {
    let mut work = Work::begin(state, admin).await?;
    let admins = lock_admins(&work).await?;
    let account = lock(&work, id).await?;
    if admin.account() == id {
        return Err(ChangeError::Own);
    }
    if account.disabled_at.is_some() {
        return Err(ChangeError::Disabled);
    }
    if admins == [id] {
        let wanted = json!({ "wanted": PASSWORD_RESET_BY_ADMIN.code });
        return refuse_last_admin(work, &account, wanted).await;
    }
    let (before, role) = (told_of_owner(&account), account.role);
    let account = hand_over(&mut work, account, role, language).await?;
    let event = Event::of(PASSWORD_RESET_BY_ADMIN).about(&account);
    work.note(event.before(before).after(told_of_owner(&account)));
    Ok(work.commit().await?)
}

/// Gives an account to whoever reads the mails to its address: nobody gets in until they have set a password. The
/// phone of one of the plant's goes, and of one that nobody had confirmed the organisation too: both may be a
/// stranger's.
async fn hand_over(
    work: &mut Work<'_>,
    account: account::Model,
    role: Role,
    language: Language,
) -> Result<account::Model, DbErr> {
    ways_in::end(&*work, account.id).await?;
    sign_in::forget_failures(&*work, &account.email).await?;
    let was_unconfirmed = account.is_unconfirmed();
    let name = registration::organisation_of(work.core(), role, &account.full_name);
    let loses_phone = loses_phone(&account, role);
    let mut row = account.into_active_model();
    row.role = Set(role);
    row.password_hash = Set(Passwords::unusable());
    row.confirmed_at = Set(None);
    row.invited_at = Set(Some(work.now()));
    if loses_phone {
        row.phone = Set(None);
    }
    if was_unconfirmed {
        row.organisation_id = Set(registration::create_organisation(work, name).await?);
    }
    let account = row.update(&*work).await?;
    mails::send_link(work, TokenKind::Invitation, &account, language).await?;
    Ok(account)
}

/// Whether an account that is handed over with `role` loses its phone.
pub fn loses_phone(account: &account::Model, role: Role) -> bool {
    account.is_unconfirmed() || role != Role::Customer
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
    work: Work<'_>,
    account: &account::Model,
    after: Value,
) -> Result<T, ChangeError> {
    work.refuse(Event::of(ACCOUNT_CHANGE_REFUSED).about(account).after(after)).await?;
    Err(ChangeError::LastAdmin)
}

async fn lock(transaction: &DatabaseTransaction, id: AccountId) -> Result<account::Model, ChangeError> {
    let account = account::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    account.ok_or(ChangeError::NotFound)
}

/// Forgets an account's failed sign-ins, wherever they were, and whatever else it must wait for.
///
/// # Errors
/// [`ChangeError::NotFound`].
pub async fn unlock(state: &AppState, admin: &Admin, id: AccountId) -> Result<(), ChangeError> {
    forgive(state, admin, account::Entity::find_by_id(id)).await
}

/// As [`unlock`], for whoever may.
pub(super) async fn forgive(
    state: &AppState,
    by: impl Into<By>,
    account: Select<account::Entity>,
) -> Result<(), ChangeError> {
    let mut work = Work::begin(state, by).await?;
    let account = account.lock_exclusive().one(&work).await?.ok_or(ChangeError::NotFound)?;
    let id = account.id.to_string();
    counters::clear_all(&work, [account.email.as_str(), &id]).await?;
    work.note(Event::of(ACCOUNT_UNLOCKED).about(&account));
    Ok(work.commit().await?)
}

/// Signs an account out everywhere.
///
/// # Errors
/// [`ChangeError::NotFound`].
pub async fn end_sessions(state: &AppState, admin: &Admin, id: AccountId) -> Result<(), ChangeError> {
    let mut work = Work::begin(state, admin).await?;
    let account = lock(&work, id).await?;
    let ended = sessions::end_all(&work, id).await?;
    let event = Event::of(SESSIONS_ENDED).about(&account);
    work.note(event.after(json!({ "ended": ended })));
    Ok(work.commit().await?)
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

/// Makes an account whose owner sets the password by a link, which only they get to see. One that somebody registered
/// with the address, and nobody confirmed, becomes it.
///
/// # Errors
/// [`InviteError::Exists`].
pub async fn invite(
    state: &AppState,
    admin: &Admin,
    invitation: Invitation,
    language: Language,
) -> Result<AccountId, InviteError> {
    let email = invitation.email.clone();
    let account = NewAccount {
        organisation: registration::organisation_of(state, invitation.role, invitation.full_name.as_str()),
        email: invitation.email,
        password_hash: Passwords::unusable(),
        full_name: invitation.full_name,
        phone: None,
        role: invitation.role,
        standing: Standing::Invited,
    };
    let mut work = Work::begin(state, admin).await?;
    let Some(made) = registration::create_or_take_over(&mut work, account).await? else {
        registration::refuse_taken(work, &email).await?;
        return Err(InviteError::Exists);
    };
    work.note(made.told(Event::of(ACCOUNT_INVITED)));
    mails::send_link(&mut work, TokenKind::Invitation, &made.account, language).await?;
    work.commit().await?;
    Ok(made.account.id)
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
    let mut work = Work::begin(state, admin).await?;
    let account = lock(&work, id).await?;
    if !account.is_invited() || account.disabled_at.is_some() {
        return Err(ChangeError::NotInvited);
    }
    mails::send_link(&mut work, TokenKind::Invitation, &account, language).await?;
    let made = Made { account, before: None };
    work.note(made.told(Event::of(ACCOUNT_INVITED)));
    Ok(work.commit().await?)
}
