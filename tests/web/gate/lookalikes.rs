//! Whoever is on the blacklist and comes with a number that looks like its own, or with the same licence.

use chrono::Duration;
use gatehouse::app::Jobs;
use gatehouse::features::crew::service::licences;
use gatehouse::features::vehicles::actions::{DISTINCTION_TAKEN_BACK, VEHICLES_TOLD_APART};
use gatehouse::features::vehicles::service::lookalikes;
use gatehouse::kernel::entity::{crew_member, submission, vehicle};
use gatehouse::kernel::types::{LicenceNo, Likeness, RegistrationNo, SubmissionId, VehicleId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait, QueryFilter as _, QueryOrder as _, Value};

use super::verdicts::{blacklist_crew, blacklist_vehicle};
use super::{NONCE, check_in, reasons_on, verdict, warnings_on};
use crate::support::entries::{Entry, Submitted};
use crate::support::{App, Client, Page};

/// One on the blacklist, one that comes, and whether the gate says that they look alike.
const NUMBERS: [(&str, &str, bool); 16] = [
    ("DL 1 CAB 1234", "DL 01 CAB 1234", true),
    ("MH 12 AB 0123", "MH 12 AB 123", true),
    ("MH 12 AB 123", "MH 12 A 80123", true),
    ("MH 14 AB 1034", "MH 14 AB 1O34", true),
    ("MH 15 AB 1111", "MH I5 AB 1111", true),
    ("MH 16 SB 8051", "MH 16 5B 8051", true),
    ("MH 16 SB 8052", "MH 16 S8 8052", true),
    ("OD 02 AB 1234", "0D 2 AB 1234", true),
    ("22 BH 0123 AA", "22 8H 123 AA", true),
    ("UN 0055", "UN 55", true),
    ("KA 05 AB 1234", "KA 50 AB 1234", false),
    ("KA 06 AB 1034", "KA 06 AB 134", false),
    ("KA 07 AB 1200", "KA 07 AB 12", false),
    ("KA 08 AB 1234", "KA 08 AB 1243", false),
    ("KA 09 AB 1234", "KA 10 AB 1234", false),
    ("KA 11 AC 1234", "KA 11 AD 1234", false),
];

const CONTACT: &str = "This entry cannot be submitted. Contact the plant.";

/// An approved entry of the vehicle with `number`, whatever it looks like, with nothing else against it.
async fn approved(number: &str, customer: &Client, supervisor: &Client) -> Submitted {
    let entry = Entry::for_vehicle(number).used_anyway().with_papers();
    entry.submitted_by(customer).await.approved_by(supervisor).await
}

async fn vehicle_of(app: &App, entry: &Submitted) -> VehicleId {
    let id: SubmissionId = entry.id.parse().unwrap();
    let row = submission::Entity::find_by_id(id).one(app.state().database.reader()).await;
    row.unwrap().unwrap().vehicle_id
}

#[tokio::test]
async fn look_alikes_of_the_blacklist_are_told_and_others_are_not() {
    let app = App::spawn().await;
    let (asha, guard, supervisor) = (app.customer("Asha").await, app.guard().await, app.supervisor().await);
    for (listed, comes, alike) in NUMBERS {
        approved(listed, &asha, &supervisor).await;
        blacklist_vehicle(&app, listed, app.clock.now(), None).await;
        let entry = approved(comes, &asha, &supervisor).await;
        let warnings = warnings_on(&verdict(&guard, &entry).await);
        let expected: &[&str] = if alike { &["vehicle_lookalike"] } else { &[] };
        assert_eq!(warnings, expected, "{listed} is on the blacklist, {comes} comes");
        let at_the_desk = supervisor.get(&entry.desk("")).await;
        assert_eq!(at_the_desk.has(".alert.warning .lookalikes"), alike, "{listed}, {comes}");
    }
}

