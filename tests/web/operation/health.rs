//! `gatehouse health`

use std::process::{Command, Output};

use crate::support::App;

fn health(app: &App, bind_addr: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .arg("health")
        .env_clear()
        .envs(app.environment())
        .env("BIND_ADDR", bind_addr)
        .env("BASE_URL", "https://gate.example.com")
        .current_dir(app.folder())
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_whether_the_portal_is_ready() {
    let app = App::spawn().await;
    let address = app.origin().replace("http://", "");
    let (_, port) = address.rsplit_once(':').unwrap();
    for bind_addr in [&*address, &format!("0.0.0.0:{port}")] {
        let asked = health(&app, bind_addr);
        assert!(asked.status.success(), "{bind_addr}: {}", String::from_utf8_lossy(&asked.stderr));
    }

    app.state().database.reader().clone().close().await.unwrap();
    let asked = health(&app, &address);
    assert_eq!(asked.status.code(), Some(1));
    assert_eq!(String::from_utf8(asked.stderr).unwrap(), "gatehouse: database does not answer\n");

    let asked = health(&app, "127.0.0.1:1");
    assert_eq!(asked.status.code(), Some(1));
    let line = String::from_utf8(asked.stderr).unwrap();
    assert!(line.starts_with("gatehouse: nothing answers at 127.0.0.1:1"), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
}
