//! The outbox: messages written with the change that they tell of, and sent afterwards.

use sea_orm_migration::{
    prelude::*,
    schema::{
        integer, string_len, string_len_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    },
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
                    .table("notification")
                    .col(id())
                    .col(string_len("kind", 40))
                    .col(string_len("channel", 8))
                    .col(uuid("subject_id"))
                    .col(string_len("address", 254))
                    .col(string_len("language", 5))
                    .col(string_len_null("secret", 400))
                    .col(string_len("state", 8))
                    .col(integer("attempts"))
                    .col(timestamp_with_time_zone("next_attempt_at"))
                    .col(timestamp_with_time_zone_null("leased_until"))
                    .col(string_len_null("last_error", 500))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("sent_at"))
                    .to_owned(),
            )
            .await?;
        for index in [
            index("notification", &["state", "next_attempt_at"]),
            index("notification", &["state", "id"]),
            index("notification", &["subject_id", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["notification"]).await
    }
}