#[tokio::test]
async fn a_look_alike_is_approved_knowingly_and_let_in_once_confirmed() {
    let app = App::spawn().await;
    let (asha, guard, supervisor) = (app.customer("Asha").await, app.guard().await, app.supervisor().await);
    approved("DL 1 CAB 1234", &asha, &supervisor).await;
    blacklist_vehicle(&app, "DL 1 CAB 1234", app.clock.now(), None).await;
    let pending = Entry::for_vehicle("DL 01 CAB 1234").with_papers().submitted_by(&asha).await;
    let told = supervisor.get(&pending.desk("")).await.text_of(".alert.warning");
    assert!(told.contains("looks like one on the blacklist") && told.contains("DL 1 CAB 1234"), "{told}");
    let entry = pending.approved_by(&supervisor).await;

    let page = verdict(&guard, &entry).await;
    assert_eq!(page.text_of(".verdict-warn .verdict-word"), "Check");
    assert_eq!(page.all(".lookalikes li"), ["On the blacklist: DL 1 CAB 1234"]);
    assert!(!page.has("a[href*='/tell-apart']"), "that is a supervisor's word");
    check_in(&guard, &entry, NONCE, &[]).await.expect_status(409);
    check_in(&guard, &entry, NONCE, &["vehicle_lookalike"]).await.expect_status(303);
    assert!(!verdict(&guard, &entry).await.has(".lookalikes"), "it is inside");
}

#[tokio::test]
async fn a_look_alike_is_told_only_while_the_other_is_on_the_blacklist() {
    let app = App::spawn().await;
    let (asha, guard, supervisor) = (app.customer("Asha").await, app.guard().await, app.supervisor().await);
    approved("DL 1 CAB 1234", &asha, &supervisor).await;
    let entry = approved("DL 01 CAB 1234", &asha, &supervisor).await;
    let until = app.clock.now() + Duration::hours(2);
    blacklist_vehicle(&app, "DL 1 CAB 1234", app.clock.now() + Duration::hours(1), Some(until)).await;
    assert!(verdict(&guard, &entry).await.has(".verdict-ok"), "not yet");
    app.clock.advance(Duration::hours(1));
    assert_eq!(warnings_on(&verdict(&guard, &entry).await), ["vehicle_lookalike"]);
    app.clock.advance(Duration::hours(1));
    assert!(verdict(&guard, &entry).await.has(".verdict-ok"), "not any more");
}

/// Where the desk finds the vehicle of `entry`.
async fn page_of(app: &App, entry: &Submitted) -> String {
    format!("/admin/vehicles/{}", vehicle_of(app, entry).await)
}

const OTHER_PLATE: &str = "Compared plate and chassis number";

/// Follows the first way to mark two vehicles as different on the page at `from`, and gives the reason.
async fn mark_as_different(supervisor: &Client, from: &str) -> Page {
    let link = supervisor.get(from).await.attribute(".lookalikes a[href*='/tell-apart']", "href");
    let page = supervisor.get(&link).await.expect_status(200);
    let form = "form[action$='/tell-apart']";
    let other = page.attribute(&format!("{form} [name=other]"), "value");
    let next = page.attribute(&format!("{form} [name=next]"), "value");
    let fields = [("other", &*other), ("next", &next), ("reason", OTHER_PLATE)];
    let told = supervisor.post(&page.attribute(form, "action"), &fields).await.expect_status(303);
    // Pressed twice it is said once.
    supervisor.post(&page.attribute(form, "action"), &fields).await.expect_status(303);
    told
}

#[tokio::test]
async fn a_supervisor_marks_two_vehicles_as_different_from_the_gate_and_the_desk() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    approved("DL 1 CAB 1234", &asha, &supervisor).await;
    let third = approved("DL 01 CA 81234", &asha, &supervisor).await;
    let entry = approved("DL 01 CAB 1234", &asha, &supervisor).await;
    for number in ["DL 1 CAB 1234", "DL 01 CA 81234"] {
        blacklist_vehicle(&app, number, app.clock.now(), None).await;
    }
    for (left, from) in [(2, entry.gate("")), (1, entry.desk(""))] {
        assert_eq!(verdict(&supervisor, &entry).await.all(".lookalikes li").len(), left);
        let told = mark_as_different(&supervisor, &from).await;
        assert_eq!(told.location(), from);
        assert_eq!(told.follow().await.flash(), "The warning for this pair is off.");
    }
    assert!(verdict(&supervisor, &entry).await.has(".verdict-ok"));
    assert!(!supervisor.get(&entry.desk("")).await.has(".lookalikes"));
    let events = app.events(VEHICLES_TOLD_APART).await;
    assert_eq!(events.len(), 4, "two pairs, each in both histories");
    assert!(events.iter().all(|event| event.reason() == Some(OTHER_PLATE)));
    // The other two were told apart from it, and not from each other.
    assert!(supervisor.get(&third.gate("")).await.has(".verdict-stop"));
}

