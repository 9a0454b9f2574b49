//! The browsers that have signed in to an account before, each by a code of its own.

use sea_orm_migration::{
    prelude::*,
    schema::{string_len, timestamp_with_time_zone, uuid},
};

use crate::columns::{drop_tables, id, index, reference, unique};

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
                    .table("device")
                    .col(id())
                    .col(string_len("code_hash", 64))
                    .col(uuid("account_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("seen_at"))
                    .foreign_key(&mut reference("device", "account_id", "account"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("device", &["code_hash"])).await?;
        manager.create_index(index("device", &["account_id", "seen_at"])).await?;
        manager.create_index(index("device", &["seen_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["device"]).await
    }
}
