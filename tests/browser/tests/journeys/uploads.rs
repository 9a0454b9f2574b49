//! What scripts make quicker: papers that are sent as they are chosen, a look-up without another page, and a
//! form that can be sent again when the answer does not come. Without scripts the same pages do the same.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use image::RgbImage;
use tempfile::{NamedTempFile, TempPath};

use crate::entry::with_a_draft;
use crate::support::{Account, Browser, Paper, Proxy, Scripts, Site};

/// A photo of 2 600 by 2 000 pixels that no format makes small: some 15 MB.
fn large_photo() -> TempPath {
    let mut noise = 1_u32;
    let photo = RgbImage::from_fn(2600, 2000, |_, _| {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let [red, green, blue, _] = noise.to_le_bytes();
        image::Rgb([red, green, blue])
    });
    let file = tempfile::Builder::new().prefix("photo").suffix(".png").tempfile().unwrap();
    photo.save(file.path()).unwrap();
    assert!(file.path().metadata().unwrap().len() > 5 * 1024 * 1024);
    file.into_temp_path()
}

/// A file that calls itself a PDF.
fn no_paper() -> NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".pdf").tempfile().unwrap();
    file.write_all(b"<!doctype html><title>No paper</title>").unwrap();
    file
}

/// A PDF of 4 MB.
fn large_paper() -> NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".pdf").tempfile().unwrap();
    file.write_all(&std::fs::read(Paper::Pdf.path()).unwrap()).unwrap();
    file.write_all(&vec![b'%'; 4_000_000]).unwrap();
    file
}

/// A customer at the papers of a draft.
async fn at_the_papers(site: &Site, scripts: Scripts) -> Browser {
    let customer = with_a_draft(site, scripts).await;
    customer.follow("/documents").await;
    customer
}

/// What the row of a type says of it.
fn badge(document_type: &str) -> String {
    format!("#row-{document_type} .badge")
}

