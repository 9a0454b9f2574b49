//! What people type, paste and bring along with it: taken as it was meant, or told at its field with the text kept.

use gatehouse::kernel::entity::{account, crew_member};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

use crate::support::entries::{Entry, PDF, Submitted};
use crate::support::{App, Client, Page};
use crate::support::{PASSWORD, email_of};

/// Around a value: what a copy out of a chat, a table or a document brings along.
fn pasted(value: &str) -> Vec<String> {
    let middle =
        value.char_indices().map(|(place, _)| place).nth(value.chars().count() / 2).unwrap_or_default();
    let (one, other) = value.split_at(middle);
    let mut variants = vec![
        value.to_owned(),
        format!("{value}\u{200B}"),
        format!("\u{FEFF}{value}"),
        format!("\u{A0}\u{3000}{value}\u{2003}\t\r\n"),
        format!("\u{202A}{value}\u{202C}"),
        format!("\u{2066}{value}\u{2069}\u{200F}"),
        format!("{one}\u{AD}{other}"),
        format!("{one}\u{FE0F}{other}\u{FE00}"),
        format!("\u{200D}{value}\u{200C}"),
        format!("\u{FFFC}{one}\u{FFFC}{other}"),
        format!("\u{2800}{value}\u{2800}"),
    ];
    if value.contains(' ') {
        variants.push(value.replace(' ', "\u{A0}\u{200B} "));
    }
    variants
}

fn query(path: &str, fields: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("{path}?{query}")
}

const VEHICLE: [(&str, &str); 4] = [
    ("vehicle_number", "GJ 01 XY 9999"),
    ("customer_phone", "98765 43210"),
    ("expected_on", "2026-11-20"),
    ("use_anyway", ""),
];

const CREW: [(&str, &str); 5] = [
    ("driver_name", "Ramesh Kumar"),
    ("driver_phone", "98200 00001"),
    ("driver_license_no", ""),
    ("helper_name", ""),
    ("helper_phone", ""),
];

/// `form` with `value` in `field`.
fn with<'a>(form: &[(&'a str, &'a str)], field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|&(name, right)| (name, if name == field { value } else { right })).collect()
}

#[tokio::test]
async fn an_entry_takes_what_people_write_and_paste() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let table: [(&str, &str, &[&str], &str); 8] = [
        (
            "vehicle_number",
            "mh 12 ab 1234",
            &[
                "MH/12/AB/1234",
                "MH_12_AB_1234",
                "MH.12.AB.1234",
                "MH–12−AB—1234",
                "MH१२AB१२३४",
                "ＭＨ１２ＡＢ１２３４",
            ],
            "MH 12 AB 1234",
        ),
        (
            "customer_phone",
            "+91 98765 43211",
            &[
                "00919876543211",
                "+91 0 98765 43211",
                "+91 (0) 98765-43211",
                "tel:+919876543211",
                "0 98765 43211",
                "९८७६५ ४३२११",
            ],
            "+91 98765 43211",
        ),
        (
            "expected_on",
            "2026-12-02",
            &["02/12/2026", "2-12-2026", "2.12.2026", "2 Dec 2026", "2 december 2026", "०२/१२/२०२६"],
            "2026-12-02",
        ),
        ("driver_name", "S. Kumar", &["S.  Kumar", "S.\tKumar"], "S. Kumar"),
        ("driver_name", "श्री\u{200D}राम सिंह", &[], "श्री\u{200D}राम सिंह"),
        (
            "driver_phone",
            "98200 00002",
            &["09820000002", "tel:98200-00002", "௯௮௨௦௦ ௦௦௦௦௨"],
            "+91 98200 00002",
        ),
        (
            "driver_license_no",
            "MH12 20110012345",
            &["(mh12) 20110012345", "[MH12]_20110012345", "MH12.20110012345.", "MH१२ २०११००१२३४५"],
            "MH12 20110012345",
        ),
        ("driver_license_no", "MH12 2011 0012345 6789012", &[], "MH12 2011 0012345 6789012"),
    ];
    for (field, value, written, taken) in table {
        let is_of_crew = CREW.iter().any(|(name, _)| *name == field);
        let (step, form) = if is_of_crew { ("crew", &CREW[..]) } else { ("vehicle", &VEHICLE[..]) };
        for typed in pasted(value).iter().map(String::as_str).chain(written.iter().copied()) {
            let page = asha.post(&draft.step(step), &with(form, field, typed)).await;
            assert_eq!(page.status, 303, "{field}, {typed:?}: {}", page.error_at(field));
            let shown = asha.get(&draft.step(step)).await;
            assert_eq!(shown.field_value(field), taken, "{field}, {typed:?}");
            asha.post(&draft.step(step), form).await.expect_status(303);
        }
    }
}

