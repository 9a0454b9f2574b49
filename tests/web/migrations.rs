//! The schema goes up and down on the database in use, and is what the entities say.

use std::collections::HashSet;

use gatehouse::kernel::data::Patience;
use gatehouse::kernel::data::schema;
use gatehouse::kernel::entity;
use gatehouse::kernel::entity::notification::Says;
use migration::{Migrator, MigratorTrait as _, SchemaManager};
use sea_orm::{
    ColumnTrait as _, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait,
    QueryFilter as _, QueryOrder as _, Statement,
};

use crate::support::entries::Entry;
use crate::support::{App, PASSWORD, logged};

/// Calls `$with` with every entity and its name.
macro_rules! each_entity {
    ($with:ident, $database:expr) => {
        each_entity!(
            $with, $database, account, audit_log, blacklisting, crew_member, device, document, gate, kept_form,
            notification, one_time_token, organisation,
            pass_key, scan, session, setting, submission, submission_document, throttle, vehicle,
            vehicle_distinction, visit
        )
    };
    ($with:ident, $database:expr, $($name:ident),+) => {
        vec![$($with::<entity::$name::Entity>($database, stringify!($name)).await),+]
    };
}

/// Reads every column of the entity's table.
async fn read<E: EntityTrait>(database: &impl ConnectionTrait, name: &'static str) -> &'static str {
    let read = E::find().one(database).await;
    assert!(read.is_ok(), "{name}: {:?}", read.err());
    name
}

async fn has_table<E: EntityTrait>(database: &DatabaseConnection, _: &'static str) -> bool {
    let table = E::default().table_name().to_owned();
    SchemaManager::new(database).has_table(table).await.unwrap()
}

#[tokio::test]
async fn every_entity_finds_its_columns() {
    let app = App::spawn().await;
    let read = each_entity!(read, app.state().database.reader());

    let modules = include_str!("../../src/kernel/entity/mod.rs").lines();
    let modules: Vec<_> =
        modules.filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(read, modules, "this test reads every entity");
}

#[tokio::test]
async fn each_step_goes_down_and_up_again() {
    let app = App::spawn().await;
    // On one connection: another would know the columns that it has read, and refuse to add them again.
    let mut options = ConnectOptions::new(&app.environment()["DATABASE_URL"]);
    options.max_connections(1).sqlx_logging(false);
    let database = &Database::connect(options).await.unwrap();
    let steps = Migrator::migrations().len();
    for number in (0..steps).rev() {
        Migrator::down(database, Some(1)).await.unwrap();
        Migrator::up(database, Some(1)).await.unwrap();
        Migrator::down(database, Some(1)).await.unwrap();
        assert_eq!(Migrator::get_applied_migrations(database).await.unwrap().len(), number);
    }
    assert!(!each_entity!(has_table, database).contains(&true), "all the way down, no table is left");

    Migrator::up(database, None).await.unwrap();
    assert!(!each_entity!(has_table, database).contains(&false), "all the way up, all tables are there");
    each_entity!(read, database);
}

#[tokio::test]
async fn an_address_of_an_account_comes_to_have_the_form_in_which_addresses_are_compared() {
    const SHOWN: &str = "asha@bücher.example";
    const ASCII: &str = "asha@xn--bcher-kva.example";
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    app.customer("Ravi").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234")
        .driven_by("श्री\u{200D}राम", "98200 00001")
        .drafted_by(&asha)
        .await;
    Entry::for_vehicle("MH 12 AB 1235").driven_by("श्री\u{200D}राम", "98200 00001").submitted_by(&asha).await;
    let mut options = ConnectOptions::new(&app.environment()["DATABASE_URL"]);
    options.max_connections(1).sqlx_logging(false);
    let database = &Database::connect(options).await.unwrap();
    let steps = Migrator::migrations();
    let before = steps.iter().position(|step| step.name().ends_with("000015_typed")).unwrap();
    Migrator::down(database, u32::try_from(steps.len() - before).ok()).await.unwrap();
    let written = format!(
        "UPDATE account SET email = '{SHOWN}', search_text = '{SHOWN} asha' WHERE email = 'asha@example.com'"
    );
    database.execute_unprepared(&written).await.unwrap();
    for written in [
        format!("UPDATE submission SET customer_email = '{SHOWN}'"),
        format!("UPDATE notification SET address = '{SHOWN}' WHERE address = 'asha@example.com'"),
        // As a release before wrote it.
        format!(
            "UPDATE submission SET search_text = '{SHOWN} श्री\u{200D}राम' WHERE vehicle_number = 'MH12AB1235'"
        ),
    ] {
        assert!(database.execute_unprepared(&written).await.unwrap().rows_affected() > 0, "{written}");
    }
    Migrator::up(database, None).await.unwrap();

    app.nobody().signed_in_as(SHOWN).await;
    app.nobody().signed_in_as(ASCII).await;
    app.deliver().await;
    let told = |address: &str| app.mails_to(address).len();
    assert_eq!((told(SHOWN), told(ASCII)), (0, 1));
    draft.submit(&asha).await.expect_status(303);
    app.deliver().await;
    assert_eq!((told(SHOWN), told(ASCII)), (0, 2));
    let supervisor = app.supervisor().await;
    for typed in ["श्रीराम", ASCII, SHOWN] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", typed).finish();
        let found = supervisor.get(&format!("/admin/submissions?{query}")).await.expect_status(200);
        assert_eq!(found.all("tbody .plate").len(), 2, "{typed}: {}", found.text());
    }
    app.nobody().signed_in_as("ravi@example.com").await;
    let admin = app.admin().await;
    for typed in ["b%C3%BCcher", "xn--bcher", "asha"] {
        let found = admin.get(&format!("/admin/users?q={typed}")).await.expect_status(200);
        assert_eq!(found.all("tbody td:nth-child(2)"), [SHOWN], "{typed}");
    }
}

