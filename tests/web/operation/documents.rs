//! `gatehouse documents`

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration as StdDuration, SystemTime};

use chrono::Duration;
use gatehouse::features::documents::actions::DOCUMENT_FILE_REMOVED;
use gatehouse::features::documents::service::cleanup::{self, Amount, Cleaned};
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::{document, submission};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _};

use crate::support::entries::{Entry, PDF};
use crate::support::program::{fails_with, gatehouse, prints};
use crate::support::{App, Client};

fn operator() -> Operator {
    Operator::at_the_command_line()
}

async fn papers(app: &App) -> Vec<document::Model> {
    let papers = document::Entity::find().order_by_asc(document::Column::Id);
    papers.all(app.state().database.reader()).await.unwrap()
}

fn place(app: &App, key: &str) -> PathBuf {
    app.state().config.storage_dir.join(&key[..2]).join(key)
}

/// A file in the store that no paper names.
fn orphan(app: &App, name: &str, age: StdDuration) -> PathBuf {
    let path = place(app, name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "nobody's").unwrap();
    made_old(&path, age);
    path
}

/// As if it had been written `age` before the machine's clock, which the program goes by.
fn made_old(path: &PathBuf, age: StdDuration) {
    #[expect(clippy::disallowed_methods, reason = "files bear the machine's time")]
    let then = SystemTime::now() - age;
    File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

const DAY: StdDuration = StdDuration::from_hours(24);
const ORPHAN: &str = "ab00000000000000000000000000000000000000";

/// Hands in another insurance for the same vehicle, which takes the place of the one on file.
async fn renew(customer: &Client, valid_until: &str) {
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_paper("vehicle_insurance", valid_until);
    entry.drafted_by(customer).await;
}

#[tokio::test]
async fn a_sound_store_is_said_to_be_so() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    let bytes = 4 * PDF.bytes.len();
    let sound = format!("Checked 4 files ({bytes} bytes) and 1 passes.\n");
    assert_eq!(prints(&app, &["documents", "verify"], ""), sound);
    orphan(&app, ORPHAN, DAY / 2);
    assert_eq!(prints(&app, &["documents", "verify"], ""), sound, "its row may be on its way");
}

#[tokio::test]
async fn each_thing_that_is_wrong_has_a_line_and_the_exit_code_tells() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    let other = Entry::for_vehicle("MH 14 CD 5678").submitted_by(&asha).await;
    let papers = papers(&app).await;
    fs::remove_file(place(&app, &papers[0].storage_key)).unwrap();
    fs::write(place(&app, &papers[1].storage_key), "something else").unwrap();
    orphan(&app, ORPHAN, DAY * 2);
    let transaction = app.state().database.write().await.unwrap();
    for (id, column, value) in [
        (&entry.id, submission::Column::PassHash, "0".repeat(64)),
        (&other.id, submission::Column::PassToken, entry.token.clone()),
    ] {
        submission::Entity::update_many()
            .col_expr(column, Expr::value(value))
            .filter(submission::Column::Id.eq(id.parse::<uuid::Uuid>().unwrap()))
            .exec(&*transaction)
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();

    let line = fails_with(&app, &["documents", "verify"], "");
    assert_eq!(line, "gatehouse: 5 things are wrong");
    let output = String::from_utf8(gatehouse(&app, &["documents", "verify"], "").stdout).unwrap();
    let file = |paper: &document::Model| format!("paper {}: its file {}", paper.id, paper.storage_key);
    for line in [
        format!("{} is not in the store", file(&papers[0])),
        format!("{} is not what was handed in (SHA-256 or size differs)", file(&papers[1])),
        format!("file {ORPHAN} (8 bytes) belongs to no paper; `documents cleanup` removes it"),
        format!("pass of {}: its hash is not its token's", entry.reference.replace(' ', "")),
        format!("pass of {}: its hash is not its token's", other.reference.replace(' ', "")),
    ] {
        assert!(output.lines().any(|found| found == line), "{line}\nis missing from\n{output}");
    }
}

