//! The driver's pass: whoever has its address sees what is printed on it and the status, and nothing else.

use std::io::ErrorKind;
use std::process::Command;

use chrono::Duration;
use gatehouse::features::passes::service::rotation;
use gatehouse::features::passes::token::{self, Claims, SigningKey};
use gatehouse::kernel::access::Operator;
use rqrr::PreparedImage;

use crate::support::entries::{Entry, Submitted};
use crate::support::{App, Page, logged};

async fn submitted(app: &App) -> Submitted {
    let entry = Entry::for_vehicle("MH 12 AB 1234").helped_by("Suresh Patil", "98200 00002");
    entry.submitted_by(&app.customer("Asha").await).await
}

/// The pass as the driver sees it.
async fn pass_of(app: &App, entry: &Submitted) -> Page {
    app.nobody().get(&format!("/p/{}", entry.token)).await.expect_status(200)
}

#[tokio::test]
async fn the_pass_shows_what_is_printed_and_the_status() {
    let app = App::spawn().await;
    let entry = submitted(&app).await;
    let lower = entry.token.to_lowercase();
    for path in [
        format!("/p/{}", entry.token),
        format!("/P/{}", entry.token),
        format!("/p/{lower}"),
        format!("/P/{lower}"),
    ] {
        let page = app.nobody().get(&path).await.expect_status(200);
        assert_eq!(page.text_of(".plate-display"), "MH 12 AB 1234", "{path}");
        assert_eq!(page.text_of(".reference"), entry.reference, "{path}");
        assert_eq!(page.text_of(".banner strong"), "Waiting for decision", "{path}");
        let facts = ["Ramesh Kumar", "Suresh Patil", "20 Nov 2026, 00:00 IST", "21 Nov 2026, 23:59 IST"];
        assert_eq!(page.all("dl.summary dd"), facts, "{path}");
        let image = page.attribute(".qr img", "src");
        assert_eq!(app.nobody().get(&image).await.expect_status(200).header("content-type"), "image/svg+xml");
    }
}

#[tokio::test]
async fn the_pass_shows_neither_phones_nor_addresses_and_asks_for_nothing() {
    let app = App::spawn().await;
    let entry = submitted(&app).await;
    let page = pass_of(&app, &entry).await;
    let text = page.text();
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    for secret in ["9820000001", "9820000002", "9876543210"] {
        assert!(!digits.contains(secret), "the pass shows the phone {secret}");
    }
    assert!(!text.contains('@'), "the pass shows an e-mail address");
    assert!(!text.contains("Asha"), "the pass names the customer");
    assert!(!page.has("form, input, button"), "the pass has a form");
    assert!(!page.has("nav"), "the pass has a menu");
}

#[tokio::test]
async fn the_pass_is_kept_by_no_cache_and_told_to_no_other_site() {
    let app = App::spawn().await;
    let entry = submitted(&app).await;
    for path in ["/p/TOKEN", "/P/TOKEN", "/p/TOKEN/print/a4", "/p/TOKEN/qr.png", "/p/TOKEN/qr.svg"] {
        let page = app.nobody().get(&path.replace("TOKEN", &entry.token)).await.expect_status(200);
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert!(page.header("x-robots-tag").contains("noindex"), "{path}");
        if page.header("content-type").starts_with("text/html") {
            assert!(page.attribute("head meta[name=robots]", "content").contains("noindex"), "{path}");
        }
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!page.headers.contains_key("set-cookie"), "{path}");
    }
}

#[tokio::test]
async fn the_address_of_a_pass_is_not_logged() {
    let app = App::spawn().await;
    let entry = submitted(&app).await;
    pass_of(&app, &entry).await;
    app.nobody().get(&format!("/P/{}", entry.token.to_lowercase())).await.expect_status(200);
    app.nobody().get(&format!("/p/{}A", entry.token)).await.expect_status(404);
    app.guard().await.post("/gate/scan", &[("code", &entry.token)]).await.expect_status(303);
    let logged = logged().to_uppercase();
    assert!(!logged.contains(&entry.token[..40]), "a token is in the log");
}

