//! An entry from the first form to the open barrier: the customer's steps, the desk's decision, the gate.

use std::io::Write as _;

use gatehouse::kernel::entity::account::Role;
use thirtyfour::TypingData;
use thirtyfour::prelude::*;

use crate::accounts::{confirm, register};
use crate::support::{Browser, Paper, Screen, Scripts, Site, read_with_rqrr, read_with_zbarimg};

/// The vehicle number as it is typed, as it is searched for, and as it is shown.
const TYPED: &str = "mh-12 ab 1234";
const STORED: &str = "MH12AB1234";
const SHOWN: &str = "MH 12 AB 1234";

const CREW: [(&str, &str); 5] = [
    ("driver_name", "Ramesh Kumar"),
    ("driver_phone", "98200 11111"),
    ("driver_license_no", "MH12 20110012345"),
    ("helper_name", "Suresh Yadav"),
    ("helper_phone", "98200 22222"),
];

/// The papers that run out, which are those that the gate looks at.
const DATED: [(&str, Paper); 4] = [
    ("vehicle_registration", Paper::Pdf),
    ("vehicle_insurance", Paper::Jpeg),
    ("puc", Paper::Png),
    ("driver_license", Paper::Jpeg),
];

/// Where an entry is found.
struct Entry {
    /// `/submissions/<id>`, the customer's page of it.
    page: String,
    /// What its QR code holds.
    pass_url: String,
}

/// The steps of a customer who signs in for the first time, up to the pass.
async fn hand_in(site: &Site, customer: &Browser) -> Entry {
    customer.is_at("/submissions").await;
    customer.check_page_here("submissions-empty").await;
    customer.follow("/submissions/new").await;
    customer.is_at("/submissions/new").await;
    customer.check_page_here("vehicle").await;
    customer.fill_all(&[("vehicle_number", TYPED), ("customer_phone", "98765 43210")]).await;
    customer.pick_day("expected_on", &site.today()).await;
    customer.save().await;

    customer.is_at("/submissions/{id}").await;
    let page = customer.path().await;
    customer.check_page_here("draft").await;
    customer.follow("/review").await;
    customer.check_page_here("review-incomplete").await;
    customer.follow("/crew").await;
    customer.check_page_here("crew").await;
    customer.fill_all(&CREW).await;
    customer.choose("driver_language", "mr").await;
    customer.save().await;

    assert_eq!(customer.path().await, page, "the crew's step leads back to the draft");
    customer.follow("/documents").await;
    customer.check_page_here("documents").await;
    customer.attach("purchase_order", Paper::Pdf).await;
    for (paper, file) in DATED {
        customer.attach(paper, file).await;
        customer.pick_day(&format!("{paper}_valid_until"), &site.day_in(365)).await;
    }
    customer.save().await;

    assert_eq!(customer.path().await, page, "the papers' step leads back to the draft");
    customer.check_page_here("draft-complete").await;
    customer.follow("/documents").await;
    customer.check_page_here("documents-attached").await;
    customer.go(&format!("{page}/review")).await;
    customer.check_page_here("review").await;
    customer.save().await;
    customer.is_at("/submissions/{id}/review").await;
    customer.check_page_here("review-without-consent").await;
    customer.tick("consent").await;
    customer.save().await;

    assert_eq!(customer.path().await, page, "the pass is found where the draft was");
    customer.check_page_here("pass").await;
    let pass_path =
        customer.find("main a[href^='/p/']:not([download])").await.attr("href").await.unwrap().unwrap();
    let pass_url = format!("{}{pass_path}", site.base_url()).to_uppercase();
    a_phone_held_up_shows(customer, &pass_url).await;
    look_around(customer, &page).await;
    Entry { page, pass_url }
}

/// Pages that lie beside the way.
async fn look_around(customer: &Browser, entry: &str) {
    customer.follow("/cancel").await;
    customer.check_page_here("cancel").await;
    customer.press(&format!("main a[href='{entry}']")).await;
    customer.go("/documents").await;
    customer.check_page_here("papers").await;
    customer.press("main a[href^='/documents/']").await;
    customer.is_at("/documents/{id}").await;
    customer.check_page_here("paper").await;
}

/// Asserts that the QR code on the page is large and holds `url`, in the eyes of two readers, light and dark.
async fn a_phone_held_up_shows(browser: &Browser, url: &str) {
    const CODE: &str = "main img[src*='/qr.']";
    if browser.screen() == Screen::Phone {
        let width = browser.find(CODE).await.rect().await.unwrap().width;
        assert!(width >= 0.6 * 360.0, "the code is {width} px wide, less than 60 % of a phone's width");
    }
    for picture in browser.pictures_of(CODE).await {
        assert_eq!(read_with_zbarimg(&picture), url);
        assert_eq!(read_with_rqrr(&picture).0, url);
    }
}

