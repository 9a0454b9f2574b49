//! The desk's list of vehicles, and what it says of one: remark, rating, blacklist.

use chrono::Duration;
use futures_util::future::join_all;
use gatehouse::features::opinions::actions::{self, OPINION_CHANGED};
use gatehouse::features::vehicles::actions::VEHICLES_FORGOTTEN;
use gatehouse::features::vehicles::service::sweep;
use gatehouse::kernel::entity::vehicle;
use gatehouse::kernel::types::{RegistrationNo, VehicleId};
use reqwest::multipart::Form;
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};

use super::{changes, driver_of, seen_on, send, vehicle_of};
use crate::support::App;
use crate::support::entries::{Draft, Entry, PDF};

const BLACKLISTED: &str = "This entry cannot be submitted. Contact the plant.";

/// The numbers that a list shows.
async fn listed(app: &App, query: &str) -> Vec<String> {
    app.supervisor()
        .await
        .get(&format!("/admin/vehicles{query}"))
        .await
        .expect_status(200)
        .all("tbody .plate")
}

#[tokio::test]
async fn a_vehicle_is_found_by_its_number_however_it_is_typed() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for number in ["MH 12 AB 1234", "GJ 01 CD 5678"] {
        Entry::for_vehicle(number).submitted_by(&asha).await;
    }
    assert_eq!(listed(&app, "").await, ["GJ 01 CD 5678", "MH 12 AB 1234"]);
    for typed in ["mh12ab1234", "MH-12%20AB.1234", "ab%2012", "1234"] {
        assert_eq!(listed(&app, &format!("?q={typed}")).await, ["MH 12 AB 1234"], "{typed}");
    }
    for typed in ["9999", "%25", "_", "%3F", "%E0%A4%8F"] {
        let page = app.supervisor().await.get(&format!("/admin/vehicles?q={typed}")).await;
        assert_eq!(page.expect_status(200).text_of(".empty p"), "No results.", "{typed}");
    }
}

#[tokio::test]
async fn the_list_is_narrowed_by_blacklist_and_rating_and_each_filter_can_be_taken_off() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let supervisor = app.supervisor().await;
    for (number, rating) in [("MH 12 AB 1234", "0"), ("GJ 01 CD 5678", "5")] {
        let path = vehicle_of(&app, &Entry::for_vehicle(number).submitted_by(&asha).await).await;
        send(&supervisor, &path, "remark", &[("rating", rating)]).await.expect_status(303);
        if rating == "0" {
            send(&supervisor, &path, "blacklist", &[("reason", "Leaks"), ("until", "2026-11-21")]).await;
        }
    }
    assert_eq!(listed(&app, "?rating=5").await, ["GJ 01 CD 5678"]);
    assert_eq!(listed(&app, "?rating=0&blacklisted=yes").await, ["MH 12 AB 1234"]);
    assert_eq!(listed(&app, "?rating=5&blacklisted=yes").await, [""; 0]);
    let page = supervisor.get("/admin/vehicles?rating=0&blacklisted=yes").await;
    assert_eq!(page.all(".chip"), ["Remove the filter On the blacklist now", "Remove the filter 0 of 5"]);
    assert_eq!(page.attribute(".chip", "href"), "/admin/vehicles?rating=0");
    assert_eq!(page.all("tbody .badge"), ["On the blacklist"]);
    for made_up in ["rating=6", "rating=x", "blacklisted=no", "cursor=x"] {
        supervisor.get(&format!("/admin/vehicles?{made_up}")).await.expect_status(400);
    }
    // The entry ends by itself.
    app.clock.advance(Duration::days(2));
    assert_eq!(listed(&app, "?blacklisted=yes").await, [""; 0]);
}

#[tokio::test]
async fn the_list_goes_on_where_a_page_of_fifty_ends() {
    let app = App::spawn().await;
    for number in 0..51 {
        app.insert(vehicle::ActiveModel {
            id: Set(VehicleId::new(app.state().clock.new_uuid())),
            registration_no: Set(RegistrationNo::parse(&format!("MH 12 AB {number:04}")).unwrap()),
            created_at: Set(app.clock.now()),
            version: Set(2), // the desk said something about it
            ..Default::default()
        })
        .await;
    }
    let supervisor = app.supervisor().await;
    let first = supervisor.get("/admin/vehicles").await;
    assert_eq!(first.all("tbody tr").len(), 50);
    assert_eq!(first.text_of("tbody .plate"), "MH 12 AB 0050");
    let second = supervisor.get(&first.attribute(".pager a", "href")).await;
    assert_eq!(second.all("tbody .plate"), ["MH 12 AB 0000"]);
    assert!(!second.has(".pager"));
}

