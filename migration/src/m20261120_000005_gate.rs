//! Gates, visits and scans.

use sea_orm_migration::{
    prelude::*,
    schema::{
        string_len, string_len_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::columns::{drop_tables, id, index, reference, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// "Main gate", the one that every site begins with.
const MAIN_GATE: &str = "019a9f00-0000-7000-8000-000000000001";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(Table::create().table("gate").col(id()).col(string_len("name", 100)).to_owned())
            .await?;
        let main_gate: sea_orm_migration::sea_orm::prelude::Uuid =
            MAIN_GATE.parse().map_err(|_| DbErr::Custom("the main gate's id is no UUID".to_owned()))?;
        manager
            .execute(
                Query::insert()
                    .into_table("gate")
                    .columns(["id", "name"])
                    .values_panic([main_gate.into(), "Main gate".into()])
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("visit")
                    .col(id())
                    .col(uuid("submission_id"))
                    .col(uuid("vehicle_id"))
                    .col(timestamp_with_time_zone("entered_at"))
                    .col(uuid("entry_gate_id"))
                    .col(uuid("entry_by"))
                    .col(uuid("entry_nonce"))
                    .col(string_len("confirmed", 255))
                    .col(timestamp_with_time_zone_null("left_at"))
                    .col(uuid_null("exit_gate_id"))
                    .col(uuid_null("exit_by"))
                    .col(uuid_null("exit_nonce"))
                    .foreign_key(&mut reference("visit", "submission_id", "submission"))
                    .foreign_key(&mut reference("visit", "vehicle_id", "vehicle"))
                    .foreign_key(&mut reference("visit", "entry_gate_id", "gate"))
                    .foreign_key(&mut reference("visit", "entry_by", "account"))
                    .foreign_key(&mut reference("visit", "exit_gate_id", "gate"))
                    .foreign_key(&mut reference("visit", "exit_by", "account"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique("visit", &["vehicle_id"]).cond_where(Expr::col("left_at").is_null()).take())
            .await?;
        for index in [
            unique("visit", &["submission_id"]),
            unique("visit", &["entry_nonce"]),
            unique("visit", &["exit_nonce"]),
        ] {
            manager.create_index(index).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("scan")
                    .col(id())
                    .col(timestamp_with_time_zone("scanned_at"))
                    .col(uuid("scanned_by"))
                    .col(uuid("gate_id"))
                    .col(string_len("means", 16))
                    .col(string_len("typed", 64))
                    .col(uuid_null("submission_id"))
                    .col(string_len("verdict", 16))
                    .col(string_len("reasons", 255))
                    .col(string_len_null("refusal", 1000))
                    .foreign_key(&mut reference("scan", "scanned_by", "account"))
                    .foreign_key(&mut reference("scan", "gate_id", "gate"))
                    .foreign_key(&mut reference("scan", "submission_id", "submission"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("scan", &["scanned_at"])).await?;
        manager.create_index(index("scan", &["submission_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["scan", "visit", "gate"]).await
    }
}
