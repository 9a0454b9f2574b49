//! What the gate answers to a pass: the facts, the clock and site policy in, reasons and their level out.
//! Nothing is read or written here, so that showing a verdict and checking in decide alike.

use std::cmp::Reverse;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::Iterable as _;

use crate::kernel::clock::SiteZone;
use crate::kernel::config::ExpiredPapers;
use crate::kernel::entity::{document::DocumentType, submission::SubmissionStatus};

/// How many days ahead of its last day a paper is pointed out.
const EXPIRING_DAYS: i64 = 7;

/// What the guard may do, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Check in, one press.
    Ok,
    /// Check out, one press.
    Inside,
    /// Check in once every warning is confirmed.
    Warn,
    /// Nothing, unless a supervisor overrides.
    Stop,
}

impl Level {
    /// The level as pages and recorded scans write it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Inside => "inside",
            Self::Warn => "warn",
            Self::Stop => "stop",
        }
    }

    /// The level written as `code`.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Ok, Self::Inside, Self::Warn, Self::Stop].into_iter().find(|level| level.code() == code)
    }
}

/// Why a verdict is not simply [`Level::Ok`]. Reasons of one level are listed in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The code looks like a pass, but the site did not sign it.
    Forged,
    /// No submission belongs to the code, or one that was never submitted.
    Unknown,
    /// The desk said no.
    Rejected,
    /// Taken back by the customer.
    Cancelled,
    /// Came and left, or was closed by the desk.
    Completed,
    /// Its window passed without entry.
    Expired,
    /// Its window has not begun.
    NotYetValid,
    /// The vehicle is inside with another pass.
    AlreadyInside,
    /// The driver is blacklisted.
    DriverBlacklisted,
    /// The driver's helper is blacklisted.
    HelperBlacklisted,
    /// The vehicle is blacklisted.
    VehicleBlocked,
    /// The desk has not decided. Answered by a decision, not by confirming.
    Pending,
    /// The vehicle's number looks like one on the blacklist.
    VehicleLookalike,
    /// The paper's last day has passed. Stops or warns, as `EXPIRED_PAPERS` says.
    PaperExpired(DocumentType),
    /// No such paper is attached.
    PaperMissing(DocumentType),
    /// The paper's last day is today or within the seven days after.
    PaperExpiring(DocumentType),
    /// It comes on a later day of its window than the expected one.
    AfterExpectedDay,
    /// The desk corrected the crew after submission.
    CrewCorrected,
    /// The vehicle is inside with this pass.
    Inside,
}

impl Reason {
    /// Every reason; those about papers once for each paper the gate looks at.
    pub fn all() -> impl Iterator<Item = Self> {
        let alone = [
            Self::Forged,
            Self::Unknown,
            Self::Rejected,
            Self::Cancelled,
            Self::Completed,
            Self::Expired,
            Self::NotYetValid,
            Self::AlreadyInside,
            Self::DriverBlacklisted,
            Self::HelperBlacklisted,
            Self::VehicleBlocked,
            Self::Pending,
            Self::VehicleLookalike,
            Self::AfterExpectedDay,
            Self::CrewCorrected,
            Self::Inside,
        ];
        let of_a_paper = papers_at_the_gate()
            .flat_map(|kind| [Self::PaperExpired(kind), Self::PaperMissing(kind), Self::PaperExpiring(kind)]);
        alone.into_iter().chain(of_a_paper)
    }

    /// The reason as forms and recorded scans write it: `not_yet_valid`, `paper_expired_puc`. It never
    /// changes, since scans are kept.
    pub fn code(self) -> String {
        let word = match self {
            Self::Forged => "forged",
            Self::Unknown => "unknown",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::AlreadyInside => "already_inside",
            Self::DriverBlacklisted => "driver_blacklisted",
            Self::HelperBlacklisted => "helper_blacklisted",
            Self::VehicleBlocked => "vehicle_blocked",
            Self::Pending => "pending",
            Self::VehicleLookalike => "vehicle_lookalike",
            Self::PaperExpired(_) => "paper_expired",
            Self::PaperMissing(_) => "paper_missing",
            Self::PaperExpiring(_) => "paper_expiring",
            Self::AfterExpectedDay => "after_expected_day",
            Self::CrewCorrected => "crew_corrected",
            Self::Inside => "inside",
        };
        self.paper().map_or_else(|| word.to_owned(), |kind| format!("{word}_{}", kind.name()))
    }

