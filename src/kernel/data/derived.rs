//! Columns that the program computes from another column of their row.

use sea_orm::{
    ColumnTrait as _, EntityTrait, QueryFilter as _, QueryOrder as _, QuerySelect as _, TryGetable, Value,
    sea_query::{Expr, LockBehavior, LockType, Nullable},
};
use uuid::Uuid;

use super::{Database, Result};

/// Rows that are read at once, and rows a transaction.
const PAGE: u64 = 500;

impl Database {
    /// Writes what `derive` makes of `source` into `derived`, in all rows of `E` where something else stands there, and
    /// tells how many there were. Rows that somebody is at are left for the next time.
    ///
    /// # Errors
    /// When the database does not answer; what was written until then is kept.
    pub async fn derive_again<E, S, D>(
        &self,
        key: E::Column,
        source: E::Column,
        derived: E::Column,
        derive: fn(&S) -> Option<D>,
    ) -> Result<u64>
    where
        E: EntityTrait,
        S: TryGetable,
        D: TryGetable + PartialEq + Nullable + Into<Value>,
    {
        let mut written = 0;
        let mut after = Uuid::nil();
        loop {
            let rows: Vec<(Uuid, Option<S>, Option<D>)> = E::find()
                .select_only()
                .columns([key, source, derived])
                .filter(key.gt(after))
                .order_by_asc(key)
                .limit(PAGE)
                .into_tuple()
                .all(self.reader())
                .await?;
            let Some((last, ..)) = rows.last() else { return Ok(written) };
            after = *last;
            let is_wrong =
                |(_, source, derived): &&(_, Option<S>, _)| source.as_ref().and_then(derive) != *derived;
            let wrong: Vec<Uuid> = rows.iter().filter(is_wrong).map(|(id, ..)| *id).collect();
            if wrong.is_empty() {
                continue;
            }
            let transaction = self.write().await?;
            // Waiting for none of them, it stands in nobody's way who locks them in another order.
            let locked: Vec<(Uuid, Option<S>)> = E::find()
                .select_only()
                .columns([key, source])
                .filter(key.is_in(wrong))
                .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
                .into_tuple()
                .all(&*transaction)
                .await?;
            for (id, source) in &locked {
                E::update_many()
                    .col_expr(derived, Expr::value(source.as_ref().and_then(derive)))
                    .filter(key.eq(*id))
                    .exec(&*transaction)
                    .await?;
            }
            transaction.commit().await?;
            written += locked.len() as u64;
        }
    }
}