#[tokio::test]
async fn the_page_tells_the_last_entries_and_the_papers_that_were_accepted() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let supervisor = app.supervisor().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_paper("puc", "2027-01-31").submitted_by(&asha).await;
    let path = vehicle_of(&app, &entry).await;
    let page = supervisor.get(&path).await.expect_status(200);
    assert_eq!(page.text_of("h1"), "MH 12 AB 1234");
    assert_eq!(page.attribute(".tasks a", "href"), entry.desk(""));
    assert_eq!(page.all(".tasks .badge"), ["Waiting for decision"]);
    assert!(!page.text().contains("PUC"), "nobody has accepted it yet");

    entry.approved_by(&supervisor).await;
    let page = supervisor.get(&path).await;
    let paper = page.attribute(".summary dt a", "href");
    assert!(page.text().contains("valid until 31 Jan 2027"), "{}", page.text());
    supervisor.get(&format!("{paper}/download")).await.expect_status(200);
    assert!(!page.text().contains(PDF.name), "{}", page.text());
}

#[tokio::test]
async fn remark_and_rating_are_kept_and_can_be_taken_back() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let path = vehicle_of(&app, &entry).await;
    let fields = [("remark", "Left mirror broken.\r\nAsk again."), ("rating", "4")];
    let saved = send(&supervisor, &path, "remark", &fields).await.expect_status(303);
    assert_eq!(saved.follow().await.flash(), "Remark and rating are saved.");
    let page = supervisor.get(&path).await;
    assert_eq!(page.field_value("remark"), "Left mirror broken. Ask again.");
    assert_eq!(page.field_value("rating"), "4");
    assert_eq!(page.all(".timeline:last-of-type p"), ["Remark: Left mirror broken. Ask again.", "Rating: 4"]);

    send(&supervisor, &path, "remark", &[]).await.expect_status(303);
    let page = supervisor.get(&path).await;
    assert_eq!((page.field_value("remark").as_str(), page.field_value("rating").as_str()), ("", ""));
    let was = json!({ "remark": "Left mirror broken.\nAsk again.", "rating": 4 });
    let nothing = json!({ "remark": null, "rating": null });
    assert_eq!(changes(&app, OPINION_CHANGED).await, [(nothing.clone(), was.clone()), (was, nothing)]);
    // The same once more changes nothing.
    send(&supervisor, &path, "remark", &[]).await.expect_status(303);
    assert_eq!(changes(&app, OPINION_CHANGED).await.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_at_its_field_with_what_was_typed() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let path = vehicle_of(&app, &entry).await;
    let long = "x".repeat(1001);
    let late = ("until", "2026-11-19");
    for (form, fields, field, message) in [
        (
            "remark",
            vec![("remark", long.as_str())],
            "remark",
            "The remark must have at most 1,000 characters",
        ),
        ("remark", vec![("rating", "6")], "rating", "Choose a rating from 0 to 5"),
        ("remark", vec![("rating", "-1")], "rating", "Choose a rating from 0 to 5"),
        ("blacklist", vec![("from", "2026-11-20")], "reason", "Enter a reason"),
        (
            "blacklist",
            vec![("reason", "x"), ("from", "soon")],
            "from",
            "Enter the day as a date, like 2026-11-20",
        ),
        (
            "blacklist",
            vec![("reason", "x"), ("until", "20.11.26")],
            "until",
            "Enter the day as a date, like 2026-11-20",
        ),
        (
            "blacklist",
            vec![("reason", "x"), late],
            "until",
            "The last day must be today or later, and not before the first",
        ),
    ] {
        let page = send(&supervisor, &path, form, &fields).await.expect_status(422);
        assert_eq!(page.error_at(field), message, "{fields:?}");
        for (name, typed) in fields.iter().filter(|(name, _)| *name != "rating") {
            assert_eq!(page.field_value(name), *typed);
        }
    }
    assert_eq!(changes(&app, OPINION_CHANGED).await, []);
    assert_eq!(changes(&app, actions::BLACKLISTED).await, []);
}

