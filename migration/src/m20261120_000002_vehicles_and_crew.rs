//! What comes to the gate: vehicles, one a registration number, and people, one a phone.

use sea_orm_migration::{
    prelude::*,
    schema::{
        small_integer_null, string_len, string_len_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid_null,
    },
};

use crate::columns::{drop_tables, id, reference, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut vehicle = Table::create();
        vehicle.table("vehicle").col(id()).col(string_len("registration_no", 15));
        manager.create_table(with_the_plants_opinion("vehicle", vehicle)).await?;
        manager.create_index(unique("vehicle", &["registration_no"])).await?;

        let mut crew_member = Table::create();
        crew_member
            .table("crew_member")
            .col(id())
            .col(string_len("phone", 16))
            .col(string_len("full_name", 100))
            .col(string_len("name_key", 300))
            .col(string_len("language", 5))
            .col(string_len_null("license_no", 20))
            .col(timestamp_with_time_zone_null("corrected_at"));
        manager.create_table(with_the_plants_opinion("crew_member", crew_member)).await?;
        manager.create_index(unique("crew_member", &["phone"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["crew_member", "vehicle"]).await
    }
}

/// Adds what the plant alone sets: remark, rating, blacklist.
fn with_the_plants_opinion(name: &'static str, mut table: TableCreateStatement) -> TableCreateStatement {
    table
        .col(string_len_null("remark", 1000))
        .col(small_integer_null("rating"))
        .col(string_len_null("blacklist_reason", 1000))
        .col(timestamp_with_time_zone_null("blacklisted_from"))
        .col(timestamp_with_time_zone_null("blacklisted_until"))
        .col(uuid_null("blacklisted_by"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut reference(name, "blacklisted_by", "account"))
        .take()
}