    /// The reason written as `code`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().find(|reason| reason.code() == code)
    }

    /// The paper it is about.
    pub fn paper(self) -> Option<DocumentType> {
        match self {
            Self::PaperExpired(kind) | Self::PaperMissing(kind) | Self::PaperExpiring(kind) => Some(kind),
            _ => None,
        }
    }

    /// How much it weighs at a site that treats expired papers so.
    pub fn level(self, expired_papers: ExpiredPapers) -> Level {
        match self {
            Self::Inside => Level::Inside,
            Self::Pending
            | Self::VehicleLookalike
            | Self::PaperMissing(_)
            | Self::PaperExpiring(_)
            | Self::AfterExpectedDay
            | Self::CrewCorrected => Level::Warn,
            Self::PaperExpired(_) => match expired_papers {
                ExpiredPapers::Block => Level::Stop,
                ExpiredPapers::Warn => Level::Warn,
            },
            Self::Forged
            | Self::Unknown
            | Self::Rejected
            | Self::Cancelled
            | Self::Completed
            | Self::Expired
            | Self::NotYetValid
            | Self::AlreadyInside
            | Self::DriverBlacklisted
            | Self::HelperBlacklisted
            | Self::VehicleBlocked => Level::Stop,
        }
    }
}

impl Reason {
    /// Whether a supervisor's override passes it. Warnings yield as well, but a pending submission needs a
    /// decision.
    pub fn yields_to_override(self) -> bool {
        match self {
            Self::Expired
            | Self::NotYetValid
            | Self::DriverBlacklisted
            | Self::HelperBlacklisted
            | Self::VehicleBlocked
            | Self::VehicleLookalike
            | Self::PaperExpired(_)
            | Self::PaperMissing(_)
            | Self::PaperExpiring(_)
            | Self::AfterExpectedDay
            | Self::CrewCorrected => true,
            Self::Forged
            | Self::Unknown
            | Self::Rejected
            | Self::Cancelled
            | Self::Completed
            | Self::AlreadyInside
            | Self::Pending
            | Self::Inside => false,
        }
    }
}

/// A paper attached to the submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Which of the eight; the gate looks at those that run out.
    pub kind: DocumentType,
    /// Its last day, if one was stated.
    pub valid_until: Option<NaiveDate>,
}

/// What is known of a submission whose pass is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts; each is a reason of its own")]
pub struct Facts {
    /// The status that holds now.
    pub status: SubmissionStatus,
    /// Whether the vehicle is inside with this pass.
    pub inside: bool,
    /// Whether the vehicle is inside with another one.
    pub inside_with_another_pass: bool,
    /// When the window begins.
    pub valid_from: DateTime<Utc>,
    /// The end of the window, exclusive.
    pub valid_until: DateTime<Utc>,
    /// The day the vehicle is expected, site time.
    pub expected_on: NaiveDate,
    /// Those attached, at most one a kind.
    pub papers: Vec<Paper>,
    /// Whether the vehicle is blacklisted now.
    pub vehicle_blacklisted: bool,
    /// Whether its number looks like that of another vehicle which is blacklisted now.
    pub vehicle_lookalike: bool,
    /// Whether the driver, or whoever has the driver's licence, is blacklisted now.
    pub driver_blacklisted: bool,
    /// Whether the submission has a helper who is blacklisted now, or whose licence is of somebody who is.
    pub helper_blacklisted: bool,
    /// Whether the desk corrected the crew after submission.
    pub crew_corrected: bool,
}

