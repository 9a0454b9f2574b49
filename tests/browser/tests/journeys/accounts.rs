//! Registering, signing in and out.

use gatehouse::entity::account::Role;

use crate::support::{Account, Browser, Screen, Scripts, Site};

/// Opens an account for `name`.
pub async fn register(browser: &Browser, name: &str) -> Account {
    let account = Account::of(name);
    browser.go("/register").await;
    browser
        .fill_all(&[
            ("company_name", "Konkan Roadways"),
            ("full_name", "Asha Patil"),
            ("phone", "98765 43210"),
            ("email", &account.email),
            ("password", &account.password),
            ("password_confirm", &account.password),
        ])
        .await;
    browser.submit("/register").await;
    browser.is_at("/login").await;
    account
}

async fn a_customer_registers_signs_in_and_signs_out(screen: Screen, scripts: Scripts) {
    let site = Site::open().await;
    let browser = Browser::open(&site, screen, scripts).await;
    browser.go("/register").await;
    browser.check_page("register").await;
    let account = register(&browser, "asha").await;
    assert!(browser.has("[role=status]").await, "registering is answered with a sentence");
    browser.check_page("login").await;

    browser.sign_in(&account).await;
    browser.is_at("/submissions").await;
    browser.submit("/logout").await;
    browser.is_at("/login").await;
    browser.go("/submissions").await;
    browser.is_at("/login").await;
}

#[tokio::test]
async fn a_customer_registers_signs_in_and_signs_out_on_a_phone() {
    a_customer_registers_signs_in_and_signs_out(Screen::Phone, Scripts::On).await;
}

#[tokio::test]
async fn a_customer_registers_signs_in_and_signs_out_without_scripts() {
    a_customer_registers_signs_in_and_signs_out(Screen::Desktop, Scripts::Off).await;
}

#[tokio::test]
async fn the_link_of_an_empty_site_makes_its_first_admin_once() {
    let site = Site::open().await;
    let link = site.setup_path().await;
    let browser = Browser::open(&site, Screen::Desktop, Scripts::On).await;
    let admin = Account::of("meera");
    browser.go(&link).await;
    browser.check_page("setup").await;
    browser
        .fill_all(&[
            ("full_name", "Meera Iyer"),
            ("email", &admin.email),
            ("password", &admin.password),
            ("password_confirm", &admin.password),
        ])
        .await;
    browser.press("main button[type=submit]").await;
    browser.is_at("/login").await;
    browser.sign_in(&admin).await;
    browser.is_at("/admin/submissions").await;

    browser.go(&link).await;
    browser.says("not found").await;
    browser.check_page("not-found").await;
}

/// Signs in with a password that is not the account's.
async fn sign_in_wrongly(browser: &Browser) {
    browser.go("/login").await;
    browser.fill_all(&[("email", "asha@example.com"), ("password", "not her password")]).await;
    browser.submit("/login").await;
    browser.is_at("/login").await;
}

#[tokio::test]
async fn a_refused_sign_in_says_so_first_and_leads_to_the_field() {
    a_refused_sign_in(Screen::Phone, Scripts::On).await;
}

#[tokio::test]
async fn a_refused_sign_in_says_so_first_without_scripts_too() {
    a_refused_sign_in(Screen::Desktop, Scripts::Off).await;
}

async fn a_refused_sign_in(screen: Screen, scripts: Scripts) {
    let site = Site::open().await;
    let browser = Browser::open(&site, screen, scripts).await;
    sign_in_wrongly(&browser).await;
    browser.has_focus("#problem").await;
    assert_eq!(browser.value("email").await, "asha@example.com", "what was typed is kept");
    assert_eq!(browser.value("password").await, "", "but for the password");
    browser.check_page("login-refused").await;

    browser.click("#problem a").await;
    browser.has_focus("[name=email]").await;
}

#[tokio::test]
async fn every_field_of_a_refused_registration_is_one_link_away() {
    let site = Site::open().await;
    let browser = Browser::open(&site, Screen::Phone, Scripts::On).await;
    browser.go("/register").await;
    browser.submit("/register").await;
    browser.is_at("/register").await;
    browser.check_page("register-refused").await;
    for field in ["company_name", "full_name", "phone", "email", "password"] {
        browser.click(&format!("#problem a[href='#{field}']")).await;
        browser.has_focus(&format!("[name={field}]")).await;
        let named = browser.find(&format!("[name={field}]")).await;
        let described_by = named.attr("aria-describedby").await.unwrap().unwrap_or_default();
        let has_message = described_by.split_whitespace().any(|id| id == format!("{field}-error"));
        assert!(has_message, "{field} is described by its message");
    }
}

#[tokio::test]
async fn staff_are_told_that_entries_are_not_theirs_to_make() {
    let site = Site::open().await;
    let browser = Browser::open(&site, Screen::Phone, Scripts::On).await;
    browser.sign_in(&site.staff(Role::Guard).await).await;
    browser.go("/submissions/new").await;
    browser.check_page("forbidden").await;
    browser.follow("/").await;
    browser.is_at("/gate").await;
}

#[tokio::test]
async fn a_form_on_its_way_is_not_sent_by_a_second_press() {
    let site = Site::open().await;
    let browser = Browser::open(&site, Screen::Phone, Scripts::On).await;
    browser.go("/login").await;
    let stopped: Vec<bool> = browser
        .execute(
            "const stopped = [];
             window.addEventListener('submit', (event) => {
                 stopped.push(event.defaultPrevented);
                 event.preventDefault();
             });
             const form = document.querySelector('main form');
             form.requestSubmit();
             form.requestSubmit();
             return stopped",
        )
        .await;
    assert_eq!(stopped, [false, true]);
}
