//! Why two vehicles that look alike were marked as different. Absent where a release before this one did it.

use sea_orm_migration::{prelude::*, schema::string_len_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let reason = string_len_null("reason", 1000);
        manager.alter_table(Table::alter().table("vehicle_distinction").add_column(reason).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table("vehicle_distinction").drop_column("reason").to_owned())
            .await
    }
}