impl Facts {
    /// Why the pass can no longer be used, whatever else holds.
    fn ended(&self, now: DateTime<Utc>) -> Option<Reason> {
        match self.status {
            SubmissionStatus::Draft => Some(Reason::Unknown),
            SubmissionStatus::Rejected => Some(Reason::Rejected),
            SubmissionStatus::Cancelled => Some(Reason::Cancelled),
            SubmissionStatus::Completed => Some(Reason::Completed),
            SubmissionStatus::Expired => Some(Reason::Expired),
            SubmissionStatus::Pending | SubmissionStatus::Approved => {
                (self.valid_until <= now).then_some(Reason::Expired)
            }
        }
    }

    /// What bars the vehicle or its crew with any pass.
    fn bars(&self) -> impl Iterator<Item = Reason> {
        those_that_hold([
            (self.inside_with_another_pass, Reason::AlreadyInside),
            (self.driver_blacklisted, Reason::DriverBlacklisted),
            (self.helper_blacklisted, Reason::HelperBlacklisted),
            (self.vehicle_blacklisted, Reason::VehicleBlocked),
        ])
    }

    /// What speaks against entering with a pass that has not ended.
    fn objections(&self, now: DateTime<Utc>, today: NaiveDate) -> impl Iterator<Item = Reason> {
        let begun = self.valid_from <= now;
        those_that_hold([
            (!begun, Reason::NotYetValid),
            (self.status == SubmissionStatus::Pending, Reason::Pending),
            (begun && self.expected_on < today, Reason::AfterExpectedDay),
        ])
        .chain(self.lasting_objections(today))
    }

    /// What speaks against entering at whatever time.
    fn lasting_objections(&self, today: NaiveDate) -> impl Iterator<Item = Reason> {
        let of_vehicle_and_crew = [
            (self.vehicle_lookalike, Reason::VehicleLookalike),
            (self.crew_corrected, Reason::CrewCorrected),
        ];
        those_that_hold(of_vehicle_and_crew)
            .chain(papers_at_the_gate().filter_map(move |kind| self.objection_to_paper(kind, today)))
    }

    /// What is wrong with the paper of this kind. One without a last day does not run out.
    fn objection_to_paper(&self, kind: DocumentType, today: NaiveDate) -> Option<Reason> {
        let Some(paper) = self.papers.iter().find(|paper| paper.kind == kind) else {
            return Some(Reason::PaperMissing(kind));
        };
        match (paper.valid_until? - today).num_days() {
            ..0 => Some(Reason::PaperExpired(kind)),
            0..=EXPIRING_DAYS => Some(Reason::PaperExpiring(kind)),
            _ => None,
        }
    }
}

/// What the site decided once for all passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `EXPIRED_PAPERS`
    pub expired_papers: ExpiredPapers,
    /// `SITE_TIME_ZONE`
    pub zone: SiteZone,
}

/// The gate's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// That of the worst reason; [`Level::Ok`] without any.
    pub level: Level,
    /// The worst first, then in the order of [`Reason`].
    pub reasons: Vec<Reason>,
}

impl Verdict {
    /// On a code that the site did not sign.
    pub fn forged() -> Self {
        Self { level: Level::Stop, reasons: vec![Reason::Forged] }
    }

    /// On a code that belongs to no submission.
    pub fn unknown() -> Self {
        Self { level: Level::Stop, reasons: vec![Reason::Unknown] }
    }

    fn inside() -> Self {
        Self { level: Level::Inside, reasons: vec![Reason::Inside] }
    }

    fn weigh(mut reasons: Vec<Reason>, expired_papers: ExpiredPapers) -> Self {
        reasons.sort_unstable_by_key(|reason| (Reverse(reason.level(expired_papers)), *reason));
        let level = reasons.first().map_or(Level::Ok, |worst| worst.level(expired_papers));
        Self { level, reasons }
    }

    /// The reasons to be confirmed one by one when checking in. None when confirming would not help: a stop
    /// is never confirmed away, and a pending submission needs a decision besides.
    pub fn warnings(&self) -> impl Iterator<Item = &Reason> {
        let warns = self.level == Level::Warn;
        self.reasons.iter().filter(move |reason| warns && **reason != Reason::Pending)
    }

