//! Tells the plan: who does what, with the services of each page.

use std::fmt::Debug;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use super::papers;
use super::people::{self, User};
use super::plan::{self, Entry, Step};
use crate::app;
use crate::features::accounts::service::administration;
use crate::features::accounts::service::passwords::NewPassword;
use crate::features::crew::service::Person;
use crate::features::documents::service::attachments;
use crate::features::documents::service::storing::NewPaper;
use crate::features::gate::service::{facts, passage, scanning};
use crate::features::submissions::service::decisions::{self, Decision};
use crate::features::submissions::service::drafts::{self, Crew, Vehicle};
use crate::features::submissions::service::{lists, submitting};
use crate::kernel::access::{Actor, Customer, Guard, Operator, Supervisor};
use crate::kernel::clock::Clock;
use crate::kernel::dispatch::worker::Worker;
use crate::kernel::entity::document::DocumentType;
use crate::kernel::entity::{account, submission};
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::types::{
    EmailAddress, FileName, Language, LicenceNo, PersonName, PhoneNumber, RegistrationNo, Remark,
    SubmissionId,
};
use crate::kernel::work::Core;

/// Tells the whole story.
pub async fn tell(
    state: &AppState,
    operator: &Operator,
    password: &SecretString,
    progress: impl Fn(&str),
) -> Result<(), AppError> {
    let now = state.clock.now();
    let zone = state.config.zone;
    let time = StoryTime::default();
    let state = AppState { core: Core { clock: time.clock(), ..state.core.clone() }, ..state.clone() };
    let entries = plan::entries(zone.day_of(now));

    let mut steps: Vec<(DateTime<Utc>, usize, Step)> = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        steps.extend(plan::steps(entry, zone, now).into_iter().map(|(at, step)| (at, number, step)));
    }
    // Stable: what happens to one entry at one moment stays in order.
    steps.sort_by_key(|(at, number, _)| (*at, *number));

    let first = steps.first().map_or(now, |(at, ..)| *at);
    time.set(first - Duration::days(1));
    let cast = Cast::hire(&state, operator, password).await?;
    let mut made: Vec<Option<SubmissionId>> = vec![None; entries.len()];
    let mut post = Worker::new(state.clone(), app::render);
    let total = steps.len();
    for (done, (at, number, step)) in steps.into_iter().enumerate() {
        time.set(at);
        let entry = &entries[number];
        made[number] = Some(cast.play(&state, entry, made[number], step).await?);
        post.drain().await?;
        if done % 500 == 0 {
            progress(&format!("{done} of {total} events"));
        }
    }
    progress(&format!("{total} of {total} events"));
    Ok(())
}

/// The time of the story. Each reading is a millisecond later than the last, so that keys, which begin with the
/// time, sort in the order in which they were made.
#[derive(Clone, Default)]
struct StoryTime(Arc<Mutex<DateTime<Utc>>>);

impl StoryTime {
    fn set(&self, at: DateTime<Utc>) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = at.max(*now);
    }

    fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::from_fn(move || {
            let mut now = time.0.lock().unwrap_or_else(PoisonError::into_inner);
            *now += Duration::milliseconds(1);
            *now
        })
    }
}

/// Everybody with an account.
struct Cast {
    customers: Vec<Customer>,
    guards: Vec<Guard>,
    supervisor: Supervisor,
}

impl Cast {
    async fn hire(state: &AppState, operator: &Operator, password: &SecretString) -> Result<Self, AppError> {
        let mut customers = Vec::new();
        for index in 0..people::TRANSPORTERS {
            let actor = hire(state, operator, people::transporter(index), password).await?;
            customers.extend(Customer::of(&actor));
        }
        let mut guards = Vec::new();
        let mut supervisor = None;
        for user in people::staff() {
            let actor = hire(state, operator, user, password).await?;
            supervisor = supervisor.or_else(|| Supervisor::of(&actor));
            guards.extend(Guard::of(&actor));
        }
        let supervisor = supervisor.ok_or_else(|| AppError::internal("nobody decides"))?;
        Ok(Self { customers, guards, supervisor })
    }

    fn customer(&self, entry: &Entry) -> &Customer {
        &self.customers[entry.vehicle % self.customers.len()]
    }

