//! What an account may do without limit, and what not: drafts, look-ups, guessing of names.

use chrono::Duration;
use gatehouse::kernel::entity::throttle::Purpose;
use gatehouse::kernel::entity::{account, submission};
use gatehouse::kernel::types::{Reference, SubmissionId};
use reqwest::multipart::Form;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};

use super::written;
use crate::support::entries::{Draft, Entry, PDF, TODAY};
use crate::support::{App, Client, Page, email_of};

const CONFIRM_FIRST: &str = "Confirm your e-mail address first, by the link in the mail that we sent you. \
                             Until then only a few entries can be begun and changed.";
const OTHER_NAME: &str = "This number is registered under another name. Ask the plant to correct it.";

/// A browser of somebody who has registered and not followed the link in the mail.
async fn unconfirmed(app: &App, name: &str) -> Client {
    let browser = app.nobody();
    browser.register(name).await.expect_status(303);
    browser.signed_in_as(&email_of(name)).await
}

async fn begin(customer: &Client, number: u32) -> Page {
    let number = format!("MH 12 AB {number:04}");
    let fields =
        [("vehicle_number", number.as_str()), ("customer_phone", "98765 43210"), ("expected_on", TODAY)];
    customer.post("/submissions/new", &fields).await
}

#[tokio::test]
async fn an_unconfirmed_account_begins_five_entries_and_is_told_at_the_form_what_to_do() {
    let app = App::spawn().await;
    let chitra = unconfirmed(&app, "Chitra").await;
    for number in 0..5 {
        begin(&chitra, number).await.expect_status(303);
    }
    let before = written(&app).await;
    let refused = begin(&chitra, 5).await.expect_status(422);
    assert_eq!(refused.all("#problem li"), [CONFIRM_FIRST]);
    assert_eq!(refused.field_value("vehicle_number"), "MH 12 AB 0005");
    assert_eq!(written(&app).await, before, "not even the vehicle is kept");

    app.confirm(&email_of("Chitra")).await;
    begin(&chitra, 5).await.expect_status(303);
}

#[tokio::test]
async fn the_next_unconfirmed_account_of_a_network_does_not_begin_afresh() {
    let app = App::spawn().await;
    app.arrange_throttle(Purpose::DraftNetworkDay, "", "127.0.0.1", 59, None).await;
    begin(&unconfirmed(&app, "Chitra").await, 1).await.expect_status(303);
    let divya = unconfirmed(&app, "Divya").await;
    assert_eq!(begin(&divya, 2).await.expect_status(422).all("#problem li"), [CONFIRM_FIRST]);
    begin(&app.customer("Asha").await, 3).await.expect_status(303);
    app.clock.advance(Duration::days(1));
    let divya = divya.signed_in_as(&email_of("Divya")).await;
    let tomorrow = [
        ("vehicle_number", "MH 12 AB 0004"),
        ("customer_phone", "98765 43210"),
        ("expected_on", "2026-11-21"),
    ];
    divya.post("/submissions/new", &tomorrow).await.expect_status(303);
}

/// The id of the account called `name`.
async fn id_of(app: &App, name: &str) -> String {
    let found = account::Entity::find().filter(account::Column::Email.eq(email_of(name)));
    found.one(app.state().database.reader()).await.unwrap().unwrap().id.to_string()
}

/// Every form by which a draft is changed.
async fn change(customer: &Client, draft: &Draft) -> Vec<Page> {
    let vehicle =
        [("vehicle_number", "KA 01 AB 9876"), ("customer_phone", "98765 43210"), ("expected_on", TODAY)];
    let documents = draft.step("documents");
    vec![
        customer.post(&draft.step("vehicle"), &vehicle).await,
        guess(customer, &draft.step("crew"), "Mahesh").await,
        customer.post_multipart(&documents, Form::new().text("detach", "puc")).await,
        customer.post_multipart(&documents, Form::new().part("puc", PDF.part())).await,
    ]
}

