//! One form of what is compared and searched: domains in ASCII where messages go to as well, and the text that the desk
//! searches by without what names are told apart by to nobody.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, QueryResult, prelude::Uuid},
};
use unicode_normalization::UnicodeNormalization as _;

use crate::m20261126_000015_typed::with_ascii_domain;

/// Rows read at once.
const BATCH: u64 = 500;
/// The length of `submission.search_text`.
const SEARCH_TEXT: usize = 1_500;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        tell_of_twins(database).await?;
        rewrite_submissions(database).await?;
        rewrite_messages(database).await
    }

    /// The release before reads all of it.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

/// Two accounts whose addresses are one stay two: who has which is for people to find out.
async fn tell_of_twins(database: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let accounts = Query::select().columns(["id", "email"]).from("account").to_owned();
    let mut known: HashMap<String, Uuid> = HashMap::new();
    let mut others = Vec::new();
    for row in database.query_all(&accounts).await? {
        let (id, email): (Uuid, String) = (row.try_get("", "id")?, row.try_get("", "email")?);
        match with_ascii_domain(&email).filter(|_| !email.is_ascii()) {
            Some(ascii) => others.push((id, ascii)),
            None => drop(known.insert(email, id)),
        }
    }
    for (account, ascii) in others {
        match known.entry(ascii) {
            Entry::Occupied(same) => {
                let same = same.get();
                tracing::warn!(%account, %same, "two accounts have one e-mail address, written in two ways");
            }
            Entry::Vacant(place) => drop(place.insert(account)),
        }
    }
    Ok(())
}

/// Who ordered an entry, and what it is searched by.
async fn rewrite_submissions(database: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let mut after = Uuid::nil();
    loop {
        let either = is_not_ascii(database, "customer_email").or(is_not_ascii(database, "search_text"));
        let rows = batch(database, "submission", &["customer_email", "search_text"], either, after).await?;
        for row in &rows {
            after = row.try_get("", "id")?;
            let (email, text): (String, String) =
                (row.try_get("", "customer_email")?, row.try_get("", "search_text")?);
            let rewritten = with_ascii_domain(&email).filter(|_| !email.is_ascii());
            let mut words = folded(&text);
            if let Some(rewritten) = rewritten.as_ref().filter(|_| !words.is_empty()) {
                words = format!("{rewritten} {words}");
            }
            let change = Query::update()
                .table("submission")
                .value("customer_email", rewritten.unwrap_or(email))
                .value("search_text", words.chars().take(SEARCH_TEXT).collect::<String>())
                .and_where(Expr::col("id").eq(after))
                .to_owned();
            database.execute(&change).await?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// Where mails go. Those that were sent may be asked for again.
async fn rewrite_messages(database: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let mut after = Uuid::nil();
    loop {
        let mails = Expr::col("channel").eq("email").and(is_not_ascii(database, "address"));
        let rows = batch(database, "notification", &["address"], mails, after).await?;
        for row in &rows {
            after = row.try_get("", "id")?;
            let address: String = row.try_get("", "address")?;
            let Some(rewritten) = with_ascii_domain(&address) else { continue };
            let change = Query::update()
                .table("notification")
                .value("address", rewritten)
                .and_where(Expr::col("id").eq(after))
                .to_owned();
            database.execute(&change).await?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// The next rows of `table` behind `after` that are `which`.
async fn batch(
    database: &SchemaManagerConnection<'_>,
    table: &'static str,
    columns: &[&'static str],
    which: Expr,
    after: Uuid,
) -> Result<Vec<QueryResult>, DbErr> {
    let query = Query::select()
        .column("id")
        .columns(columns.iter().copied())
        .from(table)
        .and_where(which)
        .and_where(Expr::col("id").gt(after))
        .order_by("id", Order::Asc)
        .limit(BATCH)
        .to_owned();
    database.query_all(&query).await
}

fn is_not_ascii(database: &SchemaManagerConnection<'_>, column: &str) -> Expr {
    Expr::cust(match database.get_database_backend() {
        DbBackend::Postgres => format!("octet_length({column}) <> char_length({column})"),
        _ => format!("length(CAST({column} AS BLOB)) <> length({column})"),
    })
}

/// As the application folds what is searched for.
fn folded(text: &str) -> String {
    let folded: String = text
        .chars()
        .filter(|&c| !is_ignorable(c))
        .nfkc()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
        .filter(|&c| !is_ignorable(c))
        .collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that show nothing.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{FFFC}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}
