//! Reading what is scanned or typed.

use chrono::Duration;
use gatehouse::features::passes::token::{self, Claims, SigningKey};
use gatehouse::kernel::entity::scan::ScanMeans;
use uuid::Uuid;

use super::{scan, scans, verdict};
use crate::support::entries::Entry;
use crate::support::{App, Client, Page};

/// `token` with another character so many from its end. The last 102 are the signature.
fn forged(token: &str, from_end: usize) -> String {
    let (head, tail) = token.split_at(token.len() - from_end);
    format!("{head}{}{}", if tail.starts_with('A') { "B" } else { "A" }, &tail[1..])
}

/// What the page of a scan says that led nowhere.
async fn stopped(guard: &Client, code: &str) -> Page {
    let path = scan(guard, code).await;
    assert!(path.starts_with("/gate/scans/"), "{code:?} leads to {path}");
    let page = guard.get(&path).await.expect_status(200);
    assert_eq!(page.text_of(".verdict-stop .verdict-word"), "Stop", "{code:?}");
    page
}

const FORGED: &str = "This pass is forged. It was not issued here.";
const UNKNOWN: &str = "No pass is known for this.";

#[tokio::test]
async fn a_pass_is_found_by_whatever_of_it_is_scanned_or_typed() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let guard = app.guard().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").helped_by("Suresh", "98200 00002");
    let entry = entry.submitted_by(&asha).await;
    let token = &entry.token;
    let spaced_reference = format!("{} {}", &entry.reference[..4], &entry.reference[4..]);
    for (what, code) in [
        ("the token", token.clone()),
        ("the token in lower case", token.to_lowercase()),
        ("the QR code's address", format!("{}/P/{token}", app.origin().to_uppercase())),
        ("the address in lower case", format!("{}/p/{}", app.origin(), token.to_lowercase())),
        ("the token with what a scanner adds", format!(" {token}\r\n")),
        ("the reference", entry.reference.clone()),
        ("the reference in lower case", entry.reference.to_lowercase()),
        ("the reference with O for 0 and I for 1", entry.reference.replace('0', "o").replace('1', "i")),
        ("the reference with a space", spaced_reference),
        ("the plate as stored", "MH12AB1234".to_owned()),
        ("the plate in lower case", "mh12ab1234".to_owned()),
        ("the plate with signs", " mh-12 ab.1234 ".to_owned()),
        ("the plate in wide letters", "ＭＨ12ＡＢ1234".to_owned()),
        ("the driver's phone", "98200 00001".to_owned()),
        ("the driver's phone with the country", "+91-98200-00001".to_owned()),
        ("the driver's phone in Hindi digits", "९८२००००००१".to_owned()),
        ("the helper's phone", "09820000002".to_owned()),
        ("the customer's phone", "98765 43210".to_owned()),
    ] {
        assert_eq!(scan(&guard, &code).await, entry.gate(""), "{what}");
    }
}

#[tokio::test]
async fn what_scanners_and_messages_put_around_a_code_is_no_part_of_it() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let (token, reference) = (&entry.token, &entry.reference);
    let link = format!("{}/p/{token}", app.origin());
    let codes =
        [token.clone(), link.clone(), link.to_uppercase(), reference.clone(), "MH12AB1234".to_owned()];
    for code in codes.iter().map(String::as_str).chain(["98200 00001", "+919820000001"]) {
        for framed in [
            format!("{code};"),
            format!("{code}\u{200B}"),
            format!("\u{FEFF}{code}\r\n"),
            format!("\u{2}{code}\u{3}"),
            format!("]Q1{code}"),
            format!("\u{2}]Q1{code};\u{3}\r"),
            format!("<{code}>"),
            format!("\"{code}\""),
            format!("*{code}*#"),
            format!("Show this at the gate: {code}.\nBring your papers, and come on 20 Nov 2026."),
        ] {
            assert_eq!(scan(&guard, &framed).await, entry.gate(""), "{framed:?}");
        }
    }
    for (what, code) in [
        ("a slash behind the link", format!("{link}/")),
        ("the link of a print", format!("{link}/print/a4?x=1")),
        ("another site's name before it", format!("https://old.example/P/{token}")),
        (
            "the link within a link",
            format!("https://chat.example/?text={}", link.replace(':', "%3A").replace('/', "%2F")),
        ),
        (
            "a link to something else beside the plate",
            "https://photos.example/p/abc truck MH12AB1234".to_owned(),
        ),
        ("the reference in Hindi digits", hindi(reference)),
        ("the plate in Hindi digits", "MH १२ AB १२३४".to_owned()),
        ("the plate with slashes", "MH/12/AB/1234".to_owned()),
        ("the phone as a link", "tel:+91-98200-00001".to_owned()),
        ("the phone as dialled from abroad", "00919820000001".to_owned()),
        (
            "a message with all of it",
            format!(
                "Entry {reference} of Asha Logistics: MH 12 AB 1234 on 20 Nov, driver +91 98200 00001\n{link}"
            ),
        ),
    ] {
        assert_eq!(scan(&guard, &code).await, entry.gate(""), "{what}");
    }
    // What was read is kept, and not the message around it.
    scan(&guard, &format!("Truck MH 12 AB 1234 is at the gate {}", "x".repeat(100))).await;
    assert_eq!(scans(&app).await.last().map(|scan| scan.typed.clone()).as_deref(), Some("MH 12 AB 1234"));
}