#[tokio::test]
async fn files_of_papers_long_out_of_use_go_and_what_they_were_stays_known() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_paper("vehicle_insurance", "2026-11-25");
    entry.submitted_by(&asha).await;
    renew(&asha, "2027-11-25").await;
    let [old, new] = papers(&app).await.try_into().unwrap();
    assert!(!old.active && new.active);

    let size = PDF.bytes.len() as u64;
    let one = Cleaned { papers: Amount { files: 1, bytes: size }, ..Cleaned::default() };
    app.clock.advance(Duration::days(90));
    let none = cleanup::clean_up(app.state(), &operator(), 90, false).await.unwrap();
    assert_eq!(none, Cleaned::default(), "the entry made with it was valid within 90 days");

    app.clock.advance(Duration::days(3));
    assert_eq!(cleanup::clean_up(app.state(), &operator(), 90, true).await.unwrap(), one);
    assert!(place(&app, &old.storage_key).exists(), "a dry run removes nothing");
    assert_eq!(cleanup::clean_up(app.state(), &operator(), 90, false).await.unwrap(), one);
    assert_eq!(cleanup::clean_up(app.state(), &operator(), 90, false).await.unwrap(), Cleaned::default());
    assert!(!place(&app, &old.storage_key).exists());
    assert!(place(&app, &new.storage_key).exists());
    prints(&app, &["documents", "verify"], "");

    let asha = app.nobody().signed_in_as("asha@example.com").await;
    let page = asha.get(&format!("/documents/{}", old.id)).await.expect_status(200);
    assert!(page.text().contains("has been removed"), "{}", page.text());
    assert!(page.text().contains(&old.sha256));
    assert!(!page.has("a[href$='/download']"));
    asha.get(&format!("/documents/{}/download", old.id)).await.expect_status(404);
    asha.get(&format!("/documents/{}/download", new.id)).await.expect_status(200);
    let noted = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq(DOCUMENT_FILE_REMOVED))
        .filter(audit_log::Column::SubjectId.eq(old.id.as_uuid()))
        .count(app.state().database.reader());
    assert_eq!(noted.await.unwrap(), 1);
}

#[tokio::test]
async fn the_papers_of_a_vehicle_inside_are_kept_however_long_it_stays() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    entry.approved_by(&app.supervisor().await).await.checked_in_by(&app.guard().await).await;
    renew(&asha, "2027-11-25").await;
    app.clock.advance(Duration::days(400));
    let cleaned = cleanup::clean_up(app.state(), &operator(), 90, false).await.unwrap();
    assert_eq!(cleaned, Cleaned::default());
}

#[tokio::test]
async fn what_a_killed_process_left_goes_after_a_day() {
    let app = App::spawn().await;
    let fresh = orphan(&app, "cd00000000000000000000000000000000000000", DAY / 2);
    let old = orphan(&app, ORPHAN, DAY * 2);
    let half_stored = place(&app, &format!("{ORPHAN}#1"));
    let incoming = app.folder().join("incoming");
    fs::create_dir_all(&incoming).unwrap();
    let half_sent = incoming.join(".tmpAbCdEf");
    let foreign = app.state().config.storage_dir.join("ab").join("somebody else's.txt");
    for path in [&half_stored, &half_sent, &foreign] {
        fs::write(path, "half").unwrap();
        made_old(path, DAY * 2);
    }
    let expected = "removed 0 files (0 bytes) of papers that have been out of use for 90 days.\n\
                    removed 1 files (8 bytes) that belong to no paper.\n\
                    removed 2 files (8 bytes) of uploads that never ended.\n";
    let said = prints(&app, &["documents", "cleanup", "--days", "90", "--dry-run"], "");
    assert_eq!(said.replace("Would remove", "removed"), expected);
    assert!(old.exists() && half_stored.exists() && half_sent.exists(), "a dry run removes nothing");
    let said = prints(&app, &["documents", "cleanup", "--days", "90"], "");
    assert_eq!(said.replace("Removed", "removed"), expected);
    assert!(!old.exists() && !half_stored.exists() && !half_sent.exists());
    assert!(fresh.exists() && foreign.exists());
}

#[tokio::test]
async fn cleanup_asks_for_a_number_of_days() {
    let app = App::spawn().await;
    for arguments in [
        &["documents", "cleanup"][..],
        &["documents", "cleanup", "--days", "0"],
        &["documents", "cleanup", "--days", "soon"],
    ] {
        assert_eq!(gatehouse(&app, arguments, "").status.code(), Some(2), "{arguments:?}");
    }
}