    /// Whether the guard may check in, once the [warnings](Self::warnings) are confirmed.
    pub fn can_check_in(&self) -> bool {
        match self.level {
            Level::Ok => true,
            Level::Warn => !self.reasons.contains(&Reason::Pending),
            Level::Inside | Level::Stop => false,
        }
    }

    /// Whether a supervisor may let the vehicle in all the same.
    pub fn can_be_overridden(&self) -> bool {
        self.level == Level::Stop && self.reasons.iter().all(|reason| reason.yields_to_override())
    }

    /// Whether the guard may check out.
    pub fn can_check_out(&self) -> bool {
        self.level == Level::Inside
    }
}

/// The gate's answer to a pass at `now`.
///
/// A vehicle that is inside with it must be able to leave, whatever has happened since. A pass that has ended
/// gives that one reason, and what bars the vehicle or its crew with any pass; only one that could still let
/// a vehicle in is held against its window and papers. An expired one could, by override: whoever lets it in is
/// to see all that this passes. A draft is nobody's business at the gate.
pub fn verdict(facts: &Facts, now: DateTime<Utc>, policy: &Policy) -> Verdict {
    if facts.inside {
        return Verdict::inside();
    }
    if facts.status == SubmissionStatus::Draft {
        return Verdict::unknown();
    }
    let mut reasons: Vec<Reason> = facts.bars().collect();
    let today = policy.zone.day_of(now);
    match facts.ended(now) {
        None => reasons.extend(facts.objections(now, today)),
        Some(Reason::Expired) => {
            reasons.push(Reason::Expired);
            reasons.extend(facts.lasting_objections(today));
        }
        Some(ended) => reasons.push(ended),
    }
    Verdict::weigh(reasons, policy.expired_papers)
}

/// The four papers the gate looks at: registration, insurance, PUC, licence.
fn papers_at_the_gate() -> impl Iterator<Item = DocumentType> {
    DocumentType::iter().filter(|kind| kind.runs_out())
}

