//! An address is proved together with the password. Staff who registered themselves, and never set a password by a
//! link, may have been registered by somebody else: their address counts as not confirmed, and admins are told.

use sea_orm_migration::prelude::*;

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        database
            .execute_unprepared(
                "UPDATE account SET confirmed_at = NULL
                 WHERE role <> 'customer' AND invited_at IS NULL
                   AND id IN (SELECT subject_id FROM audit_log WHERE action = 'ACCOUNT_REGISTERED')
                   AND id NOT IN (
                     SELECT subject_id FROM audit_log WHERE action = 'PASSWORD_RESET' AND subject_id IS NOT NULL
                   )",
            )
            .await?;
        // Who never confirmed is looked for by age, and whom nobody acts for any more by organisation.
        manager.create_index(index("account", &["confirmed_at", "created_at"])).await?;
        manager.create_index(index("account", &["organisation_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["ix_account_organisation_id", "ix_account_confirmed_at_created_at"] {
            manager.drop_index(Index::drop().table("account").name(name).to_owned()).await?;
        }
        let database = manager.get_connection();
        database
            .execute_unprepared(
                "UPDATE account SET confirmed_at = created_at
                 WHERE role <> 'customer' AND invited_at IS NULL AND confirmed_at IS NULL",
            )
            .await?;
        Ok(())
    }
}