fn hindi(digits: &str) -> String {
    let digit = |c: char| c.to_digit(10).and_then(|digit| char::from_u32(0x966 + digit)).unwrap_or(c);
    digits.chars().map(digit).collect()
}

#[tokio::test]
async fn a_plate_in_a_message_with_several_passes_leads_to_the_list_of_them() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for _ in 0..2 {
        Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    }
    let guard = app.guard().await;
    let path = scan(&guard, "The truck MH 12 AB 1234; is here").await;
    let page = guard.get(&path).await.expect_status(200);
    assert_eq!(page.all("main a[href^='/gate/submissions/']").len(), 2, "{}", page.text());
}

#[tokio::test]
async fn a_plate_that_could_be_a_reference_is_found() {
    let app = App::spawn().await;
    let entry = Entry::for_vehicle("KA 01 A 123").submitted_by(&app.customer("Asha").await).await;
    assert_eq!(scan(&app.guard().await, "KA01A123").await, entry.gate(""));
}

#[tokio::test]
async fn an_empty_or_over_long_code_is_refused_at_the_field() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    for (code, message) in [
        (String::new(), "Scan or type something first"),
        (" \t\r\n".to_owned(), "Scan or type something first"),
        ("9".repeat(4_001), "That is too long to be a pass"),
        ("ॐ".repeat(5_000), "That is too long to be a pass"),
    ] {
        let page = guard.post("/gate/scan", &[("code", code.as_str())]).await.expect_status(422);
        assert_eq!(page.error_at("code"), message);
        assert_eq!(page.field_value("code").trim(), code.trim(), "nothing of it is cut off");
    }
    let page = guard.post("/gate/scan", &[]).await.expect_status(422);
    assert_eq!(page.error_at("code"), "Scan or type something first");
    assert!(scans(&app).await.is_empty());
}

#[tokio::test]
async fn what_belongs_to_no_pass_is_stopped_as_unknown() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let guard = app.guard().await;
    Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    for (what, code) in [
        ("an unknown plate", "GJ 01 CD 5678".to_owned()),
        ("a draft's plate", "MH 12 AB 1234".to_owned()),
        ("a draft's driver", "98200 00001".to_owned()),
        ("an unknown phone", "98200 00009".to_owned()),
        ("an unknown reference", "00000000".to_owned()),
        ("words", "let me in".to_owned()),
        ("another site's address", "https://example.com/menu".to_owned()),
        ("an address without a token", format!("{}/P/", app.origin().to_uppercase())),
        ("the longest code that is read", "9".repeat(4_000)),
        ("signs", "🚚 \u{202E}\u{0} '; DROP TABLE scan; --".to_owned()),
    ] {
        assert_eq!(stopped(&guard, &code).await.all(".reasons li"), [UNKNOWN], "{what}");
    }
}

#[tokio::test]
async fn two_equal_scans_within_a_second_are_one() {
    let app = App::spawn().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let guard = app.guard().await;
    for code in [&entry.token, "MH12AB1234", "nothing known"] {
        let before = scans(&app).await.len();
        app.clock.advance(Duration::seconds(1));
        let (first, second) = tokio::join!(scan(&guard, code), scan(&guard, code));
        assert_eq!(first, second, "{code}");
        app.clock.advance(Duration::milliseconds(900));
        assert_eq!(scan(&guard, code).await, first, "{code}");
        assert_eq!(scans(&app).await.len(), before + 1, "{code}");
        app.clock.advance(Duration::milliseconds(100));
        scan(&guard, code).await;
        assert_eq!(scans(&app).await.len(), before + 2, "{code}: a second later it is another");
    }
    // Somebody else's scan, or another in between, counts.
    let before = scans(&app).await.len();
    app.clock.advance(Duration::seconds(1));
    for browser in [&guard, &app.supervisor().await, &guard] {
        scan(browser, &entry.token).await;
    }
    scan(&guard, "MH12AB1234").await;
    scan(&guard, &entry.token).await;
    assert_eq!(scans(&app).await.len(), before + 4);
}

