//! A database that is frozen, slow or gone makes nobody wait for ever.

use std::sync::Arc;
use std::time::Duration;

use gatehouse::kernel::config::{DatabaseAddress, Pooling};
use gatehouse::kernel::data::schema;
use gatehouse::kernel::data::{Database, Patience};
use gatehouse::kernel::error::{AppError, was_overtaken};
use sea_orm::{ConnectionTrait as _, DbErr};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::support::App;

/// How the way to the server is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    /// Bytes go in, and nothing comes out: as of a process that was stopped.
    Frozen,
    /// Cut as soon as somebody commits.
    CutAtCommit,
    /// Frozen as soon as somebody sends this.
    FrozenAt(&'static str),
}

/// A way to the server of the tests that can be frozen and cut. `None` on SQLite, which is no way off.
struct Line {
    url: String,
    way: watch::Sender<Way>,
    open: Arc<()>,
}

impl Line {
    async fn to(app: &App) -> Option<Self> {
        let mut url = url::Url::parse(&app.environment()["DATABASE_URL"]).ok()?;
        let server = (url.host_str()?.to_owned(), url.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).ok()?;
        let (way, open) = (watch::Sender::new(Way::Open), Arc::new(()));
        let (ways, opened) = (way.clone(), Arc::clone(&open));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server.clone()).await.unwrap();
                tokio::spawn(carry(client, server, ways.clone(), Arc::clone(&opened)));
            }
        });
        Some(Self { url: url.into(), way, open })
    }

    /// Connections that somebody holds.
    fn connections(&self) -> usize {
        Arc::strong_count(&self.open) - 2
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, ways: watch::Sender<Way>, _open: Arc<()>) {
    let mut way = ways.subscribe();
    let (mut asked, mut told) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        let frozen = *way.borrow_and_update() == Way::Frozen;
        tokio::select! {
            changed = way.changed() => if changed.is_err() { return },
            read = client.read(&mut asked) => match read {
                Ok(0) | Err(_) => return,
                Ok(_) if frozen => {}
                Ok(read) => {
                    let says = |words: &str| asked[..read].windows(words.len()).any(|sent| sent == words.as_bytes());
                    let now = *way.borrow();
                    match now {
                        Way::CutAtCommit if says("COMMIT") => return,
                        Way::FrozenAt(words) if says(words) => drop(ways.send_replace(Way::Frozen)),
                        _ => if server.write_all(&asked[..read]).await.is_err() { return },
                    }
                }
            },
            read = server.read(&mut told), if !frozen => match read {
                Ok(0) | Err(_) => return,
                Ok(read) => if client.write_all(&told[..read]).await.is_err() { return },
            },
        }
    }
}

const HASTY: Patience = Patience {
    statement: Duration::from_millis(500),
    lock: Duration::from_millis(200),
    idle: Duration::from_mins(1),
};

async fn connect(url: &str, pooling: Pooling) -> Database {
    let address = DatabaseAddress::Postgres { url: url.into(), pooling };
    Database::connect(&address, HASTY).await.unwrap()
}

fn is_away(error: DbErr) -> bool {
    matches!(AppError::from(error), AppError::Unavailable(_))
}

const POOLINGS: [Pooling; 2] = [Pooling::Session, Pooling::Transaction];