#[tokio::test]
async fn the_qr_code_holds_the_address_in_upper_case() {
    let app = App::spawn().await;
    let entry = submitted(&app).await;
    let address = format!("{}/P/{}", app.origin().to_uppercase(), entry.token);
    for token in [&entry.token, &entry.token.to_lowercase()] {
        let png = app.nobody().get(&format!("/p/{token}/qr.png")).await.expect_status(200);
        assert_eq!(png.header("content-type"), "image/png");
        assert_eq!(read_qr(&png.body), [address.as_str()]);
        if let Some(read) = read_qr_with_zbar(&app, &png.body) {
            assert_eq!(read, address);
        }
        let svg = app.nobody().get(&format!("/p/{token}/qr.svg")).await.expect_status(200);
        assert_eq!(svg.header("content-type"), "image/svg+xml");
        assert_eq!(svg.attribute("svg[role=img]", "aria-label"), entry.reference);
        assert!(!svg.has("script, style, foreignObject"));
    }
}

/// The texts of the QR codes in a picture.
fn read_qr(png: &[u8]) -> Vec<String> {
    let picture = image::load_from_memory(png).unwrap().to_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut picture =
        PreparedImage::prepare_from_greyscale(width, height, |x, y| picture.as_raw()[y * width + x]);
    let codes = picture.detect_grids();
    codes.iter().map(|code| code.decode().unwrap().1).collect()
}

/// What another program reads, on machines that have it.
fn read_qr_with_zbar(app: &App, png: &[u8]) -> Option<String> {
    let path = app.folder().join("qr.png");
    std::fs::write(&path, png).unwrap();
    match Command::new("zbarimg").args(["--quiet", "--raw"]).arg(&path).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        output => Some(String::from_utf8(output.unwrap().stdout).unwrap().trim_end().to_owned()),
    }
}

#[tokio::test]
async fn the_longest_names_fit_the_code() {
    let app = App::spawn().await;
    let name = "क".repeat(100);
    let entry = Entry::for_vehicle("21 BH 1234 AA").driven_by(&name, "98200 00001");
    let entry = entry.helped_by(&name, "98200 00002").submitted_by(&app.customer("Asha").await).await;
    let png = app.nobody().get(&format!("/p/{}/qr.png", entry.token)).await.expect_status(200);
    assert_eq!(read_qr(&png.body), [format!("{}/P/{}", app.origin().to_uppercase(), entry.token)]);
    assert_eq!(pass_of(&app, &entry).await.all("dl.summary dd")[..2], [name.as_str(), &name]);
}

#[tokio::test]
async fn what_is_no_token_is_not_found() {
    let app = App::spawn().await;
    let token = submitted(&app).await.token;
    let (head, tail) = token.split_at(token.len() - 50);
    let changed = format!("{head}{}{}", if tail.starts_with('A') { "B" } else { "A" }, &tail[1..]);
    for garbage in [
        "x",
        "0",
        "%00",
        "%FF%FE",
        "%F0%9F%9A%9A",
        "..%2F..%2Fetc%2Fpasswd",
        "%3Cscript%3E",
        "'%20OR%201=1%20--",
        "019a9f00-0000-7000-8000-000000000001",
        &"A".repeat(149),
        &"A".repeat(5_000),
        &token[1..],
        &token[..token.len() - 1],
        &format!("{token}A"),
        &format!("{token}="),
        &format!("%20{token}"),
        &changed,
    ] {
        for path in ["/p/", "/P/"].map(|start| format!("{start}{garbage}")) {
            let page = app.nobody().get(&path).await;
            assert_eq!(page.status, 404, "{path}");
            assert!(page.has("main h1"), "{path} has no page");
        }
        for rest in ["qr.png", "qr.svg", "qr.gif"] {
            let path = format!("/p/{garbage}/{rest}");
            assert_eq!(app.nobody().get(&path).await.status, 404, "{path}");
        }
    }
    for path in ["/p", "/p/", "/P/", "/p//qr.png"] {
        assert_eq!(app.nobody().get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn nothing_can_be_sent_to_a_pass() {
    let app = App::spawn().await;
    let entry = submitted(&app).await;
    let path = format!("/p/{}", entry.token);
    app.nobody().post(&path, &[("status", "approved")]).await.expect_status(405);
    assert_eq!(pass_of(&app, &entry).await.text_of(".banner strong"), "Waiting for decision");
}

/// The pass says so, whether in green, amber, grey or red, and shows its code while it can open the gate.
#[track_caller]
fn expect_status(pass: &Page, status: &str, colour: &str, has_code: bool) {
    assert_eq!(pass.text_of(".banner strong"), status);
    assert!(pass.has(&format!(".banner-{colour}")), "{status} is not shown as {colour}");
    assert_eq!(pass.has(".qr img"), has_code, "{status}");
}

#[tokio::test]
async fn the_status_is_that_of_the_moment() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let guard = app.guard().await;
    let entry = submitted(&app).await;
    expect_status(&pass_of(&app, &entry).await, "Waiting for decision", "warn", true);
    let entry = entry.approved_by(&supervisor).await;
    expect_status(&pass_of(&app, &entry).await, "Approved", "ok", true);
    let entry = entry.checked_in_by(&guard).await.checked_out_by(&guard).await;
    expect_status(&pass_of(&app, &entry).await, "Completed", "neutral", false);
}

#[tokio::test]
async fn a_cancelled_or_rejected_pass_says_so() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let cancelled = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await.cancelled_by(&asha).await;
    expect_status(&pass_of(&app, &cancelled).await, "Cancelled", "stop", false);
    let rejected = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let rejected = rejected.rejected_by(&app.supervisor().await, "Nobody may read this").await;
    let pass = pass_of(&app, &rejected).await;
    expect_status(&pass, "Rejected", "stop", false);
    assert!(!pass.text().contains("Nobody may read this"), "the pass shows the desk's reason");
}

#[tokio::test]
async fn a_cancelled_or_rejected_pass_names_nobody_and_is_not_printed_but_by_staff() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = || Entry::for_vehicle("MH 12 AB 1234").helped_by("Suresh Patil", "98200 00002");
    let cancelled = entry().submitted_by(&asha).await.cancelled_by(&asha).await;
    let rejected = entry().submitted_by(&asha).await;
    let rejected = rejected.rejected_by(&app.supervisor().await, "Another vehicle").await;
    for entry in [cancelled, rejected] {
        let prints = ["/print/a4", "/print/a6", "/print/80mm", "/qr.png", "/qr.svg"];
        let prints = prints.map(|print| format!("/p/{}{print}", entry.token));
        for outsider in [&app.nobody(), &asha] {
            let pass = outsider.get(&format!("/p/{}", entry.token)).await.expect_status(200);
            let text = pass.text();
            assert!(!text.contains("Ramesh Kumar") && !text.contains("Suresh Patil"), "{text}");
            assert!(!pass.has("dl"), "{text}");
            assert!(text.contains("Ask whoever sent it to you"), "{text}");
            for path in &prints {
                outsider.get(path).await.expect_status(404);
            }
        }
        let guard = app.guard().await;
        let pass = guard.get(&format!("/p/{}", entry.token)).await.expect_status(200);
        assert_eq!(pass.all("dl.summary dd")[..2], ["Ramesh Kumar", "Suresh Patil"]);
        for path in &prints {
            guard.get(path).await.expect_status(200);
        }
    }
}

