//! Looking a vehicle up before an entry is begun: one's own in full, of others' next to nothing. Staff see all.

use chrono::Duration;

use crate::support::entries::Entry;
use crate::support::{App, Client, Page};

async fn look_up(customer: &Client, vehicle: &str) -> Page {
    let query =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("vehicle_number", vehicle).finish();
    customer.get(&format!("/vehicles/lookup?{query}")).await
}

/// What the page tells: each fact after its name.
#[track_caller]
fn told(page: &Page) -> Vec<(String, String)> {
    page.all(".summary dt").into_iter().zip(page.all(".summary dd")).collect()
}

fn fact(term: &str, value: &str) -> (String, String) {
    (term.to_owned(), value.to_owned())
}

#[tokio::test]
async fn a_vehicle_that_never_came_is_new() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let page = look_up(&asha, "mh12ab1234").await.expect_status(200);
    assert_eq!(page.text_of("section .alert"), "New vehicle: nothing is on file.");
    assert_eq!(page.field_value("vehicle_number"), "MH 12 AB 1234");

    let start = page.attribute("section a[role=button]", "href");
    assert_eq!(asha.get(&start).await.field_value("vehicle_number"), "MH 12 AB 1234");
}

#[tokio::test]
async fn looking_up_writes_nothing() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let before = super::written(&app).await;
    look_up(&asha, "MH 12 AB 1234").await.expect_status(200);
    assert_eq!(super::written(&app).await, before);
}

#[tokio::test]
async fn what_is_no_number_is_told_beside_the_field() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let page = look_up(&asha, "MH?12").await.expect_status(422);
    assert_eq!(page.error_at("vehicle_number"), "The vehicle number may have letters and digits only");
    assert_eq!(page.field_value("vehicle_number"), "MH?12");
}

#[tokio::test]
async fn of_an_own_vehicle_the_last_entry_its_crew_and_papers_are_told() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").on("2026-11-22").helped_by("Suresh Yadav", "98200 00002");
    entry.with_paper("puc", "2027-01-31").with_paper("vehicle_registration", "").submitted_by(&asha).await;
    assert_eq!(
        told(&look_up(&asha, "MH 12 AB 1234").await),
        [
            fact("Last entry", "22 Nov 2026"),
            fact("Driver", "Ramesh Kumar"),
            fact("Helper", "Suresh Yadav"),
            fact("PUC certificate", "valid until 31 Jan 2027"),
            fact("Vehicle registration", "on file"),
        ]
    );
}

#[tokio::test]
async fn of_a_vehicle_that_others_brought_only_what_is_accepted_and_holds_on_the_day_is_told() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let entry = Entry::for_vehicle("MH 12 AB 1234")
        .helped_by("Suresh Yadav", "98200 00002")
        .with_paper("purchase_order", "")
        .with_paper("puc", "2027-01-31")
        .with_paper("vehicle_registration", "")
        .with_paper("vehicle_insurance", "2026-11-30")
        .with_paper("driver_license", "2030-01-31")
        .submitted_by(&asha)
        .await;
    let page = look_up(&bina, "MH 12 AB 1234").await;
    assert_eq!(
        page.text_of("section .alert"),
        "New vehicle: nothing is on file.",
        "before they are accepted"
    );

    entry.approved_by(&app.supervisor().await).await;
    let page = look_up(&bina, "MH 12 AB 1234").await;
    assert_eq!(page.text_of("section h2"), "On file at the plant");
    assert_eq!(
        told(&page),
        [
            fact("Vehicle registration", "on file"),
            fact("Vehicle insurance", "on file, valid on 20 Nov 2026"),
            fact("PUC certificate", "on file, valid on 20 Nov 2026"),
        ]
    );
    let december = bina.get("/vehicles/lookup?vehicle_number=MH12AB1234&expected_on=2026-12-01").await;
    assert_eq!(
        told(&december),
        [fact("Vehicle registration", "on file"), fact("PUC certificate", "on file, valid on 1 Dec 2026")]
    );
    let beyond = bina.get("/vehicles/lookup?vehicle_number=MH12AB1234&expected_on=2027-02-01").await;
    assert_eq!(told(&beyond), told(&page), "a day that no entry may have tells nothing more");
    for secret in ["Asha", "Ramesh", "Suresh", "98200", "paper.pdf", "/documents/", "2027", "30 Nov"] {
        assert!(!page.text_of("main").contains(secret), "{secret} in {}", page.text());
        assert!(!page.has(&format!("main a[href*='{secret}']")), "{secret} in {}", page.text());
    }
}

