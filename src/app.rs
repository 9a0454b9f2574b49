//! Builds the server: middleware, and one line per feature.

use std::hint::black_box;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, web};
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing_actix_web::TracingLogger;

use crate::entity::notification::{self, NotificationKind};
use crate::error::{AppError, one_line};
use crate::features::accounts::service::housekeeping;
use crate::features::notifications::service::{lists, rendering::Rendered};
use crate::features::submissions::service::{abandoned, expiry};
use crate::features::{
    accounts, audit, crew, documents, gate, notifications, opinions, passes, submissions, vehicles,
};
use crate::http::connections::{self, exchange, seats::Seats};
use crate::http::floods::Floods;
use crate::http::kept::{Fields, Forms};
use crate::http::next::SecretPaths;
use crate::http::{
    assets, compression, deadlines, error, flash, floods, guards, health, health::Readiness, kept, lasting,
    metrics, session, trace::RouteSpan,
};
use crate::infra::{panics, reports::Place};
use crate::state::AppState;

/// What the features say of the fields of their forms.
const FIELDS: &[Fields] =
    &[accounts::FIELDS, crew::FIELDS, gate::FIELDS, opinions::FIELDS, submissions::FIELDS, vehicles::FIELDS];

/// The longest form that is no upload, in bytes. 20 000 letters of any script fit, percent-encoded: a text that is far too
/// long is told at its field, with the text kept.
const MAX_FORM: usize = 256 * 1024;

/// How long what is done beside requests may take to end once the process has been told to.
const GRACE: Duration = Duration::from_secs(30);

/// A server that is bound and not yet running.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    state: AppState,
}

impl Bound {
    /// Binds the configured address.
    ///
    /// # Errors
    /// When the address is taken or not this machine's.
    pub fn new(state: AppState) -> std::io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(state.config.bind_addr)?, state })
    }

    /// Where it listens; the port that the system chose when the configured one is 0.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Starts it. It ends on SIGTERM and Ctrl-C, when the requests on their way have been answered.
    ///
    /// Connections opened while a request is handled live as long as the calling runtime.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn run(self) -> std::io::Result<Server> {
        let seats = Arc::new(Seats::new(&self.state.config));
        let floods = web::Data::new(Floods::new(self.state.config.rate_limit));
        let state = web::Data::new(self.state);
        let runtime = web::Data::new(Handle::current());
        let readiness = web::Data::new(Readiness::default());
        let forms = web::Data::new(Forms(FIELDS));
        let secret_paths = web::Data::new(SecretPaths(accounts::ONE_TIME));
        connections::serve(self.listener, seats, move || {
            // actix runs the last wrap first.
            let pages = web::scope("")
                .wrap(from_fn(kept::keep))
                .wrap(from_fn(deadlines::keep))
                .wrap(from_fn(guards::same_origin))
                .wrap(from_fn(session::load))
                .wrap(from_fn(guards::known_host))
                .wrap(from_fn(floods::cut))
                .wrap(from_fn(error::render))
                .wrap(from_fn(flash::forget))
                .wrap(from_fn(compression::compress))
                .wrap(from_fn(metrics::count))
                .wrap(TracingLogger::<RouteSpan>::new())
                .wrap(from_fn(lasting::keep))
                .configure(pages);
            App::new()
                .app_data(state.clone())
                .app_data(floods.clone())
                .app_data(runtime.clone())
                .app_data(readiness.clone())
                .app_data(forms.clone())
                .app_data(secret_paths.clone())
                .app_data(web::FormConfig::default().limit(MAX_FORM))
                .configure(open_to_all)
                .service(pages)
                .wrap(from_fn(guards::security_headers))
                .wrap(from_fn(guards::tidy_head))
                .wrap(from_fn(exchange::watch))
        })
    }
}

/// What `/metrics` tells from the database.
async fn gauges(state: &AppState) -> Result<Vec<(&'static str, &'static str, f64)>, AppError> {
    let waiting = lists::waiting(state).await?;
    let age = waiting.since.map_or(0, |since| (state.clock.now() - since).num_seconds().max(0));
    #[expect(clippy::cast_precision_loss, reason = "Prometheus knows floating point alone")]
    let values = (waiting.messages as f64, age as f64);
    Ok(vec![
        ("gatehouse_outbox_messages", "Messages that wait to be sent.", values.0),
        ("gatehouse_outbox_oldest_seconds", "Age of the oldest message that waits.", values.1),
    ])
}

