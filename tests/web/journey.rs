//! The main journey: a customer announces a vehicle, the desk approves, the guard lets it in and out, and
//! the next entry fills itself.

use std::io::ErrorKind;
use std::process::Command;

use gatehouse::kernel::audit::Action;
use gatehouse::kernel::entity::audit_log;
use reqwest::multipart::Form;
use sea_orm::{EntityTrait as _, QueryOrder as _};

use crate::support::entries::{Draft, Entry, JPEG, PDF, PNG, TODAY};
use crate::support::{App, Client, PASSWORD, Page};

#[tokio::test]
async fn a_vehicle_is_announced_let_in_and_out_and_its_next_entry_fills_itself() {
    let app = App::spawn().await;
    let asha = app.nobody();
    register_and_sign_in(&asha).await;
    confirm_the_address(&app, &asha).await;
    let draft = open_a_draft(&asha).await;
    name_the_crew(&asha, &draft).await;
    hand_in_papers(&asha, &draft).await;
    submit(&asha, &draft).await;
    let address = scanned_from_the_pass(&app, &asha, &draft).await;
    show_the_pass_to_whoever_has_its_address(&app, &address).await;
    approve(&app.supervisor().await, &draft).await;
    pass_the_gate(&app.guard().await, &draft, &address).await;
    fill_in_the_next_entry(&asha).await;
}

async fn register_and_sign_in(asha: &Client) {
    let fields = [
        ("company_name", "Asha Logistics"),
        ("full_name", "Asha"),
        ("phone", "98765 43210"),
        ("email", "asha@example.com"),
        ("password", PASSWORD),
        ("password_confirm", PASSWORD),
    ];
    let registered = asha.post("/register", &fields).await.expect_status(303);
    assert_eq!(registered.location(), "/login");
    let signed_in = asha.sign_in("asha@example.com", PASSWORD).await.expect_status(303);
    assert_eq!(signed_in.location(), "/submissions");
    assert_eq!(signed_in.follow().await.text_of(".empty p"), "You have no entries yet.");
}

async fn confirm_the_address(app: &App, asha: &Client) {
    app.deliver().await;
    let mail = app.mails_to("asha@example.com").pop().expect("a mail");
    let link = mail.path("/verify/");
    let page = asha.get(&link).await.expect_status(200);
    assert_eq!(page.text_of("main button"), "Confirm");
    let home =
        asha.post(&link, &[("password", PASSWORD)]).await.expect_status(303).follow().await.follow().await;
    assert_eq!(home.flash(), "Your e-mail address is confirmed.");
}

async fn open_a_draft(asha: &Client) -> Draft {
    let form = asha.get("/submissions/new").await.expect_status(200);
    assert_eq!(form.field_value("customer_phone"), "+91 98765 43210");
    assert_eq!(form.field_value("expected_on"), TODAY);
    let fields = [
        ("vehicle_number", "mh-12 ab 1234"),
        ("customer_phone", "+91 98765 43210"),
        ("expected_on", TODAY),
        ("use_anyway", ""),
    ];
    let opened = asha.post("/submissions/new", &fields).await.expect_status(303);
    let draft = Draft { id: opened.location().replace("/submissions/", "") };
    let page = opened.follow().await.expect_status(200);
    assert_eq!(page.text_of("h1"), "Entry for MH 12 AB 1234");
    assert_eq!(states_of_the_tasks(&page), ["Done", "To do", "0 of 8", "To do"]);
    draft
}

async fn name_the_crew(asha: &Client, draft: &Draft) {
    let fields = [
        ("driver_name", "Ramesh Kumar"),
        ("driver_phone", "98200 00001"),
        ("driver_language", "hi"),
        ("driver_license_no", "MH12 20110012345"),
        ("helper_name", "Suresh Yadav"),
        ("helper_phone", "98200 00002"),
        ("helper_language", "mr"),
    ];
    let named = asha.post(&draft.step("crew"), &fields).await.expect_status(303);
    assert_eq!(named.location(), draft.path());
    assert_eq!(states_of_the_tasks(&named.follow().await), ["Done", "Done", "0 of 8", "To do"]);
}

