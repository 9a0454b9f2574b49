//! The audit log, read.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, Order, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, Query, SelectStatement, SimpleExpr, UnionType},
};
use uuid::Uuid;

use crate::kernel::access::Supervisor;
use crate::kernel::audit::Action;
use crate::kernel::data::{behind, holds};
use crate::kernel::entity::{account, audit_log};
use crate::kernel::state::AppState;
use crate::kernel::types::{EmailAddress, Key, NotificationId};

/// What is told of `root`: the latest 200 events, oldest first. What workers note of its messages is told by the messages:
/// it is too much, when a mail server is away, to stand among what people did.
pub async fn timeline(state: &AppState, root: impl Key) -> Result<Vec<audit_log::Model>, DbErr> {
    let of_a_message = audit_log::Column::SubjectKind.eq(NotificationId::KIND);
    let by_a_worker = of_a_message.and(audit_log::Column::AccountId.is_null());
    let mut events = audit_log::Entity::find()
        .filter(audit_log::Column::RootId.eq(root.as_uuid()))
        .filter(by_a_worker.not())
        .order_by_desc(audit_log::Column::Id)
        .limit(200)
        .all(state.database.reader())
        .await?;
    events.reverse();
    Ok(events)
}

/// The latest events of `root`, at most 50, the latest first.
pub async fn about(
    state: &AppState,
    supervisor: &Supervisor,
    root: impl Key,
) -> Result<Vec<audit_log::Model>, DbErr> {
    latest(state, supervisor, audit_log::Column::RootId.eq(root.as_uuid())).await
}

/// The same of all whose ids `roots` selects.
pub async fn about_all(
    state: &AppState,
    supervisor: &Supervisor,
    roots: SelectStatement,
) -> Result<Vec<audit_log::Model>, DbErr> {
    latest(state, supervisor, audit_log::Column::RootId.in_subquery(roots)).await
}

async fn latest(state: &AppState, _: &Supervisor, which: SimpleExpr) -> Result<Vec<audit_log::Model>, DbErr> {
    audit_log::Entity::find()
        .filter(which)
        .order_by_desc(audit_log::Column::Id)
        .limit(50)
        .all(state.database.reader())
        .await
}

/// Which events the desk looks for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of an account's name or address, or all of what a stranger called itself; empty for all.
    pub actor: String,
    /// What happened.
    pub action: Option<Action>,
    /// On whose page it is told.
    pub root: Option<Uuid>,
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
}

/// The log, the latest first: `limit` events, those behind `after`.
pub async fn list(
    state: &AppState,
    _: &Supervisor,
    filter: &Filter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<audit_log::Model>, DbErr> {
    use audit_log::Column;
    let database = state.database.reader();
    let mut query = audit_log::Entity::find();
    if !filter.actor.is_empty() {
        query = query.filter(done_by(&filter.actor));
    }
    if let Some(action) = filter.action {
        query = query.filter(Column::Action.eq(action));
    }
    if let Some(root) = filter.root {
        query = query.filter(Column::RootId.eq(root));
    }
    if let Some(from) = filter.from {
        query = query.filter(Column::At.gte(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(Column::At.lt(until));
    }
    if let Some((at, id)) = after {
        query = query.filter(behind(Column::At, at, Column::Id, id, &Order::Desc));
    }
    query.order_by_desc(Column::At).order_by_desc(Column::Id).limit(limit).all(database).await
}

/// Whether the actor is an account with `typed` in its name or address, or a stranger who called itself so.
fn done_by(typed: &str) -> Condition {
    let typed = typed.to_lowercase();
    let address = EmailAddress::parse(&typed).map(|address| address.as_str().to_owned());
    let mut meant = account::Entity::find()
        .select_only()
        .column(account::Column::Email)
        .filter(holds(account::Column::SearchText, &typed, []))
        .into_query();
    // One list, by which an index is searched: two conditions would read the log.
    meant.union(UnionType::All, Query::select().expr(Expr::val(address.unwrap_or(typed))).to_owned());
    Condition::all().add(audit_log::Column::Actor.in_subquery(meant))
}