    fn guard(&self, entry: &Entry) -> &Guard {
        &self.guards[entry.lot % 2]
    }

    async fn play(
        &self,
        state: &AppState,
        entry: &Entry,
        made: Option<SubmissionId>,
        step: Step,
    ) -> Result<SubmissionId, AppError> {
        let customer = self.customer(entry);
        let Some(id) = made else { return open(state, customer, entry).await };
        match step {
            Step::Open => {}
            Step::Submit => submit(state, customer, entry, id).await?,
            Step::Approve => self.decide(state, id, Decision::Approve).await?,
            Step::Reject => {
                let reason = REASONS[entry.vehicle % REASONS.len()];
                self.decide(state, id, Decision::Reject(Remark::parse(reason).map_err(failed)?)).await?;
            }
            Step::Cancel => decisions::cancel(state, customer, id).await.map_err(failed)?,
            Step::Refuse => {
                let reason =
                    Remark::parse("Came without a helmet and refused the one offered").map_err(failed)?;
                passage::refuse(state, self.guard(entry), id, &reason).await.map_err(failed)?;
            }
            Step::CheckIn => check_in(state, self.guard(entry), id).await?,
            Step::CheckOut => {
                let nonce = state.clock.new_uuid();
                passage::check_out(state, self.guard(entry), id, nonce).await.map_err(failed)?;
            }
        }
        Ok(id)
    }

    async fn decide(&self, state: &AppState, id: SubmissionId, decision: Decision) -> Result<(), AppError> {
        decisions::decide(state, &self.supervisor, id, None, decision).await.map_err(failed)
    }
}

const REASONS: [&str; 4] = [
    "The purchase order is of another plant. Please hand in ours.",
    "The invoice value differs from the purchase order.",
    "The unloading bay is closed that day. Please choose another.",
    "The photograph of the licence cannot be read.",
];

async fn hire(
    state: &AppState,
    operator: &Operator,
    user: User,
    password: &SecretString,
) -> Result<Actor, AppError> {
    let email = EmailAddress::parse(&user.email).map_err(failed)?;
    let name = PersonName::parse(&user.name).map_err(failed)?;
    let password = NewPassword::parse(password, password, &user.email).map_err(failed)?;
    administration::create(state, operator, email.clone(), name, user.role, password)
        .await
        .map_err(failed)?;
    let account = account::Entity::find()
        .filter(account::Column::Email.eq(email))
        .one(state.database.reader())
        .await?
        .ok_or_else(|| AppError::internal("the account just made is gone"))?;
    Ok(operator.acting_as(&account))
}

async fn open(state: &AppState, customer: &Customer, entry: &Entry) -> Result<SubmissionId, AppError> {
    let (_, phone) = people::crew(400 + entry.vehicle % people::TRANSPORTERS);
    let vehicle = Vehicle {
        number: RegistrationNo::parse(&people::plate(entry.vehicle)).map_err(failed)?,
        customer_phone: PhoneNumber::parse(&phone).map_err(failed)?,
        expected_on: entry.day,
    };
    Ok(drafts::open(state, customer, &vehicle, None).await.map_err(failed)?.id)
}

async fn submit(
    state: &AppState,
    customer: &Customer,
    entry: &Entry,
    id: SubmissionId,
) -> Result<(), AppError> {
    let crew = Crew {
        driver: person(entry.vehicle * 2, true)?,
        helper: if entry.lot.is_multiple_of(4) { None } else { Some(person(entry.vehicle * 2 + 1, false)?) },
    };
    drafts::change_crew(state, customer, id, &crew).await.map_err(failed)?;
    let attached = attachments::of_submission(state.database.reader(), id).await?;
    for document_type in wanted(entry) {
        let on_file = attached.iter().find(|paper| paper.document_type == document_type);
        let holds =
            on_file.is_some_and(|paper| paper.valid_until.is_none_or(|last_day| entry.day <= last_day));
        if !holds {
            hand_in(state, customer, entry, id, document_type).await?;
        }
    }
    let draft = draft(state, customer, id).await?;
    submitting::submit(state, customer, id, draft.draft_version).await.map_err(failed)
}

async fn draft(
    state: &AppState,
    customer: &Customer,
    id: SubmissionId,
) -> Result<submission::Model, AppError> {
    let found = drafts::find_own(state, customer, id).await?;
    found.ok_or_else(|| AppError::internal("the draft just made is gone"))
}

