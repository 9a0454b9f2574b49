//! `/setup/{token}`

use chrono::Duration;
use futures_util::future::join_all;
use gatehouse::features::accounts::service::first_admin;
use gatehouse::kernel::entity::account::{self, Role};
use gatehouse::kernel::entity::one_time_token;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

use super::stranger::{STRANGERS, registration};
use crate::support::{App, PASSWORD};

/// The path of the link that the program prints when it starts without accounts.
async fn setup_link(app: &App) -> String {
    format!("/setup/{}", first_admin::offer(app.state()).await.unwrap().unwrap())
}

fn form(email: &str) -> [(&str, &str); 4] {
    [("full_name", "Anand"), ("email", email), ("password", PASSWORD), ("password_confirm", PASSWORD)]
}

#[tokio::test]
async fn the_link_makes_the_first_admin_and_then_is_gone() {
    let app = App::spawn().await;
    let link = setup_link(&app).await;
    let browser = app.nobody();
    browser.get(&link).await.expect_status(200);
    let answer = browser.post(&link, &form("anand@example.com")).await.expect_status(303);
    assert_eq!(answer.location(), "/login");
    assert_eq!(answer.follow().await.flash(), "The account is ready: sign in.");
    browser.sign_in("anand@example.com", PASSWORD).await.expect_status(303);

    let reader = app.state().database.reader();
    let account = account::Entity::find().one(reader).await.unwrap().unwrap();
    assert_eq!(account.role, Role::Admin);
    browser.get(&link).await.expect_status(404);
    browser.post(&link, &form("other@example.com")).await.expect_status(404);
    assert_eq!(account::Entity::find().count(reader).await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_the_form_does_not_use_the_link_up() {
    let app = App::spawn().await;
    let link = setup_link(&app).await;
    let page = app.nobody().post(&link, &[("full_name", "Anand")]).await.expect_status(422);
    assert_eq!(page.error_at("full_name"), "");
    assert_eq!(page.error_at("email"), "Enter an e-mail address");
    assert_eq!(page.error_at("password"), "The password must have at least 12 characters");
    assert_eq!(page.field_value("full_name"), "Anand");
    app.nobody().post(&link, &form("anand@example.com")).await.expect_status(303);
}

#[tokio::test]
async fn two_who_follow_the_link_at_once_make_one_admin() {
    let app = App::spawn().await;
    let link = setup_link(&app).await;
    let browsers = [app.nobody(), app.nobody()];
    let forms = [form("anand@example.com"), form("other@example.com")];
    let answers =
        join_all(browsers.iter().zip(&forms).map(|(browser, form)| browser.post(&link, form))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    assert_eq!(account::Entity::find().count(app.state().database.reader()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_link_that_was_never_made_is_no_page() {
    let app = App::spawn().await;
    setup_link(&app).await;
    for token in ["a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "%00", "%ff", "..%2f"] {
        app.nobody().get(&format!("/setup/{token}")).await.expect_status(404);
    }
}

#[tokio::test]
async fn the_link_works_for_a_week() {
    let app = App::spawn().await;
    let link = setup_link(&app).await;
    app.clock.advance(Duration::days(7) - Duration::minutes(1));
    app.nobody().get(&link).await.expect_status(200);
    app.clock.advance(Duration::minutes(1));
    app.nobody().get(&link).await.expect_status(404);
    app.nobody().post(&link, &form("anand@example.com")).await.expect_status(404);
}

#[tokio::test]
async fn links_of_processes_that_start_together_work_until_one_is_used_and_those_of_earlier_starts_do_not() {
    let app = App::spawn().await;
    let early = setup_link(&app).await;
    app.clock.advance(Duration::minutes(2));
    let (one, other) = (setup_link(&app).await, setup_link(&app).await);
    app.nobody().get(&early).await.expect_status(404);
    app.nobody().get(&one).await.expect_status(200);
    app.nobody().post(&other, &form("anand@example.com")).await.expect_status(303);
    app.nobody().post(&one, &form("other@example.com")).await.expect_status(404);
}

#[tokio::test]
async fn an_installation_with_an_admin_offers_no_link() {
    let app = App::spawn().await;
    app.nobody().register("Asha").await;
    assert!(first_admin::offer(app.state()).await.unwrap().is_some(), "a customer is no admin");
    app.admin().await;
    assert_eq!(first_admin::offer(app.state()).await.unwrap(), None);
}

#[tokio::test]
async fn only_the_hash_of_the_link_is_kept() {
    let app = App::spawn().await;
    let link = setup_link(&app).await;
    let row = one_time_token::Entity::find().one(app.state().database.reader()).await.unwrap().unwrap();
    assert!(!format!("{row:?}").contains(link.trim_start_matches("/setup/")));
}

#[tokio::test]
async fn an_address_that_a_customer_has_is_told_beside_its_field() {
    let app = App::spawn().await;
    let link = setup_link(&app).await;
    app.customer("Anand").await;
    let page = app.nobody().post(&link, &form("anand@example.com")).await.expect_status(422);
    assert_ne!(page.error_at("email"), "");
    app.nobody().post(&link, &form("admin@example.com")).await.expect_status(303);
}

#[tokio::test]
async fn an_address_that_somebody_registered_and_nobody_confirmed_is_the_admins() {
    let app = App::spawn().await;
    let link = setup_link(&app).await;
    app.nobody().post("/register", &registration("anand@example.com")).await.expect_status(303);
    app.nobody().post(&link, &form("anand@example.com")).await.expect_status(303);
    app.nobody().sign_in("anand@example.com", STRANGERS).await.expect_status(422);
    let admin = app.nobody().signed_in_as("anand@example.com").await;
    admin.get("/admin/users").await.expect_status(200);
}

#[tokio::test]
async fn a_link_is_dead_once_there_is_an_admin() {
    let app = App::spawn().await;
    let link = setup_link(&app).await;
    app.admin().await;
    app.nobody().get(&link).await.expect_status(404);
    app.nobody().post(&link, &form("other@example.com")).await.expect_status(404);
}
