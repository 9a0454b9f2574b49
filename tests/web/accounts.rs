//! Registering, signing in and out, the first admin, the command line.

use crate::support::App;

#[tokio::test]
async fn a_customer_registers_and_signs_in() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    assert_eq!(asha.get("/").await.location(), "/submissions");
}

#[tokio::test]
async fn staff_begin_at_their_work() {
    let app = App::spawn().await;
    assert_eq!(app.guard().await.get("/").await.location(), "/gate");
    assert_eq!(app.supervisor().await.get("/").await.location(), "/admin/submissions");
    assert_eq!(app.admin().await.get("/").await.location(), "/admin/submissions");
}
