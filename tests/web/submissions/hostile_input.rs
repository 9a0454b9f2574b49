//! What nobody types in good faith: never a fault of ours, never on a page as markup.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use reqwest::multipart::Form;

use crate::support::entries::{Entry, PDF};
use crate::support::{App, Client, Page};

fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' autofocus onfocus=alert(1) x='",
        "</textarea></title><b>bold</b>",
        "{{7*7}}${7*7}<%= 7*7 %>",
        "' OR 1=1; DROP TABLE submission; --",
        "\0",
        "Ram\0esh",
        "\u{1}\u{7}\u{8}\u{b}\u{1b}[31m\u{7f}\u{85}",
        "\u{202E}hsemaR\u{202C}",
        "\u{2066}x\u{2069}\u{200F}\u{FEFF}",
        "R\u{301}\u{302}\u{303}\u{304}\u{305}",
        "🚚🚛👩\u{200D}🔧",
        "\u{FFFF}\u{10FFFF}\u{E0001}",
        "ﷺ",
        "../../etc/passwd",
        "a\r\nSet-Cookie: session=x",
        "%00%ff%0d%0a",
        "-1",
        "99999999999999999999",
        "NaN",
        "٣٤٥",
        "2026-11-20'",
    ]
    .map(ToOwned::to_owned)
    .into();
    texts.extend(["x", "9", "ம்", "🚚", "<"].map(|unit| unit.repeat(10_000 / unit.len())));
    texts
}

/// An answer that is no fault, and on which nothing became markup that ours did not write.
#[track_caller]
fn assert_harmless(page: &Page, what: &str, text: &str) {
    let text: String = text.chars().take(50).collect();
    assert!(!page.status.is_server_error(), "{what}, {text:?}: {}", page.status);
    assert!(
        !page.headers.values().any(|value| value.as_bytes().starts_with(b"session=x")),
        "{what}, {text:?}"
    );
    for made in ["script:not([src])", "img[onerror]", "[onfocus]", "[onerror]", "main b"] {
        assert!(!page.has(made), "{what}, {text:?}: {made} on the page");
    }
}

const VEHICLE: [&str; 4] = ["vehicle_number", "customer_phone", "expected_on", "use_anyway"];
const CREW: [&str; 7] = [
    "driver_name",
    "driver_phone",
    "driver_language",
    "driver_license_no",
    "helper_name",
    "helper_phone",
    "helper_language",
];

#[tokio::test]
async fn no_form_of_a_customer_breaks_on_hostile_input() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let review = ["consent", "draft_version"];
    for text in hostile() {
        for (path, fields) in [
            ("/submissions/new", &VEHICLE[..]),
            (&draft.step("vehicle"), &VEHICLE),
            (&draft.step("crew"), &CREW),
            (&draft.step("review"), &review),
            (&draft.step("cancel"), &["x"]),
        ] {
            let fields: Vec<_> = fields.iter().map(|name| (*name, text.as_str())).collect();
            assert_harmless(&asha.post(path, &fields).await, path, &text);
        }
        let form = ["puc_valid_until", "puc_use", "detach", "consent"]
            .into_iter()
            .fold(Form::new().part("puc", PDF.part()), |form, name| form.text(name, text.clone()));
        let path = draft.step("documents");
        assert_harmless(&asha.post_multipart(&path, form).await, &path, &text);
    }
    assert_harmless(&asha.get("/submissions").await, "/submissions", "");
}