#[tokio::test]
async fn a_message_comes_to_know_what_it_is_about_and_what_kind_of_thing_it_says() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    app.nobody().register("Asha").await;
    app.nobody().register("Ravi").await;
    app.nobody().post("/forgot", &[("email", "asha@example.com")]).await.expect_status(303);
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    app.deliver().await;
    let mut options = ConnectOptions::new(&app.environment()["DATABASE_URL"]);
    options.max_connections(1).sqlx_logging(false);
    let database = &Database::connect(options).await.unwrap();
    let all = async || {
        let messages = entity::notification::Entity::find()
            .order_by_asc(entity::notification::Column::Id)
            .all(database)
            .await
            .unwrap();
        let of_the_entry = entity::audit_log::Column::RootKind.eq("submission");
        let log = entity::audit_log::Entity::find()
            .filter(of_the_entry)
            .order_by_asc(entity::audit_log::Column::Id);
        (messages, log.all(database).await.unwrap())
    };
    // As long as addresses may be, and labels may not.
    let long = format!("{}@{}.example.com", "r".repeat(60), "x".repeat(60).repeat(3));
    for renamed in [
        format!("UPDATE account SET email = '{long}' WHERE email = 'ravi@example.com'"),
        format!(
            "UPDATE notification SET subject_label = '{}' WHERE address = 'ravi@example.com'",
            &long[..200]
        ),
    ] {
        assert!(database.execute_unprepared(&renamed).await.unwrap().rows_affected() > 0, "{renamed}");
    }
    let written = all().await;
    assert!(written.0.iter().all(|message| !message.subject_label.is_empty()), "{:?}", written.0);
    let says: HashSet<Says> = written.0.iter().map(|message| message.says).collect();
    assert_eq!(says.len(), 3, "{says:?}");
    let steps = Migrator::migrations();
    let before = steps.iter().position(|step| step.name().ends_with("000024_messages")).unwrap();
    Migrator::down(database, u32::try_from(steps.len() - before).ok()).await.unwrap();
    // As the release before wrote what became of messages.
    let unnamed =
        "UPDATE audit_log SET root_label = '' WHERE root_kind = 'submission' AND action LIKE 'SMS%'";
    assert!(database.execute_unprepared(unnamed).await.unwrap().rows_affected() > 0);
    Migrator::up(database, None).await.unwrap();
    assert_eq!(all().await, written);
}

