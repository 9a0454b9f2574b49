//! A person at a browser: goes to pages, types, presses, and reads what is there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::cdp::domains::emulation::{MediaFeature, SetEmulatedMedia};
use thirtyfour::extensions::query::ElementPollerWithTimeout;
use thirtyfour::prelude::*;
use thirtyfour::support::base64_decode;
use thirtyfour::{LoggingPrefsLogLevel, TypingData};

use super::chromedriver::Chromedriver;
use super::{Account, Paper, Site};

/// What a browser is started with: no window, no traffic of its own, and as root in containers.
const ARGUMENTS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// How long an element may take to come, go or change.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Chromium's number for "open these pages at the start".
const THESE_PAGES: u8 = 4;

/// How much of a page is seen at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The narrowest phone that counts: 360 by 740.
    Phone,
    /// An office's: 1280 by 800.
    Desktop,
}

impl Screen {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Phone, Self::Desktop];

    /// In CSS pixels.
    pub fn size(self) -> (u32, u32) {
        match self {
            Self::Phone => (360, 740),
            Self::Desktop => (1280, 800),
        }
    }
}

/// Whether pages' scripts run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    /// As in most browsers.
    On,
    /// As where a proxy, a setting or a bad line keeps them away.
    Off,
}

/// The colours that the system asks pages for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// As style sheets call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A browser with a profile of its own. Dropping it, which a panic does too, closes it.
pub struct Browser {
    pub(super) driver: WebDriver,
    process: Option<u64>,
    chromedriver: Arc<Chromedriver>,
    _profile: TempDir,
    base_url: String,
    screen: Screen,
    scripts: Scripts,
}