#[tokio::test]
async fn a_chassis_number_names_a_vehicle_without_a_plate() {
    const CHASSIS: &str = "MA1TA2YS2J6B12345";
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let form = with(&VEHICLE, "vehicle_number", CHASSIS);
    asha.post("/submissions/new", &form).await.expect_status(422);
    let opened = asha.post("/submissions/new", &with(&form, "use_anyway", "yes")).await.expect_status(303);
    let vehicle = format!("{}/vehicle", opened.location());
    assert_eq!(asha.get(&vehicle).await.field_value("vehicle_number"), CHASSIS);
    asha.post(&format!("{}/crew", opened.location()), &CREW).await.expect_status(303);
    let review = format!("{}/review", opened.location());
    let version = asha.get(&review).await.field_value("draft_version");
    asha.post(&review, &[("consent", "yes"), ("draft_version", &version)]).await.expect_status(303);
    let guard = app.guard().await;
    let scanned = guard.post("/gate/scan", &[("code", "ma1ta2ys2j6b12345;")]).await;
    assert!(scanned.location().starts_with("/gate/submissions/"), "{}", scanned.location());
}

#[tokio::test]
async fn a_field_of_blanks_that_do_not_show_is_an_empty_one() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    for field in ["driver_license_no", "helper_name", "helper_phone"] {
        asha.post(&draft.step("crew"), &with(&CREW, field, "\u{A0}\u{200B}")).await.expect_status(303);
        assert_eq!(asha.get(&draft.step("crew")).await.field_value(field), "", "{field}");
    }
    for (step, form, field) in [("vehicle", &VEHICLE[..], "vehicle_number"), ("crew", &CREW, "driver_name")] {
        let page = asha.post(&draft.step(step), &with(form, field, "\u{A0}\u{200B}\u{FEFF}")).await;
        assert!(page.expect_status(422).error_at(field).starts_with("Enter "), "{field}");
    }
    let form =
        reqwest::multipart::Form::new().part("puc", PDF.part()).text("puc_valid_until", "\u{A0}\u{200B}");
    asha.post_multipart(&draft.step("documents"), form).await.expect_status(303);
    let form = reqwest::multipart::Form::new().text("puc_valid_until", "31.3.2027");
    asha.post_multipart(&draft.step("documents"), form).await.expect_status(303);
    assert_eq!(asha.get(&draft.step("documents")).await.field_value("puc_valid_until"), "2027-03-31");
}

/// The vehicle or the driver of an entry, where the desk finds them.
async fn judged(app: &App, supervisor: &Client, list: &str, typed: &str) -> String {
    let found = supervisor.get(&query(list, &[("q", typed)])).await.expect_status(200);
    let links = found.all("tbody td:first-child");
    assert_eq!(links.len(), 1, "{list}, {typed:?} of {:?}: {}", app.origin(), found.text());
    found.attribute("tbody td:first-child a", "href")
}