#[tokio::test]
async fn without_a_confirmed_address_drafts_are_changed_so_often_a_day_by_account_and_by_network() {
    let app = App::spawn().await;
    let chitra = unconfirmed(&app, "Chitra").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&chitra).await;
    let divya = unconfirmed(&app, "Divya").await;
    let other = Entry::for_vehicle("MH 12 AB 1235").drafted_by(&divya).await;
    for (subject, address, count) in
        [(id_of(&app, "Chitra").await, "", 200), (String::new(), "127.0.0.1", 1000)]
    {
        app.set_count(Purpose::DraftChangeDay, &subject, address, count - 1).await;
        guess(&chitra, &draft.step("crew"), "Mahesh").await.expect_status(303);
        let before = written(&app).await;
        for refused in change(&chitra, &draft).await {
            assert!(refused.expect_status(409).text().contains(CONFIRM_FIRST), "{subject}");
        }
        assert_eq!(written(&app).await, before, "not even a vehicle is made");
        let of_other = guess(&divya, &other.step("crew"), "Mahesh").await;
        of_other.expect_status(if subject.is_empty() { 409 } else { 303 });
        app.set_count(Purpose::DraftChangeDay, &subject, address, 0).await;
    }
    app.set_count(Purpose::DraftChangeDay, "", "127.0.0.1", 1000).await;
    app.confirm(&email_of("Chitra")).await;
    for changed in change(&chitra, &draft).await {
        changed.expect_status(303);
    }
}

#[tokio::test]
async fn a_paper_over_the_quota_makes_no_vehicle() {
    let app = App::spawn().await;
    let chitra = unconfirmed(&app, "Chitra").await;
    app.arrange_throttle(Purpose::UnconfirmedUploads, &id_of(&app, "Chitra").await, "", 39, None).await;
    let before = written(&app).await;
    let add = |number: &str| {
        let form = Form::new().part("file", PDF.part()).text("document_type", "puc");
        let form = form.text("vehicle_number", number.to_owned());
        let chitra = chitra.clone();
        async move { chitra.post_multipart("/documents", form).await }
    };
    // Two at once find room for one, however late the other learns of it.
    let answers = futures_util::future::join(add("MH 12 AB 1234"), add("MH 12 AB 1235")).await;
    let mut statuses = [answers.0.status.as_u16(), answers.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 429]);
    let after = written(&app).await;
    let vehicles = |rows: &str| rows.matches("registration_no: ").count();
    assert_eq!(vehicles(&after) - vehicles(&before), 1);
    add("MH 12 AB 1236").await.expect_status(429);
    assert_eq!(written(&app).await, after);
}

#[tokio::test]
async fn a_confirmed_organisation_has_two_hundred_open_drafts_and_goes_on_with_one_of_them() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    let id: SubmissionId = draft.id.parse().unwrap();
    let row = submission::Entity::find_by_id(id).one(app.state().database.reader()).await.unwrap().unwrap();
    for number in 1..200_u8 {
        let mut another = row.clone().into_active_model();
        another.id = Set(SubmissionId::new(app.state().clock.new_uuid()));
        another.reference = Set(Reference::from_bytes([number, 1, 2, 3, 4]));
        another.opened_with = Set(None);
        app.insert(another.reset_all()).await;
    }
    let refused = begin(&asha, 1).await.expect_status(422);
    let told = refused.all("#problem li");
    assert!(told[0].starts_with("You have 200 entries that are not submitted."), "{told:?}");
    assert_eq!(refused.field_value("vehicle_number"), "MH 12 AB 0001");
    // One that is submitted makes room, and any draft can become the entry that is needed.
    draft.submit(&asha).await.expect_status(303);
    begin(&asha, 1).await.expect_status(303);
}

#[tokio::test]
async fn an_unconfirmed_account_looks_up_twenty_vehicles_a_day() {
    let app = App::spawn().await;
    let chitra = unconfirmed(&app, "Chitra").await;
    let look_up = async |customer: &Client| customer.get("/vehicles/lookup?vehicle_number=MH12AB1234").await;
    for _ in 0..20 {
        look_up(&chitra).await.expect_status(200);
    }
    look_up(&chitra).await.expect_status(429);
    look_up(&unconfirmed(&app, "Divya").await).await.expect_status(200);
    look_up(&app.customer("Asha").await).await.expect_status(200);
}

#[tokio::test]
async fn unconfirmed_accounts_of_a_network_share_their_look_ups() {
    let app = App::spawn().await;
    app.arrange_throttle(Purpose::LookupNetworkDay, "", "127.0.0.1", 199, None).await;
    let look_up = async |customer: &Client| customer.get("/vehicles/lookup?vehicle_number=MH12AB1234").await;
    look_up(&unconfirmed(&app, "Chitra").await).await.expect_status(200);
    look_up(&unconfirmed(&app, "Divya").await).await.expect_status(429);
    look_up(&app.customer("Asha").await).await.expect_status(200);
}

