//! What a one-time link shows that does not work, or no more: why that may be, and the way on.

use actix_web::http::StatusCode;
use askama::Template;

use crate::http::layout::Layout;
use crate::http::response::{Answer, page_with};

#[derive(Template)]
#[template(path = "accounts/dead_link.html")]
struct DeadLinkPage {
    layout: Layout,
    text: String,
    href: &'static str,
    link_text: String,
}

/// 404 with `text` and a link to `href`.
pub fn answer(layout: Layout, text: String, href: &'static str, link_text: String) -> Answer {
    page_with(StatusCode::NOT_FOUND, &DeadLinkPage { layout, text, href, link_text })
}
