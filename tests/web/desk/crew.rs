//! The desk's list of drivers and helpers, what it says of one, and correcting a name.
use serde_json::json;

use super::{changes, driver_of, row, seen_on, send};
use crate::support::App;
use crate::support::entries::Entry;
use gatehouse::features::crew::actions::CREW_RENAMED;
use gatehouse::features::opinions::actions::{BLACKLIST_LIFTED, BLACKLISTED};

/// The names that a list shows.
async fn listed(app: &App, query: &str) -> Vec<String> {
    app.supervisor()
        .await
        .get(&format!("/admin/crew{query}"))
        .await
        .expect_status(200)
        .all("tbody td:first-child")
}

#[tokio::test]
async fn a_person_is_found_by_a_part_of_the_name_or_by_the_phone() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", "98200 00001");
    entry.helped_by("Özil  Şen", "98200 00002").submitted_by(&asha).await;
    assert_eq!(listed(&app, "").await, ["Özil Şen", "Ramesh Kumar"]);
    for typed in ["RAMESH", "esh%20ku", "98200%2000001", "%2B91%2098200%2000001", "00001", "09820000001"] {
        assert_eq!(listed(&app, &format!("?q={typed}")).await, ["Ramesh Kumar"], "{typed}");
    }
    assert_eq!(listed(&app, "?q=özil").await, ["Özil Şen"]);
    for typed in
        ["%E2%80%8BRamesh%C2%A0%20Kumar%EF%BB%BF", "kumar%20ramesh", "R.Kumar", "ramesh.", "९८२००%20०००"]
    {
        let found = listed(&app, &format!("?q={typed}")).await;
        assert!(found.contains(&"Ramesh Kumar".to_owned()), "{typed}: {found:?}");
    }
    for typed in ["Suresh", "99999%2099999", "%25", "_", "%2B"] {
        assert_eq!(listed(&app, &format!("?q={typed}")).await, [""; 0], "{typed}");
    }
    // Whom a draft alone names is nobody yet.
    Entry::for_vehicle("MH 12 AB 1234").driven_by("Suresh", "98200 00003").drafted_by(&asha).await;
    assert_eq!(listed(&app, "?q=Suresh").await, [""; 0]);
}

#[tokio::test]
async fn a_driver_on_the_blacklist_is_kept_out_until_taken_off() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let supervisor = app.supervisor().await;
    let entry = || Entry::for_vehicle("MH 12 AB 1234").with_papers();
    let approved = entry().submitted_by(&asha).await.approved_by(&supervisor).await;
    let path = driver_of(&app, &approved).await;
    let page = supervisor.get(&path).await.expect_status(200);
    assert_eq!(page.text_of("h1"), "Ramesh Kumar");
    assert_eq!(page.attribute(".tasks a", "href"), approved.desk(""));
    assert!(page.text().contains("Driving licence"), "its licence was accepted: {}", page.text());

    send(&supervisor, &path, "blacklist", &[("reason", "Stole diesel")]).await.expect_status(303);
    assert_eq!(listed(&app, "?blacklisted=yes").await, ["Ramesh Kumar"]);
    entry().drafted_by(&asha).await.submit(&asha).await.expect_status(422);
    let verdict = supervisor.get(&approved.gate("")).await;
    assert_eq!(verdict.all(".verdict-stop .reasons li"), ["The driver is on the blacklist."]);
    send(&supervisor, &path, "lift", &[]).await.expect_status(303);
    assert!(supervisor.get(&approved.gate("")).await.has(".verdict-ok"));
    entry().submitted_by(&asha).await;

    let was = json!({ "reason": "Stole diesel", "from": "2026-11-19T18:30:00Z", "until": null });
    assert_eq!(changes(&app, BLACKLISTED).await, [(json!(null), was.clone())]);
    assert_eq!(changes(&app, BLACKLIST_LIFTED).await, [(was, json!(null))]);
}

#[tokio::test]
async fn a_corrected_name_is_pointed_out_on_passes_under_the_old_one_alone() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let supervisor = app.supervisor().await;
    let entry = || Entry::for_vehicle("MH 12 AB 1234").with_papers();
    let old = entry().submitted_by(&asha).await.approved_by(&supervisor).await;
    let path = driver_of(&app, &old).await;
    let draft = entry().drafted_by(&asha).await;
    let renamed = send(&supervisor, &path, "rename", &[("name", " Ramesh  Kumbhar ")]).await;
    let page = renamed.expect_status(303).follow().await;
    assert_eq!(
        (page.flash().as_str(), page.text_of("h1").as_str()),
        ("The name is corrected.", "Ramesh Kumbhar")
    );
    assert_eq!(page.field_value("name"), "Ramesh Kumbhar");
    assert_eq!(page.text_of(".timeline li p"), "Name: Ramesh Kumar → Ramesh Kumbhar");

    // The entry keeps its name, and the gate points it out.
    assert_eq!(row(&app, &old).await.driver_name.as_deref(), Some("Ramesh Kumar"));
    let verdict = supervisor.get(&old.gate("")).await;
    assert_eq!(verdict.attribute("input[name=confirm]", "value"), "crew_corrected");
    // The old name is refused now, the new one is not, and its pass has nothing to point out.
    draft.submit(&asha).await.expect_status(422);
    let entry = entry().driven_by("Ramesh Kumbhar", "98200 00001");
    let new = entry.submitted_by(&asha).await.approved_by(&supervisor).await;
    assert!(supervisor.get(&new.gate("")).await.has(".verdict-ok"));

    // Corrected back, the first pass is right again.
    send(&supervisor, &path, "rename", &[("name", "ramesh kumar")]).await.expect_status(303);
    assert!(supervisor.get(&old.gate("")).await.has(".verdict-ok"));
}

#[tokio::test]
async fn a_name_that_is_none_is_not_taken() {
    let app = App::spawn().await;
    let supervisor = app.supervisor().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let path = driver_of(&app, &entry).await;
    let long = "x".repeat(101);
    for (typed, message) in [
        ("", "Enter a name"),
        ("12", "The name may have letters, spaces and signs like . and - only"),
        (&long, "The name must have at most 100 characters"),
    ] {
        let page = send(&supervisor, &path, "rename", &[("name", typed)]).await.expect_status(422);
        assert_eq!(page.error_at("name"), message);
        assert_eq!(page.field_value("name"), typed);
        assert!(page.has("details[open] #name"), "{}", page.text());
    }
    assert_eq!(changes(&app, CREW_RENAMED).await, []);
}

#[tokio::test]
async fn of_two_who_correct_a_name_at_once_the_second_is_told() {
    let app = App::spawn().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let path = driver_of(&app, &entry).await;
    let (sunita, anand) = (app.supervisor().await, app.admin().await);
    let seen = seen_on(&sunita.get(&path).await);
    let fields = [("name", "Ramesh Kumbhar"), ("seen", seen.as_str())];
    send(&sunita, &path, "rename", &fields).await.expect_status(303);
    // The same word from both is no conflict.
    send(&anand, &path, "rename", &fields).await.expect_status(303);
    let fields = [("name", "Ramesh Kumawat"), ("seen", seen.as_str())];
    let page = send(&anand, &path, "rename", &fields).await.expect_status(409);
    assert_eq!(page.text_of("h1"), "Ramesh Kumbhar");
    assert_eq!(page.field_value("name"), "Ramesh Kumawat");
    assert_eq!(changes(&app, CREW_RENAMED).await.len(), 1);
}
