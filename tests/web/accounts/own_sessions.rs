//! `/account/sessions`

use chrono::Duration;
use gatehouse::features::accounts::actions::SESSIONS_ENDED;
use gatehouse::features::accounts::service::housekeeping;
use gatehouse::kernel::entity::one_time_token;
use gatehouse::kernel::entity::session;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

use super::is_signed_in;
use crate::support::{App, Client};

const ASHA: &str = "asha@example.com";
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// Another browser at which Asha signs in.
async fn firefox(app: &App) -> Client {
    app.nobody().with_header("User-Agent", FIREFOX).signed_in_as(ASHA).await
}

#[tokio::test]
async fn sessions_are_listed_in_plain_words() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    app.customer("Ravi").await;
    app.clock.advance(Duration::minutes(10));
    firefox(&app).await;
    let page = asha.get("/account/sessions").await.expect_status(200);
    let rows = page.all("tbody tr");
    assert_eq!(rows.len(), 2, "{rows:?}");
    let other = rows.iter().find(|row| row.contains("Firefox on Windows")).unwrap();
    assert!(other.contains("127.0.0.1") && other.contains("20 Nov 2026, 12:10 IST"), "{other}");
    let this = rows.iter().find(|row| row.contains("This one")).unwrap();
    assert!(this.contains("An unknown browser") && this.contains("20 Nov 2026, 12:00 IST"), "{this}");
    assert_eq!(page.all("form[action$='/revoke']").len(), 1, "this one is ended by signing out");
}

#[tokio::test]
async fn a_session_that_is_ended_is_out_at_once() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let other = firefox(&app).await;
    let action = asha.get("/account/sessions").await.attribute("form[action$='/revoke']", "action");
    let answer = asha.post(&action, &[]).await.expect_status(303);
    assert_eq!(answer.location(), "/account/sessions");
    assert_eq!(answer.follow().await.flash(), "That browser is signed out.");
    assert!(!is_signed_in(&other).await);
    assert!(is_signed_in(&asha).await);
    asha.post(&action, &[]).await.expect_status(404);
    assert_eq!(app.events(SESSIONS_ENDED).await.len(), 1);
}

#[tokio::test]
async fn all_others_are_ended_at_once() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let others = [firefox(&app).await, firefox(&app).await];
    let ravi = app.customer("Ravi").await;
    asha.post("/account/sessions/revoke-others", &[]).await.expect_status(303);
    for other in &others {
        assert!(!is_signed_in(other).await);
    }
    assert!(is_signed_in(&asha).await && is_signed_in(&ravi).await);
    let page = asha.get("/account/sessions").await;
    assert!(!page.has("form[action$='/revoke-others']"), "there is nothing more to end");
}

#[tokio::test]
async fn nobody_ends_another_users_session() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    firefox(&app).await;
    let action = asha.get("/account/sessions").await.attribute("form[action$='/revoke']", "action");
    for stranger in [app.customer("Ravi").await, app.guard().await, app.admin().await] {
        stranger.post(&action, &[]).await.expect_status(404);
        assert!(!stranger.get("/account/sessions").await.text().contains("Firefox"));
    }
    asha.post(&action, &[]).await.expect_status(303);
}

#[tokio::test]
async fn what_is_over_is_not_listed_and_is_forgotten_in_time() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    app.nobody().post("/forgot", &[("email", ASHA)]).await.expect_status(303);
    app.clock.advance(Duration::hours(12));
    let asha = firefox(&app).await;
    assert_eq!(asha.get("/account/sessions").await.all("tbody tr").len(), 1);
    housekeeping::forget_old(app.state()).await.unwrap();
    let reader = app.state().database.reader();
    assert_eq!(session::Entity::find().count(reader).await.unwrap(), 1);
    let links = one_time_token::Entity::find().all(reader).await.unwrap();
    assert_eq!(links.len(), 1, "the one that confirms the address lives: {links:?}");
    app.clock.advance(Duration::days(7));
    housekeeping::forget_old(app.state()).await.unwrap();
    assert_eq!(one_time_token::Entity::find().count(reader).await.unwrap(), 0);
}
