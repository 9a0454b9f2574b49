//! Registering, signing in and out.

use gatehouse::kernel::entity::account::Role;

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

/// Follows the link in the mail that `account` got, and enters the password.
pub async fn confirm(site: &Site, browser: &Browser, account: &Account) {
    browser.go(&site.mailed(account, "/verify/").await).await;
    browser.fill("password", &account.password).await;
    browser.save().await;
    browser.says("Your e-mail address is confirmed.").await;
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

/// Fills in a new password, twice.
async fn choose_password(browser: &Browser, password: &str) {
    browser.fill_all(&[("password", password), ("password_confirm", password)]).await;
}

async fn an_account_is_confirmed_changed_lost_and_found(screen: Screen, scripts: Scripts) {
    let site = Site::open().await;
    let browser = Browser::open(&site, screen, scripts).await;
    let mut account = register(&browser, "asha").await;
    browser.sign_in(&account).await;
    browser.press("header a[href='/account']").await;
    browser.check_page("account-unconfirmed").await;
    browser.submit("/verify").await;
    browser.says("We have sent a link").await;
    let link = site.mailed(&account, "/verify/").await;
    browser.go(&link).await;
    browser.check_page("verify").await;
    browser.fill("password", "somebody else's password").await;
    browser.save().await;
    browser.check_page("verify-refused").await;
    browser.follow("?new=true").await;
    browser.check_page("verify-new").await;
    confirm(&site, &browser, &account).await;
    browser.go(&link).await;
    browser.check_page("dead-link").await;

    browser.go("/account").await;
    browser.fill("full_name", "Asha R. Patil").await;
    browser.submit("/account").await;
    assert_eq!(browser.value("full_name").await, "Asha R. Patil");
    browser.check_page("account").await;
    browser.follow("/account/password").await;
    browser.submit("/account/password").await;
    browser.check_page("password-refused").await;
    let changed = "a lorry load of bricks";
    browser.fill("current_password", &account.password).await;
    choose_password(&browser, changed).await;
    browser.submit("/account/password").await;
    browser.is_at("/account").await;
    changed.clone_into(&mut account.password);

    let other = Browser::open(&site, screen, scripts).await;
    other.sign_in(&account).await;
    browser.follow("/account/sessions").await;
    browser.check_page("sessions").await;
    browser.submit("/revoke").await;
    other.go("/submissions").await;
    other.is_at("/login").await;

    other.follow("/forgot").await;
    other.check_page("forgot").await;
    other.fill("email", &account.email).await;
    other.submit("/forgot").await;
    other.go(&site.mailed(&account, "/reset/").await).await;
    other.check_page("reset").await;
    let found = "two lorry loads of bricks";
    choose_password(&other, found).await;
    other.save().await;
    other.is_at("/login").await;
    found.clone_into(&mut account.password);
    other.sign_in(&account).await;
    other.is_at("/submissions").await;
    browser.go("/submissions").await;
    browser.is_at("/login").await;
}

#[tokio::test]
async fn an_account_is_confirmed_changed_lost_and_found_on_a_phone() {
    an_account_is_confirmed_changed_lost_and_found(Screen::Phone, Scripts::On).await;
}

#[tokio::test]
async fn an_account_is_confirmed_changed_lost_and_found_without_scripts() {
    an_account_is_confirmed_changed_lost_and_found(Screen::Desktop, Scripts::Off).await;
}

#[tokio::test]
async fn an_admin_invites_a_guard_who_begins_and_is_shut_out_again() {
    let site = Site::open().await;
    let admin = Browser::open(&site, Screen::Desktop, Scripts::On).await;
    admin.sign_in(&site.staff(Role::Admin).await).await;
    admin.press("header a[href='/admin/users']").await;
    admin.check_page("users").await;
    admin.follow("/admin/users/invite").await;
    admin.check_page("invite").await;
    let gita = Account::of("gita");
    admin.fill_all(&[("full_name", "Gita Rao"), ("email", &gita.email)]).await;
    admin.submit("/admin/users/invite").await;
    admin.is_at("/admin/users/{id}").await;
    admin.check_page("user").await;
    let page = admin.path().await;

    let guard = Browser::open(&site, Screen::Phone, Scripts::On).await;
    guard.go(&site.mailed(&gita, "/invite/").await).await;
    guard.check_page("invitation").await;
    choose_password(&guard, &gita.password).await;
    guard.save().await;
    guard.sign_in(&gita).await;
    guard.is_at("/gate").await;

    admin.go(&page).await;
    admin.follow("/disable").await;
    admin.check_page("user-disable").await;
    admin.save().await;
    admin.says("Disabled").await;
    guard.go("/gate").await;
    guard.is_at("/login").await;
}
