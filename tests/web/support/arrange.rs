//! Rows that no page makes, or not in a moment.

use chrono::{DateTime, Utc};
use gatehouse::entity::throttle::{self, Purpose};
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};

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
