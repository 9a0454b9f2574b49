//! `gatehouse user`, run as a program of its own on the database of a running portal.

use std::process::Command;

use super::stranger::{STRANGERS, registration};
use crate::support::program::{fails_with, gatehouse, prints};
use crate::support::{App, PASSWORD};
use gatehouse::features::accounts::actions::ACCOUNT_UNLOCKED;

fn create<'a>(email: &'a str, role: &'a str) -> [&'a str; 7] {
    ["user", "create", "--email", email, "--role", role, "--password-stdin"]
}

#[tokio::test]
async fn an_account_made_at_the_command_line_signs_in() {
    let app = App::spawn().await;
    for (role, begins) in [
        ("guard", "/gate"),
        ("supervisor", "/admin/submissions"),
        ("admin", "/admin/submissions"),
        ("customer", "/submissions"),
    ] {
        let email = format!("{role}@example.com");
        let printed = prints(&app, &create(&email, role), &format!("{PASSWORD}\n"));
        assert_eq!(printed, format!("{email} can sign in.\n"));
        assert_eq!(app.nobody().sign_in(&email, PASSWORD).await.location(), begins);
    }
}

#[tokio::test]
async fn without_a_password_one_is_made_and_printed() {
    let app = App::spawn().await;
    let printed = prints(&app, &["user", "create", "--email", "gita@example.com", "--role", "guard"], "");
    let password = printed.lines().find_map(|line| line.strip_prefix("Password: ")).unwrap();
    assert_eq!(password.len(), 24, "120 bits in base 32");
    app.nobody().sign_in("gita@example.com", password).await.expect_status(303);
}

#[tokio::test]
async fn accounts_are_listed_by_address() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    app.nobody().register("Bina").await;
    prints(&app, &create("aarav@example.com", "guard"), PASSWORD);
    prints(&app, &["user", "disable", "asha@example.com"], "");
    let expected = "aarav@example.com\tguard\tenabled\taarav\nasha@example.com\tcustomer\tdisabled\tAsha\n\
        bina@example.com\tcustomer\tunconfirmed\tBina\n";
    assert_eq!(prints(&app, &["user", "list"], ""), expected);
}

#[tokio::test]
async fn a_disabled_account_is_out_until_it_is_enabled() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let printed = prints(&app, &["user", "disable", "Asha@example.com"], "");
    assert_eq!(printed, "Asha@example.com can sign in no more.\n");
    assert_eq!(asha.get("/").await.location(), "/login");
    app.nobody().sign_in("asha@example.com", PASSWORD).await.expect_status(422);

    assert_eq!(prints(&app, &["user", "enable", "asha@example.com"], ""), "asha@example.com can sign in.\n");
    app.nobody().sign_in("asha@example.com", PASSWORD).await.expect_status(303);
}

#[tokio::test]
async fn an_account_that_somebody_registered_and_nobody_confirmed_becomes_the_operators() {
    let app = App::spawn().await;
    app.nobody().post("/register", &registration("gita@example.com")).await.expect_status(303);
    let stranger = app.nobody();
    stranger.sign_in("gita@example.com", STRANGERS).await.expect_status(303);
    prints(&app, &create("gita@example.com", "guard"), PASSWORD);
    assert_eq!(stranger.get("/").await.location(), "/login");
    stranger.sign_in("gita@example.com", STRANGERS).await.expect_status(422);
    assert_eq!(app.nobody().sign_in("gita@example.com", PASSWORD).await.location(), "/gate");
}

