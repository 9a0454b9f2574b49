//! The second step: who drives, who helps. A person is one phone.

use gatehouse::kernel::entity::crew_member;
use sea_orm::{EntityTrait as _, QueryOrder as _};

use super::written;
use crate::support::App;
use crate::support::entries::Entry;

/// Right in all fields.
const RIGHT: [(&str, &str); 7] = [
    ("driver_name", "Ramesh Kumar"),
    ("driver_phone", "98200 00001"),
    ("driver_language", "hi"),
    ("driver_license_no", "MH12 20110012345"),
    ("helper_name", "Suresh Yadav"),
    ("helper_phone", "98200 00002"),
    ("helper_language", "gu"),
];

const NAME_BAD: &str = "The name may have letters, spaces and signs like . and - only";
const NAME_TOO_LONG: &str = "The name must have at most 100 characters";
const NO_PHONE: &str = "Enter an Indian mobile number of ten digits, like 98765 43210";
const OTHER_NAME: &str = "This number is registered under another name. Ask the plant to correct it.";

/// The form with `value` in the place of what is right in `field`.
fn with<'a>(field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let others = RIGHT.into_iter().filter(|(name, _)| *name != field);
    others.chain([(field, value)]).collect()
}

#[tokio::test]
async fn a_wrong_field_is_told_beside_it_and_what_was_typed_stays() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let before = written(&app).await;
    let long_name = "R".repeat(101);
    for (field, value, message) in [
        ("driver_name", "", "Enter a name"),
        ("driver_name", "   ", "Enter a name"),
        ("driver_name", "98200", NAME_BAD),
        ("driver_name", "Ram\u{7}esh", NAME_BAD),
        ("driver_name", &long_name, NAME_TOO_LONG),
        ("driver_phone", "", "Enter a mobile number"),
        ("driver_phone", "98200", NO_PHONE),
        (
            "driver_license_no",
            "MH12;2011",
            "The licence number may have letters, digits, spaces and signs like - and / only",
        ),
        (
            "driver_license_no",
            "MH12 20110012345 67890 1234",
            "The licence number must have at most 25 characters",
        ),
        ("helper_name", "", "Enter a name"),
        ("helper_name", "12", NAME_BAD),
        ("helper_name", &long_name, NAME_TOO_LONG),
        ("helper_phone", "", "Enter a mobile number"),
        ("helper_phone", "58200 00002", NO_PHONE),
        ("helper_phone", "+91-98200-00001", "Driver and helper are two people with two numbers"),
    ] {
        let fields = with(field, value);
        let page = asha.post(&draft.step("crew"), &fields).await;
        assert_eq!(page.status, 422, "{field}, {value:?}");
        assert_eq!(page.error_at(field), message, "{field}, {value:?}");
        assert_eq!(page.all("p.error").len(), 1, "{field}, {value:?}");
        for (name, typed) in &fields {
            assert_eq!(page.field_value(name), *typed, "{field}, {value:?}");
        }
        assert_eq!(written(&app).await, before, "{field}, {value:?}");
    }
}

#[tokio::test]
async fn a_language_that_the_list_does_not_have_is_refused() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    for field in ["driver_language", "helper_language"] {
        let page = asha.post(&draft.step("crew"), &with(field, "tlh")).await.expect_status(422);
        assert_eq!(page.error_at(field), "Choose a language from the list", "{field}");
    }
}

#[tokio::test]
async fn a_driver_who_comes_alone_has_no_helper() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").helped_by("Suresh Yadav", "98200 00002");
    let draft = entry.drafted_by(&asha).await;
    let alone = [("driver_name", "Ramesh Kumar"), ("driver_phone", "98200 00001"), ("helper_name", " ")];
    asha.post(&draft.step("crew"), &alone).await.expect_status(303);
    let crew = asha.get(&draft.step("crew")).await;
    assert_eq!([crew.field_value("helper_name"), crew.field_value("helper_phone")], ["", ""]);
}

/// The people that the plant knows, by phone.
async fn registered(app: &App) -> Vec<(String, String)> {
    let database = app.state().database.reader();
    let people = crew_member::Entity::find().order_by_asc(crew_member::Column::Phone).all(database).await;
    people.unwrap().into_iter().map(|person| (person.phone.as_str().to_owned(), person.full_name)).collect()
}

