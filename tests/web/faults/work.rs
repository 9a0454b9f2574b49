//! Customers who announce one entry after another while something happens to the program, and what must hold
//! of their entries afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

use futures_util::TryStreamExt as _;
use gatehouse::features::submissions::actions::SUBMISSION_CREATED;
use gatehouse::features::submissions::messages::{DRIVER_PASS, RECEIVED};
use gatehouse::kernel::clock::Clock;
use gatehouse::kernel::entity::notification::{self, Channel};
use gatehouse::kernel::entity::submission::{self, SubmissionStatus};
use gatehouse::kernel::entity::{crew_member, document, submission_document, vehicle};
use gatehouse::kernel::keys::sha256_hex;
use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder};
use sea_orm::EntityTrait as _;

use crate::support::entries::PDF;
use crate::support::program::{Serving, gatehouse};
use crate::support::{App, Client, Page, email_of};

/// The papers of each entry: of its vehicle, its driver and itself.
const PAPERS: [&str; 3] = ["puc", "driver_license", "purchase_order"];

/// A customer at work.
pub struct Transporter {
    /// Where it works.
    pub browser: Client,
    number: usize,
    entries: usize,
    today: String,
}

impl Transporter {
    /// Customers with a company each, signed in at the program.
    pub async fn several(app: &App, program: &Serving, count: usize) -> Vec<Self> {
        let today = app.state().config.zone.day_of(Clock::system().now()).to_string();
        let mut all = Vec::new();
        for number in 0..count {
            let letter = char::from(b'A' + u8::try_from(number).unwrap());
            let name = format!("Transporter {letter}");
            app.customer(&name).await;
            let browser = program.nobody().signed_in_as(&email_of(&name)).await;
            all.push(Self { browser, number, entries: 0, today: today.clone() });
        }
        all
    }

    /// Announces an entry, step by step. `ask` sends each request, as often as it likes, and gives the entry up
    /// by answering nothing. The id of the entry, once its last step was answered.
    pub async fn announce(
        &mut self,
        app: &App,
        mut ask: impl AsyncFnMut(&Client, &dyn Fn() -> RequestBuilder) -> Option<Page>,
    ) -> Option<String> {
        let entry = self.entries;
        self.entries += 1;
        let browser = &self.browser;
        let form = |path: String, fields: Vec<(&'static str, String)>| {
            move || browser.request(Method::POST, &path).form(&fields)
        };

        let nonce = app.state().clock.new_uuid().to_string();
        let vehicle = vec![
            ("vehicle_number", format!("MH {} AB {entry:04}", 10 + self.number)),
            ("customer_phone", "98765 43210".to_owned()),
            ("expected_on", self.today.clone()),
            ("nonce", nonce),
        ];
        let opened = ask(browser, &form("/submissions/new".to_owned(), vehicle)).await?.expect_status(303);
        let path = opened.location().to_owned();

        let crew = vec![
            ("driver_name", "Ramesh Kumar".to_owned()),
            ("driver_phone", format!("98200 {}{:04}", self.number % 10, entry % 20)),
            ("helper_name", "Suresh Yadav".to_owned()),
            ("helper_phone", format!("98300 0{:04}", entry % 20)),
        ];
        ask(browser, &form(format!("{path}/crew"), crew)).await?.expect_status(303);

        let papers = || {
            let papers = PAPERS.iter().fold(Form::new(), |form, name| form.part(*name, PDF.part()));
            browser.request(Method::POST, &format!("{path}/documents")).multipart(papers)
        };
        ask(browser, &papers).await?.expect_status(303);

        let review = format!("{path}/review");
        let seen = ask(browser, &|| browser.request(Method::GET, &review)).await?.expect_status(200);
        let last = vec![("consent", "yes".to_owned()), ("draft_version", seen.field_value("draft_version"))];
        let answer = ask(browser, &form(review, last)).await?.expect_status(303);
        assert_eq!(answer.location(), path);
        Some(path.replace("/submissions/", ""))
    }
}

/// What was found when all was looked through.
#[derive(Debug)]
pub struct Found {
    /// Entries that were submitted.
    pub submitted: usize,
    /// Drafts, as far as they got.
    pub drafts: usize,
    /// Files that no paper names.
    pub orphans: usize,
}

