//! Two people who turn out to be one, under two phones.

use futures_util::future::{join, join_all};
use gatehouse::features::crew::actions::CREW_MERGED;
use gatehouse::kernel::entity::{document, submission};
use gatehouse::kernel::types::CrewMemberId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::{changes, driver_of, row, send};
use crate::support::entries::{Entry, Submitted};
use crate::support::{App, Client, Page};

const ONE: &str = "98200 00001";
const OTHER: &str = "98200 00002";

/// An entry that Ramesh drives, who is registered under this phone.
async fn entry_under(phone: &str, customer: &Client) -> Submitted {
    let entry = Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", phone);
    entry.with_paper("driver_license", "").submitted_by(customer).await
}

/// Looks at the two and presses the button.
async fn merge(supervisor: &Client, path: &str, phone: &str) -> Page {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("phone", phone).finish();
    let page = supervisor.get(&format!("{path}/merge?{query}")).await.expect_status(200);
    let [phone, seen, seen_other] = ["phone", "seen", "seen_other"]
        .map(|name| page.attribute(&format!("form[method=post] input[name={name}]"), "value"));
    let fields = [("phone", phone.as_str()), ("seen", &seen), ("seen_other", &seen_other)];
    send(supervisor, path, "merge", &fields).await
}

#[tokio::test]
async fn what_was_the_ones_becomes_the_others_and_the_old_phone_leads_there() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let first = entry_under(ONE, &asha).await;
    let second = entry_under(OTHER, &asha).await;
    let helper = Entry::for_vehicle("GJ 01 CD 5678").driven_by("Suresh Yadav", "98200 00003");
    let sent_with_both = helper.helped_by("Ramesh Kumar", ONE).submitted_by(&asha).await;
    let (gone, stays) = (driver_of(&app, &first).await, driver_of(&app, &second).await);

    let page = supervisor.get(&format!("{gone}/merge?phone=9820000002")).await.expect_status(200);
    let numbers = page.all(".paper .summary div:nth-child(2) dd");
    assert_eq!(numbers, ["+91 98200 00001", "+91 98200 00002"], "who goes, then who stays");
    let merged = merge(&supervisor, &gone, OTHER).await.expect_status(303);
    assert_eq!(merged.location(), stays);
    let page = merged.follow().await;
    assert_eq!(page.flash(), "Both are one person now.");
    assert_eq!(page.all(".tasks a").len(), 3);
    assert_eq!(supervisor.get(&gone).await.expect_status(303).location(), stays);
    let list = supervisor.get("/admin/crew").await;
    assert_eq!(list.all("tbody td:first-child"), ["Suresh Yadav", "Ramesh Kumar"]);
    let found = supervisor.get("/admin/crew?q=98200%2000001").await;
    assert_eq!(found.all("tbody td:nth-child(2)"), ["+91 98200 00002"]);

    // Entries keep what was typed.
    let id = row(&app, &second).await.driver_id;
    assert_eq!(row(&app, &first).await.driver_id, id);
    assert_eq!(row(&app, &sent_with_both).await.helper_id, id);
    assert_eq!(row(&app, &first).await.driver_phone.unwrap().to_string(), "+91 98200 00001");
    // Both licences are about one driver, and the later one is in use.
    let database = app.state().database.reader();
    let licences = document::Entity::find().order_by_asc(document::Column::Id).all(database).await.unwrap();
    assert!(licences.iter().all(|paper| Some(paper.subject_id) == id.map(CrewMemberId::as_uuid)));
    assert_eq!(licences.iter().map(|paper| paper.active).collect::<Vec<_>>(), [false, true]);
    assert_eq!(licences[0].replaced_by, Some(licences[1].id));

    // Whoever types the old phone means the same person, at the gate as well.
    let third = Entry::for_vehicle("MH 14 AB 1234").driven_by("Ramesh Kumar", ONE).submitted_by(&asha).await;
    assert_eq!(row(&app, &third).await.driver_id, id);
    let scanned = supervisor.post("/gate/scan", &[("code", OTHER)]).await.follow().await;
    assert_eq!(scanned.all(".tasks a").len(), 4, "{}", scanned.text());
    let event = &changes(&app, CREW_MERGED).await[0];
    assert_eq!((event.0["phone"].as_str(), event.1["entries"].as_u64()), (Some("+91 ••••• •0001"), Some(2)));
}

#[tokio::test]
async fn both_remarks_and_the_lower_rating_stay_and_the_page_tells_of_both() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let gone = driver_of(&app, &entry_under(ONE, &asha).await).await;
    let stays = driver_of(&app, &entry_under(OTHER, &asha).await).await;
    send(&supervisor, &gone, "remark", &[("remark", "Drives too fast"), ("rating", "1")])
        .await
        .expect_status(303);
    send(&supervisor, &stays, "remark", &[("remark", "Polite"), ("rating", "4")]).await.expect_status(303);
    let page = merge(&supervisor, &gone, OTHER).await.expect_status(303).follow().await;
    assert_eq!(page.field_value("remark"), "Polite Drives too fast", "one below the other");
    assert_eq!(page.attribute("#rating option[selected]", "value"), "1");
    let told = page.all(".timeline li").join("\n");
    for part in ["Remark: Drives too fast", "Remark: Polite", "Rating: 4"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test]