#[tokio::test]
async fn two_accounts_that_turn_out_to_have_one_address_are_told_and_stay() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    app.customer("Ravi").await;
    let mut options = ConnectOptions::new(&app.environment()["DATABASE_URL"]);
    options.max_connections(1).sqlx_logging(false);
    let database = &Database::connect(options).await.unwrap();
    let steps = Migrator::migrations();
    let before = steps.iter().position(|step| step.name().ends_with("000021_one_form")).unwrap();
    Migrator::down(database, u32::try_from(steps.len() - before).ok()).await.unwrap();
    for (name, email) in [("asha", "office@bücher.example"), ("ravi", "office@xn--bcher-kva.example")] {
        let written = format!("UPDATE account SET email = '{email}' WHERE email = '{name}@example.com'");
        database.execute_unprepared(&written).await.unwrap();
    }
    Migrator::up(database, None).await.unwrap();

    app.nobody().signed_in_as("office@bücher.example").await; // who has the form that is compared
    let accounts = entity::account::Entity::find().all(database).await.unwrap();
    let logged = logged();
    let told = logged.lines().filter(|line| line.contains("two accounts have one e-mail address"));
    assert!(told.clone().any(|line| accounts.iter().all(|account| line.contains(&account.id.to_string()))));
}

#[tokio::test]
async fn postgresql_searches_by_trigrams() {
    let app = App::spawn().await;
    let database = app.state().database.reader();
    if database.get_database_backend() != DbBackend::Postgres {
        return;
    }
    let names = async |query: &str| -> Vec<String> {
        let rows = database.query_all_raw(Statement::from_string(DbBackend::Postgres, query)).await.unwrap();
        rows.iter().map(|row| row.try_get("", "name").unwrap()).collect()
    };
    if names("SELECT name::text FROM pg_available_extensions WHERE name = 'pg_trgm'").await.is_empty() {
        return; // a distribution that packs it apart
    }
    let indexes = "SELECT indexname::text AS name FROM pg_indexes WHERE indexname LIKE '%_trgm' ORDER BY 1";
    let found = names(indexes).await;
    let expected = ["crew_member_name_key", "submission_search_text", "vehicle_registration_no"];
    assert_eq!(found, expected.map(|column| format!("ix_{column}_trgm")));
}

#[tokio::test]
async fn a_database_that_is_up_to_date_is_left_alone() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    schema::up(&app.state().database, Patience::SCHEMA).await.unwrap();
    app.nobody().signed_in_as("asha@example.com").await;
}

#[tokio::test]
async fn staff_who_registered_themselves_and_never_set_a_password_by_a_link_count_as_not_confirmed() {
    let app = App::spawn().await;
    for name in ["Mallory", "Reset", "Asha"] {
        app.customer(name).await;
    }
    app.guard().await;
    app.nobody().post("/forgot", &[("email", "reset@example.com")]).await.expect_status(303);
    app.deliver().await;
    let link = app.mails_to("reset@example.com").last().unwrap().path("/reset/");
    let form = [("password", PASSWORD), ("password_confirm", PASSWORD)];
    app.nobody().post(&link, &form).await.expect_status(303);
    let mut options = ConnectOptions::new(&app.environment()["DATABASE_URL"]);
    options.max_connections(1).sqlx_logging(false);
    let database = &Database::connect(options).await.unwrap();
    let steps = Migrator::migrations();
    let at = steps.iter().position(|step| step.name().ends_with("proved_addresses")).unwrap();
    Migrator::down(database, Some(u32::try_from(steps.len() - at).unwrap())).await.unwrap();
    let staff =
        "UPDATE account SET role = 'guard' WHERE email IN ('mallory@example.com', 'reset@example.com')";
    database.execute_unprepared(staff).await.unwrap();
    Migrator::up(database, None).await.unwrap();

    let accounts = entity::account::Entity::find().all(database).await.unwrap();
    let unconfirmed: Vec<_> = accounts.iter().filter(|account| account.confirmed_at.is_none()).collect();
    assert_eq!(unconfirmed.len(), 1, "{unconfirmed:?}");
    assert_eq!(unconfirmed[0].email.as_str(), "mallory@example.com");
}
