//! Who is told what, in which words.

use gatehouse::features::submissions::messages::DRIVER_PASS;
use gatehouse::kernel::entity::notification::DeliveryState;
use gatehouse::kernel::types::Language;

use super::outbox_of;
use crate::support::entries::Entry;
use crate::support::{App, Mail, PASSWORD};

/// What the QR code in a PNG holds.
fn scan(png: &[u8]) -> String {
    let image = image::load_from_memory(png).unwrap().to_luma8();
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| image.as_raw()[y * width + x]);
    image.detect_grids()[0].decode().unwrap().1
}

fn attached<'a>(mail: &'a Mail, name: &str) -> &'a [u8] {
    let found = mail.attached.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("nothing called {name} is attached")).1
}

#[tokio::test]
async fn a_submitted_entry_brings_the_customer_its_qr_code() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").helped_by("Suresh", "98200 00002");
    let entry = entry.submitted_by(&asha).await;
    app.deliver().await;

    let mails = app.mails();
    let [mail] = mails.as_slice() else { panic!("{} mails", mails.len()) };
    assert_eq!(mail.to, "asha@example.com");
    assert_eq!(mail.subject, "Gate Entry QR Code - MH 12 AB 1234");
    for part in [&mail.text, &mail.html] {
        for word in
            ["MH 12 AB 1234", &entry.reference, "20 Nov 2026", "Ramesh Kumar", "Suresh", "Asha Logistics"]
        {
            assert!(part.contains(word), "{word} in {part}");
        }
    }
    assert_eq!(mail.path("/p/"), format!("/p/{}", entry.token));
    let url = format!("{}/P/{}", app.origin().to_uppercase(), entry.token);
    assert_eq!(scan(attached(mail, &format!("{}.png", entry.reference))), url);
    assert_eq!(scan(attached(mail, "pass")), url);
    assert!(mail.html.contains("src=\"cid:pass\""), "the HTML shows it");
    assert!(mail.message_id.ends_with("@127.0.0.1"), "{}", mail.message_id);
}

#[tokio::test]
async fn a_submitted_entry_brings_customer_and_driver_a_text_message_each() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    app.deliver().await;

    let link = format!("{}/p/{}", app.origin(), entry.token);
    let texts: Vec<_> = app.texts().into_iter().map(|text| (text.to, text.text)).collect();
    let customer = format!(
        "Gatehouse: your entry of MH 12 AB 1234 for 20 Nov 2026 is submitted, reference {}. Pass: {link}",
        entry.reference
    );
    let driver = format!("Gate pass for MH 12 AB 1234, 20 Nov 2026. Show it at the gate: {link}");
    assert_eq!(texts, [("+919876543210".to_owned(), customer), ("+919820000001".to_owned(), driver)]);
    let driver = outbox_of(&app, &entry.id).await.pop().unwrap();
    assert_eq!(driver.kind, DRIVER_PASS);
}

#[tokio::test]
async fn the_driver_is_written_to_in_the_drivers_language_and_the_customer_in_the_customers() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let crew = [("driver_name", "Ramesh Kumar"), ("driver_phone", "98200 00001"), ("driver_language", "ta")];
    asha.post(&draft.step("crew"), &crew).await.expect_status(303);
    draft.submit(&asha).await.expect_status(303);

    let languages: Vec<_> = outbox_of(&app, &draft.id).await.iter().map(|message| message.language).collect();
    assert_eq!(languages, [Language::En, Language::En, Language::Ta]);
    app.deliver().await;
    assert!(app.texts()[1].text.starts_with("Gate pass for"), "English where there are no texts");
}

