//! Counting an organisation's drafts without reading what it has submitted; and finding the vehicles that came up long
//! ago.

use sea_orm_migration::prelude::*;

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drafts =
            index("submission", &["organisation_id"]).cond_where(Expr::col("status").eq("draft")).take();
        manager.create_index(drafts).await?;
        let unjudged = index("vehicle", &["created_at"]).cond_where(Expr::col("version").eq(1)).take();
        manager.create_index(unjudged).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, index) in
            [("vehicle", "ix_vehicle_created_at"), ("submission", "ix_submission_organisation_id")]
        {
            manager.drop_index(Index::drop().name(index).table(table).to_owned()).await?;
        }
        Ok(())
    }
}
