//! The audit log. It names its subjects without foreign keys, so that nothing it tells can be taken
//! away with a row.

use sea_orm_migration::{
    prelude::*,
    schema::{json_null, string_len, timestamp_with_time_zone, uuid_null},
};

use crate::columns::{drop_tables, id, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("audit_log")
                    .col(id())
                    .col(timestamp_with_time_zone("at"))
                    .col(uuid_null("account_id"))
                    .col(string_len("actor", 254))
                    .col(string_len("address", 45))
                    .col(string_len("action", 40))
                    .col(uuid_null("submission_id"))
                    .col(uuid_null("subject_id"))
                    .col(json_null("before"))
                    .col(json_null("after"))
                    .to_owned(),
            )
            .await?;
        for index in [
            index("audit_log", &["submission_id", "id"]),
            index("audit_log", &["account_id", "id"]),
            index("audit_log", &["action", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["audit_log"]).await
    }
}
