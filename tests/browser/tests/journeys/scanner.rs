//! A hand scanner types as a keyboard does, into whatever has the focus. Whatever that is, a scan opens what was
//! scanned and does nothing else.

use std::time::Duration;

use gatehouse::kernel::entity::account::Role;

use crate::accounts::{confirm, register};
use crate::support::{Browser, Screen, Scripts, Site};

const SCANNER: Duration = Duration::from_millis(5);
const SLOW_SCANNER: Duration = Duration::from_millis(90);
const SLOWEST_SCANNER: Duration = Duration::from_millis(150);
const QUICK_PERSON: Duration = Duration::from_millis(80);
const PERSON: Duration = Duration::from_millis(120);

/// The vehicle that is scanned.
const SCANNED: &str = "MH12AB0003";

/// All that takes the focus, with all that is folded unfolded and every warning ticked.
const STOPS: &str = "for (const details of document.querySelectorAll('details')) details.open = true;
    for (const box of document.querySelectorAll('[name=confirm]')) box.checked = true;
    const stops = [...document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), textarea, select, summary, [tabindex]')]
        .filter((element) => element.checkVisibility() && !element.disabled);";

/// Sends forms as pages do.
const POST: &str = "const post = async (path, fields) =>
    (await fetch(path, { method: 'POST', body: new URLSearchParams(fields) })).url;
    const fill = async (path, fields) => {
        const page = new DOMParser().parseFromString(await (await fetch(path)).text(), 'text/html');
        const form = new FormData(page.querySelector('main form[method=post]'));
        for (const name in fields) form.set(name, fields[name]);
        return new URL(await post(path, form)).pathname;
    };";

/// A supervisor at the gate, and trucks before it; each is where its verdict is found.
struct Yard {
    gate: Browser,
    warned: String,
    inside: String,
    stopped: String,
    scanned: String,
    _site: Site,
}

impl Yard {
    async fn open(scripts: Scripts) -> Self {
        let site = Site::open().await;
        let customer = Browser::open(&site, Screen::Phone, Scripts::On).await;
        let account = register(&customer, "asha").await;
        confirm(&site, &customer, &account).await;
        customer.sign_in(&account).await;
        let gate = Browser::open(&site, Screen::Phone, scripts).await;
        gate.sign_in(&site.staff(Role::Supervisor).await).await;
        let today = site.today();
        let scanned = announce(&customer, SCANNED, &today).await;
        let warned = announce(&customer, "MH12AB0004", &today).await;
        let inside = announce(&customer, "MH12AB0005", &today).await;
        let stopped = announce(&customer, "MH12AB0006", &site.day_in(5)).await;
        for _ in 0..2 {
            announce(&customer, "MH12AB0007", &today).await;
        }
        for entry in [&warned, &inside, &stopped] {
            gate.run(&format!("return (async () => {{ {POST} await post('/admin{entry}/approve') }})()"))
                .await;
        }
        let [scanned, warned, inside, stopped] =
            [scanned, warned, inside, stopped].map(|entry| format!("/gate{entry}"));
        gate.go(&inside).await;
        gate.run(STOPS).await;
        gate.submit("/check-in").await;
        Self { gate, warned, inside, stopped, scanned, _site: site }
    }

    /// Where the desk decides on what is scanned.
    fn decision(&self) -> String {
        self.scanned.replace("/gate", "/admin")
    }

    /// Waits for what the keys before began: the page holds none of them longer, and a page that was asked for by then
    /// has come.
    async fn settle(&self) {
        self.gate
            .run("return new Promise((done) => setTimeout(done, 150)).then(() => fetch('/health')).then(() => null)")
            .await;
    }

    /// Nobody but the one of before is inside, nobody was sent away, and the supervisor is still signed in.
    async fn expect_no_act(&self, what: &str) {
        self.gate.go("/gate").await;
        assert_eq!(self.gate.path().await, "/gate", "signed out by a scan, {what}");
        assert_eq!(self.gate.text("dl.stats dd").await, "1", "let in or out by a scan, {what}");
        assert!(!self.gate.text("main").await.contains("Refused"), "sent away by a scan, {what}");
        self.gate.go(&self.decision()).await;
        assert!(self.gate.has("form[action$='/approve']").await, "decided by a scan, {what}");
    }
}

