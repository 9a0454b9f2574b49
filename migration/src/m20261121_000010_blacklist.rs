//! The blacklist's history, people who turned out to be one, and a version by which two of the desk notice
//! each other. No page set a blacklist before this step, so there is no history to carry over.

use sea_orm_migration::{
    prelude::*,
    schema::{integer, string_len, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null},
};

use crate::columns::{drop_tables, id, index, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What the plant has an opinion about.
const JUDGED: [&str; 2] = ["vehicle", "crew_member"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in JUDGED {
            let mut version = integer("version");
            add_column(manager, table, version.default(1)).await?;
        }
        // SQLite takes a foreign key of a new column only as part of the column.
        let mut merged_into = uuid_null("merged_into");
        add_column(manager, "crew_member", merged_into.extra("REFERENCES crew_member (id)")).await?;
        manager.create_index(index("crew_member", &["merged_into"])).await?;

        manager
            .create_table(
                Table::create()
                    .table("blacklisting")
                    .col(id())
                    .col(string_len("subject_kind", 16))
                    .col(uuid("subject_id"))
                    .col(string_len("reason", 1000))
                    .col(timestamp_with_time_zone("begins_at"))
                    .col(timestamp_with_time_zone_null("ends_at"))
                    .col(uuid("set_by"))
                    .col(timestamp_with_time_zone("set_at"))
                    .col(uuid_null("lifted_by"))
                    .col(timestamp_with_time_zone_null("lifted_at"))
                    .foreign_key(&mut reference("blacklisting", "set_by", "account"))
                    .foreign_key(&mut reference("blacklisting", "lifted_by", "account"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("blacklisting", &["subject_kind", "subject_id", "id"])).await?;
        manager.create_index(index("audit_log", &["subject_id", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, "audit_log", "ix_audit_log_subject_id_id").await?;
        drop_tables(manager, &["blacklisting"]).await?;
        drop_index(manager, "crew_member", "ix_crew_member_merged_into").await?;
        drop_column(manager, "crew_member", "merged_into").await?;
        for table in JUDGED {
            drop_column(manager, table, "version").await?;
        }
        Ok(())
    }
}

async fn add_column(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &mut ColumnDef,
) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await
}

async fn drop_column(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await
}

async fn drop_index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
) -> Result<(), DbErr> {
    manager.drop_index(Index::drop().name(name).table(table).to_owned()).await
}
