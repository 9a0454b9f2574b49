//! Issuing passes and telling ours from others.

pub mod checking;
pub mod rotation;

use data_encoding::HEXLOWER;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, sea_query::OnConflict,
};

use super::token::{self, Claims, SigningKey, TokenError, VerifyingKey};
use crate::kernel::entity::pass_key;
use crate::kernel::error::AppError;
use crate::kernel::keys::random;
use crate::kernel::state::AppState;
use crate::kernel::work::{Core, Work};

/// The token of a pass and its hash.
#[derive(Clone, Debug)]
pub struct Issued {
    /// What the QR code holds behind the origin.
    pub token: String,
    /// SHA-256 of the token, lower-case hex.
    pub hash: String,
}

/// Signs a pass with the key in use. The first pass of an installation makes its key.
pub async fn issue(work: &mut Work<'_>, claims: &Claims) -> Result<Issued, AppError> {
    let token = token::sign(&signing_key(work).await?, claims);
    Ok(Issued { hash: token::hash(&token), token })
}

/// What a pass says, if it is one of ours.
///
/// # Errors
/// Outside, when the database does not answer; inside, why it is none of ours.
pub async fn read(state: &AppState, text: &str) -> Result<Result<Claims, TokenError>, DbErr> {
    let keys = verifying_keys(state).await?;
    Ok(token::verify(text, &keys))
}

/// The address that the QR code of `token` holds: all in upper case, which makes the code smaller.
pub fn url(state: &AppState, token: &str) -> String {
    format!("{}/P/{token}", state.config.base_url.as_str().to_uppercase())
}

/// The same address as people pass it on.
pub fn link(state: &AppState, token: &str) -> String {
    format!("{}/p/{token}", state.config.base_url.as_str())
}

/// The key in use, which is not retired before the transaction ends: so whoever retires it sees every pass that it
/// signed.
async fn signing_key(work: &mut Work<'_>) -> Result<SigningKey, AppError> {
    let in_use = || {
        pass_key::Entity::find()
            .filter(pass_key::Column::RetiredAt.is_null())
            .order_by_desc(pass_key::Column::Id)
            .lock_shared()
    };
    let mut row = in_use().one(&*work).await?;
    // There is none yet, or it was retired while this waited for it.
    if row.is_none() {
        make_first_key(work).await?;
        row = in_use().one(&*work).await?;
    }
    let row = row.ok_or_else(|| AppError::internal("no pass key is in use"))?;
    let id = u8::try_from(row.id).map_err(AppError::internal)?;
    let seed = work.core().keys.open(&seal_context(id), &row.sealed_seed);
    let seed: [u8; 32] = seed
        .and_then(|seed| seed.try_into().ok())
        .ok_or_else(|| AppError::internal(format!("pass key {id} does not open with this SECRET_KEY")))?;
    Ok(SigningKey::from_seed(id, &seed))
}

const FIRST_KEY: u8 = 1;

/// Two processes may do so at once; one key is kept.
async fn make_first_key(work: &Work<'_>) -> Result<(), DbErr> {
    pass_key::Entity::insert(new_key(work.core(), FIRST_KEY))
        .on_conflict(OnConflict::column(pass_key::Column::Id).do_nothing().to_owned())
        .exec_without_returning(work)
        .await?;
    Ok(())
}

/// A fresh key, sealed.
fn new_key(core: &Core, id: u8) -> pass_key::ActiveModel {
    let seed = random::<32>();
    let public_key = SigningKey::from_seed(id, &seed).verifying_key().to_bytes();
    pass_key::ActiveModel {
        id: Set(id.into()),
        public_key: Set(HEXLOWER.encode(&public_key)),
        sealed_seed: Set(core.keys.seal(&seal_context(id), &seed)),
        created_at: Set(core.clock.now()),
        retired_at: Set(None),
        verifies_until: Set(None),
    }
}

/// The one in use, and those whose passes are not all over.
async fn verifying_keys(state: &AppState) -> Result<Vec<VerifyingKey>, DbErr> {
    let verifies = Condition::any()
        .add(pass_key::Column::RetiredAt.is_null())
        .add(pass_key::Column::VerifiesUntil.gt(state.clock.now()));
    let rows = pass_key::Entity::find().filter(verifies).all(state.database.reader()).await?;
    Ok(rows.iter().filter_map(verifying_key).collect())
}

fn verifying_key(row: &pass_key::Model) -> Option<VerifyingKey> {
    let bytes = HEXLOWER.decode(row.public_key.as_bytes()).ok()?;
    VerifyingKey::from_bytes(u8::try_from(row.id).ok()?, &bytes.try_into().ok()?)
}

fn seal_context(id: u8) -> String {
    format!("pass key {id}")
}
