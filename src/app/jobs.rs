//! What the process does beside answering requests.

use std::hint::black_box;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::FEATURES;
use crate::kernel::error::{AppError, one_line};
use crate::kernel::http::feature::Job;
use crate::kernel::state::AppState;
use crate::kernel::telemetry::panics;
use crate::kernel::telemetry::reports::Place;

/// How long a job may take to end once the process has been told to.
const GRACE: Duration = Duration::from_secs(30);

/// The job of no feature.
const MEMORY: Job = Job {
    name: "memory",
    every: Duration::from_secs(10),
    work: |state| {
        state.passwords.rest();
        // The allocator gives back what is free when something large is freed, which happens in no idle process.
        drop(black_box(Vec::<u8>::with_capacity(1 << 20)));
        Box::pin(async { Ok(0) })
    },
};

/// The jobs of this process.
#[derive(Debug)]
pub struct Jobs {
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
}

impl Jobs {
    /// Starts them, on the runtime that this is called on. Dropped, they end at once.
    pub fn start(state: &AppState) -> Self {
        let stop = watch::Sender::new(false);
        let mut running = JoinSet::new();
        for job in FEATURES.iter().flat_map(|feature| feature.jobs).chain([&MEMORY]) {
            running.spawn(repeat(*job, state.clone(), stop.subscribe()));
        }
        Self { stop, running }
    }

    /// Asks them to end, and waits until each has done what it was at. What takes longer than [`GRACE`] is aborted.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if timeout(GRACE, self.running.join_all()).await.is_err() {
            tracing::warn!("what is done beside requests is aborted");
        }
    }
}

/// Runs `job` now and then again and again, until `stop` is set or its sender is dropped. One that fails or panics is
/// logged, and runs again the next time.
async fn repeat(job: Job, state: AppState, mut stop: watch::Receiver<bool>) {
    let mut next = interval(job.every);
    next.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = next.tick() => {}
        }
        let done = panics::caught(async { (job.work)(&state).await }).await;
        match done.unwrap_or_else(|panic| Err(AppError::internal(panic))) {
            Ok(0) => {}
            Ok(rows) => tracing::info!(job = job.name, rows, "done"),
            Err(error) => {
                tracing::warn!(job = job.name, cause = one_line(&error), "left for the next time");
                if matches!(error, AppError::Internal(_)) {
                    state.reports.send(state.clock.now(), Place::Job(job.name), &error);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_job_that_does_not_end_holds_the_process_for_half_a_minute_at_most() {
        let mut running = JoinSet::new();
        running.spawn(pending());
        let jobs = Jobs { stop: watch::Sender::new(false), running };
        timeout(Duration::from_secs(31), jobs.stop()).await.unwrap_or_else(|_| panic!("it is aborted"));
    }
}