#[tokio::test]
async fn a_vehicle_on_the_blacklist_is_kept_out_until_it_is_taken_off() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let supervisor = app.supervisor().await;
    let entry = || Entry::for_vehicle("MH 12 AB 1234").with_papers();
    let approved = entry().submitted_by(&asha).await.approved_by(&supervisor).await;
    let pending = entry().submitted_by(&asha).await;
    let path = vehicle_of(&app, &approved).await;
    let put = send(&supervisor, &path, "blacklist", &[("reason", "Broke the barrier")]).await;
    assert_eq!(put.expect_status(303).follow().await.flash(), "The blacklist is changed.");

    let page = supervisor.get(&path).await;
    assert_eq!(page.text_of(".title .badge"), "On the blacklist");
    assert_eq!(page.text_of(".alert.problem p"), "From 20 Nov 2026 until further notice");
    assert_eq!(page.text_of("blockquote"), "Broke the barrier");
    let refused = entry().drafted_by(&asha).await.submit(&asha).await.expect_status(422);
    assert_eq!(refused.all("#problem li"), [BLACKLISTED]);
    supervisor.post(&pending.desk("/approve"), &[]).await.expect_status(409);
    let verdict = supervisor.get(&approved.gate("")).await;
    assert_eq!(verdict.all(".verdict-stop .reasons li"), ["The vehicle is on the blacklist."]);
    // The supervisor gets from there to whatever is in the way; a guard has no business there.
    assert!(verdict.has(&format!(".verdict a[href='{path}']")), "{}", verdict.text());
    let driver = driver_of(&app, &approved).await;
    assert!(verdict.has(&format!(".verdict a[href='{driver}']")), "{}", verdict.text());
    assert!(supervisor.get(&approved.desk("")).await.has(&format!(".summary a[href='{path}']")));
    let of_guard = app.guard().await.get(&approved.gate("")).await;
    assert!(!of_guard.text().contains("/admin/vehicles/"), "{}", of_guard.text());

    let lifted = send(&supervisor, &path, "lift", &[]).await.expect_status(303).follow().await;
    assert_eq!(lifted.flash(), "Off the blacklist.");
    assert!(!lifted.has(".title .badge"));
    assert_eq!(
        lifted.text_of(".timeline li"),
        "From 20 Nov 2026 until further notice: Broke the barrier \
         Put on by Sunita, 20 Nov 2026, 12:00 IST · Ended by Sunita, 20 Nov 2026, 12:00 IST"
    );
    entry().submitted_by(&asha).await;
    pending.approved_by(&supervisor).await;
    assert!(supervisor.get(&approved.gate("")).await.has(".verdict-ok"));
}

#[tokio::test]
async fn a_blacklist_begins_and_ends_with_the_days_of_the_site() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    let path = vehicle_of(&app, &entry).await;
    let fields = [("reason", "Inspection"), ("from", "2026-11-21"), ("until", "2026-11-22")];
    send(&app.supervisor().await, &path, "blacklist", &fields).await.expect_status(303);
    let page = app.supervisor().await.get(&path).await;
    assert_eq!(page.text_of(".title .badge"), "On the blacklist from 21 Nov 2026");
    assert_eq!(page.text_of(".alert.problem p"), "21 Nov 2026 to 22 Nov 2026");
    assert_eq!(page.field_value("until"), "2026-11-22");

    let submit = async |expected: u16| {
        let asha = app.customer("Asha").await;
        let today = app.state().config.zone.day_of(app.clock.now()).to_string();
        let draft = Entry::for_vehicle("MH 12 AB 1234").on(&today).drafted_by(&asha).await;
        draft.submit(&asha).await.expect_status(expected);
    };
    app.clock.advance(Duration::hours(12) - Duration::minutes(1));
    submit(303).await;
    app.clock.advance(Duration::minutes(1));
    submit(422).await;
    app.clock.advance(Duration::hours(48) - Duration::minutes(1));
    submit(422).await;
    app.clock.advance(Duration::minutes(1));
    submit(303).await;

    let page = app.supervisor().await.get(&path).await;
    assert!(!page.has(".title .badge") && !page.has("form[action$='/lift']"), "{}", page.text());
    let told = page.text_of(".timeline li");
    assert!(told.starts_with("21 Nov 2026 to 22 Nov 2026: Inspection"), "{told}");
    assert!(!told.contains("Ended by"), "nobody ended it: {told}");
}