impl Browser {
    /// Opens one that will look at `site`.
    pub async fn open(site: &Site, screen: Screen, scripts: Scripts) -> Self {
        gatehouse::kernel::platform::tls::set_up(); // the program's features of the HTTP client are the driver's too
        let chromedriver = Chromedriver::shared();
        let profile = tempfile::tempdir().unwrap();
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            capabilities.add_arg(argument).unwrap();
        }
        capabilities.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        // The language that the tests read, wherever they run; an empty page at first, for Chromium's own may
        // complain on the console, which the tests read.
        let preferences = json!({
            "intl.accept_languages": "en-IN,en",
            "session": { "restore_on_startup": THESE_PAGES, "startup_urls": ["about:blank"] },
        });
        capabilities.add_experimental_option("prefs", preferences).unwrap();
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        if let Ok(chromium) = std::env::var("CHROMIUM") {
            capabilities.set_binary(&chromium).unwrap();
        }
        let poller = Arc::new(ElementPollerWithTimeout::new(PATIENCE, LOOK_EVERY));
        let driver = WebDriver::builder(chromedriver.url(), capabilities).poller(poller).await.unwrap();
        let browser = Self {
            process: driver.capabilities().get("goog:processID").and_then(Value::as_u64),
            driver,
            chromedriver,
            _profile: profile,
            base_url: site.base_url().to_owned(),
            screen,
            scripts,
        };
        browser.show_as_usual().await;
        browser
    }

    /// What the site's links begin with.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Its screen.
    pub fn screen(&self) -> Screen {
        self.screen
    }

    /// Whether pages' scripts run here.
    pub fn scripts(&self) -> Scripts {
        self.scripts
    }

    /// Goes to a page by its address.
    pub async fn go(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base_url)).await.unwrap();
    }

    /// The same browser, which from now on goes to the site by another address, like a proxy's. Cookies know no ports.
    #[must_use]
    pub fn at(mut self, origin: String) -> Self {
        self.base_url = origin;
        self
    }

    /// Where it is: `/login`, without the query.
    pub async fn path(&self) -> String {
        self.driver.current_url().await.unwrap().path().to_owned()
    }

    /// Asserts where it is; `{id}` in `pattern` stands for any key.
    pub async fn is_at(&self, pattern: &str) {
        const KEY: usize = 36;
        let path = self.path().await;
        let is_like = |(wanted, found): (&str, &str)| match wanted {
            "{id}" => found.len() == KEY,
            word => word == found,
        };
        let same_length = pattern.split('/').count() == path.split('/').count();
        let alike = same_length && pattern.split('/').zip(path.split('/')).all(is_like);
        assert!(alike, "expected to be at {pattern}, but this is {}", self.place().await);
    }

    /// The element that `css` finds, waiting for it if need be.
    pub async fn find(&self, css: &str) -> WebElement {
        let found = self.driver.query(By::Css(css)).first().await;
        let Ok(element) = found else { panic!("there is no {css} on {}", self.place().await) };
        element
    }

    /// Every such element there is now.
    pub async fn find_all(&self, css: &str) -> Vec<WebElement> {
        self.driver.find_all(By::Css(css)).await.unwrap()
    }

    /// Whether there is such an element now.
    pub async fn has(&self, css: &str) -> bool {
        self.driver.query(By::Css(css)).nowait().exists().await.unwrap()
    }

    /// What people read in the element.
    pub async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// Asserts that the page says something, in whatever case it is shown.
    pub async fn says(&self, text: &str) {
        let page = self.text("body").await;
        let said = page.to_lowercase().contains(&text.to_lowercase());
        assert!(said, "{text:?} is not said on {}, but:\n{page}", self.place().await);
    }

    /// Waits until the element says something.
    pub async fn comes_to_say(&self, css: &str, text: &str) {
        let script = "return document.querySelector(arguments[0])?.textContent ?? ''";
        let start = Instant::now();
        loop {
            let said = self.driver.execute(script, vec![json!(css)]).await;
            let said: String = said.ok().and_then(|said| said.convert().ok()).unwrap_or_default();
            if said.contains(text) {
                return;
            }
            let patient = start.elapsed() < PATIENCE;
            assert!(patient, "{css} says {said:?}, not {text:?}, on {}", self.place().await);
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// What the field holds.
    pub async fn value(&self, field: &str) -> String {
        self.find(&named(field)).await.value().await.unwrap().unwrap_or_default()
    }

    /// Types into a field in the place of what is there.
    pub async fn fill(&self, field: &str, value: &str) {
        let element = self.find(&named(field)).await;
        element.clear().await.unwrap();
        element.send_keys(value).await.unwrap();
    }

    /// Fills in several fields.
    pub async fn fill_all(&self, fields: &[(&str, &str)]) {
        for (field, value) in fields {
            self.fill(field, value).await;
        }
    }

    /// Picks a day as from the calendar that a date field opens; how one is typed differs from place to place.
    pub async fn pick_day(&self, field: &str, day: &str) {
        self.find(&named(field)).await;
        // Found and changed in one go: a script may put another row in the place of the field's.
        let script = "const [name, day] = arguments;
            const field = document.querySelector(name);
            field.value = day;
            for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, { bubbles: true }));";
        self.driver.execute(script, vec![json!(named(field)), json!(day)]).await.unwrap();
    }

    /// Chooses an option of a select, or one of several radio buttons, by its value.
    pub async fn choose(&self, field: &str, value: &str) {
        let select = format!("select[name='{field}'] option[value='{value}']");
        let radio = format!("input[name='{field}'][value='{value}']");
        self.click(&format!("{select}, {radio}")).await;
    }

    /// Ticks a box.
    pub async fn tick(&self, field: &str) {
        self.click(&named(field)).await;
    }

    /// Gives a file field its file.
    pub async fn attach(&self, field: &str, paper: Paper) {
        self.attach_file(field, &paper.path()).await;
    }

    /// Gives a file field any file.
    pub async fn attach_file(&self, field: &str, path: &Path) {
        self.find(&named(field)).await.send_keys(path.to_str().unwrap()).await.unwrap();
    }

    /// Presses something that leads to no other page.
    pub async fn click(&self, css: &str) {
        if let Err(error) = self.find(css).await.click().await {
            panic!("{css} cannot be pressed on {}: {error}", self.place().await);
        }
    }

    /// Presses something and waits for the page that it leads to.
    pub async fn press(&self, css: &str) {
        let page = self.find("html").await;
        let pressed = self.find(css).await.click().await;
        self.wait_for_the_page_after(page, css, pressed).await;
    }

    /// Presses the button of the form that posts to `action`.
    pub async fn submit(&self, action: &str) {
        self.press(&format!("form[action$='{action}'] button[type=submit]")).await;
    }

    /// Presses the main button of the page's form.
    pub async fn save(&self) {
        self.press("main form[method=post] button[type=submit]:not([name], [aria-hidden])").await;
    }

    /// Follows the link that ends in `href`.
    pub async fn follow(&self, href: &str) {
        self.press(&format!("main a[href$='{href}']")).await;
    }

    /// Types as on a keyboard, at whatever has the focus.
    pub async fn type_keys(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys).perform().await.unwrap();
    }

    /// Types a key every `pace`, by the browser's clock, at whatever has the focus: 5 ms is a scanner's, 120 ms
    /// a quick typist's. `\n` is Enter, `\t` is Tab.
    pub async fn type_at(&self, pace: Duration, text: &str) {
        // A time before the page was there would count as the moment at which it came.
        let mut at = now();
        for letter in text.chars() {
            at += pace;
            tokio::time::sleep(at.saturating_sub(now())).await;
            for event in ["keyDown", "keyUp"] {
                self.key_event(event, letter, at, false).await;
            }
        }
    }

    /// Holds a key down until it has come so often.
    pub async fn hold(&self, letter: char, times: u32) {
        let mut at = now();
        for time in 0..times {
            at += Duration::from_millis(30);
            self.key_event("keyDown", letter, at, time > 0).await;
        }
        self.key_event("keyUp", letter, at, false).await;
    }

    async fn key_event(&self, event: &str, letter: char, at: Duration, repeated: bool) {
        let (key, text, code) = match letter {
            '\n' => ("Enter".to_owned(), "\r".to_owned(), 13),
            '\t' => ("Tab".to_owned(), String::new(), 9),
            letter => (letter.to_string(), letter.to_string(), u32::from(letter.to_ascii_uppercase())),
        };
        let text = if event == "keyDown" { text } else { String::new() };
        let parameters = json!({
            "type": event, "key": key, "text": text, "windowsVirtualKeyCode": code,
            "timestamp": at.as_secs_f64(), "autoRepeat": repeated,
        });
        // A page that goes at once may interrupt the answer.
        self.driver.cdp().send_raw("Input.dispatchKeyEvent", parameters).await.ok();
    }

    /// Goes back, as by the browser's button.
    pub async fn back(&self) {
        self.driver.back().await.unwrap();
    }

    /// Loads the page again, as by the browser's button.
    pub async fn reload(&self) {
        self.driver.refresh().await.unwrap();
    }

    /// Waits until it is at `path`, and all of the page is there.
    pub async fn comes_to(&self, path: &str) {
        let start = Instant::now();
        while self.path().await != path || !self.is_whole().await {
            assert!(
                start.elapsed() < PATIENCE,
                "expected to come to {path}, but this is {}",
                self.place().await
            );
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Whether the page is there, and its scripts have begun.
    async fn is_whole(&self) -> bool {
        let state = self.driver.execute("return document.readyState", vec![]).await;
        state.is_ok_and(|state| state.json() == "complete")
    }

    /// Presses Enter where the focus is, and waits for the page that it leads to.
    pub async fn enter(&self) {
        let page = self.find("html").await;
        let pressed = self.driver.action_chain().send_keys(Key::Enter).perform().await;
        self.wait_for_the_page_after(page, "Enter", pressed).await;
    }

    /// Goes to the element that `css` finds and presses Enter there, both by the keyboard.
    pub async fn tab_to_and_enter(&self, css: &str) {
        self.tab_to(css).await;
        self.enter().await;
    }

    /// Presses Tab until the focus is on the element that `css` finds.
    pub async fn tab_to(&self, css: &str) {
        const STOPS: usize = 60;
        let wanted = self.find(css).await;
        for _ in 0..STOPS {
            self.type_keys(Key::Tab).await;
            if self.driver.active_element().await.unwrap() == wanted {
                return;
            }
        }
        panic!("Tab, pressed {STOPS} times, does not reach {css} on {}", self.place().await);
    }

    /// Asserts that the element has the focus, or takes it now.
    pub async fn has_focus(&self, css: &str) {
        self.find(&format!("{css}:focus")).await;
    }

    /// Signs in and comes to where the account's work is.
    pub async fn sign_in(&self, account: &Account) {
        self.go("/login").await;
        self.sign_in_here(account).await;
    }

    /// Signs in at the page that it is at.
    pub async fn sign_in_here(&self, account: &Account) {
        self.fill_all(&[("email", &account.email), ("password", &account.password)]).await;
        self.submit("/login").await;
        assert_ne!(self.path().await, "/login", "{} cannot sign in on {}", account.email, self.place().await);
    }

    /// Loses a cookie, as when its time is over.
    pub async fn forget_cookie(&self, name: &str) {
        self.driver.delete_cookie(name).await.unwrap();
    }

    /// Pictures of an element as the screen shows it: light and dark.
    pub async fn pictures_of(&self, css: &str) -> Vec<Vec<u8>> {
        let mut pictures = Vec::new();
        for scheme in Scheme::ALL {
            self.show(self.screen, scheme).await;
            pictures.push(self.find(css).await.screenshot_as_png().await.unwrap());
        }
        self.show_as_usual().await;
        pictures
    }

    /// The page as a PDF, on the paper that it asks for.
    pub async fn print(&self) -> Vec<u8> {
        let parameters = json!({ "preferCSSPageSize": true, "printBackground": true });
        let printed = self.driver.cdp().send_raw("Page.printToPDF", parameters).await.unwrap();
        base64_decode(printed["data"].as_str().unwrap()).unwrap()
    }

    /// How large the letters of an element are on paper.
    pub async fn printed_points(&self, css: &str) -> f64 {
        const PIXELS_PER_POINT: f64 = 96.0 / 72.0;
        self.emulate_media("print").await;
        let size = self.find(css).await.css_value("font-size").await.unwrap();
        self.emulate_media("").await;
        size.trim_end_matches("px").parse::<f64>().unwrap() / PIXELS_PER_POINT
    }

    /// By how many pixels what is in an element is wider and higher than the element, on paper.
    pub async fn excess_on_paper(&self, css: &str) -> (i64, i64) {
        self.emulate_media("print").await;
        let script = format!(
            "const element = document.querySelector({css:?});
             return [element.scrollWidth - element.clientWidth, element.scrollHeight - element.clientHeight]"
        );
        let excess = self.execute(&script).await;
        self.emulate_media("").await;
        excess
    }

    async fn emulate_media(&self, media: &str) {
        let parameters = json!({ "media": media });
        self.driver.cdp().send_raw("Emulation.setEmulatedMedia", parameters).await.unwrap();
    }

    /// Runs `script` in the page, which then need not run scripts of its own.
    pub async fn execute<T: serde::de::DeserializeOwned>(&self, script: &str) -> T {
        self.driver.execute(script, vec![]).await.unwrap().convert().unwrap()
    }

    /// Runs `script` in the page for what it does.
    pub async fn run(&self, script: &str) {
        self.driver.execute(script, vec![]).await.unwrap();
    }

    /// Says where it is, for messages of failed tests, and keeps a picture of it.
    pub(super) async fn place(&self) -> String {
        let title = self.driver.title().await.unwrap_or_default();
        let picture = screenshots().join(format!("failed-{}.png", test_name()));
        self.driver.screenshot(&picture).await.ok();
        format!("{} ({title:?}, see {})", self.path().await, picture.display())
    }

    /// Waits until `page` has gone. Whether it was pressed is told for the case that it stays: a page that
    /// goes at once may interrupt chromedriver's answer to the press.
    async fn wait_for_the_page_after(&self, page: WebElement, what: &str, pressed: WebDriverResult<()>) {
        let has_gone = page.wait_until().stale().await.is_ok();
        assert!(has_gone, "{what} leads to no other page than {}: {pressed:?}", self.place().await);
    }

    /// Shows the page on another screen, in other colours.
    pub(super) async fn show(&self, screen: Screen, scheme: Scheme) {
        let (width, height) = screen.size();
        let cdp = self.driver.cdp();
        let is_phone = screen == Screen::Phone;
        cdp.emulation().set_device_metrics_override(width, height, 1.0, is_phone).await.unwrap();
        let feature = MediaFeature { name: "prefers-color-scheme".into(), value: scheme.name().into() };
        cdp.send(SetEmulatedMedia { media: None, features: Some(vec![feature]) }).await.unwrap();
        // A colour seen half-way would be neither scheme's.
        self.run(
            "for (const animation of document.getAnimations())
                 if (animation instanceof CSSTransition) animation.finish()",
        )
        .await;
    }

    /// Lets pages' scripts run, or not.
    pub(super) async fn set_scripts(&self, scripts: Scripts) {
        let parameters = json!({ "value": scripts == Scripts::Off });
        self.driver.cdp().send_raw("Emulation.setScriptExecutionDisabled", parameters).await.unwrap();
    }

    /// As the browser was opened.
    pub(super) async fn show_as_usual(&self) {
        self.show(self.screen, Scheme::Light).await;
        self.set_scripts(self.scripts).await;
        // Without a window, newer versions leave the focus in the address bar.
        let focused = json!({ "enabled": true });
        self.driver.cdp().send_raw("Emulation.setFocusEmulationEnabled", focused).await.unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.chromedriver.close(&self.driver.session_id().to_string(), self.process);
        // Left to itself, the driver would close it once more, on the runtime that this blocks.
        self.driver.clone().leak().ok();
    }
}

/// Where pictures of pages are kept; not in the repository.
pub(super) fn screenshots() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The name of the test that runs on this thread.
fn test_name() -> String {
    std::thread::current().name().unwrap_or("test").replace("::", "-")
}

/// The field called `name`, whatever kind of field it is.
fn named(name: &str) -> String {
    format!("[name='{name}']")
}

/// Since 1970, as the browser's events bear it.
fn now() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "the browser goes by the machine's clock")]
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}
