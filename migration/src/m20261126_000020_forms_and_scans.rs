//! Forms that met an ended session, and what a scan was read from, so that one that is read twice is known.

use sea_orm_migration::{
    prelude::*,
    schema::{boolean, string_len, string_len_null, text, timestamp_with_time_zone},
};

use crate::columns::{drop_tables, index};

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
                    .table("kept_form")
                    .col(string_len("key_hash", 64).primary_key())
                    .col(text("sealed"))
                    .col(boolean("offered"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("kept_form", &["expires_at"])).await?;
        let code_hash = string_len_null("code_hash", 64).take();
        manager.alter_table(Table::alter().table("scan").add_column(code_hash).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("scan").drop_column("code_hash").to_owned()).await?;
        drop_tables(manager, &["kept_form"]).await
    }
}
