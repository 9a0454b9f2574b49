//! Numbers in the form in which look-alikes are equal, and the pairs of vehicles that only look alike. The new columns
//! of older rows are filled in by the application when it starts, which knows how.

use sea_orm_migration::{
    prelude::*,
    schema::{string_len_null, timestamp_with_time_zone, uuid},
};

use crate::columns::{drop_tables, index, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("vehicle", string_len_null("likeness", 20)),
            ("crew_member", string_len_null("license_likeness", 25)),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        manager.create_index(index("vehicle", &["likeness"])).await?;
        manager.create_index(index("crew_member", &["license_likeness"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("vehicle_distinction")
                    .col(uuid("vehicle_id"))
                    .col(uuid("other_id"))
                    .col(uuid("told_by"))
                    .col(timestamp_with_time_zone("told_at"))
                    .primary_key(Index::create().col("vehicle_id").col("other_id"))
                    .foreign_key(&mut reference("vehicle_distinction", "vehicle_id", "vehicle"))
                    .foreign_key(&mut reference("vehicle_distinction", "other_id", "vehicle"))
                    .foreign_key(&mut reference("vehicle_distinction", "told_by", "account"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("vehicle_distinction", &["other_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["vehicle_distinction"]).await?;
        for (table, column) in [("crew_member", "license_likeness"), ("vehicle", "likeness")] {
            let index = format!("ix_{table}_{column}");
            manager.drop_index(Index::drop().name(index).table(table).to_owned()).await?;
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