#[tokio::test]
async fn marking_vehicles_as_different_takes_a_page_that_shows_both_and_a_reason() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    approved("DL 1 CAB 1234", &asha, &supervisor).await;
    let entry = approved("DL 01 CAB 1234", &asha, &supervisor).await;
    blacklist_vehicle(&app, "DL 1 CAB 1234", app.clock.now(), None).await;
    let link = verdict(&supervisor, &entry).await.attribute(".lookalikes a[href*='/tell-apart']", "href");
    let page = supervisor.get(&link).await.expect_status(200);
    assert_eq!(page.all(".summary .plate"), ["DL 01 CAB 1234", "DL 1 CAB 1234"]);
    assert!(page.text_of(".summary").contains("Broke the barrier"));
    assert_eq!(page.attribute("a.back", "href"), entry.gate(""));
    assert!(page.has("body.gate form[action='/gate/scan']"), "the next scan opens from here too");

    let action = page.attribute("form[action$='/tell-apart']", "action");
    let other = page.attribute("form[action$='/tell-apart'] [name=other]", "value");
    for (typed, error) in
        [("", "Enter a reason"), (" \u{a0} ", "Enter a reason"), (&"x".repeat(1001), "at most")]
    {
        let fields = [("other", &*other), ("next", &entry.gate("")), ("reason", typed)];
        let again = supervisor.post(&action, &fields).await.expect_status(422);
        assert!(again.error_at("reason").contains(error), "{}", again.error_at("reason"));
        assert_eq!(again.field_value("reason").trim(), typed.trim());
        assert_eq!(again.attribute("form[action$='/tell-apart'] [name=next]", "value"), entry.gate(""));
    }
    assert_eq!(warnings_on(&verdict(&supervisor, &entry).await), ["vehicle_lookalike"]);
    // Another site is no place to come back to.
    let fields = [("other", &*other), ("next", "//evil.example"), ("reason", OTHER_PLATE)];
    let told = supervisor.post(&action, &fields).await.expect_status(303);
    assert_eq!(told.location(), page_of(&app, &entry).await);
    // Where there is no warning any more, there is nothing to mark.
    assert_eq!(supervisor.get(&link).await.expect_status(303).location(), entry.gate(""));
}

#[tokio::test]
async fn what_makes_no_pair_is_not_marked_as_different() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = approved("DL 01 CAB 1234", &asha, &supervisor).await;
    let other = approved("KA 05 AB 1234", &asha, &supervisor).await;
    // The desk does not see the vehicle of a draft.
    Entry::for_vehicle("DL 1 CAB 1234").used_anyway().drafted_by(&asha).await;
    let drafted = RegistrationNo::parse_any_format("DL 1 CAB 1234").unwrap();
    let drafted = vehicle::Entity::find().filter(vehicle::Column::RegistrationNo.eq(drafted));
    let drafted = drafted.one(app.state().database.reader()).await.unwrap().unwrap().id;
    let (itself, other) = (vehicle_of(&app, &entry).await, vehicle_of(&app, &other).await);
    let unknown = VehicleId::new(NONCE.parse().unwrap());
    for (one, two, may_take_back) in [
        (itself, itself, 404),
        (itself, unknown, 404),
        (itself, drafted, 404),
        (drafted, itself, 404),
        (itself, other, 303),
    ] {
        let fields = [("other", &*two.to_string()), ("reason", OTHER_PLATE)];
        let send =
            async |form| supervisor.post(&format!("/admin/vehicles/{one}/{form}"), &fields).await.status;
        assert_eq!(send("tell-apart").await, 404, "{one} {two}");
        assert_eq!(send("warn-again").await, may_take_back, "{one} {two}");
    }
    for form in ["tell-apart", "warn-again"] {
        let path = format!("/admin/vehicles/{itself}/{form}");
        supervisor.post(&path, &[("reason", OTHER_PLATE)]).await.expect_status(404);
    }
    assert!(app.events(VEHICLES_TOLD_APART).await.is_empty());
    assert!(app.events(DISTINCTION_TAKEN_BACK).await.is_empty());
}

