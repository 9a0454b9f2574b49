//! `gatehouse`, run as a program of its own on the database of a running portal.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use super::App;

/// What the program answers to `arguments` when `input` is typed.
pub fn gatehouse(app: &App, arguments: &[&str], input: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(arguments)
        .env_clear()
        .envs(app.environment())
        .current_dir(app.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    program.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    program.wait_with_output().unwrap()
}

/// What the program prints when all goes well.
#[track_caller]
pub fn prints(app: &App, arguments: &[&str], input: &str) -> String {
    let output = gatehouse(app, arguments, input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The one line that the program ends with when it fails.
#[track_caller]
pub fn fails_with(app: &App, arguments: &[&str], input: &str) -> String {
    let output = gatehouse(app, arguments, input);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    line.trim_end().to_owned()
}
