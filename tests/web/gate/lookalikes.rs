//! Whoever is on the blacklist and comes with a number that looks like its own, or with the same licence.

use chrono::Duration;
use gatehouse::app::Jobs;
use gatehouse::entity::audit_log::AuditAction;
use gatehouse::entity::{crew_member, submission, vehicle};
use gatehouse::features::crew::service::licences;
use gatehouse::features::vehicles::service::lookalikes;
use gatehouse::types::{LicenceNo, Likeness, RegistrationNo, SubmissionId, VehicleId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait, QueryFilter as _, QueryOrder as _, Value};

use super::verdicts::{blacklist_crew, blacklist_vehicle};
use super::{NONCE, check_in, reasons_on, verdict, warnings_on};
use crate::support::entries::{Entry, Submitted};
use crate::support::{App, Client};

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
    assert!(!page.has("form[action$='/tell-apart']"), "that is a supervisor's word");
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

#[tokio::test]
async fn a_supervisor_tells_two_vehicles_apart_for_good() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    approved("DL 1 CAB 1234", &asha, &supervisor).await;
    let third = approved("DL 01 CA 81234", &asha, &supervisor).await;
    let entry = approved("DL 01 CAB 1234", &asha, &supervisor).await;
    for number in ["DL 1 CAB 1234", "DL 01 CA 81234"] {
        blacklist_vehicle(&app, number, app.clock.now(), None).await;
    }
    let page = verdict(&supervisor, &entry).await;
    assert_eq!(page.all(".lookalikes li").len(), 2);
    for from in [entry.gate(""), entry.desk("")] {
        let page = supervisor.get(&from).await;
        let other = page.attribute(".lookalikes button", "value");
        let told = supervisor.post(&format!("{from}/tell-apart"), &[("other", &other)]).await;
        assert_eq!(
            told.expect_status(303).follow().await.flash(),
            "The two vehicles are told apart from now on."
        );
        // Pressed twice it is said once.
        supervisor.post(&format!("{from}/tell-apart"), &[("other", &other)]).await.expect_status(303);
    }
    assert!(verdict(&supervisor, &entry).await.has(".verdict-ok"));
    assert!(!supervisor.get(&entry.desk("")).await.has(".lookalikes"));
    assert_eq!(
        app.events(AuditAction::VehiclesToldApart).await.len(),
        4,
        "two pairs, each in both histories"
    );
    // The other two were told apart from it, and not from each other.
    assert!(supervisor.get(&third.gate("")).await.has(".verdict-stop"));

    // Itself, one that is nobody's, and one that looks otherwise.
    let other = approved("KA 05 AB 1234", &asha, &supervisor).await;
    let (itself, other) = (vehicle_of(&app, &entry).await, vehicle_of(&app, &other).await);
    for made_up in [itself.to_string(), NONCE.to_owned(), other.to_string()] {
        supervisor.post(&entry.gate("/tell-apart"), &[("other", &made_up)]).await.expect_status(404);
    }
    assert_eq!(app.events(AuditAction::VehiclesToldApart).await.len(), 4);
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
    assert_eq!(lookalikes::renew(app.state()).await.unwrap(), VEHICLES);
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
