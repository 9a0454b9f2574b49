//! Another password, by who knows the present one.

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, IntoActiveModel as _};
use secrecy::SecretString;

use super::devices::{self, Codes};
use super::passwords::NewPassword;
use super::sign_in::{self, Place, SignInError, SignedIn};
use super::{links, mails, sessions};
use crate::features::accounts::actions::PASSWORD_CHANGED;
use crate::features::accounts::messages;
use crate::kernel::access::Actor;
use crate::kernel::audit::Event;
use crate::kernel::entity::account;
use crate::kernel::entity::one_time_token::TokenKind;
use crate::kernel::state::AppState;
use crate::kernel::types::Language;
use crate::kernel::work::Work;

/// Changes the actor's password, ends every session and forgets every browser; this one, which has `codes`, is known
/// anew, and the caller opens a new session in the same transaction and commits. A wrong `current` counts as a
/// failed sign-in.
///
/// # Errors
/// As signing in.
pub async fn change<'a>(
    state: &'a AppState,
    actor: &Actor,
    current: SecretString,
    new: NewPassword,
    codes: Codes,
    language: Language,
) -> Result<SignedIn<'a>, SignInError> {
    let account = account::Entity::find_by_id(actor.account()).one(state.database.reader()).await?;
    let proved =
        sign_in::prove(state, actor.email(), account, current, Place::Session, actor.address()).await;
    let (account, _) = proved?;
    let lane = sign_in::lane_of(&account, actor.address());
    let password_hash = state.passwords.hash(new.into_secret(), lane).await?;
    let mut work = Work::begin(state, actor).await?;
    let account = sign_in::lock_unchanged(&work, account).await?;
    sign_in::forget_failures_at(&work, &account.email, Place::Session).await?;
    let mut account = account.into_active_model();
    account.password_hash = Set(password_hash);
    let account = account.update(&work).await?;
    sessions::end_all(&work, account.id).await?;
    devices::end_all(&work, account.id).await?;
    let codes = devices::remember(&mut work, account.id, None, codes).await?;
    links::end(&work, account.id, &[TokenKind::ResetPassword]).await?;
    work.note(Event::of(PASSWORD_CHANGED).about(&account));
    mails::send(&mut work, messages::PASSWORD_CHANGED, &account, language);
    Ok(SignedIn { work, account, codes })
}
