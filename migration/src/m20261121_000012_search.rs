//! Searching for parts of words, on PostgreSQL by trigrams. SQLite reads the rows, and so does a PostgreSQL whose
//! extension `pg_trgm` is missing or not ours to add: slower, and nothing else.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Table and column of each.
const SEARCHED: [(&str, &str); 3] =
    [("submission", "search_text"), ("vehicle", "registration_no"), ("crew_member", "name_key")];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        if database.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let indexes = SEARCHED.map(|(table, column)| {
            format!("CREATE INDEX ix_{table}_{column}_trgm ON {table} USING gin ({column} gin_trgm_ops);")
        });
        let all = format!(
            "DO $$ BEGIN
               CREATE EXTENSION IF NOT EXISTS pg_trgm;
               {}
             EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
               RAISE NOTICE 'pg_trgm is not available: searching reads all rows';
             END $$",
            indexes.join("\n")
        );
        database.execute_unprepared(&all).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_connection().get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        for (table, column) in SEARCHED {
            let index = format!("DROP INDEX IF EXISTS ix_{table}_{column}_trgm");
            manager.get_connection().execute_unprepared(&index).await?;
        }
        Ok(())
    }
}