#[tokio::test]
async fn another_entry_takes_the_place_of_the_one_that_holds_and_the_history_keeps_both() {
    let app = App::spawn().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let path = vehicle_of(&app, &entry).await;
    let supervisor = app.supervisor().await;
    send(&supervisor, &path, "blacklist", &[("reason", "Leaks oil")]).await.expect_status(303);
    let fields = [("reason", "Leaks oil badly"), ("until", "2026-12-31")];
    send(&app.admin().await, &path, "blacklist", &fields).await.expect_status(303);
    let page = supervisor.get(&path).await;
    assert_eq!(
        page.all(".timeline:first-of-type li"),
        [
            "20 Nov 2026 to 31 Dec 2026: Leaks oil badly Put on by Anand, 20 Nov 2026, 12:00 IST",
            "From 20 Nov 2026 until further notice: Leaks oil \
             Put on by Sunita, 20 Nov 2026, 12:00 IST · Ended by Anand, 20 Nov 2026, 12:00 IST",
        ]
    );
    // The same once more is no other entry.
    send(&supervisor, &path, "blacklist", &fields).await.expect_status(303);
    let reasons = changes(&app, actions::BLACKLISTED).await;
    let reasons: Vec<_> = reasons.iter().map(|(was, is)| (&was["reason"], &is["reason"])).collect();
    assert_eq!(
        reasons,
        [(&json!(null), &json!("Leaks oil")), (&json!("Leaks oil"), &json!("Leaks oil badly"))]
    );
}

#[tokio::test]
async fn of_two_who_judge_at_once_the_second_is_told_and_loses_nothing() {
    let app = App::spawn().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let path = vehicle_of(&app, &entry).await;
    let (sunita, anand) = (app.supervisor().await, app.admin().await);
    let seen = seen_on(&sunita.get(&path).await);
    let fields = [("remark", "Good"), ("rating", "5"), ("seen", seen.as_str())];
    send(&sunita, &path, "remark", &fields).await.expect_status(303);

    for (form, fields) in [
        ("remark", vec![("remark", "Bad"), ("rating", "1"), ("seen", seen.as_str())]),
        ("blacklist", vec![("reason", "Bad"), ("seen", seen.as_str())]),
    ] {
        let page = send(&anand, &path, form, &fields).await.expect_status(409);
        assert!(page.text_of("#problem li").starts_with("Somebody changed this"), "{}", page.text());
        assert_eq!(page.field_value(fields[0].0), "Bad", "what was typed stays");
        let told = page.text_of(".timeline:last-of-type li");
        assert!(told.contains("sunita@example.com Remark: Good"), "{told}");
    }
    assert_eq!(changes(&app, OPINION_CHANGED).await.len(), 1);
    assert_eq!(changes(&app, actions::BLACKLISTED).await, []);
    let seen = seen_on(&anand.get(&path).await);
    let fields = [("remark", "Bad"), ("rating", "1"), ("seen", seen.as_str())];
    send(&anand, &path, "remark", &fields).await.expect_status(303);
    assert_eq!(sunita.get(&path).await.field_value("remark"), "Bad");
}

/// The numbers of all vehicles that are kept, the desk's or not.
async fn kept(app: &App) -> Vec<String> {
    let all = vehicle::Entity::find().order_by_asc(vehicle::Column::RegistrationNo);
    let all = all.all(app.state().database.reader()).await.unwrap();
    all.into_iter().map(|vehicle| vehicle.registration_no.as_str().to_owned()).collect()
}

#[tokio::test]
async fn a_vehicle_that_only_drafts_name_is_not_the_desks_to_see() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;
    assert_eq!(listed(&app, "").await, [""; 0]);
    let row = vehicle::Entity::find().one(app.state().database.reader()).await.unwrap().unwrap();
    let path = format!("/admin/vehicles/{}", row.id);
    supervisor.get(&path).await.expect_status(404);

    draft.submit(&asha).await.expect_status(303);
    assert_eq!(listed(&app, "").await, ["MH 12 AB 1234"]);
    supervisor.get(&path).await.expect_status(200);
}