/// Looks through all entries: each is submitted with everything, once, or a draft with nothing of it. Those that
/// were `answered` are submitted. Every paper has its file, and every pass is good.
pub async fn look_through(app: &App, answered: &[String]) -> Found {
    let database = app.state().database.reader();
    let entries = submission::Entity::find().all(database).await.unwrap();
    let created = grouped(app.events(SUBMISSION_CREATED).await, |event| event.root_id);
    let messages = notification::Entity::find().all(database).await.unwrap();
    let messages = grouped(messages, |message| message.subject_id);
    let attached = submission_document::Entity::find().all(database).await.unwrap();
    let attached = grouped(attached, |paper| paper.submission_id);
    let papers = document::Entity::find().all(database).await.unwrap();
    let ids: BTreeSet<_> = papers.iter().map(|paper| paper.id).collect();
    let crew = crew_member::Entity::find().all(database).await.unwrap();
    let crew: BTreeSet<_> = crew.iter().map(|person| person.id).collect();
    let vehicles = vehicle::Entity::find().all(database).await.unwrap();
    let vehicles: BTreeSet<_> = vehicles.iter().map(|vehicle| vehicle.id).collect();

    let mut submitted = BTreeSet::new();
    for entry in &entries {
        let created = created.get(&Some(entry.id.as_uuid())).map_or(0, Vec::len);
        let messages = messages.get(&entry.id.as_uuid()).map_or(&[][..], Vec::as_slice);
        let mut messages: Vec<_> =
            messages.iter().map(|message| (message.kind.as_str(), message.channel)).collect();
        messages.sort_by_key(|message| format!("{message:?}"));
        assert!(vehicles.contains(&entry.vehicle_id), "{entry:?}");
        match entry.status {
            SubmissionStatus::Draft => {
                assert_eq!((created, messages), (0, vec![]), "{entry:?}");
                assert!(entry.pass_token.is_none() && entry.submitted_at.is_none(), "{entry:?}");
            }
            SubmissionStatus::Pending => {
                submitted.insert(entry.id.to_string());
                assert_eq!(created, 1, "{entry:?}");
                let all = [
                    (DRIVER_PASS.code, Channel::Sms),
                    (RECEIVED.code, Channel::Email),
                    (RECEIVED.code, Channel::Sms),
                ];
                assert_eq!(messages, all, "{entry:?}");
                let token = entry.pass_token.as_deref().expect("a pass");
                assert_eq!(entry.pass_hash, Some(sha256_hex(token)), "{entry:?}");
                assert!(entry.driver_id.is_some_and(|id| crew.contains(&id)), "{entry:?}");
                assert!(entry.helper_id.is_some_and(|id| crew.contains(&id)), "{entry:?}");
                assert!(entry.submitted_at.is_some() && entry.valid_until.is_some(), "{entry:?}");
                let attached = attached.get(&entry.id).map_or(&[][..], Vec::as_slice);
                assert_eq!(attached.len(), PAPERS.len(), "{entry:?}");
                assert!(attached.iter().all(|paper| ids.contains(&paper.document_id)), "{entry:?}");
            }
            _ => panic!("{entry:?}"),
        }
    }
    let lost: Vec<_> = answered.iter().filter(|id| !submitted.contains(*id)).collect();
    assert!(lost.is_empty(), "answered, and not submitted: {lost:?}");

    let Output { stdout, stderr, .. } = gatehouse(app, &["documents", "verify"], "");
    let said = String::from_utf8(stdout).unwrap();
    let faults = said.lines().filter(|line| !line.contains("belongs to no paper"));
    let [count] = faults.collect::<Vec<_>>().try_into().unwrap();
    let files = papers.iter().filter(|paper| paper.file_removed_at.is_none()).count();
    assert!(count.starts_with(&format!("Checked {files} files")), "{count} {stderr:?}");
    assert!(count.ends_with(&format!(" {} passes.", submitted.len())), "{count}");
    let named: BTreeSet<_> = papers.iter().map(|paper| paper.storage_key.as_str()).collect();
    let stored: Vec<_> = app.state().storage.files().try_collect().await.unwrap();
    Found {
        submitted: submitted.len(),
        drafts: entries.len() - submitted.len(),
        orphans: stored.iter().filter(|file| !named.contains(file.key.as_str())).count(),
    }
}

fn grouped<T, K: Ord>(rows: Vec<T>, key: impl Fn(&T) -> K) -> BTreeMap<K, Vec<T>> {
    let mut groups = BTreeMap::<K, Vec<T>>::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
