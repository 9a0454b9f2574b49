//! Ten thousand posts that nobody sends in good faith, to every form of the site, by everybody.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use gatehouse::kernel::entity::audit_log;
use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION, SET_COOKIE};
use reqwest::{Method, RequestBuilder};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

use crate::permissions::{Row, VISITORS, Visitor, World, table};
use crate::support::chance::Chance;
use crate::support::entries::{JPEG, PDF, PNG, TODAY};
use crate::support::{Client, PASSWORD, Page, email_of, figures};

const POSTS: usize = 10_000;
const FORM: &str = "application/x-www-form-urlencoded";
const BOUNDARY: &str = "the-boundary";

/// The fields of all forms, and what would do.
const FIELDS: &[(&str, &str)] = &[
    ("vehicle_number", "MH 14 CD 5678"),
    ("customer_phone", "98765 43210"),
    ("expected_on", TODAY),
    ("use_anyway", "yes"),
    ("nonce", "01939c3e-0000-7000-8000-000000000001"),
    ("driver_name", "Ramesh Kumar"),
    ("driver_phone", "98200 00001"),
    ("driver_language", "hi"),
    ("driver_license_no", "MH12 20110012345"),
    ("helper_name", "Suresh Yadav"),
    ("helper_phone", "98200 00002"),
    ("helper_language", "gu"),
    ("consent", "yes"),
    ("draft_version", "2"),
    ("document_type", "puc"),
    ("valid_until", "2027-11-20"),
    ("puc_valid_until", "2027-11-20"),
    ("puc_use", "01939c3e-0000-7000-8000-000000000001"),
    ("detach", "puc"),
    ("email", "somebody@example.com"),
    ("full_name", "Somebody Else"),
    ("company_name", "Other Logistics"),
    ("phone", "98765 43210"),
    ("password", PASSWORD),
    ("password_confirm", PASSWORD),
    ("current_password", PASSWORD),
    ("language", "hi"),
    ("next", "/account"),
    ("role", "guard"),
    ("code", "MH12AB1234"),
    ("confirm", "paper-missing"),
    ("reason", "The papers are of another vehicle"),
    ("remark", "Drives well"),
    ("rating", "3"),
    ("from", TODAY),
    ("until", "2026-12-20"),
    ("name", "Somebody Else"),
    ("seen", "1"),
    ("seen_other", "1"),
];

/// What opens files, and what only looks like it.
const FILES: [&str; 5] = ["puc", "file", "driver_license", "vehicle_registration", "consent"];

const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' autofocus onfocus=alert(1) x='",
    "</textarea></title><script>alert(1)</script>",
    "javascript:alert(1)//<script>",
    "{{7*7}}{% include \"x\" %}${7*7}<%= 7*7 %>#{7*7}",
    "' OR 1=1; DROP TABLE submission; --",
    "1); DELETE FROM audit_log; --",
    "%' ESCAPE '!' --",
    "\\",
    "a\r\nX-Injected: yes\r\n\r\n<script>alert(1)</script>",
    "a\nSet-Cookie: injected=yes",
    "a@example.com\r\nBcc: everybody@example.com",
    "a@example.com,b@example.com",
    "//evil.example/\\",
    "https://evil.example/",
    "/\t/evil.example",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "\0",
    "Ram\0esh",
    "\u{1}\u{7}\u{8}\u{b}\u{1b}[31m\u{7f}\u{85}\u{2028}",
    "\u{202E}hsemaR\u{202C}",
    "\u{2066}x\u{2069}\u{200F}\u{FEFF}",
    "R\u{301}\u{302}\u{303}\u{304}\u{305}",
    "🚚🚛👩\u{200D}🔧",
    "\u{FFFF}\u{10FFFF}\u{E0001}",
    "ﷺ",
    "İıſK",
    "٣٤٥",
    "",
    " ",
    "-1",
    "0",
    "2147483648",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999999999999999999",
    "1e308",
    "NaN",
    "0x7fffffff",
    "true",
    "null",
    "[object Object]",
    "9999-12-31",
    "-0001-01-01",
    "+262142-12-31",
    "2026-02-30",
    "2026-11-20T00:00:00Z",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "{01939c3e-0000-7000-8000-000000000001}",
];