#[tokio::test]
async fn one_hostile_field_among_right_ones_breaks_nothing() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let vehicle = ["MH 12 AB 1234", "98765 43210", "2026-11-20", "yes"];
    let crew = ["Ramesh Kumar", "98200 00001", "hi", "MH12 2011", "Suresh Yadav", "98200 00002", "gu"];
    let forms = [
        ("vehicle", VEHICLE.into_iter().zip(vehicle).collect()),
        ("crew", CREW.into_iter().zip(crew).collect::<Vec<_>>()),
    ];
    for text in hostile() {
        for (step, right) in &forms {
            for place in 0..right.len() {
                let mut fields = right.clone();
                fields[place].1 = &text;
                let what = format!("{step}, {}", fields[place].0);
                let page = asha.post(&draft.step(step), &fields).await;
                assert_harmless(&page, &what, &text);
                if page.status == 303 {
                    for page in
                        [draft.path(), draft.step("vehicle"), draft.step("crew"), draft.step("review")]
                    {
                        assert_harmless(&asha.get(&page).await, &format!("{page} after {what}"), &text);
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn no_search_and_no_scan_breaks_on_hostile_input() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    for text in hostile() {
        let query = |name: &str| {
            url::form_urlencoded::Serializer::new(String::new()).append_pair(name, &text).finish()
        };
        for name in ["q", "status", "cursor", "from", "to", "sort"] {
            let path = format!("/admin/submissions?{}", query(name));
            assert_harmless(&supervisor.get(&path).await, name, &text);
        }
        for (list, name) in [
            ("/submissions", "q"),
            ("/submissions", "status"),
            ("/submissions", "cursor"),
            ("/submissions/new", "vehicle_number"),
            ("/vehicles/lookup", "vehicle_number"),
            ("/documents", "cursor"),
        ] {
            assert_harmless(&asha.get(&format!("{list}?{}", query(name))).await, list, &text);
        }
        for (path, name) in
            [("/gate/scan", "code"), (&entry.desk("/reject"), "x"), (&entry.gate("/refuse"), "reason")]
        {
            let page = supervisor.post(path, &[(name, &text)]).await;
            assert_harmless(&page, path, &text);
            if page.status == 303 {
                assert_harmless(&page.follow().await, path, &text);
            }
        }
        assert_harmless(
            &supervisor.post(&entry.gate("/check-in"), &[("nonce", &text), ("confirm", &text)]).await,
            "nonce",
            &text,
        );
    }
}

#[tokio::test]
async fn a_name_with_markup_is_shown_as_it_was_typed_wherever_it_is_shown() {
    const NAME: &str = "<script>alert(1)</script>";
    const REASON: &str = "</textarea><img src=x onerror=alert(1)>";
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry =
        Entry::for_vehicle("MH 12 AB 1234").driven_by(NAME, "98200 00001").helped_by(NAME, "98200 00002");
    let draft = entry.clone().drafted_by(&asha).await;
    let review = asha.get(&draft.step("review")).await;
    assert_harmless(&review, "review", NAME);
    assert!(review.all(".summary dd").contains(&format!("{NAME} · +91 98200 00001")), "{}", review.text());

    let entry = entry.submitted_by(&asha).await;
    let pass = format!("/p/{}", entry.token);
    let shown = app.nobody().get(&pass).await.expect_status(200);
    assert_harmless(&shown, &pass, NAME);
    assert!(shown.all(".summary").concat().contains(NAME), "{}", shown.text());
    supervisor.post(&entry.gate("/refuse"), &[("reason", REASON)]).await.expect_status(303);
    let entry = entry.rejected_by(&supervisor, REASON).await;
    for (browser, path, place) in [
        (&asha, draft.path(), ".tasks .hint"),
        (&asha, "/submissions".to_owned(), "tbody"),
        (&asha, entry.path(""), ".summary"),
        (&asha, "/vehicles/lookup?vehicle_number=MH12AB1234".to_owned(), ".summary"),
        (&supervisor, "/admin/submissions".to_owned(), "tbody"),
        (&supervisor, entry.desk(""), ".summary"),
        (&supervisor, entry.gate(""), ".crew"),
    ] {
        let page = browser.get(&path).await.expect_status(200);
        assert_harmless(&page, &path, NAME);
        assert!(page.all(place).concat().contains(NAME), "{path}: {}", page.text());
    }
    assert_eq!(asha.get(&entry.path("")).await.text_of("blockquote"), REASON);
}

/// Sends bytes as they are.
async fn send(browser: &Client, path: &str, content_type: &str, body: &[u8]) -> Page {
    let request = browser.request(Method::POST, path).header(CONTENT_TYPE, content_type);
    browser.send(request.body(body.to_vec())).await
}

#[tokio::test]
async fn what_is_no_form_at_all_is_refused_without_a_fault() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let before = super::written(&app).await;
    let form = "application/x-www-form-urlencoded";
    let upload = "multipart/form-data; boundary=x";
    for (content_type, body) in [
        (form, &b"vehicle_number=%ff%fe&customer_phone=%C3%28"[..]),
        (form, b"%"),
        (form, b"=&=&&==%%%"),
        (form, b"\xff\xfe\0"),
        ("application/json", b"{\"vehicle_number\":\"MH12AB1234\"}"),
        ("text/plain", b"vehicle_number=MH12AB1234"),
        ("", b"vehicle_number=MH12AB1234"),
        (upload, b""),
        (upload, b"--x"),
        (upload, b"--x\r\n\r\n\r\n--x--\r\n"),
        (upload, b"--x\r\nContent-Disposition: form-data; name=\"puc\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.4"),
        (upload, b"--x\r\nContent-Disposition: form-data; name=\"puc_use\"\r\n\r\n\xff\xfe\r\n--x--\r\n"),
        ("multipart/form-data", b"--x\r\n"),
    ] {
        for step in ["vehicle", "crew", "documents", "review", "cancel"] {
            let page = send(&asha, &draft.step(step), content_type, body).await;
            let shown = String::from_utf8_lossy(body);
            assert!(page.status.is_client_error(), "{step}, {content_type}, {shown}: {}", page.status);
        }
    }
    assert_eq!(super::written(&app).await, before);
}

#[tokio::test]
async fn a_form_larger_than_any_of_this_site_is_too_much() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let huge = "9".repeat(256 * 1024);
    let page = asha.post("/submissions/new", &[("customer_phone", &huge)]).await.expect_status(413);
    assert_eq!(page.text_of("h1"), "That is too much");
}
