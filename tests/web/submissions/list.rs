//! The customer's list and the desk's: tabs, filters, search, pages.

use chrono::{Days, Duration, NaiveDate};
use gatehouse::kernel::entity::submission;
use gatehouse::kernel::types::{Reference, SubmissionId};
use sea_orm::{ActiveValue::Set, EntityTrait as _, IntoActiveModel as _};

use crate::support::entries::{Entry, Submitted};
use crate::support::{App, Client, Page};

/// The references of the entries that a page lists.
#[track_caller]
fn listed(page: &Page) -> Vec<String> {
    page.all("tbody .reference")
}

/// The vehicles of the entries that a page lists.
#[track_caller]
fn vehicles(page: &Page) -> Vec<String> {
    page.all("tbody .plate")
}

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[tokio::test]
async fn each_tab_lists_the_customers_entries_of_its_status() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let (supervisor, guard) = (app.supervisor().await, app.guard().await);
    let entry = |vehicle: &str| Entry::for_vehicle(vehicle).with_papers();
    entry("MH 12 AB 0001").drafted_by(&asha).await;
    entry("MH 12 AB 0002").submitted_by(&asha).await;
    entry("MH 12 AB 0003").submitted_by(&asha).await.approved_by(&supervisor).await;
    entry("MH 12 AB 0004").submitted_by(&asha).await.rejected_by(&supervisor, "No").await;
    let inside = entry("MH 12 AB 0005").submitted_by(&asha).await.approved_by(&supervisor).await;
    inside.checked_in_by(&guard).await.checked_out_by(&guard).await;
    entry("MH 12 AB 0006").submitted_by(&asha).await.cancelled_by(&asha).await;
    entry("GJ 01 XY 9999").submitted_by(&bina).await;

    let list = asha.get("/submissions").await.expect_status(200);
    assert_eq!(vehicles(&list).len(), 6);
    assert_eq!(
        list.all(".tabs a"),
        ["All", "Draft", "Waiting for decision", "Approved", "Rejected", "Completed", "Cancelled", "Expired"]
    );
    for (status, expected) in [
        ("draft", &["MH 12 AB 0001"][..]),
        ("pending", &["MH 12 AB 0002"]),
        ("approved", &["MH 12 AB 0003"]),
        ("rejected", &["MH 12 AB 0004"]),
        ("completed", &["MH 12 AB 0005"]),
        ("cancelled", &["MH 12 AB 0006"]),
        ("expired", &[]),
    ] {
        let tab = asha.get(&list.attribute(&format!(".tabs a[href$='status={status}']"), "href")).await;
        assert_eq!(vehicles(&tab), expected, "{status}");
        assert!(tab.has(&format!(".tabs a[aria-current=page][href$='status={status}']")), "{status}");
        let desk = supervisor.get(&format!("/admin/submissions?status={status}&q=MH+12+AB")).await;
        assert_eq!(vehicles(&desk), if status == "draft" { &[] } else { expected }, "{status}");
    }
}

#[tokio::test]
async fn the_last_entry_that_changed_stands_first_on_the_customers_list() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let first = Entry::for_vehicle("MH 12 AB 0001").drafted_by(&asha).await;
    Entry::for_vehicle("MH 12 AB 0002").drafted_by(&asha).await;
    assert_eq!(vehicles(&asha.get("/submissions").await), ["MH 12 AB 0002", "MH 12 AB 0001"]);
    first.submit(&asha).await.expect_status(303);
    assert_eq!(vehicles(&asha.get("/submissions").await), ["MH 12 AB 0001", "MH 12 AB 0002"]);
}

#[tokio::test]
async fn a_customer_finds_own_entries_and_nobody_elses() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").driven_by("Ramesh Kumar", "98200 00001");
    let entry = entry.helped_by("Suresh Yadav", "98200 00002").submitted_by(&asha).await;
    Entry::for_vehicle("KA 05 MN 4321").driven_by("Dinesh Rao", "98200 00004").drafted_by(&asha).await;
    Entry::for_vehicle("MH 12 AB 1235").driven_by("Ramesh Kumar", "98200 00001").submitted_by(&bina).await;
    for known in
        ["MH 12 AB", "mh-12-ab-1234", "RAMESH", "resh yad", "98200 00001", "9820000002", &entry.reference]
    {
        let page = asha.get(&format!("/submissions?{}", query(&[("q", known)]))).await.expect_status(200);
        assert_eq!(vehicles(&page), ["MH 12 AB 1234"], "{known}");
        assert_eq!(page.field_value("q"), known);
    }
    let page = asha.get("/submissions?q=ka+05").await;
    assert_eq!(vehicles(&page), ["KA 05 MN 4321"], "a draft, by its vehicle");
    let page = asha.get(&format!("/submissions?{}", query(&[("q", "MH 12 AB 1235")]))).await;
    assert_eq!(page.text_of(".empty"), "No results. Clear filters");
}