#[tokio::test]
async fn every_search_finds_what_was_pasted() {
    let app = App::spawn().await;
    let (asha, admin) = (app.customer("Asha").await, app.admin().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", "98200 00001");
    let entry = entry.submitted_by(&asha).await;
    Entry::for_vehicle("GJ 01 CD 5678").driven_by("Mohan Lal", "98200 00009").submitted_by(&asha).await;
    app.customer("Ravi").await;
    let reference = entry.reference.as_str();
    let email = email_of("Asha");
    for (browser, list, field, values) in [
        (&asha, "/submissions", "q", vec!["mh12ab1234", "Ramesh Kumar", "98200 00001", reference]),
        (&admin, "/admin/submissions", "q", vec!["MH 12 AB", "ramesh kumar", "+91 98200 00001", reference]),
        (&admin, "/admin/vehicles", "q", vec!["MH 12 AB 1234", "12 ab"]),
        (&admin, "/admin/crew", "q", vec!["Ramesh Kumar", "98200 00001", "KUMAR"]),
        (&admin, "/admin/users", "q", vec!["asha", &email]),
        (&admin, "/admin/audit", "submission", vec![reference]),
        (&admin, "/admin/audit", "actor", vec!["asha", &email]),
    ] {
        for value in values {
            let rows = |page: &Page| page.all("tbody tr, ul.tasks > li");
            let plain = rows(&browser.get(&query(list, &[(field, value)])).await);
            let all = rows(&browser.get(list).await);
            assert!(!plain.is_empty() && plain.len() < all.len(), "{list}, {value}: {plain:?}");
            for typed in pasted(value) {
                let found = browser.get(&query(list, &[(field, &typed)])).await.expect_status(200);
                assert_eq!(rows(&found), plain, "{list}, {typed:?}");
            }
        }
    }
    let spaced = format!("{}-{}", &reference[..4], &reference[4..]);
    for typed in [spaced.as_str(), "MH/12/AB/1234", "MH१२AB१२३४", "९८२०० ००००१", "tel:+919820000001"]
    {
        let found = admin.get(&query("/admin/submissions", &[("q", typed)])).await;
        assert_eq!(found.all("tbody td:first-child"), ["MH 12 AB 1234"], "{typed}");
    }
    // Names, whichever of their spellings is searched for.
    for (vehicle, driver, phone, spellings) in [
        ("KA 05 MN 4321", "S. Gomes", "98200 00011", &["S.Gomes", "s gomes", "Gomes S.", "Ｇｏｍｅｓ S"][..]),
        ("KA 05 MN 4322", "श्री\u{200D}राम सिंह", "98200 00012", &["श्रीराम", "श्री\u{200D}राम", "सिंह श्रीराम"]),
        ("KA 05 MN 4323", "Ｊ. Weiß", "98200 00013", &["J.Weiss", "WEISS", "Ｊ. Weiß"]),
    ] {
        Entry::for_vehicle(vehicle).driven_by(driver, phone).submitted_by(&asha).await;
        for typed in spellings {
            for (browser, list) in [(&asha, "/submissions"), (&admin, "/admin/submissions")] {
                let found = browser.get(&query(list, &[("q", typed)])).await;
                assert_eq!(found.all("tbody td:first-child"), [vehicle], "{list}, {typed}");
            }
            judged(&app, &admin, "/admin/crew", typed).await;
        }
    }
    judged(&app, &admin, "/admin/vehicles", "MH/12/AB").await;
    judged(&app, &admin, "/admin/crew", "९८२०० ००००१").await;
}

#[tokio::test]
async fn what_is_too_long_to_be_searched_for_is_told_at_its_field() {
    let app = App::spawn().await;
    let (asha, admin) = (app.customer("Asha").await, app.admin().await);
    let long = format!("Ramesh {}", "x".repeat(94));
    for (browser, list, field) in [
        (&asha, "/submissions", "q"),
        (&admin, "/admin/submissions", "q"),
        (&admin, "/admin/vehicles", "q"),
        (&admin, "/admin/crew", "q"),
        (&admin, "/admin/users", "q"),
        (&admin, "/admin/audit", "actor"),
        (&admin, "/admin/audit", "submission"),
    ] {
        let page = browser.get(&query(list, &[(field, &long)])).await.expect_status(422);
        assert_eq!(page.error_at(field), "Search for at most 100 characters", "{list}");
        assert_eq!(page.field_value(field), long, "{list}");
        assert_eq!(page.attribute(&format!("[name={field}]"), "maxlength"), "100", "{list}");
        let spaced = format!(" {}\u{200B} ", &long[..100]);
        browser.get(&query(list, &[(field, &spaced)])).await.expect_status(200);
    }
}

#[tokio::test]
async fn a_filter_takes_a_day_as_people_write_it_and_tells_what_is_none_at_its_field() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let asha = app.customer("Asha").await;
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    Entry::for_vehicle("GJ 01 CD 5678").on("2026-11-25").submitted_by(&asha).await;
    for list in ["/admin/submissions", "/admin/audit"] {
        for typed in [
            "2026-11-22",
            "22/11/2026",
            "22-11-2026",
            "22.11.2026",
            "22 Nov 2026",
            "\u{A0}22/11/2026\u{200B}",
        ] {
            for (field, chip) in [("from", "from 22 Nov 2026"), ("to", "to 22 Nov 2026")] {
                let page = supervisor.get(&query(list, &[(field, typed)])).await.expect_status(200);
                assert_eq!(page.all(".chip"), [format!("Remove the filter {chip}")], "{list}, {typed}");
                assert_eq!(page.field_value(field), "2026-11-22", "{list}, {typed}");
                assert_eq!(page.attribute(&format!("[name={field}]"), "type"), "date", "{list}, {typed}");
            }
        }
        for typed in [
            "tomorrow",
            "2026-11-31",
            "22/11/26",
            "11/22/2026",
            "2026-11-20T00:00",
            "9".repeat(5_000).as_str(),
        ] {
            for (field, other) in [("from", "to"), ("to", "from")] {
                let page = supervisor.get(&query(list, &[(field, typed), (other, "2026-11-22")])).await;
                let page = page.expect_status(422);
                assert_eq!(page.error_at(field), "Enter the day as a date, like 20 Nov 2026 or 20/11/2026");
                assert_eq!(page.field_value(field), typed);
                assert_eq!(page.attribute(&format!("[name={field}]"), "type"), "text", "{list}, {typed}");
                assert_eq!(
                    (page.error_at(other).as_str(), page.all(".chip").len()),
                    ("", 1),
                    "{list}, {typed}"
                );
            }
        }
    }
    let found = supervisor.get(&query("/admin/submissions", &[("from", "22/11/2026")])).await;
    assert_eq!(found.all("tbody td:first-child"), ["GJ 01 CD 5678"]);
}

