//! Who uses the portal: organisations, accounts, their sessions, one-time links, failed sign-ins,
//! and the settings of the installation.

use sea_orm_migration::{
    prelude::*,
    schema::{
        integer, string_len, string_len_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
        uuid_null,
    },
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
                    .table("organisation")
                    .col(id())
                    .col(string_len("name", 200))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("account")
                    .col(id())
                    .col(uuid("organisation_id"))
                    .col(string_len("email", 254))
                    .col(string_len("password_hash", 200))
                    .col(string_len("full_name", 100))
                    .col(string_len_null("phone", 16))
                    .col(string_len("role", 16))
                    .col(string_len_null("language", 5))
                    .col(timestamp_with_time_zone_null("disabled_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut reference("account", "organisation_id", "organisation"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("account", &["email"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("session")
                    .col(id())
                    .col(string_len("key_hash", 64))
                    .col(uuid("account_id"))
                    .col(string_len("address", 45))
                    .col(string_len("user_agent", 255))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("seen_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .foreign_key(&mut reference("session", "account_id", "account"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("session", &["key_hash"])).await?;
        manager.create_index(index("session", &["account_id"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("one_time_token")
                    .col(id())
                    .col(string_len("kind", 16))
                    .col(string_len("token_hash", 64))
                    .col(uuid_null("account_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(timestamp_with_time_zone_null("used_at"))
                    .foreign_key(&mut reference("one_time_token", "account_id", "account"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("one_time_token", &["token_hash"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("throttle")
                    .col(string_len("purpose", 24))
                    .col(string_len("subject", 254))
                    .col(string_len("address", 45))
                    .col(integer("count"))
                    .col(timestamp_with_time_zone("since"))
                    .col(timestamp_with_time_zone_null("blocked_until"))
                    .primary_key(Index::create().col("purpose").col("subject").col("address"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("throttle", &["since"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("setting")
                    .col(string_len("name", 64).primary_key())
                    .col(string_len("value", 1000))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = ["setting", "throttle", "one_time_token", "session", "account", "organisation"];
        drop_tables(manager, &tables).await
    }
}