async fn hand_in_papers(asha: &Client, draft: &Draft) {
    let form = Form::new()
        .part("purchase_order", PDF.part())
        .part("vehicle_registration", JPEG.part())
        .text("vehicle_registration_valid_until", "2031-03-31")
        .part("vehicle_insurance", PNG.part())
        .text("vehicle_insurance_valid_until", "2027-06-30")
        .part("puc", PDF.part())
        .text("puc_valid_until", "2027-01-31")
        .part("driver_license", JPEG.part())
        .text("driver_license_valid_until", "2030-12-31");
    let handed_in = asha.post_multipart(&draft.step("documents"), form).await.expect_status(303);
    assert_eq!(handed_in.location(), draft.path());
    assert_eq!(states_of_the_tasks(&handed_in.follow().await), ["Done", "Done", "5 of 8", "To do"]);
}

async fn submit(asha: &Client, draft: &Draft) {
    let review = asha.get(&draft.step("review")).await.expect_status(200);
    assert!(!review.has(".alert.warning"), "{}", review.text());
    assert_eq!(value_of(&review, "Helper"), "Suresh Yadav · +91 98200 00002");
    let submitted = draft.submit(asha).await.expect_status(303);
    assert_eq!(submitted.location(), draft.path());
    let pass = submitted.follow().await.expect_status(200);
    assert_eq!(pass.flash(), "Your entry is submitted.");
    assert_eq!(pass.text_of(".plate-display"), "MH 12 AB 1234");
    assert_eq!(pass.text_of(".title .badge"), "Waiting for decision");
    assert_eq!(pass.text_of(".qr .reference").len(), 8);
    assert_eq!(pass.text_of(".what-next li"), "The plant looks at your entry and decides.");
}

/// What a scanner reads from the QR code on the customer's pass.
async fn scanned_from_the_pass(app: &App, asha: &Client, draft: &Draft) -> String {
    let pass = asha.get(&draft.path()).await.expect_status(200);
    let image = asha.get(&pass.attribute("a[download]", "href")).await.expect_status(200);
    assert_eq!(image.header("content-type"), "image/png");
    let token = pass.attribute(".qr img", "src").replace("/p/", "").replace("/qr.svg", "");
    let address = format!("{}/P/{token}", app.origin()).to_uppercase();
    assert_eq!(read_by_rqrr(&image.body), address);
    if let Some(read) = read_by_zbar(app, &image.body) {
        assert_eq!(read, address);
    }
    address
}

fn read_by_rqrr(png: &[u8]) -> String {
    let pixels = image::load_from_memory(png).unwrap().into_luma8();
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let luma = pixels.into_raw();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| luma[y * width + x]);
    let grids = prepared.detect_grids();
    assert_eq!(grids.len(), 1, "codes in the image");
    grids[0].decode().unwrap().1
}

/// `None` where zbar is not installed.
fn read_by_zbar(app: &App, png: &[u8]) -> Option<String> {
    let file = app.folder().join("scanned.png");
    std::fs::write(&file, png).unwrap();
    let output = match Command::new("zbarimg").args(["--quiet", "--raw"]).arg(&file).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        output => output.unwrap(),
    };
    Some(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
}

async fn show_the_pass_to_whoever_has_its_address(app: &App, address: &str) {
    let in_capitals = address.strip_prefix(&app.origin().to_uppercase()).unwrap();
    for path in [in_capitals.to_owned(), in_capitals.to_lowercase()] {
        let pass = app.nobody().get(&path).await.expect_status(200);
        assert_eq!(pass.text_of(".plate-display"), "MH 12 AB 1234");
        assert_eq!(pass.text_of(".banner strong"), "Waiting for decision");
        assert_eq!(pass.all(".summary dd")[..2], ["Ramesh Kumar", "Suresh Yadav"]);
        assert_eq!(pass.all(".summary dd")[2..], ["20 Nov 2026, 00:00 IST", "21 Nov 2026, 23:59 IST"]);
        assert!(!pass.has("form"), "{}", pass.text());
        for secret in ["98200", "98765", "asha@example.com"] {
            assert!(!pass.text().contains(secret), "{secret} in {}", pass.text());
        }
    }
}

async fn approve(supervisor: &Client, draft: &Draft) {
    let detail = format!("/admin/submissions/{}", draft.id);
    let approved = supervisor.post(&format!("{detail}/approve"), &[]).await.expect_status(303);
    assert_eq!(approved.location(), detail);
    let page = approved.follow().await;
    assert_eq!(page.flash(), "The entry is approved.");
    assert_eq!(page.text_of(".title .badge"), "Approved");
}