#[tokio::test]
async fn who_waits_after_failures_is_unlocked() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    for _ in 0..5 {
        app.nobody().sign_in("asha@example.com", "wrong").await.expect_status(422);
    }
    for _ in 0..3 {
        app.nobody().post("/forgot", &[("email", "asha@example.com")]).await.expect_status(303);
    }
    app.nobody().sign_in("asha@example.com", PASSWORD).await.expect_status(429);
    app.nobody().post("/forgot", &[("email", "asha@example.com")]).await.expect_status(429);
    let printed = prints(&app, &["user", "unlock", "asha@example.com"], "");
    assert_eq!(printed, "asha@example.com need not wait any more.\n");
    app.nobody().sign_in("asha@example.com", PASSWORD).await.expect_status(303);
    app.nobody().post("/forgot", &[("email", "asha@example.com")]).await.expect_status(303);
    assert_eq!(app.events(ACCOUNT_UNLOCKED).await.len(), 1);
}

#[tokio::test]
async fn the_last_admin_is_not_disabled() {
    let app = App::spawn().await;
    prints(&app, &create("anand@example.com", "admin"), PASSWORD);
    let refused = fails_with(&app, &["user", "disable", "anand@example.com"], "");
    assert_eq!(refused, "gatehouse: this is the last admin: make another one first");
    app.nobody().sign_in("anand@example.com", PASSWORD).await.expect_status(303);
    prints(&app, &create("bela@example.com", "admin"), PASSWORD);
    prints(&app, &["user", "disable", "anand@example.com"], "");
}

#[tokio::test]
async fn a_refusal_is_one_line_and_an_exit_code() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    for (arguments, input, line) in [
        (
            &create("asha@example.com", "guard")[..],
            PASSWORD,
            "gatehouse: an account with this e-mail address exists",
        ),
        (
            &create("gita@example.com", "boss"),
            PASSWORD,
            "gatehouse: --role: must be one of: customer, guard, supervisor, admin",
        ),
        (&create("gita", "guard"), PASSWORD, "gatehouse: \"gita\" is no e-mail address"),
        (&["user", "disable", "gita@example.com"], "", "gatehouse: no account has this e-mail address"),
        (&["user", "enable", "gita@example.com"], "", "gatehouse: no account has this e-mail address"),
        (&["user", "unlock", "gita@example.com"], "", "gatehouse: no account has this e-mail address"),
    ] {
        assert_eq!(fails_with(&app, arguments, input), line);
    }
    let short = fails_with(&app, &create("gita@example.com", "guard"), "short\n");
    assert!(short.starts_with("gatehouse: the password does not do"), "{short}");
    assert!(!short.contains("short\n"), "{short}");
}

#[tokio::test]
async fn a_command_that_nobody_knows_exits_with_2() {
    let app = App::spawn().await;
    assert_eq!(gatehouse(&app, &["user", "promote"], "").status.code(), Some(2));
    assert_eq!(gatehouse(&app, &create("a@example.com", "guard")[..4], "").status.code(), Some(2));
}

#[tokio::test]
async fn another_secret_key_than_the_databases_stops_the_start() {
    let app = App::spawn_with(&[]).await;
    let output = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(["user", "list"])
        .env_clear()
        .envs(app.environment())
        .env("SECRET_KEY", "another secret of a sufficient length")
        .current_dir(app.folder())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(line.contains("SECRET_KEY: is not the one this database was made with"), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_secret_that_others_may_read_stops_the_program_with_one_line() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret_key");
    let run = || {
        let mut program = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
        program.arg("migrate").env_clear().env("DATA_DIR", folder.path()).current_dir(folder.path());
        program.output().unwrap()
    };
    assert!(run().status.success());
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = run();
    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stderr).unwrap();
    let told = format!("is open to others than its owner: chmod 600 {}\n", secret.display());
    assert!(line.contains("DATA_DIR: ") && line.ends_with(&told) && line.lines().count() == 1, "{line}");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(run().status.success());
}

#[tokio::test]
async fn a_log_filter_that_is_none_stops_the_program() {
    let app = App::spawn().await;
    let output = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .arg("migrate")
        .env_clear()
        .envs(app.environment())
        .env("RUST_LOG", "gatehouse=loud")
        .current_dir(app.folder())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(line.starts_with("gatehouse: RUST_LOG: ") && line.lines().count() == 1, "{line}");
}
