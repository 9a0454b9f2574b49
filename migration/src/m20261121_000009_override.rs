//! What corrects and what overrides: where a draft comes from, why a vehicle was let in past a stop, and
//! the indexes of the sweep of expired passes and of the audit page.

use sea_orm_migration::{
    prelude::*,
    schema::{string_len_null, uuid_null},
};

use crate::columns::{index, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds a foreign key with its column or not at all, and takes one column at a time.
        let corrects = uuid_null("corrects").extra("REFERENCES submission (id)").take();
        for (table, column) in [
            ("submission", corrects),
            ("submission", string_len_null("opened_with", 64)),
            ("visit", string_len_null("override_reason", 1000)),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        for index in [
            unique("submission", &["corrects"]),
            unique("submission", &["opened_with", "organisation_id"]),
            index("submission", &["status", "valid_until"]),
            index("audit_log", &["at", "id"]),
            index("audit_log", &["actor", "at", "id"]),
            index("audit_log", &["action", "at", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        // The one above begins alike.
        manager.drop_index(Index::drop().name("ix_audit_log_action_id").table("audit_log").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index("audit_log", &["action", "id"])).await?;
        for (table, index) in [
            ("audit_log", "ix_audit_log_action_at_id"),
            ("audit_log", "ix_audit_log_actor_at_id"),
            ("audit_log", "ix_audit_log_at_id"),
            ("submission", "ix_submission_status_valid_until"),
            ("submission", "ux_submission_opened_with_organisation_id"),
            ("submission", "ux_submission_corrects"),
        ] {
            manager.drop_index(Index::drop().name(index).table(table).to_owned()).await?;
        }
        for (table, column) in
            [("visit", "override_reason"), ("submission", "opened_with"), ("submission", "corrects")]
        {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