async fn pass_the_gate(guard: &Client, draft: &Draft, address: &str) {
    let verdict = scan(guard, address).await;
    assert_eq!(verdict.text_of(".verdict-ok .verdict-word"), "OK");
    assert_eq!(verdict.text_of(".verdict .plate-display"), "MH 12 AB 1234");
    assert_eq!(verdict.all(".verdict .reasons li"), [""; 0]);

    let let_in = press(guard, &verdict, draft, "check-in").await;
    assert_eq!(let_in.location(), "/gate");
    assert_eq!(let_in.follow().await.flash(), "Let in.");
    assert_eq!(guard.get("/gate").await.text_of(".stats dd"), "1");

    let verdict = scan(guard, address).await;
    assert_eq!(verdict.text_of(".verdict-inside .verdict-word"), "Inside");
    assert_eq!(
        verdict.text_of(".verdict > p:not(.plate-display)"),
        "Inside since 20 Nov 2026, 12:00 IST, Main gate, let in by Gurpreet"
    );

    let let_out = press(guard, &verdict, draft, "check-out").await;
    assert_eq!(let_out.follow().await.flash(), "Let out.");
    assert_eq!(guard.get("/gate").await.text_of(".stats dd"), "0");

    let verdict = scan(guard, address).await;
    assert_eq!(verdict.text_of(".verdict-stop .verdict-word"), "Stop");
    assert_eq!(verdict.all(".verdict .reasons li"), ["This pass has been used: the visit is over."]);
    assert!(!verdict.has("form[action*='/check-']"), "{}", verdict.text());
}

async fn scan(guard: &Client, code: &str) -> Page {
    guard.post("/gate/scan", &[("code", code)]).await.expect_status(303).follow().await.expect_status(200)
}

/// Sends the form of a verdict that needs one press.
async fn press(guard: &Client, verdict: &Page, draft: &Draft, form: &str) -> Page {
    let path = format!("/gate/submissions/{}/{form}", draft.id);
    let nonce = verdict.attribute(&format!("form[action='{path}'] input[name=nonce]"), "value");
    guard.post(&path, &[("nonce", &nonce)]).await.expect_status(303)
}

async fn fill_in_the_next_entry(asha: &Client) {
    let fields =
        [("vehicle_number", "MH12AB1234"), ("customer_phone", "98765 43210"), ("expected_on", "2026-11-21")];
    let opened = asha.post("/submissions/new", &fields).await.expect_status(303);
    let draft = Draft { id: opened.location().replace("/submissions/", "") };
    let page = opened.follow().await.expect_status(200);
    assert_eq!(
        page.flash(),
        "Filled in from your entry of 20 Nov 2026, 12:00 IST. Check that it is still right."
    );
    assert_eq!(states_of_the_tasks(&page), ["Done", "Done", "4 of 8", "To do"]);

    let crew = asha.get(&draft.step("crew")).await.expect_status(200);
    for (field, value) in [
        ("driver_name", "Ramesh Kumar"),
        ("driver_phone", "+91 98200 00001"),
        ("driver_language", "hi"),
        ("driver_license_no", "MH12 20110012345"),
        ("helper_name", "Suresh Yadav"),
        ("helper_phone", "+91 98200 00002"),
        ("helper_language", "mr"),
    ] {
        assert_eq!(crew.field_value(field), value, "{field}");
    }

    let papers = asha.get(&draft.step("documents")).await.expect_status(200);
    assert_eq!(
        papers.all(".paper:has(.on-file) h2"),
        ["Vehicle registration", "Vehicle insurance", "PUC certificate", "Driving licence"]
    );
    assert_eq!(papers.all(".paper:has(input[type=checkbox]) h2"), ["Purchase order"]);
    assert_eq!(papers.field_value("puc_valid_until"), "2027-01-31");

    let offered = papers.attribute("input[name=purchase_order_use]", "value");
    let form = Form::new().text("purchase_order_use", offered);
    let used = asha.post_multipart(&draft.step("documents"), form).await.expect_status(303);
    assert_eq!(states_of_the_tasks(&used.follow().await), ["Done", "Done", "5 of 8", "To do"]);
    draft.submit(asha).await.expect_status(303);
}