#[tokio::test]
async fn a_pair_is_different_both_ways_until_it_is_taken_back_from_either_page() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let one = approved("DL 1 CAB 1234", &asha, &supervisor).await;
    let other = approved("DL 01 CAB 1234", &asha, &supervisor).await;
    let (one_page, other_page) = (page_of(&app, &one).await, page_of(&app, &other).await);
    blacklist_vehicle(&app, "DL 1 CAB 1234", app.clock.now(), None).await;
    for (round, back_from) in [&one_page, &other_page].into_iter().enumerate() {
        assert_eq!(supervisor.get(&other_page).await.all(".lookalikes li").len(), 1);
        mark_as_different(&supervisor, &other_page).await;
        assert!(verdict(&supervisor, &other).await.has(".verdict-ok"));
        blacklist_vehicle(&app, "DL 01 CAB 1234", app.clock.now(), None).await;
        supervisor.post(&format!("{one_page}/lift"), &[]).await.expect_status(303);
        assert!(verdict(&supervisor, &one).await.has(".verdict-ok"), "the other way round too");
        supervisor.post(&format!("{other_page}/lift"), &[]).await.expect_status(303);
        blacklist_vehicle(&app, "DL 1 CAB 1234", app.clock.now(), None).await;

        for (page, told) in [(&one_page, "DL 01 CAB 1234"), (&other_page, "DL 1 CAB 1234")] {
            let page = supervisor.get(page).await;
            assert_eq!(page.all(".different li a"), [told]);
            let listed = page.text_of(".different li");
            assert!(listed.contains(OTHER_PLATE) && listed.contains("By Sunita, "), "{listed}");
            assert!(!page.has(".lookalikes"));
        }
        let form = "form[action$='/warn-again']";
        let page = supervisor.get(back_from).await;
        let fields = [("other", &*page.attribute(&format!("{form} button"), "value"))];
        let action = page.attribute(form, "action");
        let taken = supervisor.post(&action, &fields).await.expect_status(303);
        assert_eq!(taken.location(), *back_from);
        let taken = taken.follow().await;
        assert_eq!(taken.flash(), "The warning for this pair is on again.");
        assert!(
            taken.text().contains("No longer marked as different") && !taken.has(".different"),
            "{}",
            taken.text()
        );
        supervisor.post(&action, &fields).await.expect_status(303);
        assert_eq!(app.events(DISTINCTION_TAKEN_BACK).await.len(), 2 * (round + 1), "in both histories");
        assert_eq!(warnings_on(&verdict(&supervisor, &other).await), ["vehicle_lookalike"]);
    }
    let events = app.events(DISTINCTION_TAKEN_BACK).await;
    assert!(events.iter().all(|event| event.before.as_ref().unwrap()["reason"] == OTHER_PLATE));
    let log = supervisor.get("/admin/audit").await.expect_status(200).text();
    assert!(log.contains("DL 01 CAB 1234") && log.contains(OTHER_PLATE), "{log}");
}

/// How the licence of the driver on the blacklist is written, how the one of the driver who comes, and whether it bars.
const LICENCES: [(&str, &str, bool); 8] = [
    ("MH12 20110012341", "MH12 20110012341", true),
    ("MH12 20110012342", "mh-12/2011/0012342", true),
    ("MH12 20110012343", "MH1220110012343", true),
    ("MH04 20110012344", "MHO4 2O11OO12344", true),
    ("DL-04 20110012345", "DL4-20110012345", true),
    ("MH12 20110012346", "MH12 20110012347", false),
    ("MH12 20110012348", "", false),
    ("NA", "NA", false),
];

#[tokio::test]
async fn the_licence_of_somebody_on_the_blacklist_bars_whoever_comes_with_it() {
    let app = App::spawn().await;
    let (asha, guard, supervisor) = (app.customer("Asha").await, app.guard().await, app.supervisor().await);
    for (row, (listed, comes, bars)) in LICENCES.into_iter().enumerate() {
        let phone = |who: usize| format!("98200 1{row}{who:03}");
        let entry = |who: usize, name: &str, licence: &str| {
            Entry::for_vehicle(&format!("MH 12 AB {row}{who:03}"))
                .with_papers()
                .driven_by(name, &phone(who))
                .with_licence(licence)
        };
        entry(1, "Ramesh Kumar", listed).submitted_by(&asha).await;
        // Each of the others came before the first was put on the blacklist.
        let approved =
            entry(2, "Suresh Yadav", comes).submitted_by(&asha).await.approved_by(&supervisor).await;
        let pending = entry(3, "Dinesh Rao", comes).submitted_by(&asha).await;
        let helped = entry(4, "Gopal Das", "").helped_by("Suresh Yadav", &phone(2));
        let helped = helped.submitted_by(&asha).await.approved_by(&supervisor).await;
        // This one left the licence out where it was known already.
        let again = entry(5, "Suresh Yadav", "").driven_by("Suresh Yadav", &phone(2));
        let again = again.submitted_by(&asha).await.approved_by(&supervisor).await;
        blacklist_crew(&app, &phone(1), app.clock.now(), None).await;

        for (entry, reason) in [
            (&approved, "The driver is on the blacklist."),
            (&helped, "The helper is on the blacklist."),
            (&again, "The driver is on the blacklist."),
        ] {
            let expected: &[&str] = if bars { &[reason] } else { &[] };
            assert_eq!(reasons_on(&verdict(&guard, entry).await), expected, "{listed} {comes}");
        }
        let decided = supervisor.post(&pending.desk("/approve"), &[]).await;
        assert_eq!(decided.status, if bars { 409 } else { 303 }, "{listed} {comes}");
        let draft = entry(6, "Mahesh Patel", comes).drafted_by(&asha).await;
        let submitted = draft.submit(&asha).await;
        assert_eq!(submitted.status, if bars { 422 } else { 303 }, "{listed} {comes}");
        if bars {
            assert_eq!(submitted.all("#problem li"), [CONTACT]);
        }
    }
}