fn those_that_hold<const N: usize>(candidates: [(bool, Reason); N]) -> impl Iterator<Item = Reason> {
    candidates.into_iter().filter_map(|(holds, reason)| holds.then_some(reason))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::collections::HashSet;

    use chrono::{Days, TimeDelta};
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;
    use DocumentType::{DriverLicense, Puc, VehicleInsurance, VehicleRegistration};

    const BLOCK: Policy = Policy { expired_papers: ExpiredPapers::Block, zone: SiteZone(Tz::Asia__Kolkata) };
    const WARN: Policy = Policy { expired_papers: ExpiredPapers::Warn, ..BLOCK };

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// 10:00 at the site on the expected day.
    fn morning() -> DateTime<Utc> {
        at("2026-11-20T04:30:00Z")
    }

    /// Approved, for 20 and 21 November in India, with nothing against it.
    fn good() -> Facts {
        let expected_on = day("2026-11-20");
        let (valid_from, valid_until) = BLOCK.zone.window(expected_on, 2);
        Facts {
            status: SubmissionStatus::Approved,
            inside: false,
            inside_with_another_pass: false,
            valid_from,
            valid_until,
            expected_on,
            papers: papers_at_the_gate()
                .map(|kind| Paper { kind, valid_until: Some(day("2027-11-20")) })
                .collect(),
            vehicle_blacklisted: false,
            vehicle_lookalike: false,
            driver_blacklisted: false,
            helper_blacklisted: false,
            crew_corrected: false,
        }
    }

    impl Facts {
        fn status(self, status: SubmissionStatus) -> Self {
            Self { status, ..self }
        }

        fn without(mut self, kind: DocumentType) -> Self {
            self.papers.retain(|paper| paper.kind != kind);
            self
        }

        fn paper_until(self, kind: DocumentType, last_day: Option<NaiveDate>) -> Self {
            let mut facts = self.without(kind);
            facts.papers.push(Paper { kind, valid_until: last_day });
            facts
        }

        fn everyone_blacklisted(self) -> Self {
            Self { vehicle_blacklisted: true, driver_blacklisted: true, helper_blacklisted: true, ..self }
        }
    }

    fn reasons_at(facts: &Facts, now: DateTime<Utc>) -> Vec<Reason> {
        verdict(facts, now, &BLOCK).reasons
    }

    #[test]
    fn an_approved_pass_in_its_window_with_good_papers_is_ok() {
        let verdict = verdict(&good(), morning(), &BLOCK);
        assert_eq!(verdict, Verdict { level: Level::Ok, reasons: Vec::new() });
        assert!(verdict.can_check_in() && !verdict.can_check_out());
    }

    #[test]
    fn each_reason_comes_from_its_fact_with_its_level() {
        let yesterday = Some(day("2026-11-19"));
        let today = Some(day("2026-11-20"));
        let rows = [
            (good().status(SubmissionStatus::Draft), Level::Stop, Reason::Unknown),
            (good().status(SubmissionStatus::Rejected), Level::Stop, Reason::Rejected),
            (good().status(SubmissionStatus::Cancelled), Level::Stop, Reason::Cancelled),
            (good().status(SubmissionStatus::Completed), Level::Stop, Reason::Completed),
            (good().status(SubmissionStatus::Expired), Level::Stop, Reason::Expired),
            (Facts { valid_until: morning(), ..good() }, Level::Stop, Reason::Expired),
            (
                Facts { valid_from: morning() + TimeDelta::hours(1), ..good() },
                Level::Stop,
                Reason::NotYetValid,
            ),
            (Facts { inside_with_another_pass: true, ..good() }, Level::Stop, Reason::AlreadyInside),
            (Facts { driver_blacklisted: true, ..good() }, Level::Stop, Reason::DriverBlacklisted),
            (Facts { helper_blacklisted: true, ..good() }, Level::Stop, Reason::HelperBlacklisted),
            (Facts { vehicle_blacklisted: true, ..good() }, Level::Stop, Reason::VehicleBlocked),
            (good().status(SubmissionStatus::Pending), Level::Warn, Reason::Pending),
            (Facts { vehicle_lookalike: true, ..good() }, Level::Warn, Reason::VehicleLookalike),
            (Facts { expected_on: day("2026-11-19"), ..good() }, Level::Warn, Reason::AfterExpectedDay),
            (Facts { crew_corrected: true, ..good() }, Level::Warn, Reason::CrewCorrected),
            (Facts { inside: true, ..good() }, Level::Inside, Reason::Inside),
        ];
        let of_papers =
            [VehicleRegistration, VehicleInsurance, Puc, DriverLicense].into_iter().flat_map(|kind| {
                [
                    (good().paper_until(kind, yesterday), Level::Stop, Reason::PaperExpired(kind)),
                    (good().paper_until(kind, today), Level::Warn, Reason::PaperExpiring(kind)),
                    (good().without(kind), Level::Warn, Reason::PaperMissing(kind)),
                ]
            });

        let mut seen = HashSet::from([Reason::Forged]);
        for (facts, level, reason) in rows.into_iter().chain(of_papers) {
            let expected = Verdict { level, reasons: vec![reason] };
            assert_eq!(verdict(&facts, morning(), &BLOCK), expected);
            seen.insert(reason);
        }
        assert_eq!(seen, Reason::all().collect(), "a reason has no row");
    }

    #[test]
    fn a_code_without_a_submission_is_stopped() {
        for (verdict, reason) in [(Verdict::forged(), Reason::Forged), (Verdict::unknown(), Reason::Unknown)]
        {
            assert_eq!(verdict, Verdict::weigh(vec![reason], ExpiredPapers::Warn));
            assert_eq!(verdict.level, Level::Stop);
        }
    }

    #[test]
    fn the_window_holds_from_its_first_moment_until_just_before_its_end() {
        let facts = good();
        let tick = TimeDelta::microseconds(1);
        assert_eq!(reasons_at(&facts, facts.valid_from - tick), [Reason::NotYetValid]);
        assert_eq!(reasons_at(&facts, facts.valid_from), []);
        assert_eq!(reasons_at(&facts, facts.valid_until - tick), [Reason::AfterExpectedDay]);
        assert_eq!(reasons_at(&facts, facts.valid_until), [Reason::Expired]);
    }

    #[test]
    fn a_paper_is_valid_on_its_last_day_and_pointed_out_seven_days_ahead() {
        let today = day("2026-11-20");
        for (days_left, reason) in [
            (Some(-1), Some(Reason::PaperExpired(Puc))),
            (Some(0), Some(Reason::PaperExpiring(Puc))),
            (Some(7), Some(Reason::PaperExpiring(Puc))),
            (Some(8), None),
            (None, None),
        ] {
            let last_day = days_left.map(|days| today + TimeDelta::days(days));
            let reasons = reasons_at(&good().paper_until(Puc, last_day), morning());
            assert_eq!(reasons, Vec::from_iter(reason), "{days_left:?}");
        }
    }

    #[test]
    fn days_change_at_the_sites_midnight() {
        let facts = good().paper_until(Puc, Some(day("2026-11-20")));
        let before = at("2026-11-20T18:29:59Z");
        let after = at("2026-11-20T18:30:00Z");
        assert_eq!(reasons_at(&facts, before), [Reason::PaperExpiring(Puc)]);
        assert_eq!(reasons_at(&facts, after), [Reason::PaperExpired(Puc), Reason::AfterExpectedDay]);

        let utc = Policy { zone: SiteZone(Tz::UTC), ..BLOCK };
        assert_eq!(verdict(&facts, after, &utc).reasons, [Reason::PaperExpiring(Puc)]);
    }

    #[test]
    fn papers_about_the_submission_alone_do_not_matter_at_the_gate() {
        let facts = good().paper_until(DocumentType::PurchaseOrder, Some(day("2020-01-01")));
        assert_eq!(reasons_at(&facts, morning()), []);
    }

    #[test]
    fn an_expired_paper_stops_or_warns_as_the_site_says() {
        let facts = good().paper_until(Puc, Some(day("2026-11-19"))).status(SubmissionStatus::Pending);

        let stopped = verdict(&facts, morning(), &BLOCK);
        assert_eq!(stopped.level, Level::Stop);
        assert_eq!(stopped.reasons, [Reason::PaperExpired(Puc), Reason::Pending]);

        let warned = verdict(&facts, morning(), &WARN);
        assert_eq!(warned.level, Level::Warn);
        assert_eq!(warned.reasons, [Reason::Pending, Reason::PaperExpired(Puc)]);
    }

    #[test]
    fn every_reason_is_listed_the_worst_first() {
        let facts =
            Facts { crew_corrected: true, inside_with_another_pass: true, vehicle_lookalike: true, ..good() }
                .everyone_blacklisted()
                .status(SubmissionStatus::Pending)
                .without(VehicleRegistration)
                .paper_until(DriverLicense, Some(day("2026-11-19")))
                .paper_until(VehicleInsurance, Some(day("2026-11-19")))
                .paper_until(Puc, Some(day("2026-11-25")));
        let expected = [
            Reason::AlreadyInside,
            Reason::DriverBlacklisted,
            Reason::HelperBlacklisted,
            Reason::VehicleBlocked,
            Reason::PaperExpired(VehicleInsurance),
            Reason::PaperExpired(DriverLicense),
            Reason::Pending,
            Reason::VehicleLookalike,
            Reason::PaperMissing(VehicleRegistration),
            Reason::PaperExpiring(Puc),
            Reason::AfterExpectedDay,
            Reason::CrewCorrected,
        ];
        assert_eq!(reasons_at(&facts, morning() + Days::new(1)), expected);
    }

    #[test]
    fn warnings_are_confirmed_and_anything_worse_is_not() {
        let warned = Facts { crew_corrected: true, vehicle_lookalike: true, ..good() }.without(Puc);
        let expected = [Reason::VehicleLookalike, Reason::PaperMissing(Puc), Reason::CrewCorrected];
        let verdict_on = |facts: &Facts| verdict(facts, morning(), &BLOCK);

        let verdict = verdict_on(&warned);
        assert!(verdict.can_check_in() && !verdict.can_check_out());
        assert!(verdict.warnings().eq(&expected));

        let pending = verdict_on(&warned.clone().status(SubmissionStatus::Pending));
        assert!(!pending.can_check_in() && !pending.can_check_out());
        assert!(pending.warnings().eq(&expected));

        let stopped = verdict_on(&Facts { driver_blacklisted: true, ..warned });
        assert!(!stopped.can_check_in() && !stopped.can_check_out());
        assert_eq!(stopped.warnings().count(), 0);
    }

    #[test]
    fn a_vehicle_inside_can_leave_whatever_has_happened_since() {
        let facts = Facts { inside: true, crew_corrected: true, vehicle_lookalike: true, ..good() }
            .everyone_blacklisted()
            .without(DriverLicense)
            .paper_until(Puc, Some(day("2026-11-19")));
        let verdict = verdict(&facts, facts.valid_until + TimeDelta::days(3), &BLOCK);
        assert_eq!(verdict, Verdict { level: Level::Inside, reasons: vec![Reason::Inside] });
        assert!(verdict.can_check_out() && !verdict.can_check_in());
    }

    #[test]
    fn what_is_said_of_a_pass_that_has_ended() {
        let facts =
            Facts { crew_corrected: true, inside_with_another_pass: true, vehicle_lookalike: true, ..good() }
                .everyone_blacklisted()
                .without(DriverLicense);
        for (status, ended) in [
            (SubmissionStatus::Rejected, Reason::Rejected),
            (SubmissionStatus::Cancelled, Reason::Cancelled),
            (SubmissionStatus::Completed, Reason::Completed),
            (SubmissionStatus::Expired, Reason::Expired),
            (SubmissionStatus::Pending, Reason::Expired),
            (SubmissionStatus::Approved, Reason::Expired),
        ] {
            let mut expected = vec![
                ended,
                Reason::AlreadyInside,
                Reason::DriverBlacklisted,
                Reason::HelperBlacklisted,
                Reason::VehicleBlocked,
            ];
            if ended == Reason::Expired {
                expected.extend([
                    Reason::VehicleLookalike,
                    Reason::PaperMissing(DriverLicense),
                    Reason::CrewCorrected,
                ]);
            }
            assert_eq!(reasons_at(&facts.clone().status(status), facts.valid_until), expected, "{status:?}");
        }
    }

    /// What a supervisor passes, and nothing else: alone, and with a warning beside it.
    #[test]
    fn an_override_passes_these_reasons_and_no_others() {
        let passed = [
            Reason::NotYetValid,
            Reason::Expired,
            Reason::DriverBlacklisted,
            Reason::HelperBlacklisted,
            Reason::VehicleBlocked,
            Reason::PaperExpired(VehicleRegistration),
            Reason::PaperExpired(VehicleInsurance),
            Reason::PaperExpired(Puc),
            Reason::PaperExpired(DriverLicense),
        ];
        for reason in Reason::all() {
            for others in [&[][..], &[Reason::PaperMissing(Puc), Reason::VehicleLookalike]] {
                let reasons = std::iter::once(reason).chain(others.iter().copied()).collect();
                let verdict = Verdict::weigh(reasons, ExpiredPapers::Block);
                let expected = passed.contains(&reason);
                assert_eq!(verdict.can_be_overridden(), expected, "{reason:?} with {others:?}");
            }
        }
    }

    #[test]
    fn one_reason_that_is_never_passed_is_enough() {
        for never in [
            Reason::Forged,
            Reason::Unknown,
            Reason::Rejected,
            Reason::Cancelled,
            Reason::Completed,
            Reason::AlreadyInside,
            Reason::Pending,
        ] {
            let verdict = Verdict::weigh(vec![never, Reason::VehicleBlocked], ExpiredPapers::Block);
            assert_eq!((verdict.level, verdict.can_be_overridden()), (Level::Stop, false), "{never:?}");
        }
    }

    #[test]
    fn a_draft_tells_nothing_of_itself() {
        let facts = good().status(SubmissionStatus::Draft).everyone_blacklisted();
        assert_eq!(verdict(&facts, morning(), &BLOCK), Verdict::unknown());
    }

    #[test]
    fn every_reason_can_be_read_back_from_its_own_code() {
        let mut codes = HashSet::new();
        for reason in Reason::all() {
            let code = reason.code();
            assert_eq!(Reason::from_code(&code), Some(reason));
            assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
            assert!(codes.insert(code), "{reason:?} has the code of another");
        }
        assert_eq!(codes.len(), 16 + 3 * 4);
        assert_eq!(Reason::PaperExpired(Puc).code(), "paper_expired_puc");
        assert_eq!(Reason::DriverBlacklisted.code(), "driver_blacklisted");
    }

    #[test]
    fn what_is_no_code_is_no_reason() {
        for code in ["", "ok", "Pending", " pending", "paper_expired", "paper_expired_purchase_order"] {
            assert_eq!(Reason::from_code(code), None, "{code}");
        }
    }

    #[test]
    fn levels_rise_from_ok_to_stop() {
        let levels = [Level::Ok, Level::Inside, Level::Warn, Level::Stop];
        assert!(levels.is_sorted_by(|a, b| a < b));
        assert_eq!(levels.map(Level::code), ["ok", "inside", "warn", "stop"]);
    }

    /// Any papers, with last days around the window's.
    fn any_papers() -> impl Strategy<Value = Vec<Paper>> {
        let kinds: Vec<DocumentType> = DocumentType::iter().collect();
        let last_day = proptest::option::of(-10_i64..20)
            .prop_map(|days| Some(day("2026-11-20") + TimeDelta::days(days?)));
        proptest::sample::subsequence(kinds, 0..=8).prop_flat_map(move |kinds| {
            let count = kinds.len();
            proptest::collection::vec(last_day.clone(), count).prop_map(move |days| {
                kinds.iter().zip(days).map(|(&kind, valid_until)| Paper { kind, valid_until }).collect()
            })
        })
    }

    prop_compose! {
        /// Any facts; what speaks against a pass is rare enough that good ones come up too.
        fn any_facts()(
            status in proptest::sample::select(SubmissionStatus::iter().collect::<Vec<_>>()),
            papers in prop_oneof![any_papers(), Just(good().papers)],
            [inside, inside_with_another_pass] in proptest::array::uniform(proptest::bool::weighted(0.2)),
            [vehicle_blacklisted, vehicle_lookalike, driver_blacklisted, helper_blacklisted, crew_corrected]
                in proptest::array::uniform(proptest::bool::weighted(0.2)),
        ) -> Facts {
            Facts {
                status,
                inside,
                inside_with_another_pass,
                papers,
                vehicle_blacklisted,
                vehicle_lookalike,
                driver_blacklisted,
                helper_blacklisted,
                crew_corrected,
                ..good()
            }
        }
    }

    proptest! {
        #[test]
        fn the_worst_reason_decides(
            facts in any_facts(),
            hours in -48_i64..96,
            policy in proptest::sample::select(vec![BLOCK, WARN]),
        ) {
            let verdict = verdict(&facts, morning() + TimeDelta::hours(hours), &policy);
            let levels: Vec<Level> =
                verdict.reasons.iter().map(|reason| reason.level(policy.expired_papers)).collect();

            prop_assert_eq!(verdict.level, levels.iter().copied().max().unwrap_or(Level::Ok));
            prop_assert!(levels.is_sorted_by(|a, b| a >= b), "{:?}", verdict);
            prop_assert_eq!(verdict.reasons.is_empty(), verdict.level == Level::Ok);
            prop_assert_eq!(facts.inside, verdict.can_check_out());
            prop_assert!(!(verdict.can_check_in() && facts.status != SubmissionStatus::Approved));
            for reason in &verdict.reasons {
                prop_assert_eq!(Reason::from_code(&reason.code()), Some(*reason));
            }
        }
    }
}