#[tokio::test]
async fn a_paper_is_sent_as_it_is_chosen_and_the_page_stays() {
    let site = Site::open().await;
    let customer = at_the_papers(&site, Scripts::On).await;
    customer.run("window.stays = true").await;
    customer.attach("puc", Paper::Pdf).await;
    customer.comes_to_say(&badge("puc"), "Attached").await;
    assert_eq!(customer.text("#row-puc .on-file").await, "good.pdf");
    assert!(!customer.has("#row-puc progress").await, "nothing is on its way any more");
    customer.check_page("documents-sent-one").await;

    // A refused one is named in its row, where the good one stays.
    let no_paper = no_paper();
    customer.attach_file("puc", no_paper.path()).await;
    customer.comes_to_say("#puc-error", "The selected file must be a PDF, JPG or PNG").await;
    assert_eq!(customer.text(&badge("puc")).await, "Attached");
    customer.check_page("documents-refused-one").await;

    // What the row offers still works, and what the server would show is what the page shows.
    customer.pick_day("puc_valid_until", &site.day_in(30)).await;
    customer.attach("puc", Paper::Jpeg).await;
    customer.comes_to_say("#row-puc .on-file", "good.jpg").await;
    assert_eq!(customer.value("puc_valid_until").await, site.day_in(30));
    let shown: String = customer.execute("return document.querySelector('#row-puc').textContent").await;
    assert!(customer.execute::<bool>("return window.stays === true").await, "the page has not changed");
    customer.go(&customer.path().await).await;
    let of_the_server: String =
        customer.execute("return document.querySelector('#row-puc').textContent").await;
    assert_eq!(words(&shown), words(&of_the_server));
    assert_eq!(customer.value("puc_valid_until").await, site.day_in(30));

    customer.click("#row-puc button[name=detach]").await;
    customer.comes_to_say(&badge("puc"), "None").await;
    customer.save().await;
    customer.says("0 of 8").await;
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// What is kept of a row that was not taken: the chosen file, the typed date, and the page.
async fn keeps_what_was_chosen(customer: &Browser, site: &Site) {
    let chosen = "return document.querySelector('[name=puc]').files[0]?.name ?? ''";
    assert_eq!(customer.execute::<String>(chosen).await, "good.pdf");
    assert_eq!(customer.value("puc_valid_until").await, site.day_in(30));
    assert!(customer.execute::<bool>("return window.stays === true").await, "the page has not changed");
}

/// The button of a row by what it says.
async fn press_in_row(customer: &Browser, says: &str) {
    let script = format!(
        "[...document.querySelectorAll('#row-puc .sending button')].find((one) => one.textContent === '{says}').click()"
    );
    customer.run(&script).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_row_is_told_in_the_row_and_nothing_is_lost() {
    let site = Site::open().await;
    let proxy = Proxy::before(&site).await;
    let customer = at_the_papers(&site, Scripts::On).await;
    let path = customer.path().await;
    let customer = customer.at(proxy.origin());
    customer.go(&path).await;
    customer.run("window.stays = true").await;
    customer.pick_day("puc_valid_until", &site.day_in(30)).await;
    proxy.breaks();
    customer.attach("puc", Paper::Pdf).await;
    customer.comes_to_say("#row-puc .error", "Not sent. Check your connection.").await;
    customer.check_page("documents-not-sent").await;
    for (status, told) in [
        ("408 Request Timeout", "Not sent: the connection was too slow."),
        ("413 Request Entity Too Large", "Not sent: the file is larger than this site takes."),
        ("429 Too Many Requests", "Not sent: too many tries."),
        ("502 Bad Gateway", "Not sent: the site does not answer just now."),
        ("503 Service Unavailable", "Not sent: the site does not answer just now."),
        ("200 OK", "Not sent, and we cannot tell why."),
    ] {
        proxy.answers(status);
        press_in_row(&customer, "Try again").await;
        customer.comes_to_say("#row-puc .error", told).await;
        customer.comes_to_say("#papers-status", told).await;
        keeps_what_was_chosen(&customer, &site).await;
    }

    // Saving sends it again first, and stays while it is not taken. Another answer tells that it was sent.
    proxy.answers("503 Service Unavailable");
    customer.click("main form .actions button[type=submit]:not([name], [aria-hidden])").await;
    customer.comes_to_say("#row-puc .error", "Not sent: the site does not answer just now.").await;
    keeps_what_was_chosen(&customer, &site).await;
    proxy.passes();
    customer.save().await;
    customer.is_at("/submissions/{id}").await;
    customer.says("1 of 8").await;
    customer.follow("/documents").await;
    assert_eq!(customer.value("puc_valid_until").await, site.day_in(30));
}

#[tokio::test]
async fn a_paper_chosen_after_the_session_ended_is_sent_once_signed_in_again() {
    let site = Site::open().await;
    let customer = at_the_papers(&site, Scripts::On).await;
    customer.run("window.stays = true").await;
    customer.pick_day("puc_valid_until", &site.day_in(30)).await;
    // As in another tab.
    customer.run("return fetch('/logout', { method: 'POST' }).then(() => {})").await;
    customer.attach("puc", Paper::Pdf).await;
    customer.comes_to_say("#row-puc .error", "Not sent: you have been signed out.").await;
    customer.comes_to_say("#row-puc .sending a[target=_blank]", "Sign in").await;
    keeps_what_was_chosen(&customer, &site).await;
    customer.check_page("documents-signed-out").await;
    let large = large_paper();
    customer.attach_file("vehicle_insurance", large.path()).await;
    customer.comes_to_say("#row-vehicle_insurance .error", "Not sent: you have been signed out.").await;
    let account = Account::of("asha");
    let sign_in = format!(
        "return fetch('/login', {{ method: 'POST', body: new URLSearchParams({{ email: '{}', password: '{}' }}) }}).then(() => {{}})",
        account.email, account.password
    );
    customer.run(&sign_in).await;
    press_in_row(&customer, "Try again").await;
    customer.comes_to_say(&badge("puc"), "Attached").await;
    assert_eq!(customer.value("puc_valid_until").await, site.day_in(30));
    assert!(customer.execute::<bool>("return window.stays === true").await, "the page has not changed");
}

#[tokio::test]
async fn a_paper_for_an_entry_that_was_submitted_meanwhile_is_told_and_can_be_left() {
    let site = Site::open().await;
    let customer = at_the_papers(&site, Scripts::On).await;
    customer.run("window.stays = true").await;
    let path = customer.path().await;
    let entry = path.trim_end_matches("/documents");
    let submit = format!(
        "const crew = new URLSearchParams({{ driver_name: 'Ramesh Kumar', driver_phone: '98200 11111' }});
         return fetch('{entry}/crew', {{ method: 'POST', body: crew }}).then(() => fetch('{entry}/review')).then((page) => page.text()).then((page) => {{
             const version = new DOMParser().parseFromString(page, 'text/html').querySelector('[name=draft_version]').value;
             const body = new URLSearchParams({{ consent: 'yes', draft_version: version }});
             return fetch('{entry}/review', {{ method: 'POST', body }});
         }}).then(() => {{}})"
    );
    customer.run(&submit).await;
    customer.attach("puc", Paper::Pdf).await;
    customer.comes_to_say("#row-puc .error", "submitted").await;
    assert!(customer.execute::<bool>("return window.stays === true").await, "the page has not changed");
    press_in_row(&customer, "Cancel").await;
    assert!(!customer.has("#row-puc .sending").await);
}

#[tokio::test]
async fn saving_waits_for_what_is_on_its_way() {
    let site = Site::open().await;
    let customer = at_the_papers(&site, Scripts::On).await;
    let photo = large_photo();
    for (document_type, file) in [
        ("purchase_order", Paper::Pdf.path().as_path()),
        ("driver_license", &*photo),
        ("vehicle_insurance", Paper::Png.path().as_path()),
    ] {
        customer.attach_file(document_type, file).await;
    }
    customer.save().await;
    customer.is_at("/submissions/{id}").await;
    customer.says("3 of 8").await;
}

/// Hands a large photo in and tells what its row says.
async fn hand_in(customer: &Browser, photo: &Path) {
    customer.attach_file("vehicle_registration", photo).await;
    if customer.scripts() == Scripts::Off {
        customer.save().await;
    }
}

#[tokio::test]
async fn a_large_photo_is_made_smaller_before_it_is_sent() {
    let site = Site::open().await;
    let customer = at_the_papers(&site, Scripts::On).await;
    let photo = large_photo();
    hand_in(&customer, &photo).await;
    customer.comes_to_say(&badge("vehicle_registration"), "Attached").await;
    let name = customer.text("#row-vehicle_registration .on-file").await;
    assert!(name.starts_with("photo") && name.rsplit('.').next() == Some("jpg"), "{name}");
    // The bytes that are kept are those of an image whose long edge can be read and no longer.
    let sides: Vec<u32> = customer
        .execute(
            "const paper = document.querySelector('#row-vehicle_registration .on-file a').href;
             return fetch(`${paper}/download`)
                 .then((answer) => answer.blob())
                 .then(createImageBitmap)
                 .then((image) => [image.width, image.height]);",
        )
        .await;
    assert_eq!(sides, [2000, 1538]);
}

#[tokio::test]
async fn a_large_photo_is_refused_where_nothing_can_make_it_smaller() {
    let site = Site::open().await;
    let customer = at_the_papers(&site, Scripts::Off).await;
    let photo = large_photo();
    hand_in(&customer, &photo).await;
    customer.comes_to_say("#vehicle_registration-error", "The selected file must be smaller than 5 MB").await;
}

#[tokio::test]
async fn what_is_on_file_is_told_as_the_number_is_typed() {
    let site = Site::open().await;
    let customer = with_a_draft(&site, Scripts::On).await;
    customer.go("/submissions/new").await;
    customer.fill("vehicle_number", "MH 14 CD 5678").await;
    customer.tab_to("[name=customer_phone]").await;
    customer.comes_to_say("[data-lookup][aria-live] .alert", "New vehicle: nothing is on file.").await;
    customer.is_at("/submissions/new").await;
    customer.check_page("vehicle-looked-up").await;
}

#[tokio::test]
async fn a_form_whose_answer_does_not_come_can_be_sent_again() {
    const SEND: &str = "const form = document.querySelector('form[action=\"/login\"]');
        const event = new SubmitEvent('submit', { bubbles: true, cancelable: true });
        return form.dispatchEvent(event);";
    let site = Site::open().await;
    let browser = Browser::open(&site, crate::support::Screen::Phone, Scripts::On).await;
    browser.go("/login").await;
    assert!(browser.execute::<bool>(SEND).await, "the first press sends it");
    assert!(!browser.execute::<bool>(SEND).await, "the second one right after does not");
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert!(!browser.has("[aria-busy]").await, "nothing says any more that it is on its way");
    assert!(browser.execute::<bool>(SEND).await, "it can be sent again");
}