#[tokio::test]
async fn the_desk_takes_what_people_write_and_paste() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let vehicle = judged(&app, &supervisor, "/admin/vehicles", "MH12AB1234").await;
    let driver = judged(&app, &supervisor, "/admin/crew", "Ramesh").await;
    for subject in [&vehicle, &driver] {
        let fields = [
            ("reason", "\u{FEFF}Stole \u{A0} diesel\u{200B}\r\n"),
            ("from", "21/11/2026"),
            ("until", "2 Dec 2026"),
        ];
        supervisor.post(&format!("{subject}/blacklist"), &fields).await.expect_status(303);
        let page = supervisor.get(subject).await;
        let kept = ["reason", "from", "until"].map(|field| page.field_value(field));
        assert_eq!(kept, ["Stole diesel", "2026-11-21", "2026-12-02"]);
        let fields = [("reason", "x"), ("from", "\u{A0}"), ("until", "\u{200B}")];
        supervisor.post(&format!("{subject}/blacklist"), &fields).await.expect_status(303);
        let page = supervisor.get(subject).await;
        assert_eq!(["from", "until"].map(|field| page.field_value(field)), ["2026-11-20", ""]);
        let fields = [("remark", "\u{2066}Comes  late\u{2069}"), ("rating", "3")];
        supervisor.post(&format!("{subject}/remark"), &fields).await.expect_status(303);
        assert_eq!(supervisor.get(subject).await.field_value("remark"), "Comes late");
        supervisor
            .post(&format!("{subject}/remark"), &[("remark", "\u{200B}"), ("rating", "")])
            .await
            .expect_status(303);
        assert_eq!(supervisor.get(subject).await.field_value("remark"), "");
    }
    supervisor
        .post(&format!("{driver}/rename"), &[("name", "\u{FEFF}Ramesh\u{A0}K.\u{200B}")])
        .await
        .expect_status(303);
    assert_eq!(supervisor.get(&driver).await.text_of("h1"), "Ramesh K.");
}