#[tokio::test]
async fn what_stands_for_anything_in_a_database_stands_for_itself_in_a_search() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    Entry::for_vehicle("MH 12 AB 1234")
        .driven_by("100% Ramesh_K \\ o'Neil", "98200 00001")
        .submitted_by(&asha)
        .await;
    Entry::for_vehicle("GJ 01 XY 9999").driven_by("Mahesh Patel", "98200 00003").submitted_by(&asha).await;
    for (typed, expected) in [
        ("%", 1),
        ("100%", 1),
        ("_", 1),
        ("h_k", 1),
        ("\\", 1),
        ("'", 1),
        ("R%h", 0),
        ("R_mesh", 0),
        ("*", 0),
        ("' OR '1'='1", 0),
    ] {
        for (browser, list) in [(&asha, "/submissions"), (&supervisor, "/admin/submissions")] {
            let page = browser.get(&format!("{list}?{}", query(&[("q", typed)]))).await.expect_status(200);
            assert_eq!(listed(&page).len(), expected, "{list}, {typed}");
        }
    }
}

#[tokio::test]
async fn the_desk_filters_by_status_and_expected_day_and_takes_each_filter_off() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    for (place, day) in ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"].into_iter().enumerate() {
        let entry = Entry::for_vehicle(&format!("MH 12 AB {place:04}")).on(day).submitted_by(&asha).await;
        if day == "2026-11-22" {
            entry.approved_by(&supervisor).await;
        }
    }
    for (filters, expected) in [
        (&[][..], &["0003", "0002", "0001", "0000"][..]),
        (&[("from", "2026-11-21")], &["0003", "0002", "0001"]),
        (&[("to", "2026-11-21")], &["0001", "0000"]),
        (&[("from", "2026-11-21"), ("to", "2026-11-22")], &["0002", "0001"]),
        (&[("from", "2026-11-21"), ("to", "2026-11-22"), ("status", "approved")], &["0002"]),
        (&[("status", "pending"), ("sort", "oldest")], &["0000", "0001", "0003"]),
        (&[("sort", "expected"), ("from", "2026-11-22")], &["0002", "0003"]),
        (&[("from", "2026-11-23"), ("to", "2026-11-21")], &[]),
    ] {
        let page = supervisor.get(&format!("/admin/submissions?{}", query(filters))).await.expect_status(200);
        let expected: Vec<_> = expected.iter().map(|number| format!("MH 12 AB {number}")).collect();
        assert_eq!(vehicles(&page), expected, "{filters:?}");
        for (name, value) in filters {
            assert_eq!(page.field_value(name), *value, "{filters:?}");
        }
    }

    let filters = [("q", "MH 12"), ("status", "approved"), ("from", "2026-11-21")];
    let page = supervisor.get(&format!("/admin/submissions?{}", query(&filters))).await;
    assert_eq!(
        page.all(".chips a"),
        ["Remove the filter “MH 12”", "Remove the filter Approved", "Remove the filter from 21 Nov 2026"]
    );
    let without_status = page.attribute(".chips li:nth-child(2) a", "href");
    assert_eq!(vehicles(&supervisor.get(&without_status).await).len(), 3);
}

/// Copies of an entry, all made at once as far as the clock can tell, but for every third.
async fn copies(app: &App, of: &Submitted, number: u8) {
    let id: SubmissionId = of.id.parse().unwrap();
    let row = submission::Entity::find_by_id(id).one(app.state().database.reader()).await.unwrap().unwrap();
    for place in 0..number {
        let mut copy = row.clone().into_active_model();
        let earlier = Duration::seconds(i64::from(place / 3));
        copy.id = Set(SubmissionId::new(app.state().clock.new_uuid()));
        copy.reference = Set(Reference::from_bytes([1, 2, 3, 4, place]));
        copy.changed_at = Set(row.changed_at - earlier);
        copy.submitted_at = Set(row.submitted_at.map(|at| at - earlier));
        copy.expected_on = Set(row.expected_on + Days::new(u64::from(place % 4)));
        copy.pass_token = Set(None);
        copy.pass_hash = Set(None);
        app.insert(copy).await;
    }
}

