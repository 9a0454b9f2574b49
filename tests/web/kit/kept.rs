//! What was typed into a form survives the session that ended meanwhile.

use chrono::Duration;
use gatehouse::features::accounts::service::housekeeping;
use gatehouse::kernel::entity::{kept_form, session};
use reqwest::multipart::Form;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

use crate::support::entries::{Entry, PDF, Submitted};
use crate::support::{App, Client, PASSWORD, Page, email_of};

const REASON: &str = "The load is not what the papers say: \"20 t\" <b>ü</b>\r\nसामान";

/// An entry that waits for a decision, and a supervisor.
async fn arranged(app: &App) -> (Submitted, Client) {
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    (entry, app.supervisor().await)
}

/// Every session ends by itself.
async fn end_sessions(app: &App) {
    app.clock.advance(Duration::hours(13));
    housekeeping::forget_old(app.state()).await.unwrap();
    assert_eq!(session::Entity::find().count(app.state().database.reader()).await.unwrap(), 0);
}

async fn kept(app: &App) -> Vec<kept_form::Model> {
    kept_form::Entity::find().all(app.state().database.reader()).await.unwrap()
}

async fn sign_in(client: &Client, name: &str) -> Page {
    client.sign_in(&email_of(name), PASSWORD).await.expect_status(303)
}

/// The form that the page offers to send again.
fn form_on(page: &Page) -> Vec<(String, String)> {
    let inputs = scraper::Selector::parse("main form:first-of-type input").unwrap();
    let html = page.html();
    let of = |input: scraper::ElementRef<'_>, name| input.attr(name).unwrap_or_default().to_owned();
    html.select(&inputs).map(|input| (of(input, "name"), of(input, "value"))).collect()
}

#[tokio::test]
async fn a_reason_that_met_an_ended_session_is_shown_again_and_sent() {
    let app = App::spawn().await;
    let (entry, sunita) = arranged(&app).await;
    let path = entry.desk("/reject");
    let blank = sunita.post(&path, &[("reason", " ")]).await.expect_status(422);
    assert_eq!(blank.attribute("body", "data-page"), entry.desk(""), "Reload opens the entry");
    end_sessions(&app).await;

    let answer = sunita.post(&path, &[("reason", REASON), ("seen", "x")]).await.expect_status(303);
    let next = url::form_urlencoded::byte_serialize(entry.desk("").as_bytes()).collect::<String>();
    assert_eq!(answer.location(), format!("/login?next={next}"));
    assert!(answer.follow().await.flash().contains("kept for 15 minutes"));
    let row = kept(&app).await.remove(0);
    assert!(!row.sealed.contains("load") && !row.sealed.contains("reject"), "it is sealed");

    assert_eq!(sign_in(&sunita, "Sunita").await.location(), "/account/kept");
    let page = sunita.get("/account/kept").await.expect_status(200);
    assert_eq!(page.all("dl.typed dt"), ["Reason"], "what the page itself sent is not shown");
    assert!(page.text_of("dl.typed dd").contains("<b>ü</b> सामान"), "{}", page.text());
    let again = page.attribute("main form", "action");
    assert_eq!(again.split_once('?').unwrap().0, path);
    let form = form_on(&page);
    // Readers of HTML make one character of a line's end; browsers send it as two again.
    let reason = REASON.replace("\r\n", "\n");
    assert_eq!(form, [("reason".to_owned(), reason), ("seen".to_owned(), "x".to_owned())]);
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let sent = sunita.post(&again, &form).await;
    assert!(sent.status != 405 && !sent.header("location").starts_with("/login"), "{}", sent.status);
}

#[tokio::test]
async fn what_was_sent_again_and_saved_is_offered_no_more() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    app.clock.advance(Duration::days(15));
    let crew = [("driver_name", "Ramesh Kumar"), ("driver_phone", "none")];
    asha.post(&draft.step("crew"), &crew).await.expect_status(303);
    sign_in(&asha, "Asha").await;
    let again = asha.get("/account/kept").await.attribute("main form", "action");
    asha.post(&again, &crew).await.expect_status(422);
    asha.get("/account/kept").await.expect_status(200);
    asha.post(&again, &[crew[0], ("driver_phone", "98200 11111")]).await.expect_status(303);
    assert!(kept(&app).await.is_empty());
    assert_eq!(asha.get("/account/kept").await.location(), "/submissions");
}

#[tokio::test]
async fn it_is_discarded_with_one_press_and_leads_to_the_page_of_the_form() {
    let app = App::spawn().await;
    let (entry, sunita) = arranged(&app).await;
    end_sessions(&app).await;
    sunita.post(&entry.gate("/refuse"), &[("reason", REASON)]).await.expect_status(303);
    sign_in(&sunita, "Sunita").await;
    assert_eq!(sunita.post("/account/kept", &[]).await.location(), entry.gate(""));
    assert!(kept(&app).await.is_empty());
    assert_eq!(sunita.get("/account/kept").await.location(), "/admin/submissions");
}

