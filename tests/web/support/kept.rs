//! What an earlier build kept, as `tests/fixtures` tells.

use std::fs;
use std::path::{Path, PathBuf};

use super::database::TestDatabase;

/// The database and the papers of an earlier build, of the kind of database in use.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
    database: &'static str,
}

/// A pass of an earlier build.
#[derive(Debug)]
pub struct KeptPass {
    /// The reference of its entry.
    pub reference: String,
    /// The status of its entry.
    pub status: String,
    /// What its QR code holds behind `/P/`.
    pub token: String,
}

impl Kept {
    /// What it was started with.
    pub const SECRET_KEY: &str = "kept for upgrades, opens nothing else";
    /// An hour after it ended.
    pub const AN_HOUR_LATER: &str = "2026-11-26T02:25:00Z";

    /// What the build of `date` kept.
    pub fn of(date: &str) -> Self {
        let database = if std::env::var_os("TEST_DATABASE_URL").is_some() { "postgres" } else { "sqlite" };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(date);
        Self { folder, database }
    }

    /// Every pass.
    pub fn passes(&self) -> Vec<KeptPass> {
        let lines = fs::read_to_string(self.folder.join(format!("passes-{}.txt", self.database))).unwrap();
        let passes = lines.lines().map(|line| {
            let mut words = line.split(' ').map(ToOwned::to_owned);
            let mut word = || words.next().unwrap();
            KeptPass { reference: word(), status: word(), token: word() }
        });
        passes.collect()
    }

    /// Puts the papers into `folder`, where the store looks for them, and answers the database.
    pub(super) async fn restore(&self, folder: &Path) -> TestDatabase {
        copy(&self.folder.join(format!("documents-{}", self.database)), &folder.join("documents"));
        TestDatabase::restore(folder, &self.folder.join("gatehouse.sql"), &self.folder.join("gatehouse.db"))
            .await
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}