/// Announces a vehicle without papers.
async fn announce(customer: &Browser, number: &str, day: &str) -> String {
    let script = format!(
        "return (async () => {{ {POST}
            const vehicle = {{ vehicle_number: '{number}', customer_phone: '98765 43210', expected_on: '{day}' }};
            const page = await fill('/submissions/new', vehicle);
            await fill(page + '/crew', {{ driver_name: 'Ramesh Kumar', driver_phone: '98200 11111' }});
            return await fill(page + '/review', {{ consent: 'yes' }});
        }})()"
    );
    customer.execute(&script).await
}

/// A page of the gate, and what leads from it to the page as it is scanned on.
type Place<'a> = (&'a str, String, Option<&'a str>);

/// Scans with the focus on everything that takes it, and on nothing.
async fn scan_from_everywhere(yard: &Yard, (name, path, form): &Place<'_>) {
    let gate = &yard.gate;
    let open = async || {
        gate.go(path).await;
        if let Some(action) = form {
            gate.run(STOPS).await;
            // By keyboard: the buttons at the foot lie over what a pointer must scroll to first.
            gate.run(&format!(
                "document.querySelector(\"form[action$='{action}'] button[type=submit]\").focus()"
            ))
            .await;
            gate.enter().await;
        }
    };
    open().await;
    let stops: usize = gate.execute(&format!("{STOPS} return stops.length")).await;
    assert!(stops > 8, "{name} has {stops} stops");
    // Some scanners end with Tab.
    let ends: &[char] = if *path == yard.warned { &['\n', '\t'] } else { &['\n'] };
    for end in ends {
        for stop in 0..=stops {
            open().await;
            let what: String = gate
                .execute(&format!(
                    "{STOPS} (stops[{stop}] ?? document.body).focus();
                     if (!stops[{stop}]) document.activeElement.blur();
                     return document.activeElement.outerHTML.slice(0, 120)"
                ))
                .await;
            gate.type_at(SCANNER, &format!("{SCANNED}{end}")).await;
            println!("{name}: {end:?} at {what}");
            gate.comes_to(&yard.scanned).await;
        }
    }
    yard.expect_no_act(name).await;
}

#[tokio::test]
async fn a_scan_opens_what_was_scanned_from_every_focus_of_every_page_of_the_gate() {
    let yard = Yard::open(Scripts::On).await;
    let refused = Some("/refuse");
    let places: [Place<'_>; 10] = [
        ("the first page", "/gate".to_owned(), None),
        ("a verdict with warnings", yard.warned.clone(), None),
        ("a verdict that came back without a reason", yard.warned.clone(), refused),
        ("a verdict on a vehicle inside", yard.inside.clone(), None),
        ("a stop", yard.stopped.clone(), None),
        ("an override", format!("{}/override", yard.stopped), None),
        ("an override that came back", format!("{}/override", yard.stopped), Some("/override")),
        ("an entry before its decision", yard.decision(), None),
        ("a rejection that came back without a reason", yard.decision(), Some("/reject")),
        ("several passes", several(&yard.gate, "MH12AB0007").await, None),
    ];
    for place in &places {
        scan_from_everywhere(&yard, place).await;
    }
    let unknown = several(&yard.gate, "KA01ZZ9999").await;
    scan_from_everywhere(&yard, &("an unknown code", unknown, None)).await;
}

/// Where a code leads that means no pass or several.
async fn several(gate: &Browser, code: &str) -> String {
    gate.go("/gate").await;
    gate.type_at(SCANNER, &format!("{code}\n")).await;
    gate.find(".verdict, #verdict").await;
    gate.is_at("/gate/scans/{id}").await;
    gate.path().await
}

#[tokio::test]
async fn a_reason_takes_no_code_and_what_was_typed_by_hand_stays() {
    let yard = Yard::open(Scripts::On).await;
    let gate = &yard.gate;
    for path in [yard.warned.clone(), format!("{}/override", yard.stopped), yard.decision()] {
        for pace in [5, 20, 40].map(Duration::from_millis) {
            gate.go(&path).await;
            gate.run(STOPS).await;
            gate.run("document.querySelector('[name=reason]').focus()").await;
            gate.type_at(QUICK_PERSON, "The load\nslipped ").await;
            tokio::time::sleep(PERSON).await;
            gate.type_at(pace, &format!("{SCANNED}\n")).await;
            gate.comes_to(&yard.scanned).await;
            gate.back().await;
            gate.comes_to(&path).await;
            gate.find("[name=reason]").await;
            assert_eq!(gate.value("reason").await, "The load\nslipped ", "{path}, {pace:?}");
        }
    }
    yard.expect_no_act("from a reason").await;
}

