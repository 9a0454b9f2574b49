//! How many statements a page costs: six at most, session included, a verdict eight; and no more with more rows on it.

use crate::support::entries::Entry;
use crate::support::{App, Client};

/// What a page may cost.
const MOST: u64 = 6;

/// What a verdict may cost: it asks for look-alikes and licences of the blacklist besides.
const MOST_OF_A_VERDICT: u64 = 8;

/// How many statements the page at `path` costs `client`.
async fn cost(app: &App, client: &Client, path: &str) -> u64 {
    let before = app.state().database.statements();
    client.get(path).await.expect_status(200);
    app.state().database.statements() - before
}

#[tokio::test]
async fn no_page_costs_more_than_six_statements() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let (guard, supervisor) = (app.guard().await, app.supervisor().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234")
        .helped_by("Suresh Yadav", "98200 00002")
        .with_papers()
        .with_licence("MH12 20110012345");
    let sent = entry.submitted_by(&asha).await.approved_by(&supervisor).await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").drafted_by(&asha).await;

    let customers = [
        "/submissions".to_owned(),
        "/submissions/new".to_owned(),
        "/documents".to_owned(),
        "/vehicles/lookup?vehicle_number=MH12AB1234".to_owned(),
        sent.path(""),
        draft.path(),
        format!("{}/vehicle", draft.path()),
        format!("{}/crew", draft.path()),
        format!("{}/documents", draft.path()),
        format!("{}/review", draft.path()),
        format!("/p/{}", sent.token),
        "/account".to_owned(),
        "/account/password".to_owned(),
        "/account/sessions".to_owned(),
    ];
    let guards = [
        "/gate".to_owned(),
        sent.gate(""),
        "/vehicles/lookup?vehicle_number=MH12AB1234".to_owned(),
        "/admin/submissions?q=asha&status=approved".to_owned(),
        sent.desk(""),
    ];
    let detail = supervisor.get(&sent.desk("")).await;
    let person = detail.attribute("a[href^='/admin/crew/']", "href");
    let supervisors = [
        "/admin/vehicles?q=12&rating=3".to_owned(),
        "/admin/crew?q=9820000001&blacklisted=yes".to_owned(),
        detail.attribute("a[href^='/admin/vehicles/']", "href"),
        format!("{person}/merge?phone=9820000002"),
        person,
    ];
    let admin = app.admin().await;
    let users = admin.get("/admin/users?role=guard").await;
    let admins = ["/admin/users?q=asha&state=active".to_owned(), users.attribute("tbody a", "href")];
    let mut dear = Vec::new();
    for (client, paths) in
        [(&asha, &customers[..]), (&guard, &guards), (&supervisor, &supervisors), (&admin, &admins)]
    {
        for path in paths {
            let cost = cost(&app, client, path).await;
            let most = if path.starts_with("/gate/submissions/") { MOST_OF_A_VERDICT } else { MOST };
            if cost > most {
                dear.push(format!("{path}: {cost}"));
            }
        }
    }
    let sent = sent.checked_in_by(&guard).await;
    let inside = cost(&app, &guard, &sent.gate("")).await;
    assert!(dear.is_empty() && inside <= MOST_OF_A_VERDICT, "{dear:?}, inside: {inside}");
}

#[tokio::test]
async fn more_rows_cost_no_more_statements() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let (guard, supervisor) = (app.guard().await, app.supervisor().await);
    let mut costs = Vec::new();
    for number in ["MH 12 AB 1234", "MH 12 AB 1235", "MH 12 AB 1236"] {
        Entry::for_vehicle(number).with_papers().submitted_by(&asha).await;
        let mut all = Vec::new();
        for path in ["/submissions", "/documents"] {
            all.push(cost(&app, &asha, path).await);
        }
        for path in ["/gate", "/admin/submissions"] {
            all.push(cost(&app, &guard, path).await);
        }
        for path in ["/admin/vehicles", "/admin/crew"] {
            all.push(cost(&app, &supervisor, path).await);
        }
        costs.push(all);
    }
    assert_eq!(costs[0], costs[1]);
    assert_eq!(costs[1], costs[2]);
}

/// What an entry of a new vehicle with a new driver and two papers may cost, from the first page to the last, without its
/// messages: statements beside those of sessions, and transactions that write.
const MOST_OF_A_SUBMISSION: (u64, u64) = (71, 6);

#[tokio::test]
async fn a_submission_costs_what_it_may() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let database = &app.state().database;
    let before = (database.statements(), database.transactions());
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_paper("puc", "2027-01-31");
    let entry = entry.with_paper("vehicle_insurance", "2027-01-31");
    let draft = entry.drafted_by(&asha).await;
    let version = asha.get(&draft.step("review")).await.expect_status(200).field_value("draft_version");
    let fields = [("consent", "yes"), ("draft_version", version.as_str())];
    asha.post(&draft.step("review"), &fields).await.expect_status(303);
    // Each of the five requests asks for its session once.
    let cost = (database.statements() - before.0 - 5, database.transactions() - before.1);
    let (statements, transactions) = MOST_OF_A_SUBMISSION;
    assert!(cost.0 <= statements && cost.1 <= transactions, "{cost:?}");
}
