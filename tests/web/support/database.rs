//! A database of its own for each test: a file, or a database of the server that `TEST_DATABASE_URL`
//! names, whose databases need not outlive the run.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};
use tokio::sync::{Mutex, OnceCell};

/// The migrated database that the others are copies of.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();
/// The server copies a database only while nobody else is connected to it.
static COPYING: Mutex<()> = Mutex::const_new(());
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A database that only one test uses.
#[derive(Debug)]
pub enum TestDatabase {
    /// A file in the test's folder, which goes with the folder.
    Sqlite {
        /// For `DATABASE_URL`.
        url: String,
    },
    /// A copy of the template.
    Postgres {
        /// The server's own database.
        server: String,
        /// What the copy is called.
        name: String,
    },
}

impl TestDatabase {
    /// Makes one; `folder` is the test's own.
    pub async fn create(folder: &Path) -> Self {
        let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
            let file = folder.join("gatehouse.db");
            return Self::Sqlite { url: format!("sqlite:{}?mode=rwc", file.display()) };
        };
        let template = TEMPLATE.get_or_init(|| make_template(&server)).await;
        let name = new_name("test");
        let copying = COPYING.lock().await;
        run(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        drop(copying);
        Self::Postgres { server, name }
    }

    /// One that holds what `sql` writes, on the server, or the content of the file `sqlite`.
    pub async fn restore(folder: &Path, sql: &Path, sqlite: &Path) -> Self {
        let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
            let file = folder.join("gatehouse.db");
            std::fs::copy(sqlite, &file).unwrap();
            return Self::Sqlite { url: format!("sqlite:{}?mode=rwc", file.display()) };
        };
        let name = new_name("kept");
        run(&server, &format!("CREATE DATABASE {name}")).await;
        run(&sibling(&server, &name), &std::fs::read_to_string(sql).unwrap()).await;
        Self::Postgres { server, name }
    }

    /// Makes one without a schema.
    pub async fn create_empty(folder: &Path) -> Self {
        Self::create_as(folder, "").await
    }

    /// Makes one without a schema, as PostgreSQL is told by `options`.
    pub async fn create_as(folder: &Path, options: &str) -> Self {
        let Ok(server) = std::env::var("TEST_DATABASE_URL") else { return Self::create(folder).await };
        let name = new_name("empty");
        run(&server, &format!("CREATE DATABASE {name} {options}")).await;
        Self::Postgres { server, name }
    }

    /// What `DATABASE_URL` is set to.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite { url } => url.clone(),
            Self::Postgres { server, name } => sibling(server, name),
        }
    }

    /// Ends it, whoever is still connected.
    pub async fn drop_now(self) {
        if let Self::Postgres { server, name } = self {
            run(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

async fn make_template(server: &str) -> String {
    let name = new_name("template");
    run(server, &format!("CREATE DATABASE {name}")).await;
    let connection = connect(&sibling(server, &name)).await;
    Migrator::up(&connection, None).await.unwrap();
    connection.close().await.unwrap();
    name
}

/// A name that no other test has, of this process or another.
fn new_name(purpose: &str) -> String {
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("gatehouse_{purpose}_{}_{number}", std::process::id())
}

/// The address of another database of the same server.
fn sibling(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(name);
    url.into()
}

async fn run(server: &str, statement: &str) {
    let connection = connect(server).await;
    connection.execute_unprepared(statement).await.unwrap();
    connection.close().await.unwrap();
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}
