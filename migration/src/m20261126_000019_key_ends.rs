//! Until when a retired key verifies: the latest end of the passes that it signed. Of keys that were retired before,
//! the latest end of all.

use sea_orm_migration::{prelude::*, schema::timestamp_with_time_zone_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = timestamp_with_time_zone_null("verifies_until");
        manager.alter_table(Table::alter().table("pass_key").add_column(column).to_owned()).await?;
        let latest_end =
            "UPDATE pass_key SET verifies_until = (SELECT max(valid_until) FROM submission WHERE pass_hash IS NOT NULL)
             WHERE retired_at IS NOT NULL";
        manager.get_connection().execute_unprepared(latest_end).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("pass_key").drop_column("verifies_until").to_owned()).await
    }
}
