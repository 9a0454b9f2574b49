//! What is forgotten, and what never is.

use chrono::Duration;
use gatehouse::features::accounts::actions::SIGN_IN_FAILED;
use gatehouse::features::accounts::messages::ALREADY_REGISTERED;
use gatehouse::features::accounts::service::housekeeping;
use gatehouse::features::{gate, notifications};
use gatehouse::kernel::access::By;
use gatehouse::kernel::audit::Event;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::notification::{self, DeliveryState};
use gatehouse::kernel::entity::throttle::{self, Purpose};
use gatehouse::kernel::entity::{kept_form, scan, session};
use gatehouse::kernel::types::SessionId;
use gatehouse::kernel::work::Work;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait as _, ConnectionTrait as _, EntityTrait,
    IntoActiveModel, PaginatorTrait as _, QueryFilter as _, sea_query::Expr,
};

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
    let repeated = notification::Column::Kind.eq(ALREADY_REGISTERED);
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
        id: sea_orm::ActiveValue::Set(gatehouse::kernel::types::ScanId::new(app.state().clock.new_uuid())),
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

/// More than two batches.
const MANY: u32 = 1_100;

async fn insert_many<A>(app: &App, rows: impl IntoIterator<Item = A>)
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    let transaction = app.state().database.write().await.unwrap();
    let rows: Vec<A> = rows.into_iter().collect();
    for rows in rows.chunks(500) {
        A::Entity::insert_many(rows.to_vec()).exec_without_returning(&*transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

/// As many counters of `purpose`, each of another address.
async fn count_many(app: &App, purpose: Purpose) {
    let since = app.state().clock.now();
    let rows = (0..MANY).map(|number| throttle::ActiveModel {
        purpose: Set(purpose),
        subject: Set(String::new()),
        address: Set(std::net::Ipv4Addr::from(number).to_string()),
        count: Set(3),
        since: Set(since),
        blocked_until: Set(None),
    });
    insert_many(app, rows).await;
}

async fn count<E: EntityTrait>(app: &App) -> u64
where
    E::Model: Send + Sync,
{
    E::find().count(app.state().database.reader()).await.unwrap()
}

async fn strangers_in_the_log(app: &App) -> u64 {
    let unknown = audit_log::Entity::find().filter(audit_log::Column::Actor.eq("unknown"));
    unknown.count(app.state().database.reader()).await.unwrap()
}

#[tokio::test]
async fn housekeeping_gets_to_the_end_of_whatever_there_is() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    app.clock.advance(Duration::days(3));
    app.customer("Bina").await;
    let bina = session::Entity::find().all(app.state().database.reader()).await.unwrap().pop().unwrap();
    let now = app.state().clock.now();
    let sessions = (0..MANY).map(|number| session::ActiveModel {
        id: Set(SessionId::new(app.state().clock.new_uuid())),
        key_hash: Set(number.to_string()),
        expires_at: Set(now - Duration::seconds(1)),
        ..bina.clone().into()
    });
    insert_many(&app, sessions).await;
    let forms = (0..MANY).map(|number| kept_form::ActiveModel {
        key_hash: Set(number.to_string()),
        sealed: Set(String::new()),
        offered: Set(false),
        expires_at: Set(now),
    });
    insert_many(&app, forms).await;
    count_many(&app, Purpose::UnknownSignIn).await;
    count_many(&app, Purpose::Registration).await;
    app.clock.advance(Duration::hours(1));
    let counters = count::<throttle::Entity>(&app).await;
    housekeeping::forget_old(app.state()).await.unwrap();
    assert_eq!(count::<session::Entity>(&app).await, 1, "Bina's");
    assert_eq!(count::<kept_form::Entity>(&app).await, 0);
    assert_eq!(strangers_in_the_log(&app).await, u64::from(MANY));
    assert!(count::<throttle::Entity>(&app).await <= counters - u64::from(MANY));
    app.clock.advance(Duration::days(2));
    housekeeping::forget_old(app.state()).await.unwrap();
    assert_eq!(count::<throttle::Entity>(&app).await, 0);
    assert_eq!(strangers_in_the_log(&app).await, u64::from(MANY), "each is told once");
}

#[tokio::test]
async fn a_part_of_housekeeping_that_fails_keeps_no_other_from_its_work() {
    let app = App::spawn().await;
    count_many(&app, Purpose::UnknownSignIn).await;
    app.clock.advance(Duration::hours(1));
    let transaction = app.state().database.write().await.unwrap();
    transaction.execute_unprepared("ALTER TABLE session RENAME TO elsewhere").await.unwrap();
    transaction.commit().await.unwrap();
    housekeeping::forget_old(app.state()).await.unwrap_err();
    assert_eq!(strangers_in_the_log(&app).await, u64::from(MANY));
}

#[tokio::test]
async fn a_work_may_have_any_number_of_events() {
    let app = App::spawn().await;
    let mut work = Work::begin(app.state(), By::system()).await.unwrap();
    (0..7_000).for_each(|_| work.note(Event::of(SIGN_IN_FAILED)));
    work.commit().await.unwrap();
    assert_eq!(count::<audit_log::Entity>(&app).await, 7_000);
}
