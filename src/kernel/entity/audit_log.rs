//! One change, or one refusal by a rule. Rows are only added.

use std::borrow::Cow;

use sea_orm::entity::prelude::*;

use crate::kernel::types::{AccountId, AuditId, EmailAddress};

/// One change, or one refusal by a rule. Rows are only added.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditId,
    /// When.
    pub at: DateTimeUtc,
    /// Who, if signed in.
    pub account_id: Option<AccountId>,
    /// The e-mail address, or `system`.
    pub actor: String,
    /// From which address; empty for the command line.
    pub address: String,
    /// What: the code of an action.
    #[sea_orm(column_type = "String(StringLen::N(40))")]
    pub action: String,
    /// About what kind of row: [`Key::KIND`](crate::kernel::types::Key::KIND).
    pub subject_kind: Option<String>,
    /// About which row.
    pub subject_id: Option<Uuid>,
    /// What that was called then.
    pub subject_label: String,
    /// On the page of what kind of row it is told; often the subject itself.
    pub root_kind: Option<String>,
    /// Of which row.
    pub root_id: Option<Uuid>,
    /// What that was called then.
    pub root_label: String,
    /// What it was.
    pub before: Option<Json>,
    /// What it became.
    pub after: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Who, as people read it.
    pub fn who(&self) -> Cow<'_, str> {
        EmailAddress::shown(&self.actor)
    }
}

impl Model {
    /// Why, where somebody was asked for a reason.
    pub fn reason(&self) -> Option<&str> {
        self.after.as_ref()?.get("reason")?.as_str()
    }
}