#[tokio::test]
async fn the_desk_sees_whose_licence_bars_a_driver() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = |phone: &str, name: &str| {
        let entry = Entry::for_vehicle("MH 12 AB 1234").driven_by(name, phone);
        entry.with_licence("MH12 20110012345")
    };
    entry("98200 00001", "Ramesh Kumar").submitted_by(&asha).await;
    let other = entry("98200 00002", "Suresh Yadav").submitted_by(&asha).await;
    blacklist_crew(&app, "98200 00001", app.clock.now(), None).await;
    let person = supervisor.get(&other.desk("")).await.attribute("a[href^='/admin/crew/']", "href");
    let page = supervisor.get(&person).await.expect_status(200);
    assert!(page.text().contains("Ramesh Kumar · +91 98200 00001"), "{}", page.text());
    assert!(!page.has(".title .badge"), "he is not on the blacklist himself");
}

#[tokio::test]
async fn the_licence_of_a_phone_that_turned_out_to_be_a_second_one_bars_too() {
    let app = App::spawn().await;
    let (asha, guard, supervisor) = (app.customer("Asha").await, app.guard().await, app.supervisor().await);
    let entry = |number: &str, name: &str, phone: &str, licence: &str| {
        Entry::for_vehicle(number).with_papers().driven_by(name, phone).with_licence(licence)
    };
    let first =
        entry("MH 12 AB 0001", "Ramesh Kumar", "98200 00001", "MH12 20110012341").submitted_by(&asha).await;
    entry("MH 12 AB 0002", "R Kumar", "98200 00002", "MH12 20110012342").submitted_by(&asha).await;
    let other =
        entry("MH 12 AB 0003", "Suresh Yadav", "98200 00003", "MH12 20110012341").submitted_by(&asha).await;
    let other = other.approved_by(&supervisor).await;
    let person = supervisor.get(&first.desk("")).await.attribute("a[href^='/admin/crew/']", "href");
    supervisor.post(&format!("{person}/merge"), &[("phone", "98200 00002")]).await.expect_status(303);
    blacklist_crew(&app, "98200 00002", app.clock.now(), None).await;
    assert_eq!(reasons_on(&verdict(&guard, &other).await), ["The driver is on the blacklist."]);
}

/// All vehicles and all people.
async fn rows(app: &App) -> (Vec<vehicle::Model>, Vec<crew_member::Model>) {
    let database = app.state().database.reader();
    (
        vehicle::Entity::find().order_by_asc(vehicle::Column::Id).all(database).await.unwrap(),
        crew_member::Entity::find().order_by_asc(crew_member::Column::Id).all(database).await.unwrap(),
    )
}

