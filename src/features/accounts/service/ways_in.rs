//! All by which somebody gets into an account beside its password.

use sea_orm::DbErr;

use super::{devices, links, sessions};
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::types::AccountId;

/// Ends an account's sessions and links, and forgets its browsers.
pub(super) async fn end(transaction: &DatabaseTransaction, account: AccountId) -> Result<(), DbErr> {
    sessions::end_all(transaction, account).await?;
    links::end_all(transaction, account).await?;
    devices::end_all(transaction, account).await
}
