//! Who is told what, in which words.

use crate::support::entries::Entry;
use crate::support::{App, Mail};

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