/// Turns the pages from `path` to the last one.
async fn pages(browser: &Client, path: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut page = browser.get(path).await.expect_status(200);
    loop {
        pages.push(listed(&page));
        if !page.has(".pager a") {
            return pages;
        }
        assert!(pages.len() < 9, "the pages of {path} do not end");
        page = browser.get(&page.attribute(".pager a[rel=next]", "href")).await.expect_status(200);
    }
}

/// What a list is sorted by.
type Key = (i64, NaiveDate, SubmissionId);

#[tokio::test]
async fn a_long_list_is_read_page_by_page_each_entry_once_and_in_its_order() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    copies(&app, &entry, 120).await;
    let rows = submission::Entity::find().all(app.state().database.reader()).await.unwrap();
    let in_order = |key: fn(&submission::Model) -> Key, reverse: bool| {
        let mut rows: Vec<_> = rows.iter().collect();
        rows.sort_by_key(|row| key(row));
        if reverse {
            rows.reverse();
        }
        rows.iter().map(|row| row.reference.to_string()).collect::<Vec<_>>()
    };
    let by_change: fn(&submission::Model) -> Key =
        |row| (row.changed_at.timestamp_micros(), NaiveDate::default(), row.id);
    let by_submission: fn(&submission::Model) -> Key =
        |row| (row.submitted_at.unwrap().timestamp_micros(), NaiveDate::default(), row.id);
    let by_day: fn(&submission::Model) -> Key = |row| (0, row.expected_on, row.id);

    for (browser, path, expected) in [
        (&asha, "/submissions", in_order(by_change, true)),
        (&asha, "/submissions?status=pending&q=ramesh", in_order(by_change, true)),
        (&supervisor, "/admin/submissions", in_order(by_submission, true)),
        (&supervisor, "/admin/submissions?sort=newest&q=ramesh", in_order(by_submission, true)),
        (&supervisor, "/admin/submissions?sort=oldest", in_order(by_submission, false)),
        (&supervisor, "/admin/submissions?sort=expected&status=pending", in_order(by_day, false)),
    ] {
        let pages = pages(browser, path).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 21], "{path}");
        assert_eq!(pages.concat(), expected, "{path}");
    }
}

#[tokio::test]
async fn what_arrives_while_somebody_turns_the_pages_moves_nothing() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    copies(&app, &entry, 60).await;
    for (browser, list) in [(&asha, "/submissions"), (&supervisor, "/admin/submissions")] {
        let first = browser.get(list).await;
        let next = first.attribute(".pager a", "href");
        let expected = listed(&browser.get(&next).await);
        Entry::for_vehicle("GJ 01 XY 9999").submitted_by(&asha).await;
        assert_eq!(listed(&browser.get(&next).await), expected, "{list}");
    }
}

#[tokio::test]
async fn exactly_one_page_has_no_next() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    copies(&app, &entry, 49).await;
    assert_eq!(pages(&asha, "/submissions").await.iter().map(Vec::len).collect::<Vec<_>>(), [50]);
}

#[tokio::test]
async fn what_nobody_was_offered_is_a_bad_request() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    for made_up in
        ["cursor=x", "cursor=1", "cursor=1.2", "cursor=.", "status=none", "status=Pending", "status=draft%00"]
    {
        for (browser, list) in [(&asha, "/submissions"), (&supervisor, "/admin/submissions")] {
            let page = browser.get(&format!("{list}?{made_up}")).await;
            assert_eq!(page.status, 400, "{list}, {made_up}");
        }
    }
    for made_up in ["sort=random", "sort=NEWEST"] {
        let page = supervisor.get(&format!("/admin/submissions?{made_up}")).await;
        assert_eq!(page.status, 400, "{made_up}");
    }
}

#[tokio::test]
async fn a_cursor_from_beyond_all_days_is_no_fault() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let id = app.state().clock.new_uuid();
    for key in [i64::MIN, -300_000_000_000_000_000, -1, 0, 1, 4_000_000_000_000_000_000, i64::MAX] {
        for (browser, list) in [
            (&asha, "/submissions?"),
            (&supervisor, "/admin/submissions?sort=newest&"),
            (&supervisor, "/admin/submissions?sort=oldest&"),
            (&supervisor, "/admin/submissions?sort=expected&"),
        ] {
            let page = browser.get(&format!("{list}cursor={key}.{id}")).await;
            assert!(matches!(page.status.as_u16(), 200 | 400), "{list}, {key}: {}", page.status);
        }
    }
}