/// A text that no form asks for.
fn hostile(chance: &mut Chance) -> String {
    match chance.below(20) {
        0 => {
            let unit = *chance.of(&["x", "9", "ம்", "🚚", "<", "\0", "%", "'", " ", "R\u{301}"]);
            let length = *chance.of(&[100, 255, 256, 2_000, 10_000, 60_000]);
            unit.repeat(length / unit.len())
        }
        1 => (0..chance.below(60))
            .map(|_| char::from_u32(u32::try_from(chance.below(0x2_0000)).unwrap()).unwrap_or('?'))
            .collect(),
        2 => format!("{}{}", chance.of(FIELDS).1, chance.of(HOSTILE)),
        3 => format!("{}{}", chance.of(HOSTILE), chance.of(HOSTILE)),
        _ => (*chance.of(HOSTILE)).to_owned(),
    }
}

/// Fields by name: most there are, some hostile, some twice, some that no form has.
fn fields(chance: &mut Chance) -> Vec<(String, String)> {
    let hostile_ones = *chance.of(&[2, 10, 50, 100]);
    let mut fields = Vec::new();
    for (name, right) in FIELDS {
        while chance.happens(if fields.last().is_some_and(|(last, _)| last == name) { 3 } else { 85 }) {
            let value = if chance.happens(hostile_ones) { hostile(chance) } else { (*right).to_owned() };
            fields.push(((*name).to_owned(), value));
        }
    }
    if chance.happens(10) {
        fields.push((hostile(chance), hostile(chance)));
    }
    fields
}

