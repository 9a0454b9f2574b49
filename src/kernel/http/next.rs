//! Where somebody goes on after signing in: a page of this site, and never one whose address is a secret.

use actix_web::{HttpRequest, web};
use percent_encoding::percent_decode_str;
use url::Url;

use super::feature::Features;

/// `next`, if it is a path of this site and nothing else, and not one whose address is a secret.
pub fn local_path<'a>(request: &HttpRequest, next: &'a str) -> Option<&'a str> {
    let features = request.app_data::<web::Data<Features>>()?;
    open_path(***features, next)
}

fn open_path(features: Features, next: &str) -> Option<&str> {
    let is_path = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| byte.is_ascii_graphic());
    // As a browser reads it: `/./reset/…` is the same page.
    let url = Url::parse("http://localhost").and_then(|site| site.join(next)).ok().filter(|_| is_path)?;
    let mut segments = url.path_segments()?.skip_while(|segment| segment.is_empty());
    let first = percent_decode_str(segments.next().unwrap_or_default()).decode_utf8_lossy().into_owned();
    let is_secret = features.is_one_time(&first) && segments.next().is_some();
    (!is_secret).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::http::feature::Feature;

    const ACCOUNTS: Feature =
        Feature { one_time: &["setup", "verify", "reset", "invite"], ..Feature::named("accounts") };
    const FEATURES: Features = Features(&[&ACCOUNTS]);

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
            assert_eq!(open_path(FEATURES, next), Some(next));
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
            assert_eq!(open_path(FEATURES, next), None, "{next:?}");
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
            assert_eq!(open_path(FEATURES, next), None, "{next:?}");
        }
    }
}
