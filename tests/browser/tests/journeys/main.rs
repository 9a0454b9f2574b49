//! Journeys through Gatehouse in a real browser, as people make them: on a phone and on a desk, with
//! scripts and without. Each has a site of its own; one chromedriver serves them all.
//!
//! `cargo test -p browser` needs Chromium, chromedriver, zbarimg and poppler; `$CHROMIUM` and `$CHROMEDRIVER` may
//! name copies of your own. Pictures of every page come to lie in `screenshots/`.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod accounts;
mod corrections;
mod desk;
mod entry;
mod keyboard;
mod page_check;
mod prints;
mod scanner;
mod support;
mod typed;
mod uploads;
