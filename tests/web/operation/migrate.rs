//! `gatehouse migrate`

use gatehouse::kernel::data::schema;
use migration::{Migrator, MigratorTrait as _};

use crate::support::App;
use crate::support::program::{fails_with, gatehouse, prints};

fn last_step() -> String {
    Migrator::migrations().last().unwrap().name().to_owned()
}

#[tokio::test]
async fn the_status_tells_of_each_step_whether_it_was_taken() {
    let app = App::spawn().await;
    let said = prints(&app, &["migrate", "--status"], "");
    assert_eq!(said.lines().count(), Migrator::migrations().len());
    assert!(said.lines().all(|line| line.starts_with("taken\tm2026")), "{said}");

    prints(&app, &["migrate", "--down", "1", "--yes"], "");
    let said = prints(&app, &["migrate", "--status"], "");
    assert!(said.ends_with(&format!("pending\t{}\n", last_step())), "{said}");
    assert_eq!(prints(&app, &["migrate"], ""), "");
    assert!(schema::pending(&app.state().database).await.unwrap().is_empty());
}

#[tokio::test]
async fn steps_are_taken_back_by_who_types_yes() {
    let app = App::spawn().await;
    for answer in ["", "no\n", "y\n"] {
        let said = gatehouse(&app, &["migrate", "--down", "2"], answer);
        assert_eq!(said.status.code(), Some(1));
        assert_eq!(String::from_utf8(said.stderr).unwrap(), "gatehouse: nothing was changed\n");
        assert!(String::from_utf8(said.stdout).unwrap().contains(&last_step()), "it says what would go");
    }
    assert!(schema::pending(&app.state().database).await.unwrap().is_empty());
    let said = prints(&app, &["migrate", "--down", "2"], "yes\n");
    assert!(said.contains(&format!("taken back\t{}\n", last_step())), "{said}");
    assert_eq!(schema::pending(&app.state().database).await.unwrap().len(), 2);

    let all = Migrator::migrations().len();
    let said = fails_with(&app, &["migrate", "--down", "1000", "--yes"], "");
    assert_eq!(said, format!("gatehouse: --down: only {} steps were taken; nothing was changed", all - 2));
}
