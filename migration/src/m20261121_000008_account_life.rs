//! What becomes of an account: its address is confirmed, it may be invited, and the plant looks for it.

use sea_orm_migration::{
    prelude::*,
    schema::{string_len, timestamp_with_time_zone_null},
};

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite takes one column a statement. A running release of before leaves all three to their defaults.
        for column in [
            timestamp_with_time_zone_null("confirmed_at"),
            timestamp_with_time_zone_null("invited_at"),
            string_len("search_text", 600).default("").take(),
        ] {
            manager.alter_table(Table::alter().table("account").add_column(column).to_owned()).await?;
        }
        // The plant vouched for its own staff; a customer confirms.
        manager
            .execute(
                Query::update()
                    .table("account")
                    .value("confirmed_at", Expr::col("created_at"))
                    .and_where(Expr::col("role").ne("customer"))
                    .to_owned(),
            )
            .await?;
        manager
            .execute(
                Query::update()
                    .table("account")
                    .value("search_text", Expr::cust("lower(email) || ' ' || lower(full_name)"))
                    .to_owned(),
            )
            .await?;
        for index in [
            index("account", &["created_at", "id"]),
            index("session", &["expires_at"]),
            index("one_time_token", &["expires_at"]),
            index("one_time_token", &["account_id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name) in [
            ("one_time_token", "ix_one_time_token_account_id"),
            ("one_time_token", "ix_one_time_token_expires_at"),
            ("session", "ix_session_expires_at"),
            ("account", "ix_account_created_at_id"),
        ] {
            manager.drop_index(Index::drop().table(table).name(name).to_owned()).await?;
        }
        for column in ["search_text", "invited_at", "confirmed_at"] {
            manager.alter_table(Table::alter().table("account").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