#[tokio::test]
async fn staff_see_the_last_entry_of_a_vehicle_whoever_brought_it() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let guard = app.guard().await;
    assert_eq!(
        look_up(&guard, "MH 12 AB 1234").await.text_of("section .alert"),
        "New vehicle: nothing is on file."
    );
    let entry = Entry::for_vehicle("MH 12 AB 1234").on("2026-11-22").with_paper("puc", "2027-01-31");
    let sent = entry.submitted_by(&asha).await;
    let page = look_up(&guard, "MH 12 AB 1234").await;
    assert_eq!(
        told(&page),
        [
            fact("Last entry", "22 Nov 2026"),
            fact("Driver", "Ramesh Kumar"),
            fact("PUC certificate", "valid until 31 Jan 2027"),
        ]
    );
    assert_eq!(page.attribute("section a[role=button]", "href"), sent.desk(""));
}

#[tokio::test]
async fn an_entry_of_a_vehicle_that_others_brought_begins_empty() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    entry.approved_by(&app.supervisor().await).await;
    let fields = [
        ("vehicle_number", "MH 12 AB 1234"),
        ("customer_phone", "98765 43210"),
        ("expected_on", "2026-11-20"),
    ];
    let opened = bina.post("/submissions/new", &fields).await.expect_status(303);
    let draft = opened.follow().await;
    assert_eq!(draft.all(".tasks .badge"), ["Done", "To do", "0 of 8", "To do"]);
    let documents = bina.get(&format!("{}/documents", opened.location())).await;
    assert!(!documents.has("input[type=checkbox]"), "{}", documents.text());
}

/// Whether the answer tells to wait, and for how long at most.
#[track_caller]
fn wait(page: &Page) -> Option<u64> {
    (page.status == 429).then(|| page.header("retry-after").parse().unwrap())
}

#[tokio::test]
async fn the_thirty_first_look_up_of_a_minute_must_wait_for_the_next() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    for _ in 0..30 {
        look_up(&asha, "MH 12 AB 1234").await.expect_status(200);
    }
    let seconds = wait(&look_up(&asha, "MH 12 AB 1234").await).expect("one look-up too many");
    assert!((50..=60).contains(&seconds), "{seconds}");
    look_up(&bina, "MH 12 AB 1234").await.expect_status(200);
    asha.get("/vehicles/lookup").await.expect_status(200);

    app.clock.advance(Duration::seconds(seconds.try_into().unwrap()));
    look_up(&asha, "MH 12 AB 1234").await.expect_status(200);
}

#[tokio::test]
async fn the_two_hundred_and_first_look_up_of_a_day_must_wait_for_the_next() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for _ in 0..200 {
        app.clock.advance(Duration::seconds(3));
        look_up(&asha, "MH 12 AB 1234").await.expect_status(200);
    }
    let seconds = wait(&look_up(&asha, "MH 12 AB 1234").await).expect("one look-up too many");
    assert!((85_000..=86_400).contains(&seconds), "{seconds}");
    app.clock.advance(Duration::seconds(seconds.try_into().unwrap()));
    look_up(&app.customer("Asha").await, "MH 12 AB 1234").await.expect_status(200);
}

#[tokio::test]
async fn a_script_gets_what_is_on_file_and_nothing_around_it() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await.with_header("X-Requested-With", "fetch");
    let part = look_up(&asha, "MH 12 AB 1234").await.expect_status(200);
    assert_eq!(part.text_of(".alert"), "New vehicle: nothing is on file.");
    assert!(!part.text().contains("<html") && !part.has("form, h1, a"), "{}", part.text());
}