/// An entry that the gate stops, but a supervisor may let in.
async fn blacklisted(app: &App, asha: &Client, supervisor: &Client) -> Submitted {
    let entry = Entry::for_vehicle("GJ 01 CD 5678")
        .with_papers()
        .submitted_by(asha)
        .await
        .approved_by(supervisor)
        .await;
    let vehicle = judged(app, supervisor, "/admin/vehicles", "GJ01CD5678").await;
    supervisor.post(&format!("{vehicle}/blacklist"), &[("reason", "x")]).await.expect_status(303);
    entry
}

/// Who sends it, where to, and the longest text of each field.
type Form<'a> = (&'a Client, String, &'a [(&'a str, &'a str)]);

#[tokio::test]
async fn a_text_that_is_far_too_long_is_told_at_its_field_and_kept() {
    let app = App::spawn().await;
    let (asha, admin) = (app.customer("Asha").await, app.admin().await);
    let nobody = app.nobody();
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let stopped = blacklisted(&app, &asha, &admin).await;
    let vehicle = judged(&app, &admin, "/admin/vehicles", "MH12AB1234").await;
    let driver = judged(&app, &admin, "/admin/crew", "Ramesh").await;
    let forms: [Form<'_>; 15] = [
        (&admin, entry.desk("/reject"), &[("reason", "1,000")]),
        (&admin, entry.gate("/refuse"), &[("reason", "1,000")]),
        (&admin, stopped.gate("/override"), &[("reason", "1,000")]),
        (&admin, format!("{vehicle}/blacklist"), &[("reason", "1,000")]),
        (&admin, format!("{driver}/blacklist"), &[("reason", "1,000")]),
        (&admin, format!("{vehicle}/remark"), &[("remark", "1,000")]),
        (&admin, format!("{driver}/remark"), &[("remark", "1,000")]),
        (&admin, format!("{driver}/rename"), &[("name", "100")]),
        (&admin, "/admin/users/invite".to_owned(), &[("full_name", "100"), ("email", "254")]),
        (
            &nobody,
            "/register".to_owned(),
            &[("company_name", "200"), ("full_name", "100"), ("email", "254"), ("phone", "ten")],
        ),
        (&nobody, "/forgot".to_owned(), &[("email", "254")]),
        (&asha, "/account".to_owned(), &[("company_name", "200"), ("full_name", "100"), ("phone", "ten")]),
        (
            &asha,
            draft.step("vehicle"),
            &[("vehicle_number", "20"), ("customer_phone", "ten"), ("expected_on", "date")],
        ),
        (
            &asha,
            draft.step("crew"),
            &[
                ("driver_name", "100"),
                ("driver_phone", "ten"),
                ("driver_license_no", ""),
                ("helper_name", "100"),
                ("helper_phone", "ten"),
            ],
        ),
        (&admin, "/gate/scan".to_owned(), &[("code", "too long")]),
    ];
    // Of 65 700 bytes, as forms are sent.
    let text = "क".repeat(7_300);
    for (browser, path, fields) in forms {
        for (field, most) in fields {
            let page = browser.post(&path, &[(field, &text)]).await;
            assert_eq!(page.status, 422, "{path}, {field}");
            let message = page.error_at(field);
            assert!(!message.is_empty() && message.contains(most), "{path}, {field}: {message}");
            assert_eq!(page.field_value(field).chars().count(), 7_300, "{path}, {field}");
            assert_eq!(page.attribute(&format!("[name='{field}']"), "maxlength"), "", "{path}, {field}");
        }
        let huge = "x".repeat(256 * 1024);
        let page = browser.post(&path, &[(fields[0].0, &huge)]).await.expect_status(413);
        assert!(page.text().contains("make the text shorter"), "{path}: {}", page.text());
    }
    assert_eq!(nobody.sign_in(&text, PASSWORD).await.expect_status(422).field_value("email"), text);
    // Approving needs no form at all.
    let approve = admin.request(reqwest::Method::POST, &entry.desk("/approve"));
    admin.send(approve).await.expect_status(303);
}

