//! Connections, byte by byte.

use std::time::Duration;

use actix_web::dev::Service as _;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{self, Data};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use gatehouse::kernel::http::deadlines;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::support::{App, PASSWORD};

const LAST: &str = "GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Sends `bytes` in pieces of `at_once` and reads all that comes back until the portal closes.
async fn answer_to(app: &App, bytes: &[u8], at_once: usize) -> String {
    let (mut answer, mut request) =
        TcpStream::connect(app.origin().replace("http://", "")).await.unwrap().into_split();
    let pieces: Vec<Vec<u8>> = bytes.chunks(at_once).map(<[u8]>::to_vec).collect();
    let sending = tokio::spawn(async move {
        for piece in pieces {
            if request.write_all(&piece).await.is_err() {
                break; // closed early, after saying why
            }
        }
        request
    });
    let mut read = Vec::new();
    let end = timeout(Duration::from_secs(9), answer.read_to_end(&mut read)).await.expect("it is closed");
    drop((end, sending.await));
    String::from_utf8_lossy(&read).into_owned()
}

/// The status lines of the answers.
fn statuses(answers: &str) -> Vec<&str> {
    let lines = answers.match_indices("HTTP/1.1 ").map(|(at, _)| &answers[at + 9..at + 12]);
    lines.collect()
}

#[tokio::test]
async fn requests_sent_all_at_once_are_answered_one_after_another() {
    let app = App::spawn().await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let form = "email=none&password=";
    let post = format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
        Upgrade: h2c\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let chunked = format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
        Transfer-Encoding: chunked\r\n\r\n1\r\ne\r\n{:x};x=y\r\n{}\r\n0\r\nX: y\r\n\r\n",
        form.len() - 1,
        &form[1..]
    );
    let all = [&get("/health"), &get("/nowhere"), &post, &get("/"), &chunked, &get("/ready"), LAST].concat();
    for at_once in [all.len(), 1_000, 100, 7] {
        let answers = answer_to(&app, all.as_bytes(), at_once).await;
        assert_eq!(statuses(&answers), ["200", "404", "422", "303", "422", "200", "200"], "{at_once}");
    }
}

#[tokio::test]
async fn a_thousand_requests_at_once_are_answered_as_they_are_read() {
    let app = App::spawn_alone().await;
    let flood = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1_000) + LAST;
    assert_eq!(statuses(&answer_to(&app, flood.as_bytes(), flood.len()).await).len(), 1_001);
}

#[tokio::test]
async fn a_head_with_bare_line_feeds_is_refused_and_so_is_one_that_is_too_long() {
    let app = App::spawn().await;
    for head in [
        "GET /login HTTP/1.1\nHost: localhost\n\n".to_owned(),
        "GET /login HTTP/1.1\r\nHost: localhost\r\nX: y\nContent-Length: 5\r\n\r\n".to_owned(),
        "\nGET /login HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        format!("GET /login HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(40_000)),
    ] {
        for at_once in [10_000, 1_000] {
            let answers = answer_to(&app, (head.clone() + LAST).as_bytes(), at_once).await;
            assert_eq!(statuses(&answers), ["400"], "{:?}", &head[..40]);
        }
    }
    let chunked =
        "POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;x\na\r\n0\r\n\r\n";
    let answers = answer_to(&app, (chunked.to_owned() + LAST).as_bytes(), 10_000).await;
    assert!(!statuses(&answers).contains(&"200"), "{answers}");
}

#[tokio::test]
async fn who_floods_has_to_connect_anew() {
    let app = App::spawn_with(&[("RATE_LIMIT", "1")]).await;
    let flood = "GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50);
    let answers = answer_to(&app, flood.as_bytes(), flood.len()).await;
    let statuses = statuses(&answers);
    assert!((2..=10).contains(&statuses.len()), "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == "429").count(), 1, "{statuses:?}");
    assert_eq!(statuses.last(), Some(&"429"));
    assert!(answers.contains("connection: close"), "{answers}");
}

#[tokio::test]
async fn one_address_has_no_more_connections_than_its_share() {
    let app = App::spawn_with(&[("MAX_CONNECTIONS", "100")]).await;
    let address = app.origin().replace("http://", "");
    let mut idle = Vec::new();
    for _ in 0..80 {
        idle.push(TcpStream::connect(&address).await.unwrap());
    }
    app.nobody().get("/login").await.expect_status(200);
    app.nobody().get("/ready").await.expect_status(200);
    let ends = idle.iter_mut().map(|connection| async { connection.read(&mut [0; 1]).await });
    let ends = ends.collect::<FuturesUnordered<_>>().take(16).collect::<Vec<_>>();
    let ends = timeout(Duration::from_secs(9), ends).await.expect("16 of 80 leave, where 64 have room");
    assert!(ends.iter().all(|end| matches!(end, Ok(0) | Err(_))), "{ends:?}");
    let is_open = |connection: &&TcpStream| {
        let read = connection.try_read(&mut [0; 1]);
        read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    };
    let open = idle.iter().filter(is_open).count();
    assert!((60..=64).contains(&open), "{open} are left");
}

#[tokio::test]
async fn a_cookie_of_another_site_signs_nobody_out() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let welcome = asha.sign_in("asha@example.com", PASSWORD).await;
    let session = welcome.header("set-cookie").split(';').next().unwrap();
    for (before, behind) in [
        (&b"foreign=\xff\xfe; "[..], &b""[..]),
        (b"", b"; foreign=\xc3"),
        (b"foreign=%ff; ; =; novalue; ", b""),
        (b"a=b\r\nCookie: foreign=\xff\r\nCookie: ", b""),
    ] {
        let request = [
            b"GET /account HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: ".as_slice(),
            before,
            session.as_bytes(),
            behind,
            b"\r\n\r\n",
        ];
        let answer = answer_to(&app, &request.concat(), 10_000).await;
        assert_eq!(statuses(&answer), ["200"], "{}", String::from_utf8_lossy(before));
    }
}

/// What the page says to a request whose handler hangs, and after how many seconds.
async fn when_a_handler_hangs(app: &App, request: TestRequest) -> (String, u64) {
    let service = init_service(
        actix_web::App::new()
            .app_data(Data::new(app.state().clone()))
            .wrap(from_fn(deadlines::keep))
            .default_service(web::to(async || {
                sleep(Duration::from_hours(1)).await;
                "never"
            })),
    )
    .await;
    let begun = Instant::now();
    let Err(error) = service.call(request.to_request()).await else { panic!("it is not given up") };
    let answer = error.error_response();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
    assert!(answer.headers().contains_key("content-security-policy"));
    let page = actix_web::body::to_bytes(answer.into_body()).await.ok().unwrap();
    (String::from_utf8(page.to_vec()).unwrap(), begun.elapsed().as_secs())
}

#[tokio::test]
async fn a_handler_that_hangs_is_given_up_with_a_page_that_says_what_became_of_it() {
    let app = App::spawn().await;
    tokio::time::pause();
    let (read, after) = when_a_handler_hangs(&app, TestRequest::get().uri("/submissions")).await;
    assert_eq!(after, 20);
    assert!(read.contains("This took too long") && !read.contains("may have been saved"), "{read}");
    let (sent, after) = when_a_handler_hangs(&app, TestRequest::post().uri("/submissions")).await;
    assert_eq!(after, 20);
    assert!(sent.contains("What you sent may have been saved"), "{sent}");
    tokio::time::resume();
}