/// Writes `value` where `of` says, past all rules, as a release does that knows no look-alikes.
async fn write<E: EntityTrait>(app: &App, column: E::Column, value: impl Into<Value>, of: Expr) {
    let transaction = app.state().database.write().await.unwrap();
    let written = E::update_many().col_expr(column, Expr::value(value)).filter(of).exec(&*transaction).await;
    assert_ne!(written.unwrap().rows_affected, 0);
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn what_look_alikes_share_is_mended_wherever_another_release_wrote_it_wrong() {
    use {crew_member::Column as Person, vehicle::Column as Vehicle};
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for (number, phone, licence) in [
        ("DL 1 CAB 1234", "98200 00001", "MH12 20110012345"),
        ("MH 12 AB 0123", "98200 00002", "NA"),
        ("22 BH 1234 AA", "98200 00003", ""),
        ("GJ 01 CD 5678", "98200 00004", "MH12 20110012346"),
    ] {
        let entry = Entry::for_vehicle(number).driven_by("Ramesh Kumar", phone).with_licence(licence);
        entry.submitted_by(&asha).await;
    }
    let made = rows(&app).await;
    let of = |licence: &str| LicenceNo::parse(licence).unwrap().likeness();
    assert!(made.0.iter().all(|vehicle| vehicle.likeness.is_some()));
    let [first, none, empty, last] = made.1.as_slice() else { panic!("{:?}", made.1) };
    assert_eq!(first.license_likeness, of("MH12 20110012345"));
    assert_eq!((&none.license_likeness, &empty.license_likeness), (&None, &None));

    // Made without, and with that of another number.
    write::<vehicle::Entity>(&app, Vehicle::Likeness, None::<Likeness>, Vehicle::Id.eq(made.0[0].id)).await;
    let another = made.0[3].likeness.clone();
    write::<vehicle::Entity>(&app, Vehicle::Likeness, another, Vehicle::Id.eq(made.0[1].id)).await;
    // Made without; kept where the number went; kept where it was replaced.
    write::<crew_member::Entity>(&app, Person::LicenseLikeness, None::<Likeness>, Person::Id.eq(first.id))
        .await;
    let stale = of("MH12 20110012347");
    for person in [none.id, empty.id, last.id] {
        write::<crew_member::Entity>(&app, Person::LicenseLikeness, stale.clone(), Person::Id.eq(person))
            .await;
    }
    assert_ne!(rows(&app).await, made);
    assert_eq!(lookalikes::renew(app.state()).await.unwrap(), 2);
    assert_eq!(licences::renew(app.state()).await.unwrap(), 4);
    assert_eq!(rows(&app).await, made);
    assert_eq!(lookalikes::renew(app.state()).await.unwrap(), 0);
    assert_eq!(licences::renew(app.state()).await.unwrap(), 0);
}

#[tokio::test]
async fn more_vehicles_than_a_page_are_mended() {
    const VEHICLES: usize = 1201;
    let app = App::spawn().await;
    let vehicles = (0..VEHICLES).map(|number| vehicle::ActiveModel {
        id: Set(VehicleId::new(app.state().clock.new_uuid())),
        registration_no: Set(RegistrationNo::parse(&format!("MH 12 AB {number:04}")).unwrap()),
        created_at: Set(app.clock.now()),
        version: Set(1),
        ..Default::default()
    });
    let transaction = app.state().database.write().await.unwrap();
    vehicle::Entity::insert_many(vehicles).exec_without_returning(&*transaction).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(lookalikes::renew(app.state()).await.unwrap(), VEHICLES as u64);
    let (vehicles, _) = rows(&app).await;
    assert!(vehicles.iter().all(|row| row.likeness == Some(row.registration_no.likeness())));
}

#[tokio::test]
async fn a_blacklist_that_an_older_release_wrote_bars_once_the_program_has_started() {
    let app = App::spawn().await;
    let (asha, guard, supervisor) = (app.customer("Asha").await, app.guard().await, app.supervisor().await);
    let entry = |number: &str, name: &str, phone: &str, licence: &str| {
        let entry = Entry::for_vehicle(number).used_anyway().with_papers();
        entry.driven_by(name, phone).with_licence(licence)
    };
    entry("DL 1 CAB 1234", "Ramesh Kumar", "98200 00001", "MH12 20110012345").submitted_by(&asha).await;
    let comes = entry("DL 01 CAB 1234", "Suresh Yadav", "98200 00002", "MH12/2011/0012345");
    let comes = comes.submitted_by(&asha).await.approved_by(&supervisor).await;
    blacklist_vehicle(&app, "DL 1 CAB 1234", app.clock.now(), None).await;
    blacklist_crew(&app, "98200 00001", app.clock.now(), None).await;
    let all = || Expr::value(true);
    write::<vehicle::Entity>(&app, vehicle::Column::Likeness, None::<Likeness>, all()).await;
    let stale = LicenceNo::parse("MH12 20110012399").unwrap().likeness();
    write::<crew_member::Entity>(&app, crew_member::Column::LicenseLikeness, stale, all()).await;
    assert!(verdict(&guard, &comes).await.has(".verdict-ok"));

    let jobs = Jobs::start(app.state());
    let mended = async {
        while !verdict(&guard, &comes).await.has(".verdict-stop .lookalikes") {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), mended).await.expect("it is mended");
    jobs.stop().await;
    assert!(
        reasons_on(&verdict(&guard, &comes).await).contains(&"The driver is on the blacklist.".to_owned())
    );
}