#[tokio::test]
async fn an_address_is_one_account_however_its_domain_is_written() {
    const SHOWN: &str = "ram@उदाहरण.भारत";
    const STORED: &str = "ram@xn--p1b6ci4b4b3a.xn--h2brj9c";
    let app = App::spawn().await;
    let nobody = app.nobody();
    let register = async |email: &str| {
        let fields = [
            ("company_name", "Ram Roadways"),
            ("full_name", "Ram Singh"),
            ("phone", "98765 43210"),
            ("email", email),
            ("password", PASSWORD),
            ("password_confirm", PASSWORD),
        ];
        nobody.post("/register", &fields).await
    };
    let spellings =
        [SHOWN, STORED, "Ram@उदाहरण.भारत\u{200B}", "RAM@XN--P1B6CI4B4B3A.xn--h2brj9c", "ram@उदाहरण。भारत"];
    for typed in &spellings[..3] {
        register(typed).await.expect_status(303);
    }
    assert_eq!(account::Entity::find().count(app.state().database.reader()).await.unwrap(), 1);
    app.deliver().await;
    let mails = app.mails_to(STORED);
    assert!(
        !mails.is_empty() && mails.len() == app.mails().len(),
        "all mail goes to the form that mail hosts know"
    );

    nobody.get(&mails[0].path("/verify/")).await.expect_status(200);
    for typed in spellings {
        let ram = app.nobody().signed_in_as(typed).await;
        let page = ram.get("/account").await.expect_status(200);
        assert!(page.text().contains(SHOWN) && !page.text().contains("xn--"), "{}", page.text());
    }
    app.nobody().post("/forgot", &[("email", SHOWN)]).await.expect_status(303);
    app.deliver().await;
    assert!(app.mails_to(STORED).last().is_some_and(|mail| mail.text.contains("/reset/")));
    let admin = app.admin().await;
    for typed in [SHOWN, "उदाहरण", STORED] {
        let found = admin.get(&query("/admin/users", &[("q", typed)])).await;
        assert_eq!(found.all("tbody td:nth-child(2)"), [SHOWN], "{typed}");
        let log = admin.get(&query("/admin/audit", &[("actor", typed)])).await;
        let told = log.all("tbody tr");
        assert!(!told.is_empty() && told.iter().all(|row| row.contains(SHOWN)), "{typed}: {told:?}");
    }
    let entry = Entry::for_vehicle("MH 12 AB 1234");
    app.confirm(STORED).await;
    let ram = app.nobody().signed_in_as(SHOWN).await;
    let entry = entry.submitted_by(&ram).await;
    for typed in [SHOWN, "उदाहरण", STORED] {
        let found = admin.get(&query("/admin/submissions", &[("q", typed)])).await;
        assert_eq!(found.all("tbody td:first-child"), ["MH 12 AB 1234"], "{typed}");
    }
    let detail = admin.get(&entry.desk("")).await;
    assert!(detail.text().contains(SHOWN) && !detail.text().contains("xn--"), "{}", detail.text());
}

#[tokio::test]
async fn an_address_of_wide_letters_is_folded_or_told_at_its_field() {
    const WRONG: &str = "Enter an e-mail address like name@example.com";
    let app = App::spawn().await;
    let (nobody, admin) = (app.nobody(), app.admin().await);
    app.customer("Asha").await;
    for typed in ["asha@ＥＸＡＭＰＬＥ．ｃｏｍ", "asha@example\u{AD}.com", "\u{FEFF}Asha@Example.Com\u{A0}"]
    {
        app.nobody().signed_in_as(typed).await;
    }
    for typed in ["ａｓｈａ@example.com", "asha\u{0}@example.com", "asha@exa\u{FFFE}mple.com"] {
        for (browser, path) in [(&nobody, "/register"), (&nobody, "/forgot"), (&admin, "/admin/users/invite")]
        {
            let page = browser.post(path, &[("email", typed)]).await.expect_status(422);
            assert_eq!(page.error_at("email"), WRONG, "{path}, {typed:?}");
        }
        nobody.sign_in(typed, PASSWORD).await.expect_status(422);
    }
}

