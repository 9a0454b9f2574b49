//! Searches leave room for the gate.

use gatehouse::kernel::entity::account;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::support::{App, Client, email_of};

/// Every list that is searched, and who searches it.
async fn searched(app: &App) -> Vec<(Client, &'static str, &'static str)> {
    let (guard, supervisor) = (app.guard().await, app.supervisor().await);
    vec![
        (guard, "Gurpreet", "/admin/submissions?q=kumar"),
        (app.customer("Asha").await, "Asha", "/submissions?q=kumar"),
        (supervisor.clone(), "Sunita", "/admin/crew?q=kumar"),
        (supervisor.clone(), "Sunita", "/admin/vehicles?q=mh12"),
        (supervisor, "Sunita", "/admin/audit?actor=asha"),
        (app.admin().await, "Anand", "/admin/users?q=asha"),
    ]
}

#[tokio::test]
async fn whoever_has_two_searches_on_their_way_waits_with_the_next_and_is_then_told_to() {
    let app = App::spawn().await;
    let all = searched(&app).await;
    let room = &app.state().searches;
    let mut turns = Vec::new();
    for name in ["Gurpreet", "Asha"] {
        let account = account::Entity::find().filter(account::Column::Email.eq(email_of(name)));
        let account = account.one(app.state().database.reader()).await.unwrap().unwrap();
        for _ in 0..2 {
            turns.push(room.turn(account.id, "kumar").await.unwrap());
        }
    }
    for (client, name, path) in &all {
        let busy = ["Gurpreet", "Asha"].contains(name) || app.state().database.connections() == 8;
        let page = client.get(path).await.expect_status(if busy { 429 } else { 200 });
        assert_eq!(page.header("retry-after"), if busy { "5" } else { "" }, "{path}");
    }
    let guard = app.guard().await;
    guard.get("/gate").await.expect_status(200);
    guard.get("/admin/submissions?status=pending").await.expect_status(200);
    drop(turns);
    for (client, _, path) in &all {
        client.get(path).await.expect_status(200);
    }
}

#[tokio::test]
async fn a_hundred_and_twenty_searches_at_once_are_answered_and_so_is_the_gate() {
    let app = App::spawn_alone().await;
    let guard = app.guard().await;
    let search = || guard.get("/admin/submissions?q=kumar");
    let searches = futures_util::future::join_all((0..120).map(|_| search()));
    let (pages, gate) = futures_util::future::join(searches, guard.get("/gate")).await;
    assert!(pages.iter().all(|page| [200, 429].contains(&page.status.as_u16())));
    gate.expect_status(200);
}
