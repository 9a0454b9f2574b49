//! The main job with the keyboard alone: announced, approved, warned of, confirmed and let in.

use gatehouse::kernel::entity::account::Role;
use thirtyfour::prelude::*;

use crate::support::{Account, Browser, Screen, Scripts, Site};

/// Goes to each field in turn and types.
async fn type_into(browser: &Browser, fields: &[(&str, &str)]) {
    for (field, value) in fields {
        browser.tab_to(&format!("[name='{field}']")).await;
        browser.type_keys(*value).await;
    }
}

/// Signs in.
async fn sign_in(browser: &Browser, account: &Account) {
    browser.go("/login").await;
    type_into(browser, &[("email", &account.email), ("password", &account.password)]).await;
    browser.enter().await;
}

/// Opens an account, signs in and out, and in again.
async fn become_a_customer(site: &Site, browser: &Browser) {
    let account = Account::of("asha");
    browser.go("/login").await;
    browser.tab_to_and_enter("a[href='/register']").await;
    let registration = [
        ("company_name", "Konkan Roadways"),
        ("full_name", "Asha Patil"),
        ("phone", "98765 43210"),
        ("email", &account.email),
        ("password", &account.password),
        ("password_confirm", &account.password),
    ];
    type_into(browser, &registration).await;
    browser.enter().await;
    sign_in(browser, &account).await;
    browser.is_at("/submissions").await;
    browser.go(&site.mailed(&account, "/verify/").await).await;
    type_into(browser, &[("password", &account.password)]).await;
    browser.enter().await;
    browser.is_at("/submissions").await;
    browser.tab_to_and_enter("form[action='/logout'] button").await;
    browser.is_at("/login").await;
    sign_in(browser, &account).await;
}

/// Announces a vehicle without papers, and tells where it is found.
async fn announce(customer: &Browser) -> String {
    customer.tab_to_and_enter("main a[href='/submissions/new']").await;
    type_into(customer, &[("vehicle_number", "MH 12 AB 1234")]).await;
    customer.enter().await;
    customer.is_at("/submissions/{id}").await;
    let page = customer.path().await;
    customer.tab_to_and_enter("main a[href$='/crew']").await;
    type_into(customer, &[("driver_name", "Ramesh Kumar"), ("driver_phone", "98200 11111")]).await;
    customer.enter().await;
    customer.tab_to_and_enter("main a[href$='/review']").await;
    customer.tab_to("[name='consent']").await;
    customer.type_keys(" ").await;
    customer.tab_to_and_enter("main form[method=post] button[type=submit]").await;
    assert_eq!(customer.path().await, page, "the pass is found where the draft was");
    page
}

#[tokio::test]
async fn the_keyboard_alone_brings_a_vehicle_in() {
    let site = Site::open().await;
    let browser = Browser::open(&site, Screen::Desktop, Scripts::On).await;
    become_a_customer(&site, &browser).await;
    let page = announce(&browser).await;
    browser.tab_to_and_enter("form[action='/logout'] button").await;

    sign_in(&browser, &site.staff(Role::Supervisor).await).await;
    type_into(&browser, &[("q", "MH12AB1234")]).await;
    browser.enter().await;
    browser.tab_to_and_enter(&format!("main a[href='/admin{page}']")).await;
    browser.tab_to_and_enter("form[action$='/approve'] button").await;
    // The entry's page begins at the field for scans, behind the menu.
    browser.tab_to_and_enter("a.back").await;
    browser.tab_to_and_enter("form[action='/logout'] button").await;

    sign_in(&browser, &site.staff(Role::Guard).await).await;
    browser.has_focus("[name='code']").await;
    browser.type_keys("mh12ab1234").await;
    browser.enter().await;
    assert_eq!(browser.path().await, format!("/gate{page}"));
    let warnings = browser.find_all("[name='confirm']").await;
    assert_eq!(warnings.len(), 4, "each paper that is missing is confirmed by itself");
    let mut codes = Vec::new();
    for warning in warnings {
        codes.push(warning.value().await.unwrap().unwrap());
    }
    let (last, others) = codes.split_last().unwrap();
    for code in others {
        browser.tab_to(&format!("[name='confirm'][value='{code}']")).await;
        browser.type_keys(" ").await;
    }
    browser.tab_to_and_enter("form[action$='/check-in'] button").await;
    // The one that was left out is asked for, and what is confirmed stays so.
    browser.has_focus("#problem").await;
    assert_eq!(browser.find_all("[name='confirm']:checked").await.len(), 3);
    browser.check_page("gate-unconfirmed").await;
    browser.tab_to(&format!("[name='confirm'][value='{last}']")).await;
    browser.type_keys(" ").await;
    browser.tab_to_and_enter("form[action$='/check-in'] button").await;
    browser.is_at("/gate").await;
    browser.has_focus("[name='code']").await;
}

#[tokio::test]
async fn the_first_stop_of_the_keyboard_leads_past_the_menu() {
    let site = Site::open().await;
    let browser = Browser::open(&site, Screen::Desktop, Scripts::On).await;
    browser.go("/login").await;
    browser.type_keys(Key::Tab).await;
    browser.type_keys(Key::Enter).await;
    browser.has_focus("main").await;
}
