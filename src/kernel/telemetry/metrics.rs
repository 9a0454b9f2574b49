//! What the process counts of itself, for Prometheus. Labels are fixed words, never ids or addresses.

use std::time::Duration;

use prometheus::{
    Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry, TextEncoder,
    core::Collector,
};

use crate::kernel::error::AppError;

/// Seconds; the targets for pages lie between 5 ms and 100 ms, uploads on slow lines take minutes.
const BUCKETS: &[f64] = &[0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// The counters. Copies count together.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    uploads: IntCounter,
    upload_bytes: IntCounter,
    sign_in_failures: IntCounterVec,
    verdicts: IntCounterVec,
}

/// A number that is read when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Its name, which begins with `gatehouse_`.
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// How many there are.
    pub value: f64,
}

impl Metrics {
    /// All at nought.
    ///
    /// # Errors
    /// When two counters have one name.
    pub fn new() -> Result<Self, AppError> {
        let registry = Registry::new();
        let metrics = Self {
            requests: IntCounterVec::new(
                Opts::new("gatehouse_http_requests_total", "Requests answered."),
                &["route", "method", "status"],
            )
            .map_err(AppError::internal)?,
            durations: HistogramVec::new(
                HistogramOpts::new(
                    "gatehouse_http_request_duration_seconds",
                    "Time from a request's head to the answer's.",
                )
                .buckets(BUCKETS.to_vec()),
                &["route", "method"],
            )
            .map_err(AppError::internal)?,
            uploads: IntCounter::new("gatehouse_uploads_total", "Papers stored.")
                .map_err(AppError::internal)?,
            upload_bytes: IntCounter::new("gatehouse_upload_bytes_total", "Bytes of papers stored.")
                .map_err(AppError::internal)?,
            sign_in_failures: IntCounterVec::new(
                Opts::new("gatehouse_sign_in_failures_total", "Sign-ins refused: wrong, or throttled."),
                &["reason"],
            )
            .map_err(AppError::internal)?,
            verdicts: IntCounterVec::new(
                Opts::new("gatehouse_verdicts_total", "Scans at the gate, by what they came to."),
                &["outcome"],
            )
            .map_err(AppError::internal)?,
            registry,
        };
        for collector in [
            Box::new(metrics.requests.clone()) as Box<dyn Collector>,
            Box::new(metrics.durations.clone()),
            Box::new(metrics.uploads.clone()),
            Box::new(metrics.upload_bytes.clone()),
            Box::new(metrics.sign_in_failures.clone()),
            Box::new(metrics.verdicts.clone()),
        ] {
            metrics.registry.register(collector).map_err(AppError::internal)?;
        }
        Ok(metrics)
    }

    /// A request to `route`, a pattern, was answered. `status` is its class, such as `2xx`.
    pub fn request(&self, route: &str, method: &str, status: &str, took: Duration) {
        self.requests.with_label_values(&[route, method, status]).inc();
        self.durations.with_label_values(&[route, method]).observe(took.as_secs_f64());
    }

    /// A paper was stored.
    pub fn upload(&self, bytes: u64) {
        self.uploads.inc();
        self.upload_bytes.inc_by(bytes);
    }

    /// Nobody was signed in.
    pub fn sign_in_failure(&self, reason: &'static str) {
        self.sign_in_failures.with_label_values(&[reason]).inc();
    }

    /// The gate was given a verdict.
    pub fn verdict(&self, outcome: &'static str) {
        self.verdicts.with_label_values(&[outcome]).inc();
    }

    /// All of them and `samples`, in Prometheus' text form.
    ///
    /// # Errors
    /// When a counter does not fit the form, or two have one name.
    pub fn render(&self, samples: &[Sample]) -> Result<String, AppError> {
        let beside = Registry::new();
        for sample in samples {
            let gauge = Gauge::new(sample.name, sample.help).map_err(AppError::internal)?;
            gauge.set(sample.value);
            beside.register(Box::new(gauge)).map_err(AppError::internal)?;
        }
        let all = [self.registry.gather(), beside.gather()].concat();
        TextEncoder::new().encode_to_string(&all).map_err(AppError::internal)
    }
}