#[tokio::test]
async fn a_rejected_entry_brings_the_customer_the_reason_and_the_driver_the_end_of_the_pass() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    app.deliver().await;
    let reason = "The papers are of <another> vehicle.\nBcc: eve@example.com";
    entry.rejected_by(&app.supervisor().await, reason).await;
    app.deliver().await;

    let mail = app.mails().pop().unwrap();
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        ("asha@example.com", "Gate entry rejected - MH 12 AB 1234")
    );
    assert!(
        mail.text.contains("> The papers are of <another> vehicle.\n> Bcc: eve@example.com\n"),
        "{}",
        mail.text
    );
    assert!(mail.html.contains("The papers are of &#60;another&#62; vehicle."), "{}", mail.html);
    assert!(mail.attached.is_empty(), "no pass");
    let texts = app.texts();
    assert!(texts[2].text.contains("was rejected. Reason: The papers are of <another> vehicle."));
    assert_eq!(texts[3].to, "+919820000001");
    assert_eq!(texts[3].text, "The gate pass for MH 12 AB 1234, 20 Nov 2026, is not valid any more.");
}

#[tokio::test]
async fn a_cancelled_entry_is_confirmed_and_its_pass_not_sent_any_more() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let entry = entry.cancelled_by(&asha).await;
    app.deliver().await;

    let subjects: Vec<_> = app.mails().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects, ["Gate entry cancelled - MH 12 AB 1234"]);
    assert!(app.texts().iter().all(|text| !text.text.contains("/p/")), "{:?}", app.texts());
    assert_eq!(app.texts().len(), 2);
    let messages = outbox_of(&app, &entry.id).await;
    let dead: Vec<_> = messages.iter().filter(|message| message.state == DeliveryState::Dead).collect();
    assert_eq!(dead.len(), 3, "the pass, to the customer twice and to the driver");
    assert!(dead.iter().all(|message| message.last_error.is_some()));
}

#[tokio::test]
async fn an_address_of_two_receivers_or_a_header_is_no_address() {
    let app = App::spawn().await;
    let stranger = app.nobody();
    for email in [
        "asha@example.com,eve@example.com",
        "asha@example.com;eve@example.com",
        "asha@example.com\r\nBcc: eve@example.com",
        "asha@example.com\nBcc: eve@example.com",
        "Asha <asha@example.com>",
        "asha@example.com\0",
    ] {
        let fields = [
            ("company_name", "Asha Logistics"),
            ("full_name", "Asha"),
            ("phone", "98765 43210"),
            ("email", email),
            ("password", PASSWORD),
            ("password_confirm", PASSWORD),
        ];
        stranger.post("/register", &fields).await.expect_status(422);
    }
    app.deliver().await;
    assert!(app.mails().is_empty());
}

#[tokio::test]
async fn names_like_headers_stay_in_the_body() {
    let app = App::spawn().await;
    let stranger = app.nobody();
    let fields = [
        ("company_name", "Bcc: eve@example.com, Eve <eve@example.com>"),
        ("full_name", "Asha"),
        ("phone", "98765 43210"),
        ("email", "asha@example.com"),
        ("password", PASSWORD),
        ("password_confirm", PASSWORD),
    ];
    stranger.post("/register", &fields).await.expect_status(303);
    app.confirm("asha@example.com").await;
    let asha = stranger.signed_in_as("asha@example.com").await;
    let hostile = Entry::for_vehicle("MH 12 AB 1234").driven_by("To: eve@example.com", "98200 00001");
    hostile.submitted_by(&asha).await;
    app.deliver().await;
    // Parsing sees to it that there is one receiver.
    assert_eq!(app.mails()[0].to, "asha@example.com");
    assert!(app.mails()[0].html.contains("Eve &#60;eve@example.com&#62;"));

    let draft =
        Entry::for_vehicle("MH 12 AB 1235").driven_by("Ramesh", "98200 00003").drafted_by(&asha).await;
    for name in ["Ramesh\u{0}Kumar", "Ramesh\u{202E}Kumar", "Ramesh\u{8}Kumar"] {
        let crew = [("driver_name", name), ("driver_phone", "98200 00001")];
        asha.post(&draft.step("crew"), &crew).await.expect_status(422);
    }
}
