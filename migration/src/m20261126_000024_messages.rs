//! A message knows what kind of row it is about, what that was called, and what kind of thing it says: neither the outbox
//! nor the desk needs to know who sends what.

use sea_orm_migration::{prelude::*, schema::string_len};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            string_len("says", 8).default("state").take(),
            string_len("subject_kind", 24).default("submission").take(),
            string_len("subject_label", 200).default("").take(),
        ] {
            manager.alter_table(Table::alter().table("notification").add_column(column).to_owned()).await?;
        }
        let database = manager.get_connection();
        for (says, kinds) in [
            ("secret", "'confirm_address', 'reset_password', 'invitation'"),
            ("moment", "'already_registered', 'password_changed'"),
        ] {
            database
                .execute_unprepared(&format!(
                    "UPDATE notification SET says = '{says}', subject_kind = 'account' WHERE kind IN ({kinds})"
                ))
                .await?;
        }
        for (kind, table, label) in [
            ("account", "account", "email"),
            ("submission", "submission", "vehicle_number || ' ' || reference"),
        ] {
            database
                .execute_unprepared(&format!(
                    "UPDATE notification SET subject_label = coalesce( \
                     (SELECT substr({label}, 1, 200) FROM {table} WHERE {table}.id = notification.subject_id), '') \
                     WHERE subject_kind = '{kind}'"
                ))
                .await?;
        }
        // What a worker wrote of a message had the number of its entry alone.
        database
            .execute_unprepared(
                "UPDATE audit_log SET root_label = coalesce( \
                 (SELECT vehicle_number || ' ' || reference FROM submission \
                  WHERE submission.id = audit_log.root_id), '') \
                 WHERE root_kind = 'submission' AND root_label = ''",
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["says", "subject_kind", "subject_label"] {
            manager.alter_table(Table::alter().table("notification").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