async fn the_gate_points_out_a_pass_under_the_name_that_went() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers();
    let first = entry.clone().driven_by("Ramesh Kumar", ONE).submitted_by(&asha).await;
    let second = entry.driven_by("Ramesh Kumbhar", OTHER).submitted_by(&asha).await;
    merge(&supervisor, &driver_of(&app, &first).await, OTHER).await.expect_status(303);
    let first = first.approved_by(&supervisor).await;
    let second = second.approved_by(&supervisor).await;
    let verdict = supervisor.get(&first.gate("")).await;
    assert_eq!(verdict.attribute("input[name=confirm]", "value"), "crew_corrected");
    assert!(supervisor.get(&second.gate("")).await.has(".verdict-ok"));
}

#[tokio::test]
async fn of_two_blacklists_the_stricter_holds() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let forever = ("Drunk", "2026-11-25", "");
    let soon = ("Late", "2026-11-20", "2026-11-22");
    let week = ("Rude", "2026-11-20", "2026-11-30");
    for (number, (one, other, told)) in [
        (None, None, None),
        (Some(soon), None, Some("20 Nov 2026 to 22 Nov 2026 Late")),
        (None, Some(soon), Some("20 Nov 2026 to 22 Nov 2026 Late")),
        (Some(soon), Some(week), Some("20 Nov 2026 to 30 Nov 2026 Rude")),
        (Some(week), Some(soon), Some("20 Nov 2026 to 30 Nov 2026 Rude")),
        (Some(forever), Some(soon), Some("From 20 Nov 2026 until further notice Drunk")),
        (Some(week), Some(forever), Some("From 20 Nov 2026 until further notice Drunk")),
    ]
    .into_iter()
    .enumerate()
    {
        let phones = [format!("98200 1{number:04}"), format!("98200 2{number:04}")];
        let mut paths = Vec::new();
        for (phone, listing) in phones.iter().zip([one, other]) {
            let path = driver_of(&app, &entry_under(phone, &asha).await).await;
            if let Some((reason, from, until)) = listing {
                let fields = [("reason", reason), ("from", from), ("until", until)];
                send(&supervisor, &path, "blacklist", &fields).await.expect_status(303);
            }
            paths.push(path);
        }
        merge(&supervisor, &paths[0], &phones[1]).await.expect_status(303);
        let page = supervisor.get(&paths[1]).await;
        assert_eq!(page.all(".alert.problem").first().map(String::as_str), told, "case {number}");
        let entries = usize::from(one.is_some()) + usize::from(other.is_some());
        let history = page.all("h2:not(:last-of-type) + .timeline li");
        assert!(history.len() >= entries, "case {number}: the history keeps both: {history:?}");
        let open = history.iter().filter(|entry| !entry.contains("Ended by")).count();
        assert_eq!(open, usize::from(told.is_some()), "case {number}: {history:?}");
        // Whoever types the old phone is kept out too.
        let draft = Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", &phones[0]);
        let expected = if told.is_some() { 422 } else { 303 };
        draft.drafted_by(&asha).await.submit(&asha).await.expect_status(expected);
    }
}

#[tokio::test]
async fn two_who_come_together_are_two_people() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", ONE);
    let entry = entry.helped_by("Ramesh Kumbhar", OTHER).submitted_by(&asha).await;
    let path = driver_of(&app, &entry).await;
    let page = merge(&supervisor, &path, OTHER).await.expect_status(409);
    assert!(page.text_of("#problem li").contains(&entry.reference), "{}", page.text());
    assert_eq!(changes(&app, CREW_MERGED).await, []);
    entry.cancelled_by(&asha).await;
    merge(&supervisor, &path, OTHER).await.expect_status(303);
    // From now on they are one, who cannot come as both.
    let entry = || Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumbhar", ONE);
    let draft = entry().drafted_by(&asha).await;
    let fields = [
        ("driver_name", "Ramesh Kumbhar"),
        ("driver_phone", ONE),
        ("helper_name", "Ramesh Kumbhar"),
        ("helper_phone", OTHER),
    ];
    let page = asha.post(&draft.step("crew"), &fields).await.expect_status(422);
    assert_eq!(page.error_at("helper_phone"), "Driver and helper are two people with two numbers");
}

