//! Reload and Back lose nothing that was typed, and open no address that takes forms alone.

use gatehouse::kernel::entity::account::Role;

use crate::accounts::{confirm, register};
use crate::prints::submit;
use crate::support::{Account, Browser, Screen, Scripts, Site};

/// An entry that waits for a decision, and the desk.
async fn desk(screen: Screen, scripts: Scripts) -> (Site, Browser, String) {
    let site = Site::open().await;
    let customer = Browser::open(&site, screen, scripts).await;
    let account = register(&customer, "asha").await;
    confirm(&site, &customer, &account).await;
    customer.sign_in(&account).await;
    let entry = submit(&site, &customer, "MH 12 AB 1234", ["Ramesh Kumar", "Suresh Yadav"]).await;
    let desk = Browser::open(&site, screen, scripts).await;
    desk.sign_in(&site.staff(Role::Supervisor).await).await;
    (site, desk, entry)
}

#[tokio::test]
async fn a_page_that_came_back_is_reloaded_with_what_was_typed() {
    let (_site, desk, entry) = desk(Screen::Desktop, Scripts::On).await;
    let page = format!("/gate{entry}");
    desk.go(&page).await;
    desk.run("document.querySelector('details').open = true").await;
    desk.fill("reason", " ").await;
    desk.submit("/refuse").await;
    assert_eq!(desk.path().await, page, "the address is one that can be opened");
    desk.fill("reason", "The seal is broken").await;
    desk.reload().await;
    assert_eq!(desk.path().await, page);
    assert_eq!(desk.value("reason").await, "The seal is broken");
    assert!(desk.has("details[open] [name=reason]").await, "what was typed is seen");
    desk.go("/gate").await;
    desk.back().await;
    assert_eq!(desk.value("reason").await, "The seal is broken");
    desk.go(&page).await;
    assert_eq!(desk.value("reason").await, "", "a fresh page is fresh");
}

async fn survive_a_session(screen: Screen, scripts: Scripts) {
    let (_site, desk, entry) = desk(screen, scripts).await;
    desk.go(&format!("/gate{entry}")).await;
    desk.run("document.querySelector('details').open = true").await;
    desk.fill("reason", "The seal is broken").await;
    desk.forget_cookie("session").await;
    desk.submit("/refuse").await;
    desk.is_at("/login").await;
    desk.says("What you typed is kept for 15 minutes").await;
    desk.check_page_here("login-kept").await;
    desk.sign_in_here(&Account::of(Role::Supervisor.name())).await;
    desk.is_at("/account/kept").await;
    desk.says("The seal is broken").await;
    desk.check_page_here("kept").await;
    desk.submit("/refuse?resent").await;
    desk.is_at("/gate").await;
    desk.says("The refusal is noted").await;
}

#[tokio::test]
async fn what_met_an_ended_session_is_sent_after_signing_in_again() {
    survive_a_session(Screen::Phone, Scripts::On).await;
}

#[tokio::test]
async fn what_met_an_ended_session_is_sent_after_signing_in_again_without_scripts() {
    survive_a_session(Screen::Desktop, Scripts::Off).await;
}