/// The desk finds the entry by its plate and approves it.
async fn approve(desk: &Browser, entry: &Entry) {
    let detail = format!("/admin{}", entry.page);
    scan(desk, &entry.pass_url).await;
    assert!(!desk.has("form[action$='/check-in']").await, "nothing is let in before a decision");
    desk.check_page_here("gate-undecided").await;
    desk.go("/admin/submissions").await;
    desk.check_page_here("desk").await;
    desk.fill("q", STORED).await;
    desk.press("form[action='/admin/submissions'] button[type=submit]").await;
    desk.check_page_here("desk-found").await;
    desk.follow(&detail).await;
    desk.check_page_here("desk-detail").await;
    desk.submit("/approve").await;
    assert_eq!(desk.path().await, detail, "a decision leads back to the entry");
    assert!(!desk.has("form[action$='/approve']").await, "it is not decided again");
    desk.check_page_here("desk-approved").await;
    desk.go("/admin/messages").await;
    desk.check_page_here("messages").await;
}

/// The gate's field.
const FIELD: &str = "[name='code']";

/// What a hand scanner does at the gate: types the code and presses Enter. Nobody leads it to the field.
async fn scan(gate: &Browser, code: &str) {
    gate.go("/gate").await;
    gate.has_focus(FIELD).await;
    gate.type_keys(code).await;
    gate.enter().await;
}

/// In and out: one press each.
async fn pass_the_gate(gate: &Browser, entry: &Entry) {
    let verdict = format!("/gate{}", entry.page);
    gate.is_at("/gate").await;
    gate.check_page_here("gate").await;

    scan(gate, &entry.pass_url).await;
    assert_eq!(gate.path().await, verdict, "the code leads to the verdict on the entry");
    assert_eq!(gate.text("h1").await.to_uppercase(), "OK");
    gate.check_page_here("gate-ok").await;
    gate.submit("/check-in").await;
    gate.is_at("/gate").await;
    gate.check_page_here("gate-let-in").await;

    scan(gate, &entry.pass_url).await;
    assert_eq!(gate.path().await, verdict);
    assert_eq!(gate.text("h1").await.to_uppercase(), "INSIDE");
    gate.check_page_here("gate-inside").await;
    gate.submit("/check-out").await;
    gate.is_at("/gate").await;

    scan(gate, &entry.pass_url).await;
    assert_eq!(gate.text("h1").await.to_uppercase(), "STOP", "a pass that was used opens nothing");
    assert!(!gate.has("form[action$='/check-in']").await, "a stop is never one press");
    gate.check_page_here("gate-stop").await;
    scan(gate, "KA 01 ZZ 9999").await;
    gate.is_at("/gate/scans/{id}").await;
    gate.check_page_here("gate-unknown").await;
}

/// The second entry of a vehicle fills itself.
async fn come_again(customer: &Browser) {
    customer.go("/submissions").await;
    customer.check_page_here("submissions").await;
    customer.go("/vehicles/lookup").await;
    customer.fill("vehicle_number", TYPED).await;
    customer.press("form[action='/vehicles/lookup'] button[type=submit]").await;
    customer.check_page_here("lookup").await;

    customer.go("/submissions/new").await;
    customer.fill("vehicle_number", STORED).await;
    customer.save().await;
    customer.is_at("/submissions/{id}").await;
    customer.check_page_here("draft-prefilled").await;
    customer.follow("/crew").await;
    for (field, value) in CREW {
        let digits_or_name = |text: &str| text.replace(' ', "").trim_start_matches("+91").to_owned();
        assert_eq!(
            digits_or_name(&customer.value(field).await),
            digits_or_name(value),
            "{field} is filled in"
        );
    }
    assert_eq!(customer.value("driver_language").await, "mr");
}