#[tokio::test]
async fn a_pass_is_expired_from_the_end_of_its_window_on() {
    let app = App::spawn().await;
    let entry = submitted(&app).await.approved_by(&app.supervisor().await).await;
    app.clock.advance(Duration::hours(36) - Duration::minutes(1));
    expect_status(&pass_of(&app, &entry).await, "Approved", "ok", true);
    app.clock.advance(Duration::minutes(1));
    expect_status(&pass_of(&app, &entry).await, "Expired", "stop", false);
}

#[tokio::test]
async fn a_pass_that_this_site_did_not_sign_is_not_found() {
    let app = App::spawn().await;
    let entry = submitted(&app).await;
    let now = app.clock.now();
    let claims = Claims {
        submission: entry.id.parse().unwrap(),
        valid_from: now - Duration::days(1),
        valid_until: now + Duration::days(1),
        plate: "MH12AB1234".to_owned(),
        driver: "Ramesh Kumar".to_owned(),
        helper: String::new(),
    };
    for (whose, id) in [("a key that this site does not have", 77), ("the name of this site's key", 1)] {
        let forged = token::sign(&SigningKey::from_seed(id, &[7; 32]), &claims);
        assert_eq!(app.nobody().get(&format!("/p/{forged}")).await.status, 404, "{whose}");
    }
}

#[tokio::test]
async fn a_pass_that_was_issued_is_found_whatever_became_of_its_key() {
    let app = App::spawn().await;
    let first = submitted(&app).await;
    for _ in 0..3 {
        rotation::rotate(app.state(), &Operator::at_the_command_line()).await.unwrap();
        pass_of(&app, &first).await;
    }
    app.clock.advance(Duration::hours(37));
    expect_status(&pass_of(&app, &first).await, "Expired", "stop", false);
}

const FORMATS: [&str; 3] = ["a4", "a6", "80mm"];

