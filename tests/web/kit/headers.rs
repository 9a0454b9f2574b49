//! What browsers are told about every answer.

use reqwest::Method;

use crate::support::{App, Page};

/// One answer of every kind.
async fn answers(app: &App) -> Vec<(&'static str, Page)> {
    let nobody = app.nobody();
    let cross_site = nobody.clone().with_header("Sec-Fetch-Site", "cross-site");
    let icon = nobody.get("/login").await.attribute("link[rel=icon]", "href");
    let too_long = format!("email={}", "a".repeat(256 * 1024));
    vec![
        ("a page", nobody.get("/login").await.expect_status(200)),
        ("a redirect", nobody.get("/").await.expect_status(303)),
        ("a page for somebody", app.customer("Asha").await.get("/register").await.expect_status(200)),
        ("a form that came back", nobody.post("/login", &[]).await.expect_status(422)),
        ("a static file", nobody.get(&icon).await.expect_status(200)),
        ("a probe", nobody.get("/health").await.expect_status(200)),
        ("no page", nobody.get("/nowhere").await.expect_status(404)),
        ("no static file", nobody.get("/static/000000000000/app.css").await.expect_status(404)),
        ("a refusal by the same-origin check", cross_site.post("/login", &[]).await.expect_status(403)),
        ("too much", {
            let form = nobody.request(Method::POST, "/login").body(too_long);
            let form = form.header("Content-Type", "application/x-www-form-urlencoded");
            nobody.send(form).await.expect_status(413)
        }),
    ]
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let app = App::spawn().await;
    for (kind, answer) in answers(&app).await {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{kind}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{kind}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{kind}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{kind}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'; "), "{kind}");
        assert_eq!(answer.header("strict-transport-security"), "", "{kind}: only TLS has it");
        let keeps = if kind == "a static file" { "public, max-age=31536000, immutable" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), keeps, "{kind}");
        for tells_too_much in ["server", "x-powered-by"] {
            assert_eq!(answer.header(tells_too_much), "", "{kind}");
        }
    }
}

#[tokio::test]
async fn the_content_policy_allows_nothing_inline_and_nothing_from_elsewhere() {
    let app = App::spawn().await;
    let page = app.nobody().get("/login").await;
    let policy = page.header("content-security-policy");
    let directives: Vec<&str> = policy.split("; ").collect();
    for needed in ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(directives.contains(&needed), "{policy}");
    }
    for source in directives.iter().flat_map(|directive| directive.split(' ').skip(1)) {
        assert!(matches!(source, "'none'" | "'self'" | "data:"), "{source} in {policy}");
    }
    assert!(
        !directives
            .iter()
            .any(|directive| directive.starts_with("script-src") && directive.contains("data:"))
    );
}

#[tokio::test]
async fn pages_keep_the_content_policy_they_are_sent_with() {
    let app = App::spawn().await;
    for (kind, page) in answers(&app).await {
        if !page.header("content-type").starts_with("text/html") {
            continue;
        }
        for forbidden in [
            "script:not([src])",
            "style",
            "[style]",
            "[onclick]",
            "[onload]",
            "[onchange]",
            "a[href^='javascript:']",
        ] {
            assert!(!page.has(forbidden), "{kind}: {forbidden}");
        }
    }
}

#[tokio::test]
async fn links_of_passes_never_leave_in_a_referrer() {
    let app = App::spawn().await;
    for path in ["/p/AAAA", "/P/AAAA"] {
        assert_eq!(app.nobody().get(path).await.header("referrer-policy"), "no-referrer", "{path}");
    }
}

#[tokio::test]
async fn over_tls_browsers_are_told_to_stay_there() {
    let app = App::spawn_with(&[("BASE_URL", "https://gate.example.com")]).await;
    for path in ["/login", "/nowhere", "/health"] {
        assert_eq!(app.nobody().get(path).await.header("strict-transport-security"), "max-age=31536000");
    }
}

#[tokio::test]
async fn every_page_stands_in_the_layout() {
    let app = App::spawn_with(&[("SITE_NAME", "Plant <7>")]).await;
    for (kind, page) in answers(&app).await {
        if !page.header("content-type").starts_with("text/html") {
            continue;
        }
        assert_eq!(page.attribute("html", "lang"), "en", "{kind}");
        assert_eq!(page.text_of("a.brand"), "Plant <7>", "{kind}");
        assert_eq!(page.all("main h1").len(), 1, "{kind}");
        assert_eq!(page.attribute("a.skip", "href"), "#main", "{kind}");
        let title = page.text_of("title");
        assert!(
            title.contains(&page.text_of("main h1")) && title.ends_with("– Plant <7>"),
            "{kind}: {title}"
        );
    }
}