#[tokio::test]
async fn every_page_of_the_gate_and_of_decisions_waits_for_the_next_scan_and_no_box_lets_in_by_enter() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let warned = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let warned = warned.approved_by(&supervisor).await;
    let stopped = Entry::for_vehicle("MH 14 CD 5678").on("2026-11-25");
    let stopped = stopped.submitted_by(&app.customer("Bina").await).await.approved_by(&supervisor).await;
    let unknown = scan(&supervisor, "nothing known").await;
    let pages = [
        "/gate",
        &unknown,
        &warned.gate(""),
        &stopped.gate(""),
        &stopped.gate("/override"),
        &stopped.desk(""),
    ];
    for path in pages {
        let page = supervisor.get(path).await.expect_status(200);
        let form = "form.scan[method=post][action='/gate/scan']";
        assert!(page.has(&format!("{form} input[name=code][autofocus]")), "{path}");
        assert_eq!(page.all("[autofocus]").len(), 1, "{path}");
        assert!(page.has("script[src$='/gate.js']"), "{path}");
        let label = page.text_of(&format!("{form} label:not(.visually-hidden)"));
        assert_eq!(label, "Scan the pass, or type the vehicle number, phone or reference", "{path}");
    }
    // Enter at a box presses the first button of its form.
    let first = "form[action$='/check-in'] :is(button, input[type=submit])";
    let page = supervisor.get(&warned.gate("")).await;
    assert_eq!(page.attribute(first, "formmethod"), "get", "{}", page.text());
    assert_eq!(page.attribute(first, "formaction"), warned.gate(""));
}

#[tokio::test]
async fn what_was_typed_is_shown_as_it_is() {
    let app = App::spawn().await;
    let page = stopped(&app.guard().await, "<script>alert(1)</script>").await;
    assert_eq!(page.text_of(".plate-display"), "<script>alert(1)</script>");
    assert!(!page.has("main script"));
}

#[tokio::test]
async fn a_token_with_a_changed_character_is_stopped() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let token = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await.token;
    for from_end in (1..=token.len()).step_by(9) {
        stopped(&guard, &forged(&token, from_end)).await;
    }
}

#[tokio::test]
async fn a_token_whose_signature_was_changed_is_stopped_as_forged() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let token = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await.token;
    for from_end in [5, 50, 95] {
        let forged = forged(&token, from_end);
        assert_eq!(stopped(&guard, &forged).await.all(".reasons li"), [FORGED], "{from_end} from the end");
        let address = format!("{}/P/{forged}", app.origin().to_uppercase());
        assert_eq!(stopped(&guard, &address).await.all(".reasons li"), [FORGED], "{from_end} from the end");
    }
}

#[tokio::test]
async fn a_pass_of_another_installation_is_stopped_as_forged() {
    let elsewhere = App::spawn_with(&[("SECRET_KEY", "the secret of another installation")]).await;
    let token =
        Entry::for_vehicle("MH 12 AB 1234").submitted_by(&elsewhere.customer("Asha").await).await.token;
    drop(elsewhere);

    let app = App::spawn().await;
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    assert_eq!(stopped(&app.guard().await, &token).await.all(".reasons li"), [FORGED]);
}

#[tokio::test]
async fn a_pass_under_an_unknown_key_is_stopped_as_forged() {
    let app = App::spawn().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let forged =
        token::sign(&SigningKey::from_seed(77, &[7; 32]), &claims_of(entry.id.parse().unwrap(), &app));
    assert_eq!(stopped(&app.guard().await, &forged).await.all(".reasons li"), [FORGED]);
}

/// What a forger would write.
fn claims_of(submission: Uuid, app: &App) -> Claims {
    let now = app.clock.now();
    Claims {
        submission,
        valid_from: now - Duration::days(1),
        valid_until: now + Duration::days(1),
        plate: "MH12AB1234".to_owned(),
        driver: "Ramesh Kumar".to_owned(),
        helper: String::new(),
    }
}