#[tokio::test]
async fn the_printed_pass_says_what_the_drivers_page_says_and_when_it_was_printed() {
    let app = App::spawn().await;
    let entry = submitted(&app).await;
    for format in FORMATS {
        for start in ["p", "P"] {
            let path = format!("/{start}/{}/print/{format}", entry.token);
            let page = app.nobody().get(&path).await.expect_status(200);
            assert_eq!(page.text_of("header"), "Gatehouse Gate pass", "{path}");
            assert_eq!(page.text_of(".plate"), "MH 12 AB 1234", "{path}");
            assert_eq!(page.text_of("figcaption .reference"), entry.reference, "{path}");
            let facts = ["Ramesh Kumar", "Suresh Patil", "20 Nov 2026, 00:00 IST", "21 Nov 2026, 23:59 IST"];
            assert_eq!(page.all("dl dd"), facts, "{path}");
            let status = "Waiting for decision as of 20 Nov 2026, 12:00 IST";
            assert_eq!(page.text_of(".status"), status, "{path}");
            assert!(page.has(".qr svg[role=img]"), "{path}");
            assert!(!page.has("nav, form, a, [style], style"), "{path}");
        }
    }
}

#[tokio::test]
async fn each_paper_has_a_size_of_its_own_and_no_other_paper_is_known() {
    let app = App::spawn().await;
    let entry = submitted(&app).await;
    let path = |format: &str| format!("/p/{}/print/{format}", entry.token);
    for (format, size) in [("a4", "A4"), ("a6", "105mm 148mm"), ("80mm", "80mm 160mm")] {
        let page = app.nobody().get(&path(format)).await;
        let sheet = page.attribute("link[rel=stylesheet][href*='/print/']", "href");
        let sheet = app.nobody().get(&sheet).await.expect_status(200).text();
        assert!(sheet.starts_with(&format!("@page {{ size: {size};")), "{format}: {sheet}");
    }
    for unknown in ["a5", "A4", "letter", "", "80mm.css", "a4%00"] {
        app.nobody().get(&path(unknown)).await.expect_status(404);
    }
    app.nobody().get(&format!("/p/{}A/print/a4", entry.token)).await.expect_status(404);
}

#[tokio::test]
async fn a_pass_that_opens_nothing_is_printed_without_its_code_and_not_offered_for_print() {
    let app = App::spawn().await;
    let entry = submitted(&app).await;
    assert_eq!(links_to_print(&pass_of(&app, &entry).await), 3);
    let asha = app.nobody().signed_in_as("asha@example.com").await;
    assert_eq!(links_to_print(&asha.get(&entry.path("")).await), 3);

    app.clock.advance(Duration::days(2));
    assert_eq!(links_to_print(&pass_of(&app, &entry).await), 0);
    assert_eq!(links_to_print(&asha.get(&entry.path("")).await), 0);
    let page = app.nobody().get(&format!("/p/{}/print/a6", entry.token)).await.expect_status(200);
    assert!(page.text_of(".status").starts_with("Expired as of"), "{}", page.text());
    assert!(!page.has("svg"), "{}", page.text());
}

fn links_to_print(page: &Page) -> usize {
    FORMATS.iter().filter(|format| page.has(&format!("a[href$='/print/{format}']"))).count()
}

#[tokio::test]
async fn the_customer_gives_the_pass_to_the_driver_by_links_that_need_no_script() {
    let app = App::spawn().await;
    let entry = submitted(&app).await;
    let asha = app.nobody().signed_in_as("asha@example.com").await;
    let page = asha.get(&entry.path("")).await;
    let address = format!("{}/p/{}", app.origin(), entry.token);
    assert_eq!(page.attribute("#pass-link[readonly]", "value"), address);

    let text = format!("Gate pass for MH 12 AB 1234, 20 Nov 2026. Show it at the gate: {address}");
    for (selector, before, name) in [
        ("a[href^='https://wa.me/']", "https://wa.me/", "text"),
        ("a[href^='sms:']", "sms:+919820000001", "body"),
        ("a[href^='mailto:']", "mailto:", "body"),
    ] {
        let href = page.attribute(selector, "href");
        assert!(!href.contains(['+', ' ']) || href.starts_with("sms:+91"), "{href}");
        assert!(href.starts_with(&format!("{before}?")), "{href}");
        let url = url::Url::parse(&href).unwrap();
        let value = url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!(value, text, "{href}");
    }
    let mail = url::Url::parse(&page.attribute("a[href^='mailto:']", "href")).unwrap();
    let subject = mail.query_pairs().find(|(key, _)| key == "subject").unwrap().1.into_owned();
    assert_eq!(subject, "Gate pass for MH 12 AB 1234");
    app.nobody().get(&format!("/p/{}", entry.token)).await.expect_status(200);
}
