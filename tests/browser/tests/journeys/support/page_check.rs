//! The eye that looks at every page a journey passes: WCAG 2.2 AA as axe-core tells it, no sideways
//! scrolling, a quiet console, little weight, and a picture of it.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::json;
use thirtyfour::support::base64_decode;

use super::browser::{Browser, Scheme, Screen, Scripts, screenshots};

const AXE: &str = include_str!("../../../vendor/axe-core-4.14.1/axe.min.js");

/// The rules that axe-core holds a page to.
const RULES: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// What a page may weigh at its first load, in bytes on the wire. Over plain HTTP, which the tests use,
/// browsers take gzip; brotli, which they take over TLS, is smaller yet.
const MAX_WEIGHT: u64 = 40 * 1024;

/// A rule that a page breaks.
#[derive(Debug, Deserialize)]
struct Violation {
    id: String,
    impact: Option<String>,
    help: String,
    nodes: Vec<Node>,
}

/// An element that breaks it.
#[derive(Debug, Deserialize)]
struct Node {
    target: serde_json::Value,
    #[serde(rename = "failureSummary")]
    summary: Option<String>,
}

impl Browser {
    /// Asserts that the page is one that everybody can use, on every screen, light and dark, and takes its
    /// picture in each: `screenshots/<name>-<width>-<scheme>.png`.
    pub async fn check_page(&self, name: &str) {
        self.assert_no_problems(name, &Screen::ALL).await;
    }

    /// Asserts it on this screen alone, for journeys that are made on each.
    pub async fn check_page_here(&self, name: &str) {
        self.assert_no_problems(name, &[self.screen()]).await;
    }

    async fn assert_no_problems(&self, name: &str, screens: &[Screen]) {
        let problems = self.problems(name, screens).await;
        assert!(problems.is_empty(), "{name}: problems of {}\n{}", self.place().await, problems.join("\n"));
    }

    /// All that is wrong with the page.
    pub async fn problems(&self, name: &str, screens: &[Screen]) -> Vec<String> {
        let scripts = if self.scripts() == Scripts::Off { "-without-scripts" } else { "" };
        let mut problems = self.console_errors().await;
        problems.extend(self.excess_weight(name).await);
        // Nothing of the page starts now: its scripts were passed over when it was read.
        self.set_scripts(Scripts::On).await;
        self.driver.execute(AXE, vec![]).await.unwrap();
        for &screen in screens {
            for scheme in Scheme::ALL {
                let (width, _) = screen.size();
                self.show(screen, scheme).await;
                self.take_picture(&format!("{name}{scripts}-{width}-{}.png", scheme.name())).await;
                let seen = [self.sideways_scrolling().await, self.violations().await].concat();
                problems
                    .extend(seen.iter().map(|problem| format!("{width} px, {}: {problem}", scheme.name())));
            }
        }
        self.show_as_usual().await;
        problems
    }

    /// What the browser's console complains of since the last look; breaches of the content security policy
    /// are told there. That the page itself came with 422 or the like is no complaint, nor that a journey broke its
    /// connection; a form's own address may be below the one that the page goes by.
    async fn console_errors(&self) -> Vec<String> {
        let url = self.driver.current_url().await.unwrap().to_string();
        let is_own_status = |message: &str| {
            let of_the_page = message.starts_with(&url) && !message.starts_with(&format!("{url}/static/"));
            let statuses = ["the server responded with a status of 4", "net::ERR_EMPTY_RESPONSE"];
            of_the_page
                && statuses
                    .iter()
                    .any(|status| message.contains(&format!(" - Failed to load resource: {status}")))
        };
        let log = self.driver.browser_log().await.unwrap();
        log.into_iter()
            .filter(|entry| entry.level == "SEVERE" && !is_own_status(&entry.message))
            .map(|entry| format!("console: {}", entry.message))
            .collect()
    }

    /// What the page and all that it asks for at once weigh, if that is too much.
    async fn excess_weight(&self, name: &str) -> Option<String> {
        let loaded = self.loaded().await;
        let weight: u64 = loaded.iter().map(|(_, size)| size).sum();
        println!("{name} weighs {weight} bytes");
        (weight > MAX_WEIGHT).then(|| format!("weighs {weight} of {MAX_WEIGHT} bytes: {loaded:?}"))
    }

    /// The page and all that it asks for at once, each with its bytes on the wire.
    pub async fn loaded(&self) -> Vec<(String, u64)> {
        self.execute(
            "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
                 .filter((entry) => !['fetch', 'xmlhttprequest', 'beacon'].includes(entry.initiatorType))
                 .map((entry) => [entry.name, entry.encodedBodySize])",
        )
        .await
    }

    /// Whether the page is wider than the screen, and what is.
    async fn sideways_scrolling(&self) -> Vec<String> {
        self.execute(
            "const width = document.documentElement.clientWidth;
             if (document.documentElement.scrollWidth <= width) return [];
             const wide = [...document.body.querySelectorAll('*')]
                 .filter((element) => element.getBoundingClientRect().right > width + 1)
                 .map((element) => element.cloneNode().outerHTML);
             return [`scrolls sideways to ${document.documentElement.scrollWidth} px: ${wide.join(' ')}`]",
        )
        .await
    }

    /// What axe-core finds.
    async fn violations(&self) -> Vec<String> {
        let options = json!({ "runOnly": { "type": "tag", "values": RULES }, "resultTypes": ["violations"] });
        let found: Vec<Violation> = self
            .driver
            .execute_async(
                "const [options, done] = arguments;
                 axe.run(document, options).then((results) => done(results.violations), (error) => done(String(error)))",
                vec![options],
            )
            .await
            .unwrap()
            .convert()
            .unwrap();
        found.iter().map(readable).collect()
    }

    async fn take_picture(&self, file_name: &str) {
        let parameters = json!({ "captureBeyondViewport": true });
        let picture = self.driver.cdp().send_raw("Page.captureScreenshot", parameters).await.unwrap();
        let picture = base64_decode(picture["data"].as_str().unwrap()).unwrap();
        std::fs::write(screenshots().join(file_name), picture).unwrap();
    }
}

/// The rule, and under it each element with what is wrong with it.
fn readable(violation: &Violation) -> String {
    let impact = violation.impact.as_deref().unwrap_or("minor");
    let mut text = format!("{} ({impact}): {}", violation.id, violation.help);
    for node in &violation.nodes {
        let summary = node.summary.as_deref().unwrap_or_default().replace('\n', "\n        ");
        write!(text, "\n    {}\n        {summary}", node.target).unwrap();
    }
    text
}
