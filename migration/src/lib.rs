//! The schema, one step a change. Every step goes up and down on SQLite and PostgreSQL.
//!
//! Each step runs in a transaction of its own on both, under a lock: one that fails leaves nothing of itself behind, and
//! of two processes that start together one takes it.
//! How to change a table that a running version still uses is told in `README.md` beside this crate.

pub use sea_orm_migration::{MigrationStatus, prelude::*, seaql_migrations};

mod columns;
mod m20261120_000001_accounts;
mod m20261120_000002_vehicles_and_crew;
mod m20261120_000003_submissions;
mod m20261120_000004_documents;
mod m20261120_000005_gate;
mod m20261120_000006_audit;
mod m20261121_000007_notifications;
mod m20261121_000008_account_life;
mod m20261121_000009_override;
mod m20261121_000010_blacklist;
mod m20261121_000011_document_files;
mod m20261121_000012_search;
mod m20261126_000013_devices;
mod m20261126_000014_proved_addresses;
mod m20261126_000015_typed;
mod m20261126_000016_lookalikes;
mod m20261126_000017_drafts;
mod m20261126_000018_paper_lists;
mod m20261126_000019_key_ends;
mod m20261126_000020_forms_and_scans;
mod m20261126_000021_one_form;
mod m20261126_000022_distinction_reasons;
mod m20261126_000023_subjects;
mod m20261126_000024_messages;

/// Applies the steps in order and keeps the list of those applied.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_accounts::Migration),
            Box::new(m20261120_000002_vehicles_and_crew::Migration),
            Box::new(m20261120_000003_submissions::Migration),
            Box::new(m20261120_000004_documents::Migration),
            Box::new(m20261120_000005_gate::Migration),
            Box::new(m20261120_000006_audit::Migration),
            Box::new(m20261121_000007_notifications::Migration),
            Box::new(m20261121_000008_account_life::Migration),
            Box::new(m20261121_000009_override::Migration),
            Box::new(m20261121_000010_blacklist::Migration),
            Box::new(m20261121_000011_document_files::Migration),
            Box::new(m20261121_000012_search::Migration),
            Box::new(m20261126_000013_devices::Migration),
            Box::new(m20261126_000014_proved_addresses::Migration),
            Box::new(m20261126_000015_typed::Migration),
            Box::new(m20261126_000016_lookalikes::Migration),
            Box::new(m20261126_000017_drafts::Migration),
            Box::new(m20261126_000018_paper_lists::Migration),
            Box::new(m20261126_000019_key_ends::Migration),
            Box::new(m20261126_000020_forms_and_scans::Migration),
            Box::new(m20261126_000021_one_form::Migration),
            Box::new(m20261126_000022_distinction_reasons::Migration),
            Box::new(m20261126_000023_subjects::Migration),
            Box::new(m20261126_000024_messages::Migration),
        ]
    }
}
