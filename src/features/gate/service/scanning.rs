//! Reading what was scanned or typed. Every scan is kept.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::LockType,
};

use super::codes::{Codes, token_in, unframed};
use super::facts::look;
use crate::features::crew::service as crew;
use crate::features::gate::verdict::{Reason, Verdict};
use crate::features::passes::service as passes;
use crate::features::passes::token::{self, TokenError};
use crate::features::submissions::service::lists;
use crate::features::vehicles::service as vehicles;
use crate::kernel::access::Guard;
use crate::kernel::entity::scan::{self, ScanMeans};
use crate::kernel::entity::submission::{self, Column, SubmissionStatus};
use crate::kernel::entity::{account, gate};
use crate::kernel::error::AppError;
use crate::kernel::keys::sha256_hex;
use crate::kernel::state::AppState;
use crate::kernel::types::{GateId, PhoneNumber, RegistrationNo, ScanId, SubmissionId};
use crate::kernel::work::Work;

/// What a scan led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Led {
    /// To one submission.
    To(SubmissionId),
    /// To none, or to several: the scan's page tells.
    Nowhere(ScanId),
}

/// What a code was read as.
struct Reading {
    means: ScanMeans,
    /// What a person can read of it; of a token nothing.
    typed: String,
    found: Found,
}

enum Found {
    One(Box<submission::Model>),
    Several,
    Nothing(Reason),
}

/// The gate at which everything happens that names no other.
pub async fn main_gate(database: &impl ConnectionTrait) -> Result<GateId, AppError> {
    let gate = gate::Entity::find().order_by_asc(gate::Column::Id).one(database).await?;
    gate.map(|gate| gate.id).ok_or_else(|| AppError::internal("the site has no gate"))
}

/// Reads `code`, keeps the scan, and tells where it led.
pub async fn scan(state: &AppState, guard: &Guard, code: &str) -> Result<Led, AppError> {
    let reading = read(state, code).await?;
    let (submission, verdict) = match reading.found {
        Found::One(submission) => {
            let sight = look(state, state.database.reader(), *submission).await?;
            (Some(sight.submission.id), sight.verdict)
        }
        Found::Nothing(Reason::Forged) => (None, Verdict::forged()),
        Found::Nothing(_) | Found::Several => (None, Verdict::unknown()),
    };
    let mut work = Work::begin(state, guard).await?;
    let code_hash = sha256_hex(code);
    let before = just_scanned(&mut work, guard, &code_hash, &verdict).await?;
    let id = if let Some(id) = before {
        id
    } else {
        state.metrics.verdict(verdict.level.code());
        let read = Read { means: reading.means, typed: reading.typed, code_hash: Some(code_hash) };
        keep(&mut work, guard, read, submission, &verdict, None).await?
    };
    work.commit().await?;
    Ok(submission.map_or(Led::Nowhere(id), Led::To))
}

/// Scanners read a code twice when it is held before them: within this time it is one scan.
const TWICE: Duration = Duration::seconds(1);

/// The scan that the same guard made of the same code just now, if the gate said the same of it.
async fn just_scanned(
    work: &mut Work<'_>,
    guard: &Guard,
    code_hash: &str,
    verdict: &Verdict,
) -> Result<Option<ScanId>, DbErr> {
    // Of two at once, the second waits and finds the first.
    account::Entity::find_by_id(guard.account()).lock(LockType::NoKeyUpdate).one(&*work).await?;
    let last = scan::Entity::find()
        .filter(scan::Column::ScannedBy.eq(guard.account()))
        .filter(scan::Column::ScannedAt.gt(work.now() - TWICE))
        .order_by_desc(scan::Column::ScannedAt)
        .order_by_desc(scan::Column::Id)
        .one(&*work)
        .await?;
    let is_same = |scan: &scan::Model| {
        scan.code_hash.as_deref() == Some(code_hash)
            && (scan.verdict.as_str(), &scan.reasons) == (verdict.level.code(), &codes_of(verdict))
    };
    Ok(last.filter(is_same).map(|scan| scan.id))
}