/// Sends the crew of a draft, with a name for the phone of Ramesh Kumar.
async fn guess(customer: &Client, path: &str, name: &str) -> Page {
    let fields =
        [("driver_name", name), ("driver_phone", "98200 00009"), ("driver_license_no", "MH12 20110012345")];
    customer.post(path, &fields).await
}

#[tokio::test]
async fn guessing_the_name_of_a_phone_gets_slow_and_what_was_typed_stays() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", "98200 00009").submitted_by(&asha).await;
    let draft =
        Entry::for_vehicle("GJ 01 XY 9999").driven_by("Mahesh", "98200 00003").drafted_by(&bina).await;
    let other =
        Entry::for_vehicle("GJ 01 XY 8888").driven_by("Mahesh", "98200 00003").drafted_by(&bina).await;
    let (crew, crew_of_other) = (draft.step("crew"), other.step("crew"));
    for name in ["Ram", "Rama", "Ramu", "Ramesh", "Ramesh K"] {
        assert_eq!(guess(&bina, &crew, name).await.expect_status(422).error_at("driver_phone"), OTHER_NAME);
    }
    for path in [&crew, &crew_of_other] {
        let before = written(&app).await;
        let page = guess(&bina, path, "Ramesh Kumar").await.expect_status(429);
        assert_eq!(page.header("retry-after").parse::<u32>().unwrap().div_ceil(60), 1);
        let told = page.all("#problem li");
        assert!(told[0].starts_with("Too many names did not fit their numbers. Wait a minute"), "{told:?}");
        assert_eq!(page.field_value("driver_name"), "Ramesh Kumar", "what was typed stays");
        assert_eq!(page.field_value("driver_license_no"), "MH12 20110012345");
        assert_eq!(written(&app).await, before, "it was not even tried");
    }
    for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
        app.clock.advance(Duration::minutes(minutes));
        guess(&bina, &crew, "Rameshwar").await.expect_status(422);
        guess(&bina, &crew, "Ramesh Kumar").await.expect_status(429);
    }
    guess(&asha, &Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await.step("crew"), "Ramesh Kumar")
        .await
        .expect_status(303);
    app.clock.advance(Duration::minutes(60));
    guess(&bina, &crew, "Ramesh Kumar").await.expect_status(303);
}

#[tokio::test]
async fn each_wrong_name_of_a_form_is_counted() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", "98200 00009");
    entry.helped_by("Suresh Yadav", "98200 00008").submitted_by(&asha).await;
    let draft =
        Entry::for_vehicle("GJ 01 XY 9999").driven_by("Mahesh", "98200 00003").drafted_by(&bina).await;
    let fields = [
        ("driver_name", "Ram"),
        ("driver_phone", "98200 00009"),
        ("helper_name", "Sur"),
        ("helper_phone", "98200 00008"),
    ];
    for _ in 0..3 {
        let page = bina.post(&draft.step("crew"), &fields).await.expect_status(422);
        assert_eq!(
            (page.error_at("driver_phone"), page.error_at("helper_phone")),
            (OTHER_NAME.into(), OTHER_NAME.into())
        );
    }
    let page = bina.post(&draft.step("crew"), &fields).await.expect_status(429);
    assert_eq!(page.header("retry-after").parse::<u32>().unwrap().div_ceil(60), 2, "six were wrong");
}

#[tokio::test]
async fn guesses_at_once_are_counted_one_after_the_other() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", "98200 00009").submitted_by(&asha).await;
    let draft =
        Entry::for_vehicle("GJ 01 XY 9999").driven_by("Mahesh", "98200 00003").drafted_by(&bina).await;
    let crew = draft.step("crew");
    let names: Vec<_> = ('A'..='X').map(|letter| format!("Ramesh {letter}")).collect();
    let guesses = names.iter().map(|name| guess(&bina, &crew, name));
    let answers = futures_util::future::join_all(guesses).await;
    let told = answers.iter().filter(|answer| answer.status == 422).count();
    let slowed = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((told, slowed), (5, 19));
}

