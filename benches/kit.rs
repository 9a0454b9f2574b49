//! The small work that every pass costs: `cargo bench --bench kit`.

#![expect(clippy::unwrap_used, reason = "a benchmark may fail by panicking")]

use std::hint::black_box;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use criterion::{Criterion, criterion_group, criterion_main};
use gatehouse::features::gate::verdict::{Facts, Paper, Policy, verdict};
use gatehouse::features::passes::qr::{self, Level};
use gatehouse::features::passes::token::{self, Claims, SigningKey};
use gatehouse::kernel::clock::SiteZone;
use gatehouse::kernel::config::ExpiredPapers;
use gatehouse::kernel::entity::document::DocumentType;
use gatehouse::kernel::entity::submission::SubmissionStatus;
use gatehouse::kernel::types::RegistrationNo;

fn now() -> DateTime<Utc> {
    "2026-11-20T04:30:00Z".parse().unwrap()
}

fn claims() -> Claims {
    Claims {
        submission: "019a9f00-0000-7000-8000-000000000001".parse().unwrap(),
        valid_from: now(),
        valid_until: now(),
        plate: "MH12AB1234".to_owned(),
        driver: "Ramesh Kumar".to_owned(),
        helper: "Suresh Patil".to_owned(),
    }
}

fn tokens(criterion: &mut Criterion) {
    let key = SigningKey::from_seed(1, &[7; 32]);
    let keys = [key.verifying_key()];
    let token = token::sign(&key, &claims());
    let cut = &token[..token.len() - 1];
    criterion.bench_function("token: sign", |bench| bench.iter(|| token::sign(&key, black_box(&claims()))));
    criterion.bench_function("token: verify", |bench| {
        bench.iter(|| token::verify(black_box(&token), &keys).unwrap());
    });
    criterion.bench_function("token: refuse one that is cut off", |bench| {
        bench.iter(|| token::verify(black_box(cut), &keys).unwrap_err());
    });
}

fn qr_codes(criterion: &mut Criterion) {
    let token = token::sign(&SigningKey::from_seed(1, &[7; 32]), &claims());
    let url = format!("HTTPS://GATE.EXAMPLE.COM/P/{token}");
    criterion.bench_function("QR code: PNG for a screen", |bench| {
        bench.iter(|| qr::code(black_box(&url), Level::Screen).unwrap().png(10));
    });
}

fn verdicts(criterion: &mut Criterion) {
    let policy = Policy { expired_papers: ExpiredPapers::Block, zone: SiteZone(Tz::Asia__Kolkata) };
    let (valid_from, valid_until) = policy.zone.window("2026-11-20".parse().unwrap(), 2);
    let paper = |kind| Paper { kind, valid_until: Some("2026-11-22".parse().unwrap()) };
    let facts = Facts {
        status: SubmissionStatus::Approved,
        inside: false,
        inside_with_another_pass: false,
        valid_from,
        valid_until,
        expected_on: "2026-11-20".parse().unwrap(),
        papers: vec![paper(DocumentType::Puc), paper(DocumentType::VehicleInsurance)],
        vehicle_blacklisted: false,
        vehicle_lookalike: false,
        driver_blacklisted: false,
        helper_blacklisted: false,
        crew_corrected: true,
    };
    criterion.bench_function("verdict: five warnings", |bench| {
        bench.iter(|| verdict(black_box(&facts), now(), &policy));
    });
}

fn numbers(criterion: &mut Criterion) {
    for typed in ["mh-12 ab 1234", "21 BH 1234 AA", "ＭＨ１２ＡＢ１２３４", "not a number"] {
        criterion.bench_function(&format!("vehicle number: {typed}"), |bench| {
            bench.iter(|| RegistrationNo::parse(black_box(typed)));
        });
    }
}

criterion_group!(benches, tokens, qr_codes, verdicts, numbers);
criterion_main!(benches);
