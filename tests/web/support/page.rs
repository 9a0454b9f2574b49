//! What came back, and what a person would see of it.

use std::hash::{DefaultHasher, Hasher as _};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LOCATION};
use scraper::{ElementRef, Html, Selector};

use super::client::Client;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: bytes::Bytes,
    pub(super) client: Client,
}

impl Page {
    /// Writes it into the folder `$PAGES_DIR`, where a validator reads it. Of pages that differ in nothing
    /// but digits and the letters of hexadecimal numbers, most of them in ids alone, the last is kept.
    pub(super) fn keep(&self) {
        let Ok(folder) = std::env::var("PAGES_DIR") else { return };
        if self.body.starts_with(b"<!doctype html>") {
            let mut shape = DefaultHasher::new();
            for byte in self.body.iter().filter(|byte| !byte.is_ascii_hexdigit()) {
                shape.write_u8(*byte);
            }
            let name = format!("{folder}/{}-{:016x}.html", self.status.as_u16(), shape.finish());
            std::fs::write(name, &self.body).unwrap();
        }
    }

    /// The same, if its status is `status`; otherwise the test ends and shows the page.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).expect("the body is UTF-8")
    }

    /// The value of the header `name`; empty without.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Where it redirects to.
    #[track_caller]
    pub fn location(&self) -> &str {
        assert!(self.headers.contains_key(LOCATION), "no redirect, but {}: {}", self.status, self.text());
        self.header("location")
    }

    /// The page that it redirects to.
    pub async fn follow(&self) -> Self {
        self.client.get(self.location()).await
    }

    /// The document.
    #[track_caller]
    pub fn html(&self) -> Html {
        Html::parse_document(&self.text())
    }

    /// Whether an element matches `selector`.
    #[track_caller]
    pub fn has(&self, selector: &str) -> bool {
        self.html().select(&parsed(selector)).next().is_some()
    }

    /// The text of the first element that matches `selector`, with single spaces.
    #[track_caller]
    pub fn text_of(&self, selector: &str) -> String {
        match self.all(selector).into_iter().next() {
            Some(text) => text,
            None => panic!("nothing matches {selector}: {}", self.text()),
        }
    }

    /// The texts of all elements that match `selector`.
    #[track_caller]
    pub fn all(&self, selector: &str) -> Vec<String> {
        self.html().select(&parsed(selector)).map(text_of).collect()
    }

    /// An attribute of the first element that matches `selector`; empty without.
    #[track_caller]
    pub fn attribute(&self, selector: &str, name: &str) -> String {
        let html = self.html();
        match html.select(&parsed(selector)).next() {
            Some(element) => element.attr(name).unwrap_or_default().to_owned(),
            None => panic!("nothing matches {selector}: {}", self.text()),
        }
    }

    /// What the field called `name` holds: what a browser would send.
    #[track_caller]
    pub fn field_value(&self, name: &str) -> String {
        if self.has(&format!("textarea[name='{name}']")) {
            self.text_of(&format!("textarea[name='{name}']"))
        } else if self.has(&format!("select[name='{name}']")) {
            self.attribute(&format!("select[name='{name}'] option[selected]"), "value")
        } else if self.has(&format!("input[name='{name}'][type=radio]")) {
            self.attribute(&format!("input[name='{name}'][checked]"), "value")
        } else {
            self.attribute(&format!("input[name='{name}']"), "value")
        }
    }

    /// The message beside the field called `name`; empty without. Without the word that only screen readers
    /// say.
    #[track_caller]
    pub fn error_at(&self, name: &str) -> String {
        let message = self.all(&format!("#{name}-error")).into_iter().next().unwrap_or_default();
        message.strip_prefix("Error: ").unwrap_or(&message).to_owned()
    }

    /// The sentence that the last page left for this one; empty without.
    #[track_caller]
    pub fn flash(&self) -> String {
        self.all("main > p.alert[role=status]").into_iter().next().unwrap_or_default()
    }
}

fn text_of(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn parsed(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"))
}
