//! The first step: which vehicle, whom to call, which day. And what a draft is filled in with.

use chrono::Duration;
use gatehouse::kernel::entity::vehicle;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};

use super::written;
use crate::support::entries::{Draft, Entry, TODAY};
use crate::support::{App, Client, PASSWORD, Page};

/// Right in all fields.
const RIGHT: [(&str, &str); 3] =
    [("vehicle_number", "MH 12 AB 1234"), ("customer_phone", "98765 43210"), ("expected_on", TODAY)];

const UNUSUAL: &str = "Check the number: it does not look like an Indian registration number";
const NUMBER_TOO_LONG: &str = "The vehicle number must have at most 20 letters and digits";
const NUMBER_BAD: &str = "The vehicle number may have letters and digits only";
const NO_PHONE: &str = "Enter an Indian mobile number of ten digits, like 98765 43210";
const NO_DAY: &str = "Enter the day as a date, like 2026-11-20";
const OUT_OF_REACH: &str = "The day must be from 20 Nov 2026 to 20 Dec 2026";

/// The form with `value` in the place of what is right in `field`.
fn with<'a>(field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let others = RIGHT.into_iter().filter(|(name, _)| *name != field);
    others.chain([(field, value)]).collect()
}

#[tokio::test]
async fn a_wrong_field_is_told_beside_it_and_what_was_typed_stays() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("GJ 01 XY 9999").drafted_by(&asha).await;
    let before = written(&app).await;
    for (field, value, message) in [
        ("vehicle_number", "", "Enter the vehicle number"),
        ("vehicle_number", " -.", "Enter the vehicle number"),
        ("vehicle_number", "MH 12 AB 1234 567890 12345", NUMBER_TOO_LONG),
        ("vehicle_number", &format!("MH12AB1234{}", "-".repeat(41)), NUMBER_TOO_LONG),
        ("vehicle_number", "MH12AB1234!", NUMBER_BAD),
        ("vehicle_number", "एमएच12", NUMBER_BAD),
        ("vehicle_number", "ABC 123", UNUSUAL),
        ("customer_phone", "", "Enter a mobile number"),
        ("customer_phone", "12345", NO_PHONE),
        ("customer_phone", "+1 98765 43210", NO_PHONE),
        ("expected_on", "", NO_DAY),
        ("expected_on", "20-11-26", NO_DAY),
        ("expected_on", "2026-11-31", NO_DAY),
        ("expected_on", "2026-11-19", OUT_OF_REACH),
        ("expected_on", "2026-12-21", OUT_OF_REACH),
    ] {
        for path in ["/submissions/new", &draft.step("vehicle")] {
            let fields = with(field, value);
            let page = asha.post(path, &fields).await;
            assert_eq!(page.status, 422, "{path}, {field}, {value:?}");
            assert_eq!(page.error_at(field), message, "{path}, {field}, {value:?}");
            assert_eq!(page.all("p.error").len(), 1, "{path}, {field}, {value:?}");
            for (name, typed) in &fields {
                assert_eq!(page.field_value(name), *typed, "{path}, {field}, {value:?}");
            }
            // Of a field for a day browsers show nothing but days.
            let kind = if ["20-11-26", "2026-11-31"].contains(&value) { "text" } else { "date" };
            assert_eq!(page.attribute("[name=expected_on]", "type"), kind, "{path}, {field}, {value:?}");
        }
        assert_eq!(written(&app).await, before, "{field}, {value:?}");
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let page = asha.post("/submissions/new", &[]).await.expect_status(422);
    assert_eq!(page.all("#problem a"), ["Enter the vehicle number", "Enter a mobile number", NO_DAY]);
}

#[tokio::test]
async fn an_unusual_number_is_asked_about_and_taken_when_it_is_right() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    assert!(!asha.get("/submissions/new").await.has("input[name=use_anyway]"));

    let asked = asha.post("/submissions/new", &with("vehicle_number", "77 CD 12 A")).await.expect_status(422);
    assert_eq!(asked.error_at("vehicle_number"), UNUSUAL);
    assert!(asked.has("input[name=use_anyway]:not([checked])"), "{}", asked.text());

    let mut fields = with("vehicle_number", "77 CD 12 A");
    fields.push(("use_anyway", "yes"));
    let opened = asha.post("/submissions/new", &fields).await.expect_status(303);
    assert_eq!(opened.follow().await.text_of("h1"), "Entry for 77CD12A");
    let step = asha.get(&format!("{}/vehicle", opened.location())).await;
    assert!(step.has("input[name=use_anyway][checked]"), "{}", step.text());
}

#[tokio::test]
async fn a_number_taken_anyway_still_has_letters_and_digits_only() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for (number, message) in [("MH?12", NUMBER_BAD), ("ABCDEFGH 12345678 ABCDE", NUMBER_TOO_LONG)] {
        let mut fields = with("vehicle_number", number);
        fields.push(("use_anyway", "yes"));
        let page = asha.post("/submissions/new", &fields).await.expect_status(422);
        assert_eq!(page.error_at("vehicle_number"), message, "{number}");
    }
}

#[tokio::test]
async fn a_vehicle_is_one_however_its_number_is_typed() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for number in ["mh-12 ab 1234", "MH12AB1234", "MH.12.AB.1234", "ＭＨ１２ＡＢ１２３４"] {
        let opened = asha.post("/submissions/new", &with("vehicle_number", number)).await.expect_status(303);
        assert_eq!(opened.follow().await.text_of("h1"), "Entry for MH 12 AB 1234", "{number}");
    }
    assert_eq!(vehicle::Entity::find().count(app.state().database.reader()).await.unwrap(), 1);
}