#[tokio::test]
async fn vehicles_that_nobody_names_are_forgotten_after_thirty_days_and_drafts_go_on() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let supervisor = app.supervisor().await;
    let change = async |draft: &Draft, number: &str| {
        let day = app.state().config.zone.day_of(app.clock.now()).to_string();
        let fields =
            [("vehicle_number", number), ("customer_phone", "98765 43210"), ("expected_on", day.as_str())];
        let asha = app.nobody().signed_in_as("asha@example.com").await;
        asha.post(&draft.step("vehicle"), &fields).await.expect_status(303);
        asha
    };
    // Two drafts had another vehicle before; one kept its own, and a paper is about one.
    let drafts = [
        Entry::for_vehicle("MH 12 AB 0001").drafted_by(&asha).await,
        Entry::for_vehicle("MH 12 AB 0002").drafted_by(&asha).await,
    ];
    for draft in &drafts {
        change(draft, "MH 12 AB 0003").await;
    }
    let form = Form::new()
        .text("document_type", "puc")
        .text("vehicle_number", "MH 12 AB 0004")
        .part("file", PDF.part());
    asha.post_multipart("/documents", form).await.expect_status(303);
    Entry::for_vehicle("MH 12 AB 0005").submitted_by(&asha).await;
    let judged = Entry::for_vehicle("MH 12 AB 0006").submitted_by(&asha).await;
    send(&supervisor, &vehicle_of(&app, &judged).await, "blacklist", &[("reason", "Leaks")]).await;

    app.clock.advance(Duration::days(30) - Duration::minutes(1));
    assert_eq!(sweep::sweep(app.state()).await.unwrap(), 0);
    app.clock.advance(Duration::minutes(2));
    assert_eq!(sweep::sweep(app.state()).await.unwrap(), 2);
    assert_eq!(kept(&app).await, ["MH12AB0003", "MH12AB0004", "MH12AB0005", "MH12AB0006"]);
    let forgotten = json!({ "vehicles": 2, "numbers": ["MH12AB0001", "MH12AB0002"] });
    assert_eq!(changes(&app, VEHICLES_FORGOTTEN).await, [(forgotten, Value::Null)]);
    let log = app.supervisor().await.get("/admin/audit?action=VEHICLES_FORGOTTEN").await.text();
    assert!(log.contains("MH 12 AB 0001, MH 12 AB 0002"), "{log}");

    // Back to the vehicle that was forgotten, and to the one that was kept.
    for (draft, number) in drafts.iter().zip(["MH 12 AB 0001", "MH 12 AB 0003"]) {
        let asha = change(draft, number).await;
        draft.submit(&asha).await.expect_status(303);
    }
    assert_eq!(sweep::sweep(app.state()).await.unwrap(), 0);
    assert_eq!(kept(&app).await.len(), 5);
}

/// An application with 250 vehicles that came up long ago and that nobody names.
async fn with_forgotten_vehicles() -> App {
    let app = App::spawn().await;
    for number in 0..250 {
        app.insert(vehicle::ActiveModel {
            id: Set(VehicleId::new(app.state().clock.new_uuid())),
            registration_no: Set(RegistrationNo::parse(&format!("MH 12 AB {number:04}")).unwrap()),
            created_at: Set(app.clock.now()),
            version: Set(1),
            ..Default::default()
        })
        .await;
    }
    app.clock.advance(Duration::days(31));
    app
}

/// How many vehicles each event of the log tells of.
async fn told_forgotten(app: &App) -> Vec<u64> {
    let forgotten = changes(app, VEHICLES_FORGOTTEN).await;
    forgotten.iter().map(|(before, _)| before["vehicles"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn more_vehicles_than_a_batch_are_forgotten() {
    let app = with_forgotten_vehicles().await;
    assert_eq!(sweep::sweep(app.state()).await.unwrap(), 250);
    assert_eq!(kept(&app).await, [""; 0]);
    assert_eq!(told_forgotten(&app).await, [100, 100, 50], "one event a batch");
}

#[tokio::test]
async fn processes_that_forget_vehicles_at_once_tell_of_each_once() {
    let app = with_forgotten_vehicles().await;
    let swept = join_all((0..4).map(|_| sweep::sweep(app.state()))).await;
    assert_eq!(swept.into_iter().map(Result::unwrap).sum::<u64>(), 250);
    assert_eq!(kept(&app).await, [""; 0]);
    assert_eq!(told_forgotten(&app).await.iter().sum::<u64>(), 250);
}
