//! Static files.

use crate::support::{App, Page};

/// The style sheet that pages ask for.
async fn style_sheet(app: &App) -> String {
    app.nobody().get("/login").await.attribute("link[rel=stylesheet]", "href")
}

async fn as_accepted(app: &App, path: &str, accepted: &str) -> Page {
    app.nobody().with_header("Accept-Encoding", accepted).get(path).await.expect_status(200)
}

#[tokio::test]
async fn browsers_keep_static_files_for_ever() {
    let app = App::spawn().await;
    let page = app.nobody().get("/login").await;
    for (selector, attribute, content_type) in [
        ("link[rel=stylesheet]", "href", "text/css; charset=utf-8"),
        ("script[type=module]", "src", "text/javascript; charset=utf-8"),
        ("link[rel=icon]", "href", "image/svg+xml"),
    ] {
        let file = app.nobody().get(&page.attribute(selector, attribute)).await.expect_status(200);
        assert_eq!(file.header("content-type"), content_type);
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(file.headers.get("set-cookie").is_none());
        assert!(!file.body.is_empty());
    }
}

#[tokio::test]
async fn static_files_come_compressed_to_who_can_read_that() {
    let app = App::spawn().await;
    let path = style_sheet(&app).await;
    let plain = app.nobody().get(&path).await.expect_status(200);
    assert!(plain.text().contains("@layer"), "readable as it is");
    for (accepted, encoding) in
        [("gzip, deflate, br, zstd", "br"), ("br", "br"), ("gzip, deflate", "gzip"), ("gzip", "gzip")]
    {
        let file = as_accepted(&app, &path, accepted).await;
        assert_eq!(file.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(file.header("vary").to_lowercase(), "accept-encoding");
        assert!(file.body.len() < plain.body.len() / 2, "{accepted}: {} bytes", file.body.len());
    }
    let gzip = as_accepted(&app, &path, "gzip").await;
    assert!(gzip.body.starts_with(&[0x1f, 0x8b]), "RFC 1952");
}

#[tokio::test]
async fn an_encoding_that_was_refused_is_not_sent() {
    let app = App::spawn().await;
    let path = style_sheet(&app).await;
    for (accepted, encoding) in
        [("br;q=0, gzip", "gzip"), ("br;q=0, gzip;q=0", ""), ("identity", ""), ("abracadabra", "")]
    {
        let file = as_accepted(&app, &path, accepted).await;
        assert_eq!(file.header("content-encoding").replace("identity", ""), encoding, "{accepted}");
    }
}

#[tokio::test]
async fn files_of_another_release_and_files_that_never_were_are_not_found() {
    let app = App::spawn().await;
    let path = style_sheet(&app).await;
    let folder = path.strip_suffix("/app.css").unwrap();
    for path in [
        "/static/000000000000/app.css".to_owned(),
        "/static/app.css".to_owned(),
        format!("{folder}/"),
        format!("{folder}/none.css"),
        format!("{folder}/../Cargo.toml"),
        format!("{folder}/..%2f..%2fCargo.toml"),
        format!("{folder}/%00"),
    ] {
        let page = app.nobody().get(&path).await.expect_status(404);
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn the_icon_is_found_where_old_browsers_look() {
    let app = App::spawn().await;
    let icon = app.nobody().get("/favicon.ico").await.expect_status(200);
    assert_eq!(icon.header("content-type"), "image/svg+xml");
}

#[tokio::test]
async fn pages_come_compressed_in_one_piece_to_who_takes_gzip() {
    let app = App::spawn().await;
    let plain = app.nobody().get("/register").await.expect_status(200);
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.header("vary"), "accept-encoding");
    for accepted in ["gzip", "gzip, deflate, br, zstd"] {
        let page = as_accepted(&app, "/register", accepted).await;
        assert_eq!(page.header("content-encoding"), "gzip", "{accepted}");
        assert_eq!(page.header("vary"), "accept-encoding");
        assert_eq!(page.header("content-length"), page.body.len().to_string());
        assert!(page.body.len() < plain.body.len(), "{} of {} bytes", page.body.len(), plain.body.len());
    }
    for refused in ["gzip;q=0", "identity", "br"] {
        let page = as_accepted(&app, "/register", refused).await;
        assert_eq!(page.header("content-encoding"), "", "{refused}");
        assert_eq!(page.body.len(), plain.body.len());
    }
}

#[tokio::test]
async fn what_fits_into_one_packet_stays_plain() {
    let app = App::spawn().await;
    let probe = as_accepted(&app, "/health", "gzip").await;
    assert_eq!((probe.header("content-encoding"), probe.header("vary")), ("", ""));
}

#[tokio::test]
async fn the_scripts_weigh_six_kilobytes_at_most() {
    let app = App::spawn().await;
    let mut weight = 0;
    for name in ["app.js", "gate.js", "lookup.js", "typed.js", "upload.js"] {
        weight += as_accepted(&app, &gatehouse::kernel::http::assets::url(name), "br").await.body.len();
    }
    assert!(weight <= 6 * 1024, "{weight} bytes");
    println!("scripts: {weight} bytes in brotli");
}
