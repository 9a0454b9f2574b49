//! `gatehouse check`

use std::process::{Command, Output};

use crate::support::App;
use crate::support::program::prints;

/// What the program says with `settings` instead of what it has.
fn check(app: &App, settings: &[(&str, &str)]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    program.arg("check").env_clear().envs(app.environment()).envs(settings.iter().copied());
    program.current_dir(app.folder()).output().unwrap()
}

#[tokio::test]
async fn a_portal_that_will_do_has_a_line_for_everything_that_was_looked_at() {
    let app = App::spawn().await;
    let lines = "settings: ok\ndatabase: ok\nstorage: ok\nmail: ok\ntext messages: ok\n";
    assert_eq!(prints(&app, &["check"], ""), lines);
    let left = std::fs::read_dir(app.folder()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("check")), "nothing is left behind");
}

#[tokio::test]
async fn what_will_not_do_is_named_and_the_rest_is_looked_at_all_the_same() {
    let app = App::spawn().await;
    std::fs::write(app.folder().join("file"), "").unwrap();
    let folder = format!("file:{}", app.folder().join("file").display());
    for (setting, value, what) in [
        ("STORAGE_URL", folder.as_str(), "storage"),
        ("SMS_URL", &folder, "text messages"),
        ("SMTP_URL", "smtp://127.0.0.1:1", "mail"),
        ("SECRET_KEY", "a secret of somebody else altogether", "database"),
    ] {
        let said = check(&app, &[(setting, value), ("MAIL_FROM", "gate@example.com")]);
        assert_eq!(said.status.code(), Some(1), "{setting}");
        let lines = String::from_utf8(said.stdout).unwrap();
        assert_eq!(lines.lines().count(), 5, "{lines}");
        let failed: Vec<&str> = lines.lines().filter(|line| line.contains(": FAILED: ")).collect();
        assert!(
            failed.len() == 1 && failed[0].starts_with(&format!("{what}: FAILED: {setting}: ")),
            "{lines}"
        );
        assert_eq!(String::from_utf8(said.stderr).unwrap(), "gatehouse: 1 thing will not do\n");
    }
    let said = check(&app, &[("PASS_DAYS", "0")]);
    assert_eq!(
        String::from_utf8(said.stderr).unwrap(),
        "gatehouse: PASS_DAYS: must be a number from 1 to 30\n"
    );
}

#[tokio::test]
async fn before_the_first_start_nothing_is_made() {
    let app = App::spawn().await;
    let fresh = app.folder().join("fresh");
    let path = fresh.display().to_string();
    let said = check(&app, &[("DATA_DIR", &path), ("DATABASE_URL", ""), ("SECRET_KEY", "")]);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(String::from_utf8(said.stdout).unwrap().contains("database: ok; a new one will be made\n"));
    assert!(!fresh.exists());
}