async fn papers_open_the_barrier(screen: Screen, scripts: Scripts) {
    let site = Site::open().await;
    let customer = Browser::open(&site, screen, scripts).await;
    let account = register(&customer, "asha").await;
    confirm(&site, &customer, &account).await;
    customer.sign_in(&account).await;
    let entry = hand_in(&site, &customer).await;

    let driver = Browser::open(&site, screen, scripts).await;
    driver.go(&entry.pass_url.replace(&site.base_url().to_uppercase(), "")).await;
    driver.says(SHOWN).await;
    driver.check_page_here("driver-pass").await;
    a_phone_held_up_shows(&driver, &entry.pass_url).await;
    drop(driver);

    let staff = Browser::open(&site, screen, scripts).await;
    staff.sign_in(&site.staff(Role::Supervisor).await).await;
    approve(&staff, &entry).await;
    staff.submit("/logout").await;
    staff.sign_in(&site.staff(Role::Guard).await).await;
    pass_the_gate(&staff, &entry).await;

    customer.go(&entry.page).await;
    customer.check_page_here("pass-completed").await;
    come_again(&customer).await;
}

#[tokio::test]
async fn papers_open_the_barrier_on_a_phone() {
    papers_open_the_barrier(Screen::Phone, Scripts::On).await;
}

#[tokio::test]
async fn papers_open_the_barrier_on_a_desk() {
    papers_open_the_barrier(Screen::Desktop, Scripts::On).await;
}

#[tokio::test]
async fn papers_open_the_barrier_on_a_phone_without_scripts() {
    papers_open_the_barrier(Screen::Phone, Scripts::Off).await;
}

#[tokio::test]
async fn papers_open_the_barrier_on_a_desk_without_scripts() {
    papers_open_the_barrier(Screen::Desktop, Scripts::Off).await;
}

/// A customer with a draft of a vehicle, at its page.
pub async fn with_a_draft(site: &Site, scripts: Scripts) -> Browser {
    let customer = Browser::open(site, Screen::Phone, scripts).await;
    let account = register(&customer, "asha").await;
    confirm(site, &customer, &account).await;
    customer.sign_in(&account).await;
    customer.go("/submissions/new").await;
    customer.fill("vehicle_number", TYPED).await;
    customer.save().await;
    customer.is_at("/submissions/{id}").await;
    customer
}

#[tokio::test]
async fn a_refused_paper_is_named_at_its_field_and_the_good_ones_stay() {
    let site = Site::open().await;
    let customer = with_a_draft(&site, Scripts::Off).await;
    customer.follow("/documents").await;
    let mut no_paper = tempfile::Builder::new().suffix(".pdf").tempfile().unwrap();
    no_paper.write_all(b"<!doctype html><title>No paper</title>").unwrap();
    customer.attach("vehicle_registration", Paper::Pdf).await;
    customer.attach_file("puc", no_paper.path()).await;
    customer.save().await;
    customer.is_at("/submissions/{id}/documents").await;
    customer.check_page("documents-refused").await;
    assert!(customer.has("#problem a[href='#puc']").await, "the summary leads to the field");
    assert!(customer.has("#puc-error").await, "the field says what is wrong");
    customer.press("main a[href^='/submissions/']").await;
    customer.says("1 of 8").await;
}

#[tokio::test]
async fn enter_in_a_date_saves_the_papers_and_takes_none_away() {
    let site = Site::open().await;
    let customer = with_a_draft(&site, Scripts::On).await;
    customer.follow("/documents").await;
    customer.attach("purchase_order", Paper::Pdf).await;
    customer.save().await;
    customer.follow("/documents").await;
    let attached = "main a[href^='/documents/']";
    assert_eq!(customer.find_all(attached).await.len(), 1);
    let documents = customer.path().await;
    customer.tab_to("[name='puc_valid_until']").await;
    customer.enter().await;
    customer.go(&documents).await;
    assert_eq!(customer.find_all(attached).await.len(), 1, "the paper is still attached");
}

/// A guard at the gate.
async fn at_the_gate(site: &Site, scripts: Scripts) -> Browser {
    let gate = Browser::open(site, Screen::Phone, scripts).await;
    gate.sign_in(&site.staff(Role::Guard).await).await;
    gate.has_focus(FIELD).await;
    gate
}

#[tokio::test]
async fn a_scanner_that_ends_its_codes_with_tab_is_understood() {
    let site = Site::open().await;
    let gate = at_the_gate(&site, Scripts::On).await;
    gate.type_keys("KA 01 ZZ 9999" + TypingData::from(Key::Tab)).await;
    gate.find(".verdict").await;
    gate.is_at("/gate/scans/{id}").await;
}

#[tokio::test]
async fn a_scan_of_nothing_is_answered_and_the_field_still_waits() {
    let site = Site::open().await;
    let gate = at_the_gate(&site, Scripts::Off).await;
    gate.enter().await;
    gate.has_focus(FIELD).await;
    assert!(gate.has("#code-error").await, "the field says what is wrong");
    gate.check_page("gate-nothing-scanned").await;
}