#[tokio::test]
async fn without_a_confirmed_address_nothing_tells_whether_a_name_is_right() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", "98200 00009").submitted_by(&asha).await;
    let chitra = unconfirmed(&app, "Chitra").await;
    let draft =
        Entry::for_vehicle("GJ 01 XY 9999").driven_by("Mahesh", "98200 00003").drafted_by(&chitra).await;
    let documents = draft.step("documents");
    guess(&chitra, &draft.step("crew"), "Somebody").await.expect_status(303);
    chitra
        .post_multipart(&documents, Form::new().part("driver_license", PDF.part()))
        .await
        .expect_status(303);
    chitra.post_multipart(&documents, Form::new().text("detach", "driver_license")).await.expect_status(303);
    for name in ["Ramesh Kumar", "Somebody Else"] {
        for _ in 0..4 {
            guess(&chitra, &draft.step("crew"), name).await.expect_status(303);
        }
        let page = chitra.get(&documents).await.expect_status(200);
        assert!(page.has("input[name=driver_license_use]"), "{name}: the draft's own licence is offered");
        let again =
            Form::new().text("driver_license_use", page.attribute("input[name=driver_license_use]", "value"));
        chitra.post_multipart(&documents, again).await.expect_status(303);
        assert!(chitra.get(&documents).await.has("#row-driver_license .on-file"), "{name}");
        chitra
            .post_multipart(&documents, Form::new().text("detach", "driver_license"))
            .await
            .expect_status(303);
        let review = chitra.get(&draft.step("review")).await.expect_status(200);
        assert_eq!(review.all(".alert.warning li").len(), 1, "{name}: {}", review.text());
        let refused = draft.submit(&chitra).await.expect_status(422);
        assert_eq!(refused.all("#problem li").len(), 1, "{name}: {}", refused.text());
        assert!(!refused.text().contains("another name"), "{name}");
    }
}

#[tokio::test]
async fn names_typed_before_the_address_was_confirmed_are_told_at_submission_alone_and_counted() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", "98200 00009").submitted_by(&asha).await;
    let chitra = unconfirmed(&app, "Chitra").await;
    let wrong = Entry::for_vehicle("GJ 01 XY 9999").driven_by("Ram", "98200 00009").drafted_by(&chitra).await;
    let right = Entry::for_vehicle("GJ 01 XY 8888")
        .driven_by("Ramesh Kumar", "98200 00009")
        .drafted_by(&chitra)
        .await;
    app.clock.advance(Duration::minutes(1));
    app.confirm(&email_of("Chitra")).await;
    for draft in [&wrong, &right] {
        assert!(!chitra.get(&draft.step("review")).await.expect_status(200).has(".alert.warning"));
        let page = chitra.get(&draft.path()).await.expect_status(200);
        assert!(!page.text().contains("another name"), "{}", page.text());
    }
    for _ in 0..5 {
        let refused = wrong.submit(&chitra).await.expect_status(422);
        assert!(refused.text_of("#problem li").contains("under another name"), "{}", refused.text());
        assert_eq!(refused.attribute(".alert.warning a", "href"), wrong.step("crew"));
    }
    wrong.submit(&chitra).await.expect_status(429);
    right.submit(&chitra).await.expect_status(429);
    guess(&chitra, &wrong.step("crew"), "Rama").await.expect_status(429);
    app.clock.advance(Duration::minutes(1));
    right.submit(&chitra).await.expect_status(303);
}

#[tokio::test]
async fn the_licence_of_a_driver_is_offered_to_those_who_have_sent_the_driver() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let entry = |vehicle: &str| Entry::for_vehicle(vehicle).driven_by("Ramesh Kumar", "98200 00009");
    entry("MH 12 AB 1234").submitted_by(&asha).await;
    let sent = entry("GJ 01 XY 9999").with_paper("driver_license", "2027-11-20").drafted_by(&bina).await;
    let licence = bina.get(&sent.step("documents")).await.attribute("#row-driver_license .on-file a", "href");
    sent.submit(&bina).await.expect_status(303);
    let next = entry("GJ 01 XY 8888").drafted_by(&bina).await;
    let attached =
        bina.get(&next.step("documents")).await.attribute("#row-driver_license .on-file a", "href");
    assert_eq!(attached, licence, "the draft's licence became the driver's");
}
