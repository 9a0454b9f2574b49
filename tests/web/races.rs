//! Many at once: what must happen once happens once, everybody is told how things stand, and nobody waits
//! for each other for ever.

use std::collections::HashSet;
use std::iter::zip;

use futures_util::future::{join, join_all};
use gatehouse::features::crew::actions::CREW_REGISTERED;
use gatehouse::features::gate::actions::CHECK_IN_REFUSED;
use gatehouse::features::submissions::actions::{
    CHECKED_IN, CHECKED_IN_BY_OVERRIDE, SUBMISSION_APPROVED, SUBMISSION_CREATED, SUBMISSION_REJECTED,
};
use gatehouse::features::submissions::service::expiry;
use gatehouse::kernel::audit::Action;
use gatehouse::kernel::entity::account::Role;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::{crew_member, document, visit};
use reqwest::multipart::{Form, Part};
use scraper::Selector;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use crate::support::entries::{Draft, Entry, PDF, Submitted};
use crate::support::{App, Client, Page, figures};

/// How often something happened.
async fn times(app: &App, action: Action) -> u64 {
    let events = audit_log::Entity::find().filter(audit_log::Column::Action.eq(action));
    events.count(app.state().database.reader()).await.unwrap()
}

/// How many answers have this status; the test ends when one has neither of the two.
#[track_caller]
fn count(answers: &[Page], status: u16, otherwise: u16) -> usize {
    for answer in answers {
        assert!(
            answer.status == status || answer.status == otherwise,
            "{}: {}",
            answer.status,
            answer.text()
        );
    }
    answers.iter().filter(|answer| answer.status == status).count()
}

/// The version that the last step of a draft would send.
async fn version_of(customer: &Client, draft: &Draft) -> String {
    customer.get(&draft.step("review")).await.expect_status(200).field_value("draft_version")
}

/// Sends the last step of a draft.
async fn send(customer: &Client, draft: &Draft, version: &str) -> Page {
    customer.post(&draft.step("review"), &[("consent", "yes"), ("draft_version", version)]).await
}

#[tokio::test]
async fn a_draft_that_is_submitted_fifty_times_at_once_is_one_entry() {
    let app = App::spawn_alone().await;
    let asha = app.customer("Asha").await;
    let draft =
        Entry::for_vehicle("MH 12 AB 1234").helped_by("Suresh", "98200 00002").drafted_by(&asha).await;
    let version = version_of(&asha, &draft).await;
    let answers = join_all((0..50).map(|_| send(&asha, &draft, &version))).await;
    for answer in answers {
        assert_eq!(answer.expect_status(303).location(), draft.path());
    }
    assert_eq!(times(&app, SUBMISSION_CREATED).await, 1);
    assert_eq!(times(&app, CREW_REGISTERED).await, 2);
    let desk = app.supervisor().await.get("/admin/submissions").await.expect_status(200);
    assert_eq!(desk.all("tbody tr").len(), 1);
    figures("50 submits of a draft: 1 entry");
}

#[tokio::test]
async fn of_two_names_for_one_phone_submitted_two_hundred_times_at_once_one_is_registered() {
    const NAMES: [&str; 2] = ["Ramesh Kumar", "Imran Shaikh"];
    let app = App::spawn_alone().await;
    let asha = app.customer("Asha").await;
    let drafts = join_all((0..200).map(|at| {
        let entry = Entry::for_vehicle(&format!("MH 12 AB {at:04}"));
        entry.driven_by(NAMES[at % 2], "98200 00001").drafted_by(&asha)
    }));
    let drafts = drafts.await;
    let versions = join_all(drafts.iter().map(|draft| version_of(&asha, draft))).await;
    let answers = join_all(zip(&drafts, &versions).map(|(draft, version)| send(&asha, draft, version))).await;

    assert_eq!(count(&answers, 303, 422), 100);
    let message = "The driver’s number is registered under another name. Ask the plant to correct it.";
    for loser in answers.iter().filter(|answer| answer.status == 422) {
        assert_eq!(loser.all("#problem li"), [message]);
    }
    let people = crew_member::Entity::find().all(app.state().database.reader()).await.unwrap();
    let [person] = people.try_into().unwrap();
    for (at, answer) in answers.iter().enumerate() {
        assert_eq!(answer.status == 303, NAMES[at % 2] == person.full_name, "{}", NAMES[at % 2]);
    }
    figures("200 submissions with one phone: 1 person, 100 submitted, 100 told that the number is another's");
}