#[tokio::test]
async fn the_desk_finds_an_entry_by_whatever_it_knows() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let supervisor = app.supervisor().await;
    let wanted = Entry::for_vehicle("MH 12 AB 1234")
        .driven_by("Ramesh Kumar", "98200 00001")
        .helped_by("Suresh Yadav", "98200 00002")
        .submitted_by(&asha)
        .await;
    let other = Entry::for_vehicle("GJ 01 XY 9999").driven_by("Mahesh Patel", "98200 00003");
    other.submitted_by(&bina).await;

    for known in [
        "MH 12 AB 1234",
        "mh-12-ab-1234",
        "12AB12",
        "98200 00001",
        "+91-98200-00001",
        "०९८२००००००२",
        "rames",
        "RESH YAD",
        "asha@example",
        "Asha Logistics",
        &wanted.reference,
        &wanted.reference.to_lowercase(),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", known).finish();
        let found = supervisor.get(&format!("/admin/submissions?{query}")).await.expect_status(200);
        assert_eq!(found.all("tbody .reference"), [wanted.reference.as_str()], "{known}");
    }
}

#[tokio::test]
async fn each_step_of_the_journey_is_in_the_audit_log_with_who_took_it() {
    use gatehouse::features::accounts::actions::{ACCOUNT_CREATED, ACCOUNT_REGISTERED, SIGNED_IN};
    use gatehouse::features::crew::actions::CREW_REGISTERED;
    use gatehouse::features::documents::actions::DOCUMENT_UPLOADED;
    use gatehouse::features::submissions::actions::{
        CHECKED_IN, CHECKED_OUT, DOCUMENT_ATTACHED, DRAFT_CHANGED, DRAFT_OPENED, SUBMISSION_APPROVED,
        SUBMISSION_CREATED,
    };
    use gatehouse::kernel::delivery::actions::SMS_QUEUED;

    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234")
        .helped_by("Suresh Yadav", "98200 00002")
        .with_paper("puc", "2027-01-31")
        .submitted_by(&asha)
        .await;
    let entry = entry.approved_by(&app.supervisor().await).await;
    let guard = app.guard().await;
    entry.checked_in_by(&guard).await.checked_out_by(&guard).await;

    let database = app.state().database.reader();
    let rows = audit_log::Entity::find().order_by_asc(audit_log::Column::Id).all(database).await.unwrap();
    let steps: Vec<_> =
        rows.iter().map(|row| (row.action.as_str(), row.actor.as_str(), row.address.as_str())).collect();
    let by = |actor: &'static str| move |action: Action| (action.code, actor, "127.0.0.1");
    let (asha, supervisor, guard) =
        (by("asha@example.com"), by("sunita@example.com"), by("gurpreet@example.com"));
    assert_eq!(
        steps,
        [
            asha(ACCOUNT_REGISTERED),
            asha(SIGNED_IN),
            asha(DRAFT_OPENED),
            asha(DRAFT_CHANGED),
            asha(DOCUMENT_UPLOADED),
            asha(DOCUMENT_ATTACHED),
            asha(DRAFT_CHANGED),
            asha(CREW_REGISTERED),
            asha(CREW_REGISTERED),
            asha(SUBMISSION_CREATED),
            (SMS_QUEUED.code, "system", ""),
            (SMS_QUEUED.code, "system", ""),
            (ACCOUNT_CREATED.code, "system", ""),
            supervisor(SIGNED_IN),
            supervisor(SUBMISSION_APPROVED),
            (ACCOUNT_CREATED.code, "system", ""),
            guard(SIGNED_IN),
            guard(CHECKED_IN),
            guard(CHECKED_OUT),
        ]
    );
}

/// What stands behind each step of a draft.
#[track_caller]
fn states_of_the_tasks(page: &Page) -> Vec<String> {
    page.all(".tasks .badge")
}

/// What the page's list of facts says of `term`.
#[track_caller]
fn value_of(page: &Page, term: &str) -> String {
    let terms = page.all(".summary dt");
    let place = terms.iter().position(|known| known == term);
    let place = place.unwrap_or_else(|| panic!("no {term} among {terms:?}"));
    page.all(".summary dt + dd").swap_remove(place)
}