fn person(index: usize, drives: bool) -> Result<Person, AppError> {
    let (name, phone) = people::crew(index);
    let license_no = format!("MH12 2014{:07}", 1_000_000 + index * 97);
    Ok(Person {
        name: PersonName::parse(&name).map_err(failed)?,
        phone: PhoneNumber::parse(&phone).map_err(failed)?,
        language: Language::ALL[index % Language::ALL.len()],
        license_no: if drives { Some(LicenceNo::parse(&license_no).map_err(failed)?) } else { None },
    })
}

/// What the customer hands in: what the gate looks at, mostly, and some of the rest.
fn wanted(entry: &Entry) -> Vec<DocumentType> {
    let mut wanted =
        vec![DocumentType::PurchaseOrder, DocumentType::VehicleRegistration, DocumentType::DriverLicense];
    if entry.vehicle % 9 != 4 {
        wanted.push(DocumentType::VehicleInsurance);
    }
    if entry.vehicle % 11 != 6 {
        wanted.push(DocumentType::Puc);
    }
    if entry.lot.is_multiple_of(3) {
        wanted.extend([DocumentType::TransportationApproval, DocumentType::VendorApproval]);
    }
    if entry.lot.is_multiple_of(5) {
        wanted.push(DocumentType::PaymentApproval);
    }
    wanted
}

async fn hand_in(
    state: &AppState,
    customer: &Customer,
    entry: &Entry,
    id: SubmissionId,
    document_type: DocumentType,
) -> Result<(), AppError> {
    let (bytes, content_type, extension) = match document_type {
        DocumentType::Puc | DocumentType::DriverLicense => {
            (papers::photograph(entry.vehicle)?, "image/jpeg", "jpg")
        }
        _ => (papers::pdf(&title(document_type), &lines(entry)), "application/pdf", "pdf"),
    };
    let mut file = tempfile::NamedTempFile::new().map_err(AppError::internal)?;
    file.write_all(&bytes).map_err(AppError::internal)?;
    let draft = draft(state, customer, id).await?;
    let subject = drafts::subject_of(state, &draft, document_type).await?;
    let paper = NewPaper {
        document_type,
        file_name: &FileName::from_upload(&format!("{}.{extension}", document_type.name())),
        content_type,
        size: bytes.len() as u64,
        sha256: &data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)),
        path: file.path(),
        valid_until: document_type.runs_out().then(|| last_day(entry, document_type)),
    };
    drafts::hand_in(state, customer, id, subject, paper).await.map_err(failed)
}

/// Most papers hold for a good while; some end within days.
fn last_day(entry: &Entry, document_type: DocumentType) -> NaiveDate {
    let days = match (document_type, entry.vehicle % 8) {
        (DocumentType::Puc, 3) => 2,
        (DocumentType::VehicleInsurance, 5) => 14,
        (DocumentType::Puc, _) => 180,
        _ => 365 + entry.lot as u64,
    };
    entry.day + Days::new(days)
}

fn title(document_type: DocumentType) -> String {
    let mut title = document_type.name().replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

fn lines(entry: &Entry) -> Vec<String> {
    vec![
        format!("Vehicle {}", people::plate(entry.vehicle)),
        format!("Carrier {}", people::transporter(entry.vehicle % people::TRANSPORTERS).name),
        format!("For the entry of {}", entry.day),
        "A sample, made up for a demonstration.".to_owned(),
    ]
}

/// The guard types the reference, looks, confirms what there is to confirm, and lets in.
async fn check_in(state: &AppState, guard: &Guard, id: SubmissionId) -> Result<(), AppError> {
    let row = lists::find_for_staff(state, guard, id).await?.ok_or(AppError::NotFound)?;
    scanning::scan(state, guard, &row.reference.to_string()).await?;
    let sight = facts::look(state, state.database.reader(), row).await?;
    let warnings: Vec<String> = sight.verdict.warnings().map(|reason| reason.code()).collect();
    let nonce = state.clock.new_uuid();
    passage::check_in(state, guard, id, nonce, &warnings).await.map_err(failed)
}

fn failed(error: impl Debug) -> AppError {
    AppError::internal(format!("the story does not go on: {error:?}"))
}