fn urlencoded(fields: &[(String, String)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

/// A form with files, as bytes, with the names of fields and files as they are.
fn multipart(chance: &mut Chance) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields(chance) {
        if chance.happens(40) {
            body.extend(
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .bytes(),
            );
        }
    }
    for _ in 0..chance.below(4) {
        let name = chance.of(&FILES);
        let file_name = if chance.happens(50) { "paper.pdf".to_owned() } else { hostile(chance) };
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n").bytes());
        if chance.happens(50) {
            let content_type = *chance.of(&[
                "application/pdf",
                "text/html",
                "multipart/mixed; boundary=inner",
                "x",
                "\u{7f}",
            ]);
            body.extend(format!("Content-Type: {content_type}\r\n").bytes());
        }
        body.extend(b"\r\n");
        let mut file = chance.of(&[PDF, JPEG, PNG]).bytes.to_vec();
        if chance.happens(50) {
            spoil(chance, &mut file);
        }
        body.extend(file);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

/// Changes some bytes, or cuts the end off.
fn spoil(chance: &mut Chance, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    for _ in 0..chance.below(20) {
        let at = chance.below(bytes.len());
        bytes[at] = u8::try_from(chance.below(256)).unwrap();
    }
    if chance.happens(50) {
        bytes.truncate(chance.below(bytes.len()));
    }
}

/// Content type and body.
fn body(chance: &mut Chance) -> (Vec<u8>, Vec<u8>) {
    let upload = format!("multipart/form-data; boundary={BOUNDARY}");
    let (content_type, body) = match chance.below(100) {
        0..50 => (FORM, urlencoded(&fields(chance))),
        50..60 => {
            let mut body = urlencoded(&fields(chance));
            spoil(chance, &mut body);
            body.extend(*chance.of(&[
                &b"&reason=%ff%fe%c3%28"[..],
                b"%",
                b"&&==&%zz",
                b"\xff\xfe\0",
                b"&code=%00",
            ]));
            (FORM, body)
        }
        60..75 => (&*upload, multipart(chance)),
        75..83 => {
            let mut body = multipart(chance);
            spoil(chance, &mut body);
            (&*upload, body)
        }
        83..86 => (
            &*upload,
            format!("--{BOUNDARY}\r\nContent-Type: multipart/mixed; boundary={BOUNDARY}\r\n\r\n")
                .repeat(200)
                .into(),
        ),
        86 => (
            *chance.of(&[
                "multipart/form-data",
                "multipart/form-data; boundary=\"\"",
                "multipart/;boundary=x",
            ]),
            multipart(chance),
        ),
        87..90 => ("application/json", "[".repeat(30_000).into()),
        90..92 => ("application/json", "{\"password\":".repeat(5_000).into()),
        92..96 => (
            *chance.of(&["text/plain", "text/html", "", "application/xml", "x; charset=\u{7f}"]),
            urlencoded(&fields(chance)),
        ),
        96 => ("application/x-www-form-urlencoded; charset=utf-7", urlencoded(&fields(chance))),
        97 => (FORM, Vec::new()),
        98 => (FORM, format!("a{}=1", "[x]".repeat(15_000)).into()),
        _ => (FORM, format!("reason={}", "9".repeat(chance.below(300_000))).into()),
    };
    (content_type.as_bytes().to_vec(), body)
}

/// A post to `path`, which is sometimes another one.
fn post(chance: &mut Chance, browser: &Client, row: &Row, path: &str) -> RequestBuilder {
    let mut path = path.to_owned();
    if chance.happens(5) {
        path = row.path(&percent(&hostile(chance)));
    }
    if chance.happens(5) {
        write!(path, "?{}={}", percent(&hostile(chance)), percent(&hostile(chance))).unwrap();
    }
    path.truncate(8_000);
    let (content_type, body) = body(chance);
    let mut request = browser.request(Method::POST, &path).body(body);
    if let Ok(content_type) = HeaderValue::from_bytes(&content_type) {
        request = request.header(CONTENT_TYPE, content_type);
    }
    if chance.happens(20) {
        let name = *chance.of(&[
            "referer",
            "user-agent",
            "accept-language",
            "accept",
            "accept-encoding",
            "x-forwarded-for",
            "forwarded",
            "x-forwarded-host",
            "x-http-method-override",
            "content-encoding",
            "range",
            "if-none-match",
        ]);
        let hostile = hostile(chance).replace(char::is_control, "").chars().take(4_000).collect::<String>();
        let value = if chance.happens(30) {
            chance.of(&["gzip", "br", "*", "en;q=9", "::1"]).to_owned().to_owned()
        } else {
            hostile
        };
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            request = request.header(name, value);
        }
    }
    request
}

/// Every byte as a path or a query may have it.
fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes().take(1_000) {
        write!(encoded, "%{byte:02x}").unwrap();
    }
    encoded
}

/// What is wrong with an answer.
fn fault_of(page: &Page) -> Option<String> {
    let text = String::from_utf8_lossy(&page.body);
    let locations =
        page.headers.get_all(LOCATION).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let mut cookies = page.headers.get_all(SET_COOKIE).iter();
    if page.status.is_server_error() {
        Some(format!("{}: {text}", page.status))
    } else if let Some(markup) =
        ["<script>", "<img src=x", "onfocus=alert(1) x='>"].iter().find(|markup| text.contains(**markup))
    {
        Some(format!("{markup} on the page"))
    } else if page.headers.contains_key("x-injected")
        || cookies.any(|value| value.as_bytes().starts_with(b"injected"))
    {
        Some("a header that ours did not write".to_owned())
    } else {
        let mut strange =
            locations.filter(|to| !to.starts_with('/') || to.starts_with("//") || to.starts_with("/\\"));
        strange.next().map(|to| format!("leads to {to}"))
    }
}

/// Signs everybody in again whose session was ended.
async fn sign_in(world: &mut World) {
    for (visitor, name) in [
        (Visitor::Customer, "Asha"),
        (Visitor::OtherCustomer, "Bina"),
        (Visitor::Guard, "Gurpreet"),
        (Visitor::Supervisor, "Sunita"),
        (Visitor::Admin, "Anand"),
    ] {
        if world.browsers[visitor as usize].get("/account").await.status != 200 {
            world.browsers[visitor as usize] = world.app.nobody().signed_in_as(&email_of(name)).await;
        }
    }
}

/// Where each visitor sees what others have sent.
fn pages(visitor: Visitor) -> &'static [&'static str] {
    match visitor {
        Visitor::Nobody => &["/login"],
        Visitor::Customer | Visitor::OtherCustomer => {
            &["/submissions", "/documents", "/account", "/account/sessions"]
        }
        Visitor::Guard => &["/gate", "/admin/submissions", "/account/sessions"],
        Visitor::Supervisor | Visitor::Admin => &[
            "/admin/submissions",
            "/admin/vehicles",
            "/admin/crew",
            "/admin/messages",
            "/admin/audit",
            "/account",
            "/account/sessions",
        ],
    }
}

