//! What cannot be answered gets a page in plain words, and is never the site's fault.

use reqwest::multipart::Form;
use reqwest::{Method, header};

use crate::support::{App, Client, Page};

const URLENCODED: &str = "application/x-www-form-urlencoded";

/// Expects a page of the site with this heading, a way on and the request's number.
#[track_caller]
fn assert_explains(page: &Page, status: u16, heading: &str) {
    assert_eq!(page.status, status, "{}", page.text());
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.text_of("main h1"), heading);
    assert!(page.has("header.site a.brand[href='/']"), "{}", page.text());
    assert!(page.has("main a[href='/']"), "{}", page.text());
    let number = page.text_of("main code");
    assert_eq!(number.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{number}");
}

/// Sends `body` to the sign-in form, saying that it is of `content_type`.
async fn send(client: &Client, content_type: &str, body: impl Into<reqwest::Body>) -> Page {
    let request = client.request(Method::POST, "/login").body(body);
    client.send(request.header(header::CONTENT_TYPE, content_type)).await
}

#[tokio::test]
async fn an_unknown_address_is_no_page() {
    let app = App::spawn().await;
    let long = format!("/{}", "a".repeat(5_000));
    for path in ["/nowhere", "/login/", "/login/x", "//login", "/%00", "/%ff", "/..%2f..%2fetc/passwd", &long]
    {
        assert_explains(&app.nobody().get(path).await, 404, "Page not found");
    }
}

#[tokio::test]
async fn each_refusal_has_a_number_of_its_own() {
    let app = App::spawn().await;
    let first = app.nobody().get("/nowhere").await.text_of("main code");
    assert_ne!(first, app.nobody().get("/nowhere").await.text_of("main code"));
}

#[tokio::test]
async fn a_refusal_shows_the_menu_of_who_is_signed_in() {
    let app = App::spawn().await;
    let page = app.customer("Asha").await.get("/nowhere").await.expect_status(404);
    assert_eq!(page.text_of("form.sign-out .who"), "Your account: Asha");
    assert!(page.has("nav a[href='/submissions']"));
}

#[tokio::test]
async fn a_method_that_a_page_does_not_take_is_refused_with_a_page() {
    let app = App::spawn().await;
    let nobody = app.nobody();
    for (method, path, allowed) in [
        (Method::DELETE, "/login", "GET, POST, HEAD"),
        (Method::PUT, "/register", "GET, POST, HEAD"),
        (Method::POST, "/", "GET, HEAD"),
        (Method::GET, "/logout", "POST"),
        (Method::HEAD, "/logout", "POST"),
    ] {
        let page = nobody.send(nobody.request(method.clone(), path)).await;
        assert_eq!(page.header("allow"), allowed, "{method} {path}");
        if method != Method::HEAD {
            assert_explains(&page, 405, "There is nothing to open here");
        }
    }
}

#[tokio::test]
async fn what_can_be_read_answers_head_without_a_body() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for (path, status) in [("/login", 200), ("/health", 200), ("/submissions", 200), ("/nowhere", 404)] {
        let page = asha.send(asha.request(Method::HEAD, path)).await.expect_status(status);
        assert_eq!(page.text(), "");
        assert_eq!(page.header("content-type"), asha.get(path).await.header("content-type"), "{path}");
    }
    asha.send(asha.request(Method::HEAD, "/logout")).await.expect_status(405);
}

#[tokio::test]
async fn what_is_no_form_of_this_site_is_refused_with_a_page() {
    let app = App::spawn().await;
    let nobody = app.nobody();
    for (content_type, body) in [
        (URLENCODED, &b"email=a&email=b"[..]),
        ("application/json", b"{\"email\":\"a\"}"),
        ("text/plain", b"email=a"),
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", b"--x\r\n"),
        ("nonsense", b"email=a"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"email=a"),
    ] {
        let page = send(&nobody, content_type, body).await;
        assert_explains(&page, 400, "We could not read that");
    }
    let form = Form::new().text("email", "asha@example.com");
    assert_explains(&nobody.post_multipart("/login", form).await, 400, "We could not read that");
}