#[tokio::test]
async fn a_server_that_is_frozen_is_given_up_and_used_again_when_it_thaws() {
    let app = App::spawn().await;
    let Some(line) = Line::to(&app).await else { return };
    for pooling in POOLINGS {
        let database = connect(&line.url, pooling).await;
        let writing = database.write().await.unwrap();
        let committing = database.write().await.unwrap();
        committing.execute_unprepared("DELETE FROM scan").await.unwrap();
        line.way.send_replace(Way::Frozen);
        let (read, written, committed, begun) = tokio::join!(
            database.reader().execute_unprepared("SELECT 1"),
            writing.execute_unprepared("DELETE FROM scan"),
            committing.commit(),
            database.write(),
        );
        assert!(is_away(read.unwrap_err()) && is_away(written.unwrap_err()) && is_away(begun.unwrap_err()));
        let unknown = AppError::from(committed.unwrap_err());
        assert!(matches!(unknown, AppError::MaybeSaved(_)), "{unknown:?}");

        drop(writing);
        let given_back = async {
            while line.connections() > 0 {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(Duration::from_mins(1), given_back).await.expect("the connections are closed");
        line.way.send_replace(Way::Open);
        database.reader().execute_unprepared("SELECT 1").await.unwrap();
        database.reader().clone().close().await.unwrap();
    }
}

#[tokio::test]
async fn what_takes_too_long_ends_at_the_server_too() {
    let app = App::spawn().await;
    let Some(line) = Line::to(&app).await else { return };
    for pooling in POOLINGS {
        let database = connect(&line.url, pooling).await;
        let slow = database.reader().execute_unprepared("SELECT pg_sleep(20)").await;
        let told = AppError::from(slow.unwrap_err());
        assert!(
            matches!(&told, AppError::Unavailable(_)) && told.detail().contains("statement timeout"),
            "{told:?}"
        );

        let holding = database.write().await.unwrap();
        holding.execute_unprepared("LOCK TABLE scan").await.unwrap();
        let waiting = database.write().await.unwrap();
        let told = AppError::from(waiting.execute_unprepared("DELETE FROM scan").await.unwrap_err());
        assert!(
            matches!(&told, AppError::Unavailable(_)) && told.detail().contains("lock timeout"),
            "{told:?}"
        );
        drop((holding, waiting));
        database.reader().execute_unprepared("SELECT 1").await.unwrap();
        database.reader().clone().close().await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_freezes_during_a_change_of_the_schema_is_given_up() {
    let app = App::spawn().await;
    let Some(line) = Line::to(&app).await else { return };
    let database = connect(&line.url, Pooling::Session).await;
    let straight = &app.state().database;

    line.way.send_replace(Way::FrozenAt("DELETE FROM \"seaql_migrations\""));
    assert!(is_away(schema::down(&database, 1, HASTY).await.unwrap_err()));
    line.way.send_replace(Way::Open);
    assert!(schema::pending(straight).await.unwrap().is_empty(), "nothing was taken back");

    schema::down(straight, 2, Patience::SCHEMA).await.unwrap();
    line.way.send_replace(Way::FrozenAt("INSERT INTO \"seaql_migrations\""));
    assert!(is_away(schema::up(&database, HASTY).await.unwrap_err()));
    database.reader().clone().close().await.unwrap();
    schema::up(straight, Patience::SCHEMA).await.unwrap();
    assert!(schema::pending(straight).await.unwrap().is_empty());
}

#[tokio::test]
async fn of_two_that_wait_for_each_other_one_is_told_to_try_again() {
    let app = App::spawn().await;
    if Line::to(&app).await.is_none() {
        return;
    }
    let database = &app.state().database;
    let (one, other) = (database.write().await.unwrap(), database.write().await.unwrap());
    one.execute_unprepared("LOCK TABLE scan").await.unwrap();
    other.execute_unprepared("LOCK TABLE visit").await.unwrap();
    let (first, second) =
        tokio::join!(one.execute_unprepared("LOCK TABLE visit"), other.execute_unprepared("LOCK TABLE scan"));
    let refused = AppError::from(first.err().or(second.err()).unwrap());
    assert!(matches!(refused, AppError::Unavailable(_)) && was_overtaken(&refused), "{refused:?}");
}

#[tokio::test]
async fn a_commit_that_is_not_answered_may_have_been_kept_and_the_page_says_so() {
    let app = App::spawn().await;
    let Some(line) = Line::to(&app).await else { return };
    let asha = app.customer("Asha").await;
    let twin = app.second_server_with(&[("DATABASE_URL", &line.url)]).await;
    let asha = asha.at(&twin.origin());
    asha.get("/account").await.expect_status(200);
    line.way.send_replace(Way::CutAtCommit);
    let fields = [
        ("vehicle_number", "MH 12 AB 1234"),
        ("customer_phone", "98765 43210"),
        ("expected_on", "2026-11-20"),
    ];
    let page = asha.post("/submissions/new", &fields).await.expect_status(503);
    assert_eq!(page.text_of("main h1"), "We do not know whether this was saved");
    assert!(page.text_of("main").contains("may have been saved"));
    asha.get("/submissions").await.expect_status(200);
    line.way.send_replace(Way::Open);
    asha.post("/submissions/new", &fields).await.expect_status(303);
}
