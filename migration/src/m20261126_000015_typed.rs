//! Room for what people type: chassis numbers, long licence numbers, addresses searched by both forms of their domain. And
//! the domain of an account's address in the form that the DNS knows, in which addresses are compared.

use std::collections::HashSet;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Table, column, and its length. SQLite has none.
const WIDENED: [(&str, &str, u32); 6] = [
    ("vehicle", "registration_no", 20),
    ("submission", "vehicle_number", 20),
    ("submission", "driver_license_no", 25),
    ("submission", "search_text", 1_500),
    ("crew_member", "license_no", 25),
    ("account", "search_text", 900),
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        if database.get_database_backend() == DbBackend::Postgres {
            for (table, column, length) in WIDENED {
                let alter = format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar({length})");
                database.execute_unprepared(&alter).await?;
            }
        }
        rewrite_addresses(database).await
    }

    /// The release before reads all of it: what became longer stays so.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

/// Two accounts that turn out to have one address stay as they are.
async fn rewrite_addresses(database: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let accounts = Query::select().columns(["email", "search_text"]).from("account").to_owned();
    let mut accounts: Vec<(String, String)> = database
        .query_all(&accounts)
        .await?
        .iter()
        .map(|row| Ok((row.try_get("", "email")?, row.try_get("", "search_text")?)))
        .collect::<Result<_, DbErr>>()?;
    let mut taken: HashSet<String> = accounts.iter().map(|(email, _)| email.clone()).collect();
    accounts.retain(|(email, _)| !email.is_ascii());
    for (email, search_text) in accounts {
        let Some(rewritten) = with_ascii_domain(&email).filter(|rewritten| taken.insert(rewritten.clone()))
        else {
            continue;
        };
        let change = Query::update()
            .table("account")
            .value("search_text", format!("{rewritten} {search_text}"))
            .value("email", rewritten)
            .and_where(Expr::col("email").eq(email))
            .to_owned();
        database.execute(&change).await?;
    }
    Ok(())
}

/// An address that has another form; none of more than 254 characters.
pub(crate) fn with_ascii_domain(email: &str) -> Option<String> {
    let (local, domain) = email.split_once('@')?;
    let ascii =
        Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, DnsLength::Ignore);
    Some(format!("{local}@{}", ascii.ok()?)).filter(|rewritten| rewritten.chars().count() <= 254)
}