/// The codes of its reasons, as far as they fit the column.
fn codes_of(verdict: &Verdict) -> String {
    let codes: Vec<String> = verdict.reasons.iter().map(|reason| reason.code()).collect();
    codes.join(" ").chars().take(255).collect()
}

/// What is kept of a code.
pub(super) struct Read {
    pub means: ScanMeans,
    /// What a person can read of it; nothing of a token.
    pub typed: String,
    /// By which it is known when it comes again.
    pub code_hash: Option<String>,
}

/// Keeps a scan.
pub(super) async fn keep(
    work: &mut Work<'_>,
    guard: &Guard,
    read: Read,
    submission: Option<SubmissionId>,
    verdict: &Verdict,
    refusal: Option<&str>,
) -> Result<ScanId, AppError> {
    let id = ScanId::new(work.core().clock.new_uuid());
    scan::ActiveModel {
        id: Set(id),
        scanned_at: Set(work.now()),
        scanned_by: Set(guard.account()),
        gate_id: Set(main_gate(&*work).await?),
        means: Set(read.means),
        typed: Set(read.typed),
        code_hash: Set(read.code_hash),
        submission_id: Set(submission),
        verdict: Set(verdict.level.code().to_owned()),
        reasons: Set(codes_of(verdict)),
        refusal: Set(refusal.map(ToOwned::to_owned)),
    }
    .insert(&*work)
    .await?;
    Ok(id)
}

/// A token alone or in its address, a reference, a plate or a phone: the code as a whole, or something in it. Some
/// plates look like references; a reference that is one comes first.
async fn read(state: &AppState, code: &str) -> Result<Reading, AppError> {
    let line = unframed(code);
    let token = token_in(&line);
    if let Some(token) = &token
        && let Some(found) = by_token(state, token).await?
    {
        return Ok(Reading { means: ScanMeans::Token, typed: String::new(), found });
    }
    for codes in [Codes::of_all(&line), Codes::of_parts(&line)] {
        if let Some(reading) = by_codes(state, codes).await? {
            return Ok(reading);
        }
    }
    let (means, typed) = match token {
        Some(_) => (ScanMeans::Token, String::new()),
        None => (ScanMeans::Unknown, line.chars().take(64).collect()),
    };
    Ok(Reading { means, typed, found: Found::Nothing(Reason::Unknown) })
}

/// What is known by one of `codes`. A phone that nobody has is one.
async fn by_codes(state: &AppState, codes: Codes) -> Result<Option<Reading>, AppError> {
    let database = state.database.reader();
    let found = submitted().filter(Column::Reference.is_in(codes.references)).one(database).await?;
    if let Some(found) = found {
        let typed = found.reference.to_string();
        return Ok(Some(Reading { means: ScanMeans::Reference, typed, found: Found::One(Box::new(found)) }));
    }
    if let Some(number) = vehicles::first_known(database, &codes.plates).await? {
        let found = choose(state, of_plate(state, &number).await?).await?;
        return Ok(Some(Reading { means: ScanMeans::Plate, typed: number.to_string(), found }));
    }
    let Some(phone) = codes.phones.first() else { return Ok(None) };
    let found = choose(state, of_phone(state, phone).await?).await?;
    Ok(Some(Reading { means: ScanMeans::Phone, typed: phone.to_string(), found }))
}

/// A token that was issued is known by its hash, whatever has become of its key. What only stands where a token could, in
/// an address of another site, is none.
async fn by_token(state: &AppState, text: &str) -> Result<Option<Found>, AppError> {
    if let Some(found) = lists::find_by_pass(state, &token::hash(text)).await? {
        return Ok(Some(Found::One(Box::new(found))));
    }
    Ok(match passes::read(state, text).await? {
        Err(TokenError::Forged | TokenError::UnknownKey) => Some(Found::Nothing(Reason::Forged)),
        Ok(_) => Some(Found::Nothing(Reason::Unknown)),
        Err(TokenError::Malformed) => None,
    })
}

fn submitted() -> sea_orm::Select<submission::Entity> {
    submission::Entity::find().filter(Column::Status.ne(SubmissionStatus::Draft))
}

