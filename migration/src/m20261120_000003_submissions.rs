//! Submissions from draft to decision, and the keys that sign their passes.

use sea_orm_migration::{
    prelude::*,
    schema::{
        date, integer, small_integer, string_len, string_len_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
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
                    .table("pass_key")
                    .col(small_integer("id").primary_key())
                    .col(string_len("public_key", 64))
                    .col(string_len("sealed_seed", 200))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("retired_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("submission")
                    .col(id())
                    .col(uuid("organisation_id"))
                    .col(uuid("created_by"))
                    .col(string_len("reference", 8))
                    .col(string_len("status", 16))
                    .col(integer("draft_version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("changed_at"))
                    .col(uuid("vehicle_id"))
                    .col(string_len("vehicle_number", 15))
                    .col(date("expected_on"))
                    .col(string_len("customer_email", 254))
                    .col(string_len("customer_phone", 16))
                    .col(string_len("company_name", 200))
                    .col(uuid_null("driver_id"))
                    .col(string_len_null("driver_name", 100))
                    .col(string_len_null("driver_phone", 16))
                    .col(string_len_null("driver_language", 5))
                    .col(string_len_null("driver_license_no", 20))
                    .col(uuid_null("helper_id"))
                    .col(string_len_null("helper_name", 100))
                    .col(string_len_null("helper_phone", 16))
                    .col(string_len_null("helper_language", 5))
                    .col(timestamp_with_time_zone_null("submitted_at"))
                    .col(timestamp_with_time_zone_null("valid_from"))
                    .col(timestamp_with_time_zone_null("valid_until"))
                    .col(string_len_null("pass_token", 400))
                    .col(string_len_null("pass_hash", 64))
                    .col(timestamp_with_time_zone_null("decided_at"))
                    .col(uuid_null("decided_by"))
                    .col(string_len_null("decision_reason", 1000))
                    .col(timestamp_with_time_zone_null("entered_at"))
                    .col(timestamp_with_time_zone_null("ended_at"))
                    .col(string_len("search_text", 1200))
                    .foreign_key(&mut reference("submission", "organisation_id", "organisation"))
                    .foreign_key(&mut reference("submission", "created_by", "account"))
                    .foreign_key(&mut reference("submission", "decided_by", "account"))
                    .foreign_key(&mut reference("submission", "vehicle_id", "vehicle"))
                    .foreign_key(&mut reference("submission", "driver_id", "crew_member"))
                    .foreign_key(&mut reference("submission", "helper_id", "crew_member"))
                    .to_owned(),
            )
            .await?;
        for index in [
            unique("submission", &["reference"]),
            unique("submission", &["pass_hash"]),
            index("submission", &["organisation_id", "changed_at", "id"]),
            index("submission", &["submitted_at", "id"]),
            index("submission", &["status", "submitted_at", "id"]),
            index("submission", &["expected_on", "id"]),
            index("submission", &["vehicle_id", "submitted_at"]),
            index("submission", &["driver_phone"]),
            index("submission", &["helper_phone"]),
            index("submission", &["customer_phone"]),
            index("submission", &["driver_id"]),
            index("submission", &["helper_id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["submission", "pass_key"]).await
    }
}