#[tokio::test]
async fn a_draft_in_which_both_come_is_not_submitted_once_they_are_one() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let first = entry_under(ONE, &asha).await;
    entry_under(OTHER, &asha).await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", OTHER);
    let draft = draft.helped_by("Ramesh Kumar", ONE).drafted_by(&asha).await;
    merge(&supervisor, &driver_of(&app, &first).await, OTHER).await.expect_status(303);
    let told = "Driver and helper are two people with two numbers";
    assert_eq!(asha.get(&draft.step("review")).await.all(".alert li"), [told]);
    let page = draft.submit(&asha).await.expect_status(422);
    assert_eq!(page.all("#problem li"), [told]);
}

#[tokio::test]
async fn nobody_is_merged_with_a_stranger_or_with_himself() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let path = driver_of(&app, &entry_under(ONE, &asha).await).await;
    for (phone, message) in [
        ("", "Enter a mobile number"),
        ("12", "Enter an Indian mobile number of ten digits, like 98765 43210"),
        (OTHER, "Nobody is registered under this number"),
        (ONE, "This is the same person already"),
    ] {
        let page = send(&supervisor, &path, "merge", &[("phone", phone)]).await.expect_status(422);
        assert_eq!(page.error_at("phone"), message);
        assert_eq!(page.field_value("phone"), phone);
        if !phone.is_empty() {
            let query = phone.replace(' ', "");
            let page = supervisor.get(&format!("{path}/merge?phone={query}")).await.expect_status(422);
            assert_eq!(page.error_at("phone"), message);
        }
    }
}

#[tokio::test]
async fn who_was_changed_since_the_two_were_compared_is_compared_again() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let gone = driver_of(&app, &entry_under(ONE, &asha).await).await;
    let stays = driver_of(&app, &entry_under(OTHER, &asha).await).await;
    let fields = [("phone", OTHER), ("seen", "1"), ("seen_other", "1")];
    send(&supervisor, &stays, "rename", &[("name", "Imran Shaikh")]).await.expect_status(303);
    let page = send(&supervisor, &gone, "merge", &fields).await.expect_status(409);
    assert!(page.text_of("#problem li").contains("Compare once more"), "{}", page.text());
    assert_eq!(changes(&app, CREW_MERGED).await, []);

    // What is sent about one who is gone says so, and shows who stands in the place.
    merge(&supervisor, &gone, OTHER).await.expect_status(303);
    let page = send(&supervisor, &gone, "rename", &[("name", "Ramesh")]).await.expect_status(409);
    assert_eq!(page.text_of("h1"), "Imran Shaikh");
    send(&supervisor, &gone, "remark", &[("rating", "1")]).await.expect_status(409);
}

#[tokio::test]
async fn a_third_phone_leads_past_the_second_to_the_person() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let third = "98200 00003";
    let paths = [
        driver_of(&app, &entry_under(ONE, &asha).await).await,
        driver_of(&app, &entry_under(OTHER, &asha).await).await,
        driver_of(&app, &entry_under(third, &asha).await).await,
    ];
    merge(&supervisor, &paths[0], OTHER).await.expect_status(303);
    merge(&supervisor, &paths[1], third).await.expect_status(303);
    for path in &paths[..2] {
        assert_eq!(supervisor.get(path).await.expect_status(303).location(), paths[2]);
    }
    let page = supervisor.get(&paths[2]).await;
    assert_eq!(page.all(".tasks a").len(), 3);
}

#[tokio::test]
async fn entries_submitted_while_two_people_become_one_belong_to_the_one_who_stays() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    for round in 0..10 {
        let phones = [format!("98200 1{round:04}"), format!("98200 2{round:04}")];
        let gone = driver_of(&app, &entry_under(&phones[0], &asha).await).await;
        let stays = row(&app, &entry_under(&phones[1], &asha).await).await.driver_id;
        let drafts = join_all((0..8).map(|at| {
            let entry = Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", &phones[at % 2]);
            entry.with_paper("driver_license", "").drafted_by(&asha)
        }));
        let drafts = drafts.await;
        let submitting = join_all(drafts.iter().map(|draft| draft.submit(&asha)));
        let (answers, merged) = join(submitting, merge(&supervisor, &gone, &phones[1])).await;
        merged.expect_status(303);
        for answer in answers {
            answer.expect_status(303);
        }
        let database = app.state().database.reader();
        let gone_id: CrewMemberId = gone.replace("/admin/crew/", "").parse().unwrap();
        let stray = submission::Entity::find()
            .filter(submission::Column::DriverId.eq(gone_id))
            .all(database)
            .await
            .unwrap();
        assert!(stray.is_empty(), "round {round}: {stray:?}");
        let active = document::Entity::find()
            .filter(document::Column::SubjectId.eq(stays.unwrap().as_uuid()))
            .filter(document::Column::Active.eq(true));
        assert_eq!(active.all(database).await.unwrap().len(), 1, "round {round}");
    }
}