#[tokio::test]
#[ignore = "takes a while; tests/faults/run.sh runs it"]
async fn ten_thousand_hostile_posts_cause_no_fault() {
    let rows: Vec<_> = table().into_iter().filter(|row| row.method == Method::POST).collect();
    let each = POSTS.div_ceil(rows.len() * VISITORS.len());
    let mut answers = BTreeMap::<u16, usize>::new();
    let mut faults = Vec::new();
    let mut slowest = Duration::ZERO;
    for visitor in VISITORS {
        let mut chance = Chance::new(visitor as u64);
        let mut world = World::new().await;
        let mut logged = 0;
        for row in &rows {
            sign_in(&mut world).await;
            let path = row.path(&world.arrange(row.thing).await);
            let browser = world.browsers[visitor as usize].clone();
            let mut told_to_wait = false;
            for number in 0..each {
                let request = post(&mut chance, &browser, row, &path);
                let begun = Instant::now();
                let answer = browser.try_send(request).await;
                slowest = slowest.max(begun.elapsed());
                let what = format!("{visitor:?}, {row}, number {number}");
                match answer {
                    Err(error) => faults.push(format!("{what}: {error:?}")),
                    Ok(page) => {
                        *answers.entry(page.status.as_u16()).or_default() += 1;
                        told_to_wait |= page.status == 429;
                        faults.extend(fault_of(&page).map(|fault| format!("{what}: {fault}")));
                        if page.status == 303 && chance.happens(30) {
                            let page = page.follow().await;
                            faults.extend(fault_of(&page).map(|fault| format!("{what}, followed: {fault}")));
                        }
                    }
                }
            }
            if told_to_wait {
                world.app.clock.advance(chrono::Duration::minutes(16));
            }
            let now = audit_log::Entity::find().count(world.app.state().database.reader()).await.unwrap();
            assert!(logged <= now, "{row}: the audit log had {logged} rows and has {now}");
            logged = now;
        }
        sign_in(&mut world).await;
        world.app.admin().await.get("/admin/users").await.expect_status(200);
        for reader in VISITORS {
            for path in pages(reader) {
                let page = world.browsers[reader as usize].get(path).await.expect_status(200);
                faults.extend(fault_of(&page).map(|fault| format!("{path} after {visitor:?}: {fault}")));
            }
        }
        world.app.deliver().await;
        // Each has one receiver, or reading them ends the test.
        world.app.mails();
    }
    let sent: usize = answers.values().sum();
    figures(&format!(
        "{sent} hostile posts to {} forms: {answers:?} by status, slowest {slowest:.1?}",
        rows.len()
    ));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults[..faults.len().min(20)].join("\n"));
    assert!(sent >= POSTS, "{sent} posts");
}
