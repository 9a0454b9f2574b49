//! Papers: every version that was handed in, and which versions a submission was made with.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, boolean, date_null, string_len, timestamp_with_time_zone, timestamp_with_time_zone_null,
        uuid, uuid_null,
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
                    .table("document")
                    .col(id())
                    .col(uuid("organisation_id"))
                    .col(uuid("created_by"))
                    .col(string_len("document_type", 32))
                    .col(string_len("subject_kind", 16))
                    .col(uuid("subject_id"))
                    .col(string_len("file_name", 255))
                    .col(string_len("content_type", 32))
                    .col(big_integer("size"))
                    .col(string_len("sha256", 64))
                    .col(string_len("storage_key", 64))
                    .col(date_null("valid_until"))
                    .col(boolean("active"))
                    .col(uuid_null("replaced_by"))
                    .col(timestamp_with_time_zone_null("accepted_at"))
                    .col(timestamp_with_time_zone_null("removed_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut reference("document", "organisation_id", "organisation"))
                    .foreign_key(&mut reference("document", "created_by", "account"))
                    .foreign_key(&mut reference("document", "replaced_by", "document"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                unique("document", &["organisation_id", "document_type", "subject_kind", "subject_id"])
                    .cond_where(Expr::col("active").eq(true))
                    .take(),
            )
            .await?;
        for index in [
            unique("document", &["storage_key"]),
            index("document", &["subject_kind", "subject_id", "document_type"]),
            index("document", &["organisation_id", "id"]),
            index("document", &["replaced_by"]),
        ] {
            manager.create_index(index).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("submission_document")
                    .col(uuid("submission_id"))
                    .col(string_len("document_type", 32))
                    .col(uuid("document_id"))
                    .primary_key(Index::create().col("submission_id").col("document_type"))
                    .foreign_key(&mut reference("submission_document", "submission_id", "submission"))
                    .foreign_key(&mut reference("submission_document", "document_id", "document"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("submission_document", &["document_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["submission_document", "document"]).await
    }
}
