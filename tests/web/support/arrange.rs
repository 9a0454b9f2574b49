//! Rows that no page makes, or not in a moment.

use chrono::{DateTime, Utc};
use gatehouse::features::accounts::messages::CONFIRM_ADDRESS;
use gatehouse::kernel::audit::Action;
use gatehouse::kernel::entity::account;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::notification::{self};
use gatehouse::kernel::entity::throttle::{self, Purpose};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue::Set, ColumnTrait as _, EntityTrait, IntoActiveModel,
    QueryFilter as _, QueryOrder as _, sea_query::Expr,
};

use super::App;

impl App {
    /// Writes a row as it is, past all rules.
    pub async fn insert<A>(&self, row: A) -> <A::Entity as EntityTrait>::Model
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let transaction = self.state().database.write().await.unwrap();
        let row = row.insert(&*transaction).await.unwrap();
        transaction.commit().await.unwrap();
        row
    }

    /// What the log tells of `action`, oldest first.
    pub async fn events(&self, action: Action) -> Vec<audit_log::Model> {
        audit_log::Entity::find()
            .filter(audit_log::Column::Action.eq(action))
            .order_by_asc(audit_log::Column::Id)
            .all(self.state().database.reader())
            .await
            .unwrap()
    }

    /// As if the owner of `email` had followed the link in the mail, and the mail were long forgotten.
    pub async fn confirm(&self, email: &str) {
        let transaction = self.state().database.write().await.unwrap();
        account::Entity::update_many()
            .col_expr(account::Column::ConfirmedAt, Expr::value(self.clock.now()))
            .filter(account::Column::Email.eq(email))
            .exec(&*transaction)
            .await
            .unwrap();
        notification::Entity::delete_many()
            .filter(notification::Column::Address.eq(email))
            .filter(notification::Column::Kind.eq(CONFIRM_ADDRESS))
            .exec(&*transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    /// As if what was counted of `subject` were `count`.
    pub async fn set_count(&self, purpose: Purpose, subject: &str, address: &str, count: i32) {
        let transaction = self.state().database.write().await.unwrap();
        let counted = throttle::Entity::update_many()
            .col_expr(throttle::Column::Count, Expr::value(count))
            .filter(throttle::Column::Purpose.eq(purpose))
            .filter(throttle::Column::Subject.eq(subject))
            .filter(throttle::Column::Address.eq(address))
            .exec(&*transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(counted.rows_affected, 1, "{purpose:?} of {subject:?} is counted");
    }

    /// As if `subject` had done something from `address` so often within the last moment.
    pub async fn arrange_throttle(
        &self,
        purpose: Purpose,
        subject: &str,
        address: &str,
        count: i32,
        blocked_until: Option<DateTime<Utc>>,
    ) {
        self.insert(throttle::ActiveModel {
            purpose: Set(purpose),
            subject: Set(subject.to_owned()),
            address: Set(address.to_owned()),
            count: Set(count),
            since: Set(self.clock.now()),
            blocked_until: Set(blocked_until),
        })
        .await;
    }
}