#[tokio::test]
async fn the_crew_of_a_draft_is_registered_when_it_is_submitted() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").helped_by("Suresh Yadav", "98200 00002");
    let draft = entry.drafted_by(&asha).await;
    assert_eq!(registered(&app).await, []);
    draft.submit(&asha).await.expect_status(303);
    let person = |phone: &str, name: &str| (phone.to_owned(), name.to_owned());
    assert_eq!(
        registered(&app).await,
        [person("+919820000001", "Ramesh Kumar"), person("+919820000002", "Suresh Yadav")]
    );
}

#[tokio::test]
async fn a_phone_registered_under_another_name_is_refused_early_and_the_name_is_not_told() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", "98200 00009").submitted_by(&asha).await;
    let draft = Entry::for_vehicle("GJ 01 XY 9999").driven_by("Mahesh Patel", "98200 00003");
    let draft = draft.drafted_by(&bina).await;
    let before = written(&app).await;
    for (role, fields) in [
        (
            "driver",
            [
                ("driver_name", "Mahesh Patel"),
                ("driver_phone", "98200 00009"),
                ("helper_name", ""),
                ("helper_phone", ""),
            ],
        ),
        (
            "helper",
            [
                ("driver_name", "Mahesh Patel"),
                ("driver_phone", "98200 00003"),
                ("helper_name", "Dinesh"),
                ("helper_phone", "98200 00009"),
            ],
        ),
    ] {
        let page = bina.post(&draft.step("crew"), &fields).await;
        assert_eq!(page.status, 422, "{role}");
        assert_eq!(page.error_at(&format!("{role}_phone")), OTHER_NAME, "{role}");
        assert!(!page.text().contains("Ramesh"), "{}", page.text());
    }
    assert_eq!(written(&app).await, before);
}

#[tokio::test]
async fn a_phone_that_was_registered_meanwhile_is_refused_at_submission_and_the_name_is_not_told() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let same_driver = Entry::for_vehicle("GJ 01 XY 9999").driven_by("Mahesh Patel", "98200 00009");
    let same_helper = Entry::for_vehicle("KA 05 MN 4321")
        .driven_by("Dinesh Rao", "98200 00003")
        .helped_by("Mahesh Patel", "98200 00009");
    let same_driver = same_driver.drafted_by(&bina).await;
    let same_helper = same_helper.drafted_by(&bina).await;
    Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", "98200 00009").submitted_by(&asha).await;

    let before = written(&app).await;
    for (draft, message) in [
        (same_driver, "The driver’s number is registered under another name. Ask the plant to correct it."),
        (same_helper, "The helper’s number is registered under another name. Ask the plant to correct it."),
    ] {
        let review = bina.get(&draft.step("review")).await;
        assert_eq!(review.all(".alert.warning li"), [message]);
        assert_eq!(review.attribute(".alert.warning a", "href"), draft.step("crew"));
        let refused = draft.submit(&bina).await.expect_status(422);
        assert_eq!(refused.all("#problem li"), [message]);
        assert!(!refused.text().contains("Ramesh"), "{}", refused.text());
    }
    assert_eq!(written(&app).await, before);
}

#[tokio::test]
async fn a_name_in_another_case_spacing_or_unicode_form_is_the_same_person() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    Entry::for_vehicle("MH 12 AB 1234").driven_by("José Kumar", "98200 00009").submitted_by(&asha).await;
    for name in ["JOSÉ  KUMAR", " josé kumar ", "Jose\u{301} Kumar"] {
        Entry::for_vehicle("GJ 01 XY 9999").driven_by(name, "098200-00009").submitted_by(&bina).await;
    }
    assert_eq!(registered(&app).await, [("+919820000009".to_owned(), "José Kumar".to_owned())]);
}

#[tokio::test]
async fn who_drove_may_help_another_time() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", "98200 00001").submitted_by(&asha).await;
    let swapped = Entry::for_vehicle("MH 12 AB 1234").driven_by("Suresh Yadav", "98200 00002");
    swapped.helped_by("Ramesh Kumar", "98200 00001").submitted_by(&asha).await;
    assert_eq!(registered(&app).await.len(), 2);
}