/// How guards who have each seen the verdict let one pass in at once, each at every other of two processes.
async fn let_in_at_once(names: &[&'static str], rounds: u64) {
    let app = App::spawn_alone().await;
    let other = app.second_server().await;
    let asha = app.customer("Asha").await;
    let supervisor = app.supervisor().await;
    let mut guards = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let guard = app.staff(name, Role::Guard).await;
        guards.push(if at % 2 == 0 { guard } else { guard.at(&other.origin()) });
    }
    for round in 0..rounds {
        let entry = Entry::for_vehicle(&format!("MH 12 AB {round:04}")).with_papers();
        let entry = entry.submitted_by(&asha).await.approved_by(&supervisor).await;
        // All look before anybody presses.
        let nonces = join_all(guards.iter().map(|guard| nonce_of(guard, &entry, "/check-in"))).await;
        let path = entry.gate("/check-in");
        let fields: Vec<_> = nonces.iter().map(|nonce| [("nonce", nonce.as_str())]).collect();
        let answers = join_all(zip(&guards, &fields).map(|(guard, fields)| guard.post(&path, fields))).await;

        assert_eq!(count(&answers, 303, 409), 1, "round {round}");
        let winner = zip(names, &answers).find(|(_, answer)| answer.status == 303).unwrap().0;
        let told = format!("Inside since 20 Nov 2026, 12:00 IST, Main gate, let in by {winner}");
        for loser in answers.iter().filter(|answer| answer.status == 409) {
            assert_eq!(loser.all(".verdict-inside > p")[1..2], [told.as_str()], "round {round}");
        }
    }
    assert_eq!(times(&app, CHECKED_IN).await, rounds);
    let refused = rounds * (u64::try_from(names.len()).unwrap() - 1);
    assert_eq!(times(&app, CHECK_IN_REFUSED).await, refused);
    assert_eq!(visit::Entity::find().count(app.state().database.reader()).await.unwrap(), rounds);
    figures(&format!("{rounds} passes, each let in by {} at once: {rounds} let in once", names.len()));
}

#[tokio::test]
async fn of_eight_guards_who_let_one_pass_in_at_once_one_does() {
    let names = ["Gurpreet", "Harish", "Irfan", "Jagdish", "Kiran", "Lata", "Manoj", "Nitin"];
    let_in_at_once(&names, 10).await;
}

#[tokio::test]
#[ignore = "takes a while; tests/faults/run.sh runs it"]
async fn of_two_guards_who_let_one_pass_in_two_hundred_times_one_does() {
    let_in_at_once(&["Gurpreet", "Harish"], 200).await;
}