#[tokio::test]
async fn of_several_passes_the_one_inside_comes_first() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let supervisor = app.supervisor().await;
    let inside = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await.approved_by(&supervisor).await;
    let inside = inside.checked_in_by(&app.guard().await).await;
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await.approved_by(&supervisor).await;
    Entry::for_vehicle("MH 12 AB 1234").on("2026-11-25").submitted_by(&asha).await;
    for code in ["MH12AB1234", "98200 00001", "98765 43210"] {
        assert_eq!(scan(&app.guard().await, code).await, inside.gate(""), "{code}");
    }

    app.clock.advance(Duration::days(5));
    let guard = app.guard().await;
    assert_eq!(scan(&guard, "MH12AB1234").await, inside.gate(""), "its window has passed, but it is inside");
}

#[tokio::test]
async fn of_several_passes_the_one_in_its_window_comes_next() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let guard = app.guard().await;
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await.cancelled_by(&asha).await;
    let today = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let later = Entry::for_vehicle("MH 12 AB 1234").on("2026-11-25").submitted_by(&asha).await;
    assert_eq!(scan(&guard, "MH12AB1234").await, today.gate(""));

    app.clock.advance(Duration::days(5));
    assert_eq!(scan(&app.guard().await, "MH12AB1234").await, later.gate(""));
}

#[tokio::test]
async fn todays_pass_is_found_among_many_later_ones() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let today = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    for day in 21..=30 {
        Entry::for_vehicle("MH 12 AB 1234").on(&format!("2026-11-{day}")).submitted_by(&asha).await;
        Entry::for_vehicle("MH 12 AB 1234").on(&format!("2026-12-{:02}", day - 20)).submitted_by(&asha).await;
    }
    assert_eq!(scan(&app.guard().await, "MH12AB1234").await, today.gate(""));
}

#[tokio::test]
async fn a_vehicle_inside_is_found_by_a_phone_that_many_passes_bear() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let inside = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let inside = inside.approved_by(&app.supervisor().await).await.checked_in_by(&app.guard().await).await;
    for number in 1..=20 {
        let other = Entry::for_vehicle(&format!("GJ 01 CD {number:04}")).on("2026-12-01");
        other.driven_by("Imran", "98200 00009").submitted_by(&asha).await;
    }
    assert_eq!(scan(&app.guard().await, "98765 43210").await, inside.gate(""));
}

#[tokio::test]
async fn several_passes_that_could_be_meant_are_listed() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let guard = app.guard().await;
    let one = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let other = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let path = scan(&guard, "mh12ab1234").await;
    assert!(path.starts_with("/gate/scans/"), "{path}");
    let page = guard.get(&path).await.expect_status(200);
    assert_eq!(page.text_of("h1"), "Several passes");
    assert!(page.has(&format!(".tasks a[href='{}']", one.gate(""))));
    assert!(page.has(&format!(".tasks a[href='{}']", other.gate(""))));
    assert!(!page.has(".verdict"), "a list is no verdict");
}

#[tokio::test]
async fn the_passes_of_today_are_listed_however_many_later_ones_there_are() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let guard = app.guard().await;
    let one = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let other = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    for day in 1..=20 {
        Entry::for_vehicle("MH 12 AB 1234").on(&format!("2026-12-{day:02}")).submitted_by(&asha).await;
    }
    let page = guard.get(&scan(&guard, "MH12AB1234").await).await.expect_status(200);
    assert!(page.has(&format!(".tasks a[href='{}']", one.gate(""))));
    assert!(page.has(&format!(".tasks a[href='{}']", other.gate(""))));
}

#[tokio::test]
async fn passes_of_other_days_are_listed_when_none_is_in_its_window() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let guard = app.guard().await;
    let cancelled = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await.cancelled_by(&asha).await;
    let later = Entry::for_vehicle("MH 12 AB 1234").on("2026-11-25").submitted_by(&asha).await;
    let page = guard.get(&scan(&guard, "MH12AB1234").await).await.expect_status(200);
    assert!(page.has(&format!(".tasks a[href='{}']", cancelled.gate(""))));
    assert!(page.has(&format!(".tasks a[href='{}']", later.gate(""))));
}

#[tokio::test]
async fn the_only_pass_is_shown_whatever_became_of_it() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await.cancelled_by(&asha).await;
    let guard = app.guard().await;
    for code in ["MH12AB1234", &entry.reference, &entry.token] {
        assert_eq!(scan(&guard, code).await, entry.gate(""));
    }
    assert!(verdict(&guard, &entry).await.has(".verdict-stop"));
}