async fn of_plate(state: &AppState, number: &RegistrationNo) -> Result<Condition, DbErr> {
    let vehicle = vehicles::find(state.database.reader(), number).await?;
    // No vehicle has no passes.
    Ok(Condition::all().add(Column::VehicleId.is_in(vehicle.map(|vehicle| vehicle.id))))
}

/// Those in which it is written, and those of whoever has it now.
async fn of_phone(state: &AppState, phone: &PhoneNumber) -> Result<Condition, DbErr> {
    let person = crew::find(state.database.reader(), phone).await?.map(|person| person.id);
    let any = Condition::any()
        .add(Column::DriverPhone.eq(phone.clone()))
        .add(Column::HelperPhone.eq(phone.clone()))
        .add(Column::CustomerPhone.eq(phone.clone()))
        .add_option(person.map(|id| Column::DriverId.eq(id)))
        .add_option(person.map(|id| Column::HelperId.eq(id)));
    Ok(Condition::all().add(any))
}

/// Inside with this pass.
fn inside() -> Condition {
    Condition::all().add(Column::Status.eq(SubmissionStatus::Approved)).add(Column::EnteredAt.is_not_null())
}

/// In its window, waiting for entry or a decision.
fn in_window(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(Column::Status.is_in([SubmissionStatus::Pending, SubmissionStatus::Approved]))
        .add(Column::EnteredAt.is_null())
        .add(Column::ValidFrom.lte(now))
        .add(Column::ValidUntil.gt(now))
}

/// How many passes a list before the gate shows.
const SHOWN: u64 = 20;

async fn latest(state: &AppState, which: Condition) -> Result<Vec<submission::Model>, DbErr> {
    submitted()
        .filter(which)
        .order_by_desc(Column::SubmittedAt)
        .limit(SHOWN)
        .all(state.database.reader())
        .await
}

/// The passes that a plate or phone can mean: those inside, else those in their window, else all.
async fn candidates(state: &AppState, which: Condition) -> Result<Vec<submission::Model>, DbErr> {
    for better in [inside(), in_window(state.clock.now())] {
        let passes = latest(state, which.clone().add(better)).await?;
        if !passes.is_empty() {
            return Ok(passes);
        }
    }
    latest(state, which).await
}

/// The one pass that is meant.
async fn choose(state: &AppState, which: Condition) -> Result<Found, DbErr> {
    let mut passes = candidates(state, which).await?;
    Ok(match (passes.pop(), passes.is_empty()) {
        (None, _) => Found::Nothing(Reason::Unknown),
        (Some(only), true) => Found::One(Box::new(only)),
        (Some(_), false) => Found::Several,
    })
}

/// A scan that led nowhere, and the passes it could mean.
pub async fn find(
    state: &AppState,
    _: &Guard,
    id: ScanId,
) -> Result<Option<(scan::Model, Vec<submission::Model>)>, DbErr> {
    let Some(scan) = scan::Entity::find_by_id(id).one(state.database.reader()).await? else {
        return Ok(None);
    };
    let passes = match scan.means {
        ScanMeans::Plate => match RegistrationNo::parse_any_format(&scan.typed) {
            Ok(number) => candidates(state, of_plate(state, &number).await?).await?,
            Err(_) => Vec::new(),
        },
        ScanMeans::Phone => match PhoneNumber::parse(&scan.typed) {
            Ok(phone) => candidates(state, of_phone(state, &phone).await?).await?,
            Err(_) => Vec::new(),
        },
        ScanMeans::Token | ScanMeans::Reference | ScanMeans::Unknown => Vec::new(),
    };
    Ok(Some((scan, passes)))
}

/// The last scans, the latest first, each with the vehicle it led to.
pub async fn recent(
    state: &AppState,
    _: &Guard,
    limit: u64,
) -> Result<Vec<(scan::Model, Option<submission::Model>)>, DbErr> {
    scan::Entity::find()
        .find_also_related(submission::Entity)
        .order_by_desc(scan::Column::Id)
        .limit(limit)
        .all(state.database.reader())
        .await
}