#[tokio::test]
async fn a_name_with_other_spaces_and_full_stops_is_the_same_persons() {
    let app = App::spawn().await;
    let (asha, ravi, guard) = (app.customer("Asha").await, app.customer("Ravi").await, app.guard().await);
    let first = Entry::for_vehicle("MH 12 AB 1234").with_papers().driven_by("S. Kumar", "98200 00001");
    let first = first.submitted_by(&asha).await.approved_by(&app.supervisor().await).await;
    for name in ["S.Kumar", "S Kumar", "s.  KUMAR.", "S.\u{200B}Kum\u{FE00}ar", "SKumar"] {
        Entry::for_vehicle("GJ 01 CD 5678").driven_by(name, "98200 00001").submitted_by(&ravi).await;
    }
    let draft =
        Entry::for_vehicle("GJ 01 CD 5678").driven_by("S Kumar", "98200 00001").drafted_by(&ravi).await;
    let other = with(&CREW, "driver_name", "R. Kumar");
    assert!(
        ravi.post(&draft.step("crew"), &other)
            .await
            .expect_status(422)
            .error_at("driver_phone")
            .contains("another name")
    );
    let people = crew_member::Entity::find().all(app.state().database.reader()).await.unwrap();
    assert_eq!(people.iter().map(|person| person.full_name.as_str()).collect::<Vec<_>>(), ["S. Kumar"]);

    // Corrected by a full stop alone, it is the name on the pass still.
    let supervisor = app.supervisor().await;
    let driver = judged(&app, &supervisor, "/admin/crew", "s.kumar").await;
    supervisor.post(&format!("{driver}/rename"), &[("name", "S Kumar")]).await.expect_status(303);
    assert!(guard.get(&first.gate("")).await.has(".verdict-ok"));
    supervisor.post(&format!("{driver}/rename"), &[("name", "S. Kumawat")]).await.expect_status(303);
    assert!(guard.get(&first.gate("")).await.has(".verdict-warn"));
}

#[tokio::test]
async fn a_site_in_a_zone_without_letters_tells_its_offset() {
    for (zone, written) in [("Asia/Dubai", "+04"), ("Asia/Kathmandu", "+0545"), ("America/Sao_Paulo", "-03")]
    {
        let app = App::spawn_with(&[("SITE_TIME_ZONE", zone)]).await;
        let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
        let entry = Entry::for_vehicle("MH 12 AB 1234").on("2026-11-21").submitted_by(&asha).await;
        let entry = entry.approved_by(&supervisor).await;
        app.deliver().await;
        let pass = format!("/p/{}", entry.token);
        let mut told = Vec::new();
        for path in [pass.clone(), format!("{pass}/print/a4"), format!("{pass}/print/80mm")] {
            told.push((app.nobody().get(&path).await.expect_status(200).text(), path));
        }
        for path in
            [entry.path(""), entry.desk(""), "/admin/submissions".to_owned(), "/admin/audit".to_owned()]
        {
            let browser = if path.starts_with("/admin") { &supervisor } else { &asha };
            told.push((browser.get(&path).await.expect_status(200).text(), path));
        }
        told.extend(app.mails_to(&email_of("Asha")).into_iter().map(|mail| (mail.text, mail.subject)));
        let begins = format!("21 Nov 2026, 00:00 {written}");
        assert!(
            told[0].0.contains(&begins) || told[0].0.contains(&begins.replace('+', "&#43;")),
            "{zone}: {}",
            told[0].0
        );
        for (text, what) in told {
            assert!(!text.contains(" UTC") && !text.contains(" IST"), "{zone}, {what}: {text}");
        }
    }
}
