//! The gate: what a scan leads to, what the verdict says, and letting in and out.

use gatehouse::kernel::audit::Action;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::{scan, visit};
use scraper::Selector;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _};

use crate::support::entries::Submitted;
use crate::support::{App, Client, Page};

mod lookalikes;
mod overrides;
mod passage;
mod scanning;
mod verdicts;

/// A number that no form has.
const NONCE: &str = "019a9f00-0000-7000-8000-0000000000ff";

/// Scans or types `code`, and tells where it leads.
async fn scan(guard: &Client, code: &str) -> String {
    guard.post("/gate/scan", &[("code", code)]).await.expect_status(303).location().to_owned()
}

/// The verdict on `entry`.
async fn verdict(guard: &Client, entry: &Submitted) -> Page {
    guard.get(&entry.gate("")).await.expect_status(200)
}

/// Lets `entry` in as if the warnings of these codes had been confirmed.
async fn check_in(guard: &Client, entry: &Submitted, nonce: &str, confirmed: &[&str]) -> Page {
    let mut fields = vec![("nonce", nonce)];
    fields.extend(confirmed.iter().map(|code| ("confirm", *code)));
    guard.post(&entry.gate("/check-in"), &fields).await
}

/// The number of the form that lets in or out.
#[track_caller]
fn nonce_on(page: &Page) -> String {
    page.attribute(".verdict input[name=nonce]", "value")
}

/// The codes of the warnings to confirm.
fn warnings_on(page: &Page) -> Vec<String> {
    let boxes = Selector::parse("form[action$='/check-in'] input[name=confirm]").unwrap();
    page.html().select(&boxes).filter_map(|input| input.attr("value")).map(ToOwned::to_owned).collect()
}

/// What the page says that is not to be confirmed.
#[track_caller]
fn reasons_on(page: &Page) -> Vec<String> {
    page.all(".verdict .reasons li")
}

/// Every scan kept, the first one first.
async fn scans(app: &App) -> Vec<scan::Model> {
    scan::Entity::find().order_by_asc(scan::Column::Id).all(app.state().database.reader()).await.unwrap()
}

/// Every visit.
async fn visits(app: &App) -> Vec<visit::Model> {
    visit::Entity::find().all(app.state().database.reader()).await.unwrap()
}

/// How often something happened.
async fn times(app: &App, action: Action) -> u64 {
    let events = audit_log::Entity::find().filter(audit_log::Column::Action.eq(action));
    events.count(app.state().database.reader()).await.unwrap()
}
