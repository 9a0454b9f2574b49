//! Where the database is: a file, or a PostgreSQL server.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::settings::{ConfigError, Settings, bad};

/// Where the database is.
#[derive(Clone, Debug)]
pub enum DatabaseAddress {
    /// In this file.
    Sqlite(PathBuf),
    /// At a PostgreSQL server.
    Postgres {
        /// With user and password.
        url: SecretString,
        /// What is between here and there.
        pooling: Pooling,
    },
}

/// How long a connection to PostgreSQL stays ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Until we close it: there is no pooler, or one that pools sessions.
    Session,
    /// For one transaction: `pool_mode = transaction` of `PgBouncer`, and what is like it.
    Transaction,
}

impl DatabaseAddress {
    /// `DATABASE_URL` and `DATABASE_POOLING`; where the first is unset, a file in `data_dir`.
    pub(super) fn read(settings: &Settings<'_>, data_dir: &Path) -> Result<Self, ConfigError> {
        let pooling = settings.one_of(
            "DATABASE_POOLING",
            &[("session", Pooling::Session), ("transaction", Pooling::Transaction)],
        )?;
        let Some(url) = settings.optional("DATABASE_URL") else {
            return Ok(Self::Sqlite(data_dir.join("gatehouse.db")));
        };
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres { url: url.into(), pooling });
        }
        let file = file_of(&url).map_err(|must| bad("DATABASE_URL", &must))?;
        Ok(Self::Sqlite(file))
    }
}

/// The file that `url` names, or what it must be. It is a path, whatever characters it has; `//` before it and
/// `?mode=rwc` behind it are habits of others. Where no such file is, and one is that `url` names when it is read as a
/// URL, an empty database would take the place of that one.
fn file_of(url: &str) -> Result<PathBuf, String> {
    let path = url.strip_prefix("sqlite:").ok_or("begin with postgres:// or sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.strip_suffix("?mode=rwc").unwrap_or(path);
    if matches!(path, "" | ":memory:") {
        return Err("be sqlite: and a file".to_owned());
    }
    let file = PathBuf::from(path);
    let (before, tail) = path.split_once('?').unwrap_or((path, ""));
    let other = percent_decode_str(before).decode_utf8_lossy();
    let is_parameter = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    let has_parameters = tail.split_once('=').is_some_and(|(name, _)| is_parameter(name));
    if file.exists() || !has_parameters && (other == path || !Path::new(&*other).exists()) {
        return Ok(file);
    }
    Err(format!("be the path of the file itself: sqlite:{other}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::kernel::config::tests::config;

    #[test]
    fn a_path_is_no_url() {
        let file = |settings: &[(&str, &str)]| match config(settings).unwrap().database {
            DatabaseAddress::Sqlite(path) => path,
            DatabaseAddress::Postgres { .. } => panic!("a server"),
        };
        assert_eq!(file(&[("DATA_DIR", "/srv/50% a?b#c d")]), PathBuf::from("/srv/50% a?b#c d/gatehouse.db"));
        for (url, path) in [
            ("sqlite:/srv/50% a?b#c d/g.db", "/srv/50% a?b#c d/g.db"),
            ("sqlite:///srv/g%20.db", "/srv/g%20.db"),
            ("sqlite://g.db?mode=rwc", "g.db"),
            ("sqlite:g.db", "g.db"),
        ] {
            assert_eq!(file(&[("DATABASE_URL", url)]), PathBuf::from(path), "{url}");
        }
        let config = config(&[("STORAGE_URL", "file:/srv/a%20?b#c"), ("SMS_URL", "file:/srv/d e")]).unwrap();
        assert_eq!((config.storage_dir, config.sms_dir), ("/srv/a%20?b#c".into(), "/srv/d e".into()));
    }

    #[test]
    fn a_url_that_named_another_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| format!("{}/{name}", folder.path().display());
        for name in ["g.db", "my data.db", "50%20.db", "a?cache=b.db"] {
            std::fs::write(at(name), "").unwrap();
        }
        let read = |name: &str| {
            let url = format!("sqlite://{}", at(name));
            config(&[("DATABASE_URL", &url)]).map(|config| match config.database {
                DatabaseAddress::Sqlite(path) => path.display().to_string(),
                DatabaseAddress::Postgres { .. } => panic!("a server"),
            })
        };
        for (name, meant) in [
            ("g.db?mode=rw", "g.db"),
            ("g.db?mode=rwc&cache=shared", "g.db"),
            ("g.db?cache=shared&mode=rwc", "g.db"),
            ("my%20data.db", "my data.db"),
            ("my%20data.db?mode=rwc", "my data.db"),
            ("%67.db", "g.db"),
            ("new.db?mode=ro", "new.db"),
        ] {
            let must = format!("DATABASE_URL: must be the path of the file itself: sqlite:{}", at(meant));
            assert_eq!(read(name).unwrap_err().to_string(), must, "{name}");
        }
        for name in ["g.db", "my data.db", "50%20.db", "a?cache=b.db", "new.db", "new%20.db", "new?.db"] {
            assert_eq!(read(name), Ok(at(name)));
        }
        let memory = config(&[("DATABASE_URL", "sqlite::memory:")]).unwrap_err();
        assert_eq!(memory.to_string(), "DATABASE_URL: must be sqlite: and a file");
    }
}
