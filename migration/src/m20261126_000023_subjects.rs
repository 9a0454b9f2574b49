//! What an event is about, and on whose page it is told, with what both were called when it happened: the log is read
//! without the tables of those who write it.

use sea_orm_migration::{
    prelude::*,
    schema::{string_len, string_len_null, uuid_null},
};

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What was known of an event's submission and of its other row.
const LABELS: &[(&str, &str, &str)] = &[
    ("account", "account", "email"),
    ("vehicle", "vehicle", "registration_no"),
    ("crew_member", "person", "full_name"),
    ("document", "paper", "file_name"),
    ("notification", "message", "kind"),
    ("organisation", "organisation", "name"),
    ("gate", "gate", "name"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // First: every row is written, and they would be with it.
        for old in ["ix_audit_log_submission_id_id", "ix_audit_log_subject_id_id"] {
            drop_index(manager, old).await?;
        }
        for column in [
            string_len_null("subject_kind", 24),
            string_len("subject_label", 200).default("").take(),
            string_len_null("root_kind", 24),
            uuid_null("root_id"),
            string_len("root_label", 200).default("").take(),
        ] {
            manager.alter_table(Table::alter().table("audit_log").add_column(column).to_owned()).await?;
        }
        let database = manager.get_connection();
        for (table, kind, name) in LABELS {
            database
                .execute_unprepared(&format!(
                    "UPDATE audit_log SET subject_kind = '{kind}', subject_label = \
                     (SELECT substr({name}, 1, 200) FROM {table} WHERE {table}.id = audit_log.subject_id) \
                     WHERE subject_id IN (SELECT id FROM {table})"
                ))
                .await?;
        }
        // Of rows that are gone by now, the action tells what they were.
        for (actions, kind) in [
            (
                "action LIKE 'SMS\\_%' ESCAPE '\\' OR action LIKE 'EMAIL\\_%' ESCAPE '\\' OR action = 'MESSAGE_RESENT'",
                "message",
            ),
            ("action LIKE 'DOCUMENT\\_%' ESCAPE '\\'", "paper"),
            ("action = 'DRAFTS_REMOVED'", "organisation"),
            ("1 = 1", "account"),
        ] {
            database
                .execute_unprepared(&format!(
                    "UPDATE audit_log SET subject_kind = '{kind}' \
                     WHERE subject_id IS NOT NULL AND subject_kind IS NULL AND ({actions})"
                ))
                .await?;
        }
        database
            .execute_unprepared(
                "UPDATE audit_log SET root_kind = 'submission', root_id = submission_id, root_label = \
                 coalesce((SELECT vehicle_number || ' ' || reference FROM submission \
                           WHERE submission.id = audit_log.submission_id), '') \
                 WHERE submission_id IS NOT NULL",
            )
            .await?;
        database
            .execute_unprepared(
                "UPDATE audit_log SET subject_kind = root_kind, subject_id = root_id, subject_label = root_label \
                 WHERE subject_id IS NULL AND root_id IS NOT NULL",
            )
            .await?;
        database
            .execute_unprepared(
                "UPDATE audit_log SET root_kind = subject_kind, root_id = subject_id, root_label = subject_label \
                 WHERE root_id IS NULL AND subject_id IS NOT NULL",
            )
            .await?;
        manager.create_index(index("audit_log", &["root_id", "id"])).await?;
        manager.alter_table(Table::alter().table("audit_log").drop_column("submission_id").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let submission = uuid_null("submission_id");
        manager.alter_table(Table::alter().table("audit_log").add_column(submission).to_owned()).await?;
        let database = manager.get_connection();
        database
            .execute_unprepared("UPDATE audit_log SET submission_id = root_id WHERE root_kind = 'submission'")
            .await?;
        database
            .execute_unprepared("UPDATE audit_log SET subject_id = NULL WHERE subject_kind = 'submission'")
            .await?;
        drop_index(manager, "ix_audit_log_root_id_id").await?;
        manager.create_index(index("audit_log", &["submission_id", "id"])).await?;
        manager.create_index(index("audit_log", &["subject_id", "id"])).await?;
        for column in ["subject_kind", "subject_label", "root_kind", "root_id", "root_label"] {
            manager.alter_table(Table::alter().table("audit_log").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

async fn drop_index(manager: &SchemaManager<'_>, name: &'static str) -> Result<(), DbErr> {
    manager.drop_index(Index::drop().name(name).table("audit_log").to_owned()).await
}