/// How two passes of a vehicle are let in at once, on two processes.
async fn let_two_passes_in_at_once(rounds: u64) {
    let app = App::spawn_alone().await;
    let other_server = app.second_server().await;
    let asha = app.customer("Asha").await;
    let supervisor = app.supervisor().await;
    let guard = app.guard().await.at(&other_server.origin());
    for round in 0..rounds {
        let number = format!("MH 12 AB {round:04}");
        let one = Entry::for_vehicle(&number).with_papers().submitted_by(&asha).await;
        let one = one.approved_by(&supervisor).await;
        // With the papers that are on file from the first.
        let other = Entry::for_vehicle(&number).submitted_by(&asha).await.approved_by(&supervisor).await;
        // Both look before either presses.
        let seen =
            (nonce_of(&guard, &one, "/check-in").await, nonce_of(&supervisor, &other, "/check-in").await);
        let pressed = join(
            guard.post(&one.gate("/check-in"), &[("nonce", seen.0.as_str())]),
            supervisor.post(&other.gate("/check-in"), &[("nonce", seen.1.as_str())]),
        )
        .await;
        let answers: [Page; 2] = pressed.into();
        assert_eq!(count(&answers, 303, 409), 1, "round {round}");
        let loser = answers.iter().find(|answer| answer.status == 409).unwrap();
        assert_eq!(loser.all(".verdict .reasons li"), ["The vehicle is inside with another pass."]);
    }
    assert_eq!(times(&app, CHECKED_IN).await, rounds);
    assert_eq!(times(&app, CHECK_IN_REFUSED).await, rounds);
    figures(&format!("{rounds} vehicles with two passes at two gates: {rounds} let in once"));
}

#[tokio::test]
async fn of_two_passes_of_a_vehicle_that_are_let_in_at_once_one_is() {
    let_two_passes_in_at_once(10).await;
}

#[tokio::test]
#[ignore = "takes a while; tests/faults/run.sh runs it"]
async fn of_two_passes_of_a_vehicle_let_in_two_hundred_times_one_is() {
    let_two_passes_in_at_once(200).await;
}

/// The number of a form on the page of an entry at the gate.
async fn nonce_of(guard: &Client, entry: &Submitted, form: &str) -> String {
    let page = guard.get(&entry.gate("")).await.expect_status(200);
    page.attribute(&format!("form[action$='{form}'] input[name=nonce]"), "value").clone()
}

/// How two supervisors decide at once, on two processes, and what the page then says of the status.
async fn decide_at_once(first: &'static str, second: &'static str, rounds: u64) {
    let app = App::spawn_alone().await;
    let other = app.second_server().await;
    let asha = app.customer("Asha").await;
    let sunita = app.supervisor().await;
    let tarun = app.staff("Tarun", Role::Supervisor).await.at(&other.origin());
    for round in 0..rounds {
        let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
        // Both look before either decides.
        let seen = join(sunita.get(&entry.desk("")), tarun.get(&entry.desk(""))).await;
        let answers: [Page; 2] =
            join(decide(&sunita, &entry, &seen.0, first), decide(&tarun, &entry, &seen.1, second))
                .await
                .into();
        assert_eq!(count(&answers, 303, 409), 1, "{first} and {second}, round {round}");
        let (winner, loser) = if answers[0].status == 303 { ("Sunita", 1) } else { ("Tarun", 0) };
        let told = answers[loser].text();
        assert!(told.contains(&format!("Decided on 20 Nov 2026, 12:00 IST by {winner}.")), "{told}");
    }
    let decided = times(&app, SUBMISSION_APPROVED).await + times(&app, SUBMISSION_REJECTED).await;
    assert_eq!(decided, rounds);
    figures(&format!(
        "{rounds} pairs of decisions ({first} and {second}): {decided} decided once, {rounds} told who"
    ));
}

/// Sends a form of the page that a supervisor has before her: its hidden fields and a reason.
async fn decide(supervisor: &Client, entry: &Submitted, seen: &Page, form: &str) -> Page {
    let hidden = Selector::parse(&format!("form[action$='{form}'] input[type=hidden]")).unwrap();
    let hidden: Vec<(String, String)> = seen
        .html()
        .select(&hidden)
        .map(|field| ["name", "value"].map(|name| field.attr(name).unwrap_or_default().to_owned()).into())
        .collect();
    let mut fields: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if form == "/reject" {
        fields.push(("reason", "No load today"));
    }
    supervisor.post(&entry.desk(form), &fields).await
}

#[tokio::test]
async fn of_two_supervisors_who_approve_at_once_one_does_and_the_other_is_told_who() {
    decide_at_once("/approve", "/approve", 20).await;
}