#[tokio::test]
async fn it_is_offered_to_its_owner_alone_at_the_same_browser_once() {
    let app = App::spawn().await;
    let (entry, sunita) = arranged(&app).await;
    app.staff("Other", gatehouse::kernel::entity::account::Role::Supervisor).await;
    let refuse = async || {
        end_sessions(&app).await;
        sunita.post(&entry.gate("/refuse"), &[("reason", REASON)]).await.expect_status(303);
        assert_eq!(kept(&app).await.len(), 1);
    };

    refuse().await;
    assert_eq!(sign_in(&app.nobody(), "Sunita").await.location(), "/admin/submissions", "another browser");
    assert_eq!(sign_in(&sunita, "Other").await.location(), "/admin/submissions", "another account");
    assert_eq!(sunita.get("/account/kept").await.location(), "/admin/submissions");

    sign_in(&sunita, "Sunita").await;
    refuse().await;
    app.clock.advance(Duration::minutes(15));
    assert_eq!(sign_in(&sunita, "Sunita").await.location(), "/admin/submissions", "too late");
    housekeeping::forget_old(app.state()).await.unwrap();
    assert!(kept(&app).await.is_empty(), "and then it is forgotten");

    refuse().await;
    assert_eq!(sign_in(&sunita, "Sunita").await.location(), "/account/kept");
    assert_eq!(sign_in(&sunita, "Sunita").await.location(), "/admin/submissions", "it has been shown");
}

#[tokio::test]
async fn a_session_that_was_ended_from_elsewhere_keeps_it_too() {
    let app = App::spawn().await;
    let (entry, sunita) = arranged(&app).await;
    let office = app.supervisor().await;
    office.post("/account/sessions/revoke-others", &[]).await.expect_status(303);
    sunita.post(&entry.gate("/refuse"), &[("reason", REASON)]).await.expect_status(303);
    assert_eq!(sign_in(&sunita, "Sunita").await.location(), "/account/kept");
}

#[tokio::test]
async fn a_form_on_a_page_of_its_own_comes_back_with_every_field() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    app.clock.advance(Duration::days(15));
    let crew = [
        ("driver_name", "Ramesh Kumar"),
        ("driver_phone", "98200 11111"),
        ("driver_language", "hi"),
        ("helper_name", ""),
    ];
    let answer = asha.post(&draft.step("crew"), &crew).await.expect_status(303);
    assert!(answer.location().ends_with("%2Fcrew"), "{}", answer.location());
    sign_in(&asha, "Asha").await;
    let page = asha.get("/account/kept").await.expect_status(200);
    assert_eq!(page.all("dl.typed dd"), ["Ramesh Kumar", "98200 11111", "हिन्दी"]);
    assert_eq!(form_on(&page).len(), 4);
}

#[tokio::test]
async fn what_is_secret_unknown_or_too_much_is_not_kept() {
    let app = App::spawn().await;
    let (entry, sunita) = arranged(&app).await;
    let refuse = entry.gate("/refuse");
    let reason: &[(&str, &str)] = &[("reason", "x")];
    app.nobody().post(&refuse, reason).await.expect_status(303);
    let stranger = app.nobody().with_header("Cookie", "kept=AAAA; session=AAAA");
    stranger.post(&refuse, reason).await.expect_status(303);
    end_sessions(&app).await;
    let long = "x".repeat(33 * 1024);
    for (path, fields) in [
        (
            "/account/password",
            &[("current_password", PASSWORD), ("password", "y"), ("password_confirm", "y")][..],
        ),
        ("/gate/scan", &[("code", "MH12AB1234")]),
        (&refuse, &[("reason", &long)]),
        (&entry.gate("/check-in"), &[("nonce", "x"), ("confirm", "paper_missing:puc")]),
        (&refuse, &[]),
    ] {
        let answer = sunita.post(path, fields).await.expect_status(303);
        let told = answer.follow().await.flash();
        assert!(
            told.ends_with("What you sent was not saved: sign in, then send it again."),
            "{path}: {told}"
        );
    }
    let form = reqwest::multipart::Form::new().text("reason", "x");
    sunita.post_multipart(&refuse, form).await.expect_status(303);
    let foreign = sunita.clone().with_header("Sec-Fetch-Site", "cross-site");
    foreign.post(&refuse, reason).await.expect_status(403);
    assert!(kept(&app).await.is_empty());
    assert_eq!(sign_in(&sunita, "Sunita").await.location(), "/admin/submissions");
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_at_the_sign_in_page() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    end_sessions(&app).await;
    let papers = Form::new().text("puc_valid_until", "2027-01-01").part("puc", PDF.part());
    let answer = asha.post_multipart(&draft.step("documents"), papers).await.expect_status(303);
    assert!(answer.follow().await.flash().contains("What you sent was not saved"));
    assert_eq!(kept(&app).await.len(), 0);
}