#[tokio::test]
async fn a_form_longer_than_any_of_this_site_is_refused_with_a_page() {
    let app = App::spawn().await;
    let nobody = app.nobody();
    for bytes in [256 * 1024, 1024 * 1024] {
        let page = send(&nobody, URLENCODED, format!("email={}", "a".repeat(bytes))).await;
        assert_explains(&page, 413, "That is too much");
    }
}

#[tokio::test]
async fn garbled_forms_are_never_the_sites_fault() {
    let app = App::spawn().await;
    let nobody = app.nobody();
    let many = "a=b&".repeat(15_000);
    let long = format!("email={}", "%F0%9F%9A%9B".repeat(5_000));
    for path in ["/login", "/register", "/logout"] {
        for body in [
            &b""[..],
            b"&&&===",
            b"email",
            b"email=%",
            b"email=%zz",
            b"email=%ff%fe",
            b"email=%00&password=%00",
            b"email=\xff\xfe&password=\x00",
            b"email[]=a&email[x]=b",
            b"email=%F0%9F%9A%9B%E2%80%AE",
            many.as_bytes(),
            long.as_bytes(),
        ] {
            let request = nobody.request(Method::POST, path).body(body.to_vec());
            let page = nobody.send(request.header(header::CONTENT_TYPE, URLENCODED)).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
            assert!(!page.status.is_server_error(), "{path} {shown:?}: {}", page.text());
        }
    }
}

#[tokio::test]
async fn garbled_addresses_and_headers_are_never_the_sites_fault() {
    let app = App::spawn_with(&[("TRUSTED_PROXIES", "127.0.0.1")]).await;
    for path in ["/login?next=%ff", "/login?next", "/login?next=a&next=b", "/login?%", "/?=&=", "/setup/%ff"]
    {
        let page = app.nobody().get(path).await;
        assert!(!page.status.is_server_error(), "{path}: {}", page.text());
    }
    let long = "x".repeat(8_000);
    for (name, value) in [
        ("Cookie", &b"session=\xff\xfe; flash=\xff; device=\xff"[..]),
        ("Cookie", b"session; flash; ;;; =; session=; flash=."),
        ("Cookie", b"flash=a.%%%; language=xx"),
        ("Accept-Language", b"\xff, en;q=x, ;;;"),
        ("Accept-Encoding", b"\xff"),
        ("X-Forwarded-For", b"\xff, 1.2.3, [::1, unknown, 999.9.9.9, \"[::1]:\""),
        ("Forwarded", b"for=;for=\"\";for=_hidden, for"),
        ("User-Agent", long.as_bytes()),
        ("User-Agent", b"\xff\xfe"),
        ("Referer", b"not an address"),
        ("Host", b"\xff"),
    ] {
        let client = app.nobody();
        let value = header::HeaderValue::from_bytes(value).unwrap();
        for path in ["/login", "/", "/nowhere"] {
            let page = client.send(client.request(Method::GET, path).header(name, value.clone())).await;
            assert!(!page.status.is_server_error(), "{name}: {value:?}: {}", page.text());
        }
        let form = [("email", "asha@example.com"), ("password", "wrong")];
        let request = client.request(Method::POST, "/login").form(&form).header(name, value.clone());
        let page = client.send(request).await;
        assert!(!page.status.is_server_error(), "{name}: {value:?}: {}", page.text());
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_the_sign_in_page_and_back() {
    let app = App::spawn().await;
    let answer = app.nobody().get("/submissions?status=approved").await.expect_status(303);
    assert_eq!(answer.location(), "/login?next=%2Fsubmissions%3Fstatus%3Dapproved");
    assert_eq!(answer.follow().await.field_value("next"), "/submissions?status=approved");
}