#[tokio::test]
async fn the_first_and_the_last_of_the_next_thirty_days_are_taken() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for day in [TODAY, "2026-12-20"] {
        asha.post("/submissions/new", &with("expected_on", day)).await.expect_status(303);
    }
}

#[tokio::test]
async fn the_days_that_are_taken_move_on_at_midnight_of_the_site() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let days = |page: Page| ["min", "max"].map(|name| page.attribute("#expected_on", name));
    app.clock.advance(Duration::hours(11) + Duration::minutes(59)); // 23:59, but 18:29 in UTC
    assert_eq!(days(asha.get("/submissions/new").await), [TODAY, "2026-12-20"]);
    app.clock.advance(Duration::minutes(1));
    assert_eq!(days(asha.get("/submissions/new").await), ["2026-11-21", "2026-12-21"]);
    let page = asha.post("/submissions/new", &RIGHT).await.expect_status(422);
    assert_eq!(page.error_at("expected_on"), "The day must be from 21 Nov 2026 to 21 Dec 2026");
}

#[tokio::test]
async fn a_draft_survives_signing_out_and_is_resumed() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").with_paper("puc", "2027-01-31").drafted_by(&asha).await;
    asha.post("/logout", &[]).await.expect_status(303);
    assert!(asha.get(&draft.path()).await.location().starts_with("/login"));

    asha.sign_in("asha@example.com", PASSWORD).await.expect_status(303);
    let list = asha.get("/submissions").await;
    assert_eq!(list.attribute("tbody a", "href"), draft.path());
    assert_eq!(asha.get(&draft.path()).await.all(".tasks .badge"), ["Done", "Done", "1 of 8", "To do"]);
    assert_eq!(asha.get(&draft.step("crew")).await.field_value("driver_name"), "Ramesh Kumar");
    draft.submit(&asha).await.expect_status(303);
}

/// The papers that a draft would be submitted with.
async fn attached(customer: &Client, draft: &Draft) -> Vec<String> {
    customer.get(&draft.step("documents")).await.expect_status(200).all(".paper:has(.on-file) h2")
}

#[tokio::test]
async fn another_vehicle_takes_its_papers_along_and_brings_those_on_file() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    let with_one = Entry::for_vehicle("GJ 01 XY 9999").with_paper("vehicle_insurance", "2027-11-20");
    with_one.submitted_by(&asha).await;

    let draft = Entry::for_vehicle("MH 12 AB 1234").with_paper("purchase_order", "").drafted_by(&asha).await;
    let all =
        ["Purchase order", "Vehicle registration", "Vehicle insurance", "PUC certificate", "Driving licence"];
    assert_eq!(attached(&asha, &draft).await, all);
    for (number, papers) in [
        ("GJ 01 XY 9999", &["Purchase order", "Vehicle insurance", "Driving licence"][..]),
        ("KA 05 MN 4321", &["Purchase order", "Driving licence"]),
        ("MH 12 AB 1234", &all),
    ] {
        let fields = with("vehicle_number", number);
        asha.post(&draft.step("vehicle"), &fields).await.expect_status(303);
        assert_eq!(attached(&asha, &draft).await, papers, "{number}");
    }
}

#[tokio::test]
async fn the_same_vehicle_on_another_day_keeps_its_papers() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").with_papers().drafted_by(&asha).await;
    asha.post(&draft.step("vehicle"), &with("expected_on", "2026-11-25")).await.expect_status(303);
    assert_eq!(attached(&asha, &draft).await.len(), 4);
}

#[tokio::test]
async fn a_paper_on_file_that_has_run_out_is_not_attached_by_itself() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let first = Entry::for_vehicle("MH 12 AB 1234").with_paper("puc", TODAY);
    first.with_paper("vehicle_insurance", "2027-11-20").submitted_by(&asha).await;
    app.clock.advance(Duration::days(1));
    let asha = app.customer("Asha").await;
    let next = Entry::for_vehicle("MH 12 AB 1234").on("2026-11-21").drafted_by(&asha).await;
    assert_eq!(attached(&asha, &next).await, ["Vehicle insurance"]);
}

#[tokio::test]
async fn another_driver_takes_the_licence_along_and_brings_the_one_on_file() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    Entry::for_vehicle("MH 12 AB 1234").with_paper("driver_license", "2030-01-31").submitted_by(&asha).await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").with_paper("puc", "").drafted_by(&asha).await;
    let of_ramesh = ["PUC certificate", "Driving licence"];
    assert_eq!(attached(&asha, &draft).await, of_ramesh);
    for (name, phone, papers) in [
        ("Mahesh Patel", "98200 00003", &["PUC certificate"][..]),
        ("Ramesh Kumar", "98200 00001", &of_ramesh),
    ] {
        let fields = [("driver_name", name), ("driver_phone", phone)];
        asha.post(&draft.step("crew"), &fields).await.expect_status(303);
        assert_eq!(attached(&asha, &draft).await, papers, "{name}");
    }
}

#[tokio::test]
async fn a_licence_handed_in_for_one_driver_never_becomes_that_of_another() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").with_paper("driver_license", "").drafted_by(&asha).await;
    let fields = [("driver_name", "Mahesh Patel"), ("driver_phone", "98200 00003")];
    asha.post(&draft.step("crew"), &fields).await.expect_status(303);
    draft.submit(&asha).await.expect_status(303);
    assert_eq!(asha.get("/documents").await.all("tbody tr"), [""; 0]);
    let next = Entry::for_vehicle("MH 12 AB 1234").driven_by("Mahesh Patel", "98200 00003");
    assert_eq!(attached(&asha, &next.drafted_by(&asha).await).await, [""; 0]);
}