#[tokio::test]
async fn every_scan_is_kept_and_no_token_with_it() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let guard = app.guard().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let address = format!("{}/P/{}", app.origin().to_uppercase(), entry.token);
    let forged = forged(&entry.token, 50);
    for code in [&entry.token, &address, &forged, &entry.reference, "mh12 ab1234", "98200 00001", "hello"] {
        scan(&guard, code).await;
    }
    let kept = scans(&app).await;
    let means: Vec<_> = kept.iter().map(|scan| (scan.means, scan.typed.as_str())).collect();
    let expected = [
        (ScanMeans::Token, ""),
        (ScanMeans::Token, ""),
        (ScanMeans::Token, ""),
        (ScanMeans::Reference, entry.reference.as_str()),
        (ScanMeans::Plate, "MH 12 AB 1234"),
        (ScanMeans::Phone, "+91 98200 00001"),
        (ScanMeans::Unknown, "hello"),
    ];
    assert_eq!(means, expected);
    let verdicts: Vec<_> = kept.iter().map(|scan| scan.verdict.as_str()).collect();
    assert_eq!(verdicts, ["warn", "warn", "stop", "warn", "warn", "warn", "stop"]);
    let led: Vec<_> = kept.iter().map(|scan| scan.submission_id.is_some()).collect();
    assert_eq!(led, [true, true, false, true, true, true, false]);
    assert_eq!(kept[6].reasons, "unknown");
}

#[tokio::test]
async fn of_a_token_that_cannot_be_read_too_little_is_kept_to_use_it() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    let token = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await.token;
    for code in [&token[..148], &format!("PASS {token}1"), &format!("{} {}", &token[..90], &token[90..])] {
        stopped(&guard, code).await;
    }
    for scan in scans(&app).await {
        assert!(scan.typed.len() <= 64, "kept: {}", scan.typed);
    }
}

#[tokio::test]
async fn the_gate_shows_what_is_inside_and_the_last_scans() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let guard = app.guard().await;
    let page = guard.get("/gate").await.expect_status(200);
    assert_eq!(page.text_of(".stats dd"), "0");
    assert!(!page.has(".recent"));

    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    scan(&guard, &entry.token).await;
    let entry = entry.approved_by(&app.supervisor().await).await;
    scan(&guard, &entry.token).await;
    let entry = entry.checked_in_by(&guard).await;
    scan(&guard, "MH12AB1234").await;
    let nowhere = scan(&guard, "GJ 01 CD 5678").await;

    let page = guard.get("/gate").await.expect_status(200);
    assert_eq!(page.text_of(".stats dd"), "1");
    assert_eq!(page.all(".recent .badge"), ["Stop", "Inside", "OK", "Check"]);
    assert_eq!(page.all(".recent a"), ["GJ 01 CD 5678", "MH 12 AB 1234", "MH 12 AB 1234", "MH 12 AB 1234"]);
    assert_eq!(page.attribute(".recent a", "href"), nowhere);
    assert_eq!(page.attribute(".recent li:last-child a", "href"), entry.gate(""));
}

#[tokio::test]
async fn a_scan_that_nobody_made_is_not_found() {
    let app = App::spawn().await;
    let guard = app.guard().await;
    guard.get("/gate/scans/019a9f00-0000-7000-8000-000000000001").await.expect_status(404);
    guard.get("/gate/scans/1").await.expect_status(404);
    guard.get("/gate/submissions/019a9f00-0000-7000-8000-000000000001").await.expect_status(404);
}

#[tokio::test]
async fn the_gate_is_for_staff_alone() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let page = scan(&app.guard().await, "nothing").await;
    for path in ["/gate", &page, &entry.gate("")] {
        asha.get(path).await.expect_status(403);
        assert!(app.nobody().get(path).await.expect_status(303).location().starts_with("/login"), "{path}");
    }
    for path in ["/gate/scan", &entry.gate("/check-in"), &entry.gate("/check-out"), &entry.gate("/refuse")] {
        let fields = [("code", "x"), ("nonce", super::NONCE), ("reason", "x")];
        asha.post(path, &fields).await.expect_status(403);
        let answer = app.nobody().post(path, &fields).await.expect_status(303);
        assert!(answer.location().starts_with("/login"), "{path}");
    }
    assert_eq!(scans(&app).await.len(), 1);
}