/// What the process does beside answering requests.
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
        let again = |name, every, work| repeat(name, every, work, state.clone(), stop.subscribe());
        running.spawn(again("sweep", Duration::from_mins(1), |state| {
            Box::pin(async { expiry::sweep(state).await.map(drop) })
        }));
        running.spawn(again("vehicles", Duration::from_hours(1), |state| {
            Box::pin(async { vehicles::service::sweep::sweep(state).await.map(drop) })
        }));
        running
            .spawn(again("lookalikes", Duration::from_hours(1), |state| Box::pin(renew_likenesses(state))));
        running.spawn(again("memory", Duration::from_secs(10), |state| {
            state.passwords.rest();
            // The allocator gives back what is free when something large is freed, which happens in no idle process.
            drop(black_box(Vec::<u8>::with_capacity(1 << 20)));
            Box::pin(async { Ok(()) })
        }));
        running.spawn(again("housekeeping", Duration::from_mins(10), |state| {
            Box::pin(async { Ok(housekeeping::forget_old(state).await?) })
        }));
        running.spawn(again("abandoned", Duration::from_mins(10), |state| {
            Box::pin(async { abandoned::sweep(state).await.map(drop) })
        }));
        running.spawn(again("retention", Duration::from_hours(24), |state| Box::pin(forget_old(state))));
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

/// Mends what tells look-alikes in rows that another release wrote.
async fn renew_likenesses(state: &AppState) -> Result<(), AppError> {
    let vehicles = vehicles::service::lookalikes::renew(state).await?;
    let people = crew::service::licences::renew(state).await?;
    if vehicles + people > 0 {
        tracing::info!(vehicles, people, "what look-alikes share is written anew");
    }
    Ok(())
}

/// Forgets what nobody asks for any more.
async fn forget_old(state: &AppState) -> Result<(), AppError> {
    let messages = notifications::service::retention::forget_old(state).await;
    let scans = gate::service::retention::forget_old(state).await;
    let (messages, scans) = (messages?, scans?);
    if messages + scans > 0 {
        tracing::info!(messages, scans, "forgotten");
    }
    Ok(())
}

/// What is done again and again.
type Work = for<'a> fn(&'a AppState) -> BoxFuture<'a, Result<(), AppError>>;

/// Runs `work` now and then every `every`, until `stop` is set or its sender is dropped. Work that fails or panics is
/// logged, and runs again the next time.
async fn repeat(
    name: &'static str,
    every: Duration,
    work: Work,
    state: AppState,
    mut stop: watch::Receiver<bool>,
) {
    let mut next = interval(every);
    next.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = next.tick() => {}
        }
        let done = panics::caught(async { work(&state).await }).await;
        let done = done.unwrap_or_else(|panic| Err(AppError::internal(panic)));
        if let Err(error) = done {
            tracing::warn!(name, cause = one_line(&error), "left for the next time");
            if matches!(error, AppError::Internal(_)) {
                state.reports.send(state.clock.now(), Place::Job(name), &error);
            }
        }
    }
}

/// Every route of the application.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.configure(open_to_all).configure(pages);
}

/// Static files and probes: they are the same for everybody, and pass nothing that tells one visitor from another.
fn open_to_all(cfg: &mut web::ServiceConfig) {
    cfg.configure(assets::routes).configure(health::routes);
}

/// What people work with.
fn pages(cfg: &mut web::ServiceConfig) {
    cfg.configure(|cfg| notifications::routes(cfg, render))
        .configure(|cfg| metrics::routes(cfg, |state| Box::pin(gauges(state))))
        .configure(accounts::routes)
        .configure(vehicles::routes)
        .configure(crew::routes)
        .configure(documents::routes)
        .configure(submissions::routes)
        .configure(passes::routes)
        .configure(gate::routes)
        .configure(audit::routes)
        .default_service(web::to(async || Err::<String, _>(AppError::NotFound)));
}

/// Puts a message into words: one line per feature that sends some.
pub fn render<'a>(
    state: &'a AppState,
    message: &'a notification::Model,
    secret: Option<&'a str>,
) -> BoxFuture<'a, Result<Rendered, AppError>> {
    match message.kind {
        NotificationKind::ConfirmAddress
        | NotificationKind::AlreadyRegistered
        | NotificationKind::ResetPassword
        | NotificationKind::PasswordChanged
        | NotificationKind::Invitation => Box::pin(accounts::messages::render(state, message, secret)),
        NotificationKind::SubmissionReceived
        | NotificationKind::SubmissionRejected
        | NotificationKind::SubmissionCancelled
        | NotificationKind::DriverPass
        | NotificationKind::DriverPassWithdrawn => Box::pin(submissions::messages::render(state, message)),
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
