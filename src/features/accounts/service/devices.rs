//! The browsers that have signed in to an account before: what strangers do elsewhere does not slow them.
//!
//! Each account at a browser has a code of its own, made here, so that nobody can plant one that they know.

use chrono::Duration;
use data_encoding::BASE32_NOPAD;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};

use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::device::{self, Column};
use crate::kernel::keys::{random, sha256_hex};
use crate::kernel::state::AppState;
use crate::kernel::types::{AccountId, DeviceId};
use crate::kernel::work::Work;

/// How long a browser is known after it last signed in.
pub const KNOWN_FOR: Duration = Duration::days(365);
/// Browsers that an account has; of more, those that signed in last are known.
const OF_ACCOUNT: u64 = 20;
/// Accounts at one browser: a gate's guards take turns.
const AT_BROWSER: usize = 8;
/// Bytes of a code.
const CODE: usize = 20;

/// The codes that a browser has, the latest last.
#[derive(Clone, Debug, Default)]
pub struct Codes(Vec<String>);

impl Codes {
    /// What a cookie of [`Codes::cookie`] holds. What is no code is left out.
    pub fn parse(cookie: &str) -> Self {
        let is_code = |code: &&str| BASE32_NOPAD.decode(code.as_bytes()).is_ok_and(|code| code.len() == CODE);
        let codes: Vec<String> = cookie.split('.').filter(is_code).map(ToOwned::to_owned).collect();
        Self(codes[codes.len().saturating_sub(AT_BROWSER)..].to_vec())
    }

    /// The codes for a cookie.
    pub fn cookie(&self) -> String {
        self.0.join(".")
    }

    /// The rows of those that are known, whosever they are.
    pub(super) async fn known(&self, state: &AppState) -> Result<Vec<device::Model>, DbErr> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        device::Entity::find()
            .filter(Column::CodeHash.is_in(self.0.iter().map(sha256_hex)))
            .filter(Column::SeenAt.gt(state.clock.now() - KNOWN_FOR))
            .all(state.database.reader())
            .await
    }
}

/// Notes that the browser has signed in to `account`: as `device`, if it had before and still is known.
/// Answers its codes from now on.
pub(super) async fn remember(
    work: &mut Work<'_>,
    account: AccountId,
    device: Option<DeviceId>,
    mut codes: Codes,
) -> Result<Codes, DbErr> {
    let now = work.now();
    if let Some(device) = device {
        let seen = device::Entity::update_many()
            .col_expr(Column::SeenAt, Expr::value(now))
            .filter(Column::Id.eq(device))
            .exec(&*work)
            .await?;
        if seen.rows_affected > 0 {
            return Ok(codes);
        }
    }
    let code = BASE32_NOPAD.encode(&random::<CODE>());
    device::ActiveModel {
        id: Set(DeviceId::new(work.core().clock.new_uuid())),
        code_hash: Set(sha256_hex(&code)),
        account_id: Set(account),
        created_at: Set(now),
        seen_at: Set(now),
    }
    .insert(&*work)
    .await?;
    forget_surplus(&*work, account).await?;
    codes.0.push(code);
    let surplus = codes.0.len().saturating_sub(AT_BROWSER);
    codes.0.drain(..surplus);
    Ok(codes)
}

async fn forget_surplus(transaction: &DatabaseTransaction, account: AccountId) -> Result<(), DbErr> {
    let surplus: Vec<DeviceId> = device::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::AccountId.eq(account))
        .order_by_desc(Column::SeenAt)
        .order_by_desc(Column::Id)
        .offset(OF_ACCOUNT)
        .limit(OF_ACCOUNT)
        .into_tuple()
        .all(transaction)
        .await?;
    if !surplus.is_empty() {
        device::Entity::delete_many().filter(Column::Id.is_in(surplus)).exec(transaction).await?;
    }
    Ok(())
}

/// Forgets every browser of an account.
pub(super) async fn end_all(transaction: &DatabaseTransaction, account: AccountId) -> Result<(), DbErr> {
    device::Entity::delete_many().filter(Column::AccountId.eq(account)).exec(transaction).await?;
    Ok(())
}

/// Forgets browsers that have not signed in for long.
pub(super) async fn forget_old(state: &AppState) -> Result<u64, DbErr> {
    let old = Condition::all().add(Column::SeenAt.lte(state.clock.now() - KNOWN_FOR));
    state.database.forget_where::<device::Entity>(&[Column::Id], old).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_holds_codes_and_nothing_else() {
        let code = |byte: u8| BASE32_NOPAD.encode(&[byte; CODE]);
        let many: Vec<String> = (0..12).map(code).collect();
        assert_eq!(Codes::parse(&many.join(".")).0, many[4..]);
        let odd = format!("{}..x.{}.{}=.{}", code(1), code(2).to_lowercase(), code(3), code(4));
        assert_eq!(Codes::parse(&odd).cookie(), format!("{}.{}", code(1), code(4)));
        assert!(Codes::parse("").0.is_empty() && Codes::parse(&"A".repeat(4_000)).0.is_empty());
    }
}
