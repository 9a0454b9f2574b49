//! Conditions that lists and searches share.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{ColumnTrait, Condition, Order};
use uuid::Uuid;

use crate::kernel::types::folded;

/// Whether a row comes behind the one with `value` and `id` in the order of both. The first condition follows
/// from the second, and is what an index is searched by.
pub fn behind<C: ColumnTrait>(
    column: C,
    value: impl Into<sea_orm::Value> + Clone,
    id_column: C,
    id: Uuid,
    order: &Order,
) -> Condition {
    let (bound, beyond, beyond_id) = match order {
        Order::Asc => (column.gte(value.clone()), column.gt(value.clone()), id_column.gt(id)),
        _ => (column.lte(value.clone()), column.lt(value.clone()), id_column.lt(id)),
    };
    let tie = Condition::all().add(column.eq(value)).add(beyond_id);
    Condition::all().add(bound).add(Condition::any().add(beyond).add(tie))
}

/// Whether `column`, folded when it was written, holds what was typed: as it is or folded, or of a name each of its
/// words; or one of `codes`, which are what was typed in the spelling of the database.
pub fn holds(column: impl ColumnTrait, typed: &str, codes: impl IntoIterator<Item = String>) -> Condition {
    let folded = folded(typed);
    // Each once: the same again would cost as much again. A release before kept texts as they were.
    let mut texts: BTreeSet<String> = codes.into_iter().collect();
    texts.insert(typed.to_lowercase());
    let is_name = !folded.contains(|c: char| c.is_ascii_digit() || c == '@');
    let words: BTreeSet<&str> = folded.split([' ', '.']).filter(|word| is_name && !word.is_empty()).collect();
    let mut of_words = None;
    match words.len() {
        0 => texts.extend((!folded.is_empty()).then(|| folded.clone())),
        1 => texts.extend(words.into_iter().map(ToOwned::to_owned)),
        _ => of_words = words.into_iter().map(|word| contains(column, word)).reduce(ExprTrait::and),
    }
    let texts = texts.iter().map(|text| contains(column, text));
    texts.chain(of_words).fold(Condition::any(), Condition::add)
}

/// Whether `column` holds `text` somewhere. PostgreSQL tells upper from lower case and SQLite does not: column
/// and text must be of one case.
pub fn contains(column: impl ColumnTrait, text: &str) -> Expr {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Expr::col(column.as_column_ref()).like(LikeExpr::new(pattern).escape('\\'))
}
