//! Starting: on an empty database together with others, in folders with any name, behind a pooler, and on databases that
//! will not do.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use gatehouse::kernel::clock::Clock;
use gatehouse::kernel::config::Config;
use gatehouse::kernel::state::AppState;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::support::App;
use crate::support::database::TestDatabase;
use crate::support::entries::Entry;

fn settings(folder: &Path, database: &TestDatabase) -> Vec<(&'static str, String)> {
    vec![
        ("BIND_ADDR", "127.0.0.1:0".to_owned()),
        ("SECRET_KEY", "a secret that only the tests have".to_owned()),
        ("DATA_DIR", folder.display().to_string()),
        ("DATABASE_URL", database.url()),
    ]
}

async fn open(settings: &[(&'static str, String)]) -> Result<AppState, String> {
    let lookup =
        |name: &str| settings.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let config = Config::from_lookup(lookup).map_err(|error| error.to_string())?;
    AppState::open(config, Clock::system()).await.map_err(|error| error.detail())
}

fn migrate(settings: &[(&'static str, String)]) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    program.arg("migrate").env_clear().envs(settings.iter().cloned()).stderr(Stdio::piped()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_that_start_together_on_an_empty_database_make_one_schema() {
    for round in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::create_empty(folder.path()).await;
        let mut settings = settings(folder.path(), &database);
        if matches!(database, TestDatabase::Sqlite { .. }) {
            settings.retain(|(name, _)| *name != "SECRET_KEY"); // made by one of them, and known to both
        }
        let programs = [migrate(&settings), migrate(&settings)];
        for program in programs {
            let ended = tokio::task::spawn_blocking(|| program.wait_with_output()).await.unwrap().unwrap();
            assert!(ended.status.success(), "round {round}: {}", String::from_utf8_lossy(&ended.stderr));
        }
        let state = open(&settings).await.unwrap();
        let steps = Migrator::get_migration_models(state.database.reader()).await.unwrap();
        assert_eq!(steps.len(), Migrator::migrations().len(), "round {round}");
        state.database.reader().clone().close().await.unwrap();
        database.drop_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_a_process_that_open_an_empty_database_together_make_one_schema() {
    for round in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::create_empty(folder.path()).await;
        let settings = settings(folder.path(), &database);
        let (one, other) = tokio::join!(open(&settings), open(&settings));
        for state in [one, other] {
            let state = state.unwrap_or_else(|error| panic!("round {round}: {error}"));
            state.database.reader().clone().close().await.unwrap();
        }
        database.drop_now().await;
    }
}

#[tokio::test]
async fn folders_may_have_any_name() {
    let outside = tempfile::tempdir().unwrap();
    let data = outside.path().join("50% of a? b#c & d%20e").display().to_string();
    let [storage, sms] = ["papers?mode=ro#%", "sms %41"].map(|name| format!("file:{data}/{name}"));
    let mut settings = vec![("DATA_DIR", data.as_str()), ("STORAGE_URL", &storage), ("SMS_URL", &sms)];
    let on_sqlite = std::env::var("TEST_DATABASE_URL").is_err();
    if on_sqlite {
        settings.push(("DATABASE_URL", ""));
    }
    let app = App::spawn_with(&settings).await;
    let asha = app.customer("Asha").await;
    Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    let paper = asha.get("/documents").await.attribute("main a[href^='/documents/']", "href");
    asha.get(&format!("{paper}/download")).await.expect_status(200);

    let data = Path::new(&data);
    assert!(std::fs::read_dir(data.join("papers?mode=ro#%")).unwrap().count() > 1);
    assert!(data.join("sms %41").is_dir());
    assert_eq!(data.join("gatehouse.db").is_file(), on_sqlite);
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1, "nothing was made beside it");
}

#[tokio::test]
async fn a_database_that_cannot_keep_every_letter_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let options = format!("ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        let database = TestDatabase::create_as(folder.path(), &options).await;
        if let TestDatabase::Postgres { .. } = database {
            let error = open(&settings(folder.path(), &database)).await.unwrap_err();
            assert_eq!(
                error,
                format!(
                    "DATABASE_URL: the database keeps texts in {encoding}, and must in UTF8 \
                     (createdb --encoding=UTF8 --template=template0)"
                )
            );
            database.drop_now().await;
        }
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_in_one_line_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    for (url, line) in [
        ("postgres://gatehouse:s3cret@127.0.0.1:1/x", "DATABASE_URL: no database answers at this address"),
        (
            "sqlite:/nowhere/at/all/gatehouse.db",
            "DATABASE_URL: /nowhere/at/all/gatehouse.db.lock cannot be used: ",
        ),
    ] {
        let database = TestDatabase::Sqlite { url: url.to_owned() };
        let error = open(&settings(folder.path(), &database)).await.unwrap_err();
        assert!(error.starts_with(line) && !error.contains("s3cret"), "{error}");
    }
}

/// It is not unset: without its data the portal would begin anew.
#[cfg(unix)]
#[test]
fn a_setting_that_is_no_text_stops_the_start() {
    use std::os::unix::ffi::OsStrExt as _;

    let folder = tempfile::tempdir().unwrap();
    for name in ["DATA_DIR", "RUST_LOG"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
        program.arg("migrate").env_clear().current_dir(folder.path());
        program.env(name, std::ffi::OsStr::from_bytes(b"/srv/caf\xE9"));
        let ended = program.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ended.stderr), format!("gatehouse: {name}: must be in UTF-8\n"));
        assert!(!ended.status.success());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{name}");
    }
}

/// What a pooler of transactions asks of who comes through it; the server itself takes it too.
#[tokio::test]
async fn with_transactions_pooled_a_statement_runs_within_one_and_nothing_is_left_prepared() {
    let app = App::spawn_with(&[("DATABASE_POOLING", "transaction")]).await;
    let (asha, guard, supervisor) = (app.customer("Asha").await, app.guard().await, app.supervisor().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    entry.approved_by(&supervisor).await.checked_in_by(&guard).await.checked_out_by(&guard).await;
    app.nobody().get("/ready").await.expect_status(200);

    let database = app.state().database.reader();
    if database.get_database_backend() == DbBackend::Postgres {
        let query = "SELECT current_setting('statement_timeout') AS deadline,
                            (SELECT count(*) FROM pg_prepared_statements) AS prepared";
        let answer = database
            .query_one_raw(Statement::from_string(DbBackend::Postgres, query))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(answer.try_get::<String>("", "deadline").unwrap(), "8s");
        assert_eq!(answer.try_get::<i64>("", "prepared").unwrap(), 1, "this one");
        assert!(database.execute_unprepared("DELETE FROM scan").await.is_err(), "who reads writes nothing");
    }
}
