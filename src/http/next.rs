//! Where somebody goes on after signing in: a page of this site, and never one whose address is a secret.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, REFERER};
use percent_encoding::percent_decode_str;
use url::Url;

/// What the paths of one-time links begin with.
const ONE_TIME: [&str; 4] = ["setup", "verify", "reset", "invite"];

/// `next`, if it is a path of this site and nothing else, and not that of a one-time link.
pub fn local_path(next: &str) -> Option<&str> {
    let is_path = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| byte.is_ascii_graphic());
    // As a browser reads it: `/./reset/…` is the same page.
    let url = Url::parse("http://localhost").and_then(|site| site.join(next)).ok().filter(|_| is_path)?;
    let mut segments = url.path_segments()?.skip_while(|segment| segment.is_empty());
    let first = percent_decode_str(segments.next().unwrap_or_default()).decode_utf8_lossy().into_owned();
    let is_secret = ONE_TIME.contains(&first.as_str()) && segments.next().is_some();
    (!is_secret).then_some(next)
}

/// The path of the page on which a form stood, if it is one of this site.
pub fn page_of_form(request: &HttpRequest) -> Option<String> {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let page = Url::parse(text(REFERER)?).ok()?;
    let host = match page.port() {
        Some(port) => format!("{}:{port}", page.host_str()?),
        None => page.host_str()?.to_owned(),
    };
    (Some(&*host) == text(HOST)).then(|| page.path().to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for next in [
            "/",
            "/submissions",
            "/gate?x=1",
            "/p/ABC",
            "/verify",
            "/admin/users/invite",
            "/resets/a",
            "/a/reset/b",
        ] {
            assert_eq!(local_path(next), Some(next));
        }
        for next in [
            "",
            "submissions",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/a b",
        ] {
            assert_eq!(local_path(next), None, "{next:?}");
        }
    }

    #[test]
    fn the_secret_of_a_one_time_link_leads_nowhere() {
        for next in [
            "/reset/abc",
            "/reset/abc?x=1",
            "/verify/abc",
            "/invite/abc",
            "/setup/abc",
            "/%72eset/abc",
            "/./reset/abc",
            "/%2e/reset/abc",
            "/a/../reset/abc",
            "/.//reset/abc",
        ] {
            assert_eq!(local_path(next), None, "{next:?}");
        }
    }

    #[test]
    fn a_form_stood_on_a_page_of_the_host_that_it_was_sent_to() {
        for (page, host, path) in [
            ("https://gate.example.com/documents?q=1", "gate.example.com", Some("/documents")),
            ("http://192.168.1.5:8080/account", "192.168.1.5:8080", Some("/account")),
            ("http://192.168.1.5:8081/account", "192.168.1.5:8080", None),
            ("https://evil.example/logout", "gate.example.com", None),
            ("data:text/plain,a", "gate.example.com", None),
            ("not an address", "gate.example.com", None),
        ] {
            let request = TestRequest::default().insert_header((REFERER, page)).insert_header((HOST, host));
            assert_eq!(page_of_form(&request.to_http_request()).as_deref(), path, "{page}");
        }
        let request = TestRequest::default().insert_header((HOST, "gate.example.com")).to_http_request();
        assert_eq!(page_of_form(&request), None);
    }
}
