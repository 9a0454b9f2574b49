//! That the check of pages sees what it is there to see.

use crate::support::{Browser, Screen, Scripts, Site};

#[tokio::test]
async fn a_page_with_everything_wrong_is_found_out() {
    let site = Site::open().await;
    let browser = Browser::open(&site, Screen::Phone, Scripts::On).await;
    browser.go("/login").await;
    browser
        .run(
            "const image = new Image(20, 20);
             image.src = 'https://elsewhere.example/image.png';
             const heading = document.querySelector('h1');
             heading.style.width = '500px';
             heading.style.color = 'silver';
             document.querySelector('main').append(image)",
        )
        .await;
    let problems = browser.problems("everything-wrong", &Screen::ALL).await;
    for expected in [
        "console: ",
        "360 px, light: image-alt (critical)",
        "1280 px, dark: image-alt (critical)",
        "360 px, light: color-contrast (serious)",
        "360 px, light: scrolls sideways to",
    ] {
        let is_told = problems.iter().any(|problem| problem.starts_with(expected));
        assert!(is_told, "{expected:?} is not told, but:\n{}", problems.join("\n"));
    }
    for unfounded in ["1280 px, light: scrolls sideways to", "360 px, dark: color-contrast (serious)"] {
        let is_told = problems.iter().any(|problem| problem.starts_with(unfounded));
        assert!(!is_told, "{unfounded:?} is not so, but told:\n{}", problems.join("\n"));
    }
}

#[tokio::test]
async fn a_page_weighs_what_came_over_the_wire() {
    let site = Site::open().await;
    let browser = Browser::open(&site, Screen::Phone, Scripts::On).await;
    browser.go("/login").await;
    let loaded = browser.loaded().await;
    for part in ["/login", "/app.css", "/app.js"] {
        let weight = loaded.iter().find(|(address, _)| address.ends_with(part)).map(|(_, bytes)| *bytes);
        assert!(weight.is_some_and(|bytes| bytes > 0), "{part} has no weight in {loaded:?}");
    }
}