#[tokio::test]
async fn of_two_supervisors_who_reject_at_once_one_does_and_the_other_is_told_who() {
    decide_at_once("/reject", "/reject", 20).await;
}

#[tokio::test]
async fn of_two_supervisors_who_decide_differently_at_once_one_does_and_the_other_is_told_who() {
    decide_at_once("/approve", "/reject", 20).await;
}

#[tokio::test]
#[ignore = "takes a while; tests/faults/run.sh runs it"]
async fn of_two_supervisors_who_decide_five_hundred_times_one_does_and_the_other_is_told_who() {
    decide_at_once("/approve", "/approve", 167).await;
    decide_at_once("/reject", "/reject", 167).await;
    decide_at_once("/approve", "/reject", 166).await;
}

#[tokio::test]
async fn entries_with_the_same_papers_are_approved_at_once() {
    let app = App::spawn_alone().await;
    let asha = app.customer("Asha").await;
    let sunita = app.supervisor().await;
    let tarun = app.staff("Tarun", Role::Supervisor).await;
    for round in 0..10 {
        let number = format!("MH 12 AB {round:04}");
        let one = Entry::for_vehicle(&number).with_papers().submitted_by(&asha).await;
        let other = Entry::for_vehicle(&number).submitted_by(&asha).await;
        let answers: [Page; 2] =
            join(sunita.post(&one.desk("/approve"), &[]), tarun.post(&other.desk("/approve"), &[]))
                .await
                .into();
        assert_eq!(count(&answers, 303, 303), 2, "round {round}");
    }
}

#[tokio::test]
async fn of_a_hundred_replacements_of_a_paper_at_once_one_is_in_use() {
    let app = App::spawn_alone().await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").with_paper("puc", "").drafted_by(&asha).await;
    let answers = join_all((0..100).map(|_| replace(&asha, &draft))).await;
    assert_eq!(count(&answers, 303, 303), 100);

    let papers = document::Entity::find().all(app.state().database.reader()).await.unwrap();
    assert_eq!(papers.len(), 101);
    let active: Vec<_> = papers.iter().filter(|paper| paper.active).collect();
    assert_eq!(active.len(), 1);
    assert_eq!(active[0].replaced_by, None);
    let replaced: HashSet<_> = papers.iter().filter_map(|paper| paper.replaced_by).collect();
    assert_eq!(replaced.len(), 100, "each version took the place of one");
    let page = asha.get(&draft.step("documents")).await.expect_status(200);
    let attached = page.attribute(".on-file a", "href");
    assert_eq!(
        attached,
        format!("/documents/{}", active[0].id),
        "the draft has a version that is not in use"
    );
    figures("100 replacements of a paper: 1 in use");
}

/// Hands another version of the same paper in, and again where no connection of the database was free in time.
async fn replace(customer: &Client, draft: &Draft) -> Page {
    loop {
        let part = Part::bytes(PDF.bytes).file_name("renewed.pdf");
        let form = Form::new().part("puc", part);
        let page = customer.post_multipart(&draft.step("documents"), form).await;
        if page.status != 503 {
            return page;
        }
    }
}

#[tokio::test]
async fn a_paper_is_not_dated_while_another_draft_is_submitted_with_it() {
    let app = App::spawn_alone().await;
    let asha = app.customer("Asha").await;
    let mut dated = 0;
    for round in 0..20 {
        let number = format!("MH 12 AB {round:04}");
        let one = Entry::for_vehicle(&number).with_paper("puc", "").drafted_by(&asha).await;
        let other = Entry::for_vehicle(&number).drafted_by(&asha).await;
        let version = version_of(&asha, &other).await;
        let over = Form::new().text("puc_valid_until", "2026-11-01");
        let (date, sent) =
            join(asha.post_multipart(&one.step("documents"), over), send(&asha, &other, &version)).await;
        // Whoever comes second is told: a paper that has run out is not submitted, one that was is not dated.
        let answers = [date.status.as_u16(), sent.status.as_u16()];
        assert!(answers == [303, 422] || answers == [422, 303], "round {round}: {answers:?}");
        dated += u16::from(answers[0] == 303);
    }
    figures(&format!("20 papers dated while submitted: {dated} dated, {} submitted", 20 - dated));
}

