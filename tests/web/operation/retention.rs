//! What is forgotten, and what never is.

use chrono::Duration;
use gatehouse::entity::notification::{self, DeliveryState, NotificationKind};
use gatehouse::entity::scan;
use gatehouse::features::{gate, notifications};
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, sea_query::Expr};

use crate::support::entries::{Entry, Submitted};
use crate::support::{App, email_of};

/// As if every message but those to `waiting` had been sent.
async fn all_sent(app: &App, waiting: &str) {
    let transaction = app.state().database.write().await.unwrap();
    notification::Entity::update_many()
        .col_expr(notification::Column::State, Expr::value(DeliveryState::Sent))
        .filter(notification::Column::Address.ne(waiting))
        .exec(&*transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

async fn messages_about(app: &App, entry: &Submitted) -> u64 {
    let id: uuid::Uuid = entry.id.parse().unwrap();
    let about = notification::Entity::find().filter(notification::Column::SubjectId.eq(id));
    about.count(app.state().database.reader()).await.unwrap()
}

async fn forget(app: &App) -> u64 {
    notifications::service::retention::forget_old(app.state()).await.unwrap()
}

#[tokio::test]
async fn messages_are_forgotten_ninety_days_after_the_entry_has_ended_and_never_while_they_wait() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let (guard, supervisor) = (app.guard().await, app.supervisor().await);
    let entry = |number: u32| Entry::for_vehicle(&format!("MH 12 AB {number:04}")).with_papers();
    let over = entry(1).submitted_by(&asha).await;
    let rejected = entry(2).submitted_by(&asha).await.rejected_by(&supervisor, "No").await;
    let inside =
        entry(3).submitted_by(&asha).await.approved_by(&supervisor).await.checked_in_by(&guard).await;
    let waiting = entry(4).submitted_by(&bina).await;
    app.nobody().register("Asha").await;
    all_sent(&app, &email_of("Bina")).await;

    app.clock.advance(Duration::days(93));
    let later =
        entry(5).on("2027-02-21").submitted_by(&app.nobody().signed_in_as("asha@example.com").await).await;
    all_sent(&app, &email_of("Bina")).await;
    assert_eq!(messages_about(&app, &over).await, 3);
    assert!(forget(&app).await > 0);
    for (entry, kept) in [(&over, 0), (&rejected, 0), (&inside, 3), (&waiting, 1), (&later, 3)] {
        assert_eq!(messages_about(&app, entry).await, kept, "{}", entry.reference);
    }
    let repeated = notification::Column::Kind.eq(NotificationKind::AlreadyRegistered);
    let about_accounts = notification::Entity::find().filter(repeated).count(app.state().database.reader());
    assert_eq!(about_accounts.await.unwrap(), 0);
    assert_eq!(forget(&app).await, 0);
}

#[tokio::test]
async fn scans_are_forgotten_after_four_hundred_days_by_the_hundred() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    guard.post("/gate/scan", &[("code", "hello")]).await.expect_status(303);
    let old = scan::Entity::find().one(app.state().database.reader()).await.unwrap().unwrap();
    let transaction = app.state().database.write().await.unwrap();
    let copies = (0..1_100).map(|_| scan::ActiveModel {
        id: sea_orm::ActiveValue::Set(gatehouse::types::ScanId::new(app.state().clock.new_uuid())),
        ..old.clone().into()
    });
    scan::Entity::insert_many(copies).exec_without_returning(&*transaction).await.unwrap();
    transaction.commit().await.unwrap();
    app.clock.advance(Duration::days(400) - Duration::minutes(1));
    app.guard().await.post("/gate/scan", &[("code", "hello")]).await.expect_status(303);
    let forget = async || gate::service::retention::forget_old(app.state()).await.unwrap();
    assert_eq!(forget().await, 0);
    app.clock.advance(Duration::minutes(2));
    assert_eq!(forget().await, 1_101);
    assert_eq!(scan::Entity::find().count(app.state().database.reader()).await.unwrap(), 1);
}
