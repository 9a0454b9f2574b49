//! Lists of papers are read in the order of their pages, and end with them.

use sea_orm_migration::prelude::*;

use crate::columns::index;

/// Table, columns, and how many of these an index has had until now; none for a new one.
const INDEXES: [(&str, &[&str], usize); 3] = [
    ("document", &["organisation_id", "active", "id"], 0),
    ("document", &["subject_kind", "subject_id", "document_type", "id"], 3),
    ("submission", &["organisation_id", "driver_id", "id"], 0),
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns, had) in INDEXES {
            manager.create_index(index(table, columns)).await?;
            if had > 0 {
                manager.drop_index(drop(table, &columns[..had])).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns, had) in INDEXES {
            if had > 0 {
                manager.create_index(index(table, &columns[..had])).await?;
            }
            manager.drop_index(drop(table, columns)).await?;
        }
        Ok(())
    }
}

fn drop(table: &'static str, columns: &[&str]) -> IndexDropStatement {
    Index::drop().name(format!("ix_{table}_{}", columns.join("_"))).table(table).to_owned()
}