#[tokio::test]
async fn a_paper_that_is_taken_back_while_a_draft_opens_is_not_in_the_draft() {
    let app = App::spawn_alone().await;
    let asha = app.customer("Asha").await;
    for round in 0..10 {
        let number = format!("MH 12 AB {round:04}");
        Entry::for_vehicle(&number).with_paper("puc", "").drafted_by(&asha).await;
        let paper = asha.get("/documents").await.attribute("tbody a[href^='/documents/']", "href");
        let remove = format!("{paper}/remove");
        let again = Entry::for_vehicle(&number).drafted_by(&asha);
        let (removed, draft) = join(asha.post(&remove, &[]), again).await;
        removed.expect_status(303);
        let page = asha.get(&draft.step("documents")).await.expect_status(200);
        assert!(!page.has(&format!("#row-puc a[href='{paper}']")), "round {round}");
    }
}

#[tokio::test]
async fn entries_whose_driver_and_helper_change_places_are_submitted_at_once() {
    let app = App::spawn_alone().await;
    let asha = app.customer("Asha").await;
    for round in 0..30 {
        let (one, other) = (format!("98200 1{round:04}"), format!("98200 2{round:04}"));
        let entry = Entry::for_vehicle("MH 12 AB 1234");
        let straight = entry.driven_by("Ramesh Kumar", &one).helped_by("Imran Shaikh", &other);
        let entry = Entry::for_vehicle("GJ 01 CD 5678");
        let swapped = entry.driven_by("Imran Shaikh", &other).helped_by("Ramesh Kumar", &one);
        let (straight, swapped) = join(straight.drafted_by(&asha), swapped.drafted_by(&asha)).await;
        let (version, swapped_version) =
            join(version_of(&asha, &straight), version_of(&asha, &swapped)).await;
        let answers: [Page; 2] =
            join(send(&asha, &straight, &version), send(&asha, &swapped, &swapped_version)).await.into();
        assert_eq!(count(&answers, 303, 303), 2, "round {round}");
    }
    assert_eq!(times(&app, CREW_REGISTERED).await, 60);
}

#[tokio::test]
async fn of_eight_supervisors_who_override_at_once_while_the_sweep_runs_one_lets_in() {
    const NAMES: [&str; 8] = ["Sunita", "Tara", "Uma", "Vijay", "Waman", "Xavier", "Yash", "Zeenat"];
    let app = App::spawn_alone().await;
    let asha = app.customer("Asha").await;
    let mut entries = Vec::new();
    for round in 0..10 {
        let entry = Entry::for_vehicle(&format!("MH 12 AB {round:04}")).with_papers();
        entries.push(entry.submitted_by(&asha).await);
    }
    app.clock.advance(chrono::Duration::days(2));
    let supervisors = join_all(NAMES.map(|name| app.staff(name, Role::Supervisor))).await;
    for entry in &entries {
        let path = entry.gate("/override");
        let fields = [("reason", "The load is urgent")];
        let pressed = join_all(supervisors.iter().map(|supervisor| supervisor.post(&path, &fields)));
        let (answers, swept) = join(pressed, expiry::sweep(app.state())).await;
        assert_eq!(count(&answers, 303, 409), 1);
        assert!(swept.unwrap() <= 10);
    }
    assert_eq!(times(&app, CHECKED_IN_BY_OVERRIDE).await, 10);
    let visits = visit::Entity::find().all(app.state().database.reader()).await.unwrap();
    assert_eq!(visits.len(), 10);
    assert!(visits.iter().all(|visit| visit.override_reason.is_some() && visit.left_at.is_none()));
    assert_eq!(expiry::sweep(app.state()).await.unwrap(), 0, "what is inside does not expire");
}