#[tokio::test]
async fn what_a_person_types_is_no_scan_and_enter_and_space_press_what_a_person_presses() {
    let yard = Yard::open(Scripts::On).await;
    let gate = &yard.gate;
    gate.go(&yard.warned).await;
    gate.run(STOPS).await;
    gate.run("document.querySelector('[name=reason]').focus()").await;
    gate.type_at(QUICK_PERSON, "MH12AB0003\nMH12AB0003").await;
    gate.hold('A', 12).await;
    gate.type_at(PERSON, "\n").await;
    assert_eq!(gate.value("reason").await, "MH12AB0003\nMH12AB0003AAAAAAAAAAAA\n");

    // A space ticks a box; Enter at it lets nobody in.
    let ticked = async || gate.find_all("[name=confirm]:checked").await.len();
    gate.run("document.getElementById('confirm').focus()").await;
    gate.type_at(PERSON, " ").await;
    gate.find("#confirm:not(:checked)").await;
    gate.run(STOPS).await;
    let all = ticked().await;
    gate.type_at(PERSON, "\n").await;
    // A scan may begin with what presses.
    gate.type_at(SCANNER, &format!(" {SCANNED}")).await;
    yard.settle().await;
    assert_eq!((gate.path().await, ticked().await), (yard.warned.clone(), all));
    gate.run("document.querySelector(\"form[action$='/check-in'] button\").focus()").await;
    gate.type_at(SCANNER, &format!("\n{SCANNED}\n\n")).await;
    gate.comes_to(&yard.scanned).await;
    yard.expect_no_act("that begins with Enter").await;

    // At a button a slow scanner's code is looked up, and a slower one's presses nothing.
    for (pace, path) in [(SLOW_SCANNER, &yard.scanned), (SLOWEST_SCANNER, &yard.warned)] {
        gate.go(&yard.warned).await;
        gate.run(STOPS).await;
        gate.run("document.querySelector(\"form[action$='/check-in'] button\").focus()").await;
        gate.type_at(pace, &format!("{SCANNED}\n")).await;
        gate.comes_to(path).await;
        yard.settle().await;
        assert_eq!(gate.path().await, *path);
        yard.expect_no_act("by a slow scanner").await;
    }

    // Enter at the button lets in.
    gate.go(&yard.warned).await;
    gate.run(STOPS).await;
    gate.run("document.querySelector(\"form[action$='/check-in'] button\").focus()").await;
    gate.type_at(PERSON, "\n").await;
    gate.comes_to("/gate").await;
    assert_eq!(gate.text("dl.stats dd").await, "2");
}

#[tokio::test]
async fn without_scripts_a_scan_at_a_verdict_opens_the_next_and_enter_at_a_box_lets_nobody_in() {
    let yard = Yard::open(Scripts::Off).await;
    let gate = &yard.gate;
    gate.go(&yard.warned).await;
    gate.has_focus("[name='code']").await;
    gate.check_page("gate-warned").await;
    gate.run(STOPS).await;
    gate.run("document.getElementById('confirm').focus()").await;
    gate.type_at(SCANNER, SCANNED).await;
    // The page comes again.
    gate.enter().await;
    assert_eq!(gate.path().await, yard.warned);
    for path in [&yard.warned, &yard.decision()] {
        gate.go(path).await;
        gate.has_focus("[name='code']").await;
        gate.type_at(SCANNER, &format!("{SCANNED}\n")).await;
        gate.comes_to(&yard.scanned).await;
    }
    gate.go(&yard.warned).await;
    gate.type_at(SCANNER, &format!("{SCANNED}\n")).await;
    gate.comes_to(&yard.scanned).await;
    yard.expect_no_act("without scripts").await;
}

#[tokio::test]
async fn a_scanner_that_halts_within_a_code_is_understood_at_the_scan_field() {
    let yard = Yard::open(Scripts::On).await;
    let gate = &yard.gate;
    let (begin, end) = SCANNED.split_at(4);
    gate.go("/gate").await;
    gate.has_focus("[name=code]").await;
    gate.type_at(SCANNER, begin).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    gate.type_at(SCANNER, &format!("{end}\n")).await;
    gate.comes_to(&yard.scanned).await;
}

#[tokio::test]
async fn a_pass_that_is_read_twice_is_scanned_once() {
    let yard = Yard::open(Scripts::On).await;
    let gate = &yard.gate;
    gate.go(&yard.warned).await;
    gate.type_at(SCANNER, &format!("{SCANNED}\n{SCANNED}\n")).await;
    gate.comes_to(&yard.scanned).await;
    gate.go("/gate").await;
    assert_eq!(gate.find_all(&format!(".recent a[href='{}']", yard.scanned)).await.len(), 1);
}
