//! Columns and constraints that many tables share.

use sea_orm_migration::{prelude::*, schema::uuid};

/// The primary key: a UUIDv7 made by the application.
pub(crate) fn id() -> ColumnDef {
    uuid("id").primary_key().take()
}

/// A foreign key without cascade: rows that others point to stay.
pub(crate) fn reference(
    table: &'static str,
    column: &'static str,
    to: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("fk_{table}_{column}")).from(table, column).to(to, "id").take()
}

/// An index over `columns`, named after them.
pub(crate) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    named_index("ix", table, columns)
}

/// A unique index over `columns`. The application recognises a refusal by the first column's name.
pub(crate) fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    named_index("ux", table, columns).unique().take()
}

fn named_index(prefix: &str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{prefix}_{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index.take()
}

/// Drops `tables`, the last made first.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).to_owned()).await?;
    }
    Ok(())
}
