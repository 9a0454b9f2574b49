//! `/health`: the process lives. `/ready`: database, migrations and storage answer.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::lasting;
use crate::kernel::data::schema;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;

/// Whether `path` is a probe's.
pub fn is_probe(path: &str) -> bool {
    matches!(path, "/health" | "/ready")
}

/// The probes of an orchestrator. They pass nothing that pages pass.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/health").get(health)).service(web::resource("/ready").get(ready));
}

async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

async fn ready(
    state: web::Data<AppState>,
    readiness: web::Data<Readiness>,
    runtime: web::Data<Handle>,
) -> HttpResponse {
    let (mut answer, word) = match lasting::on(&runtime, readiness.of(&state)).await {
        Ok(()) => (HttpResponse::Ok(), "ready\n"),
        Err(what) => (HttpResponse::ServiceUnavailable(), what),
    };
    answer.content_type("text/plain; charset=utf-8").body(word)
}

/// What the last check found, and when it began. Whoever asks during a check shares the next one: the workers of a
/// process have one between them, and any number of requests costs no more than one check after the other.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, Result<(), &'static str>)>>);

impl Readiness {
    /// What a look finds that begins after this was asked.
    async fn of(&self, state: &AppState) -> Result<(), &'static str> {
        let asked = Instant::now();
        let mut last = self.0.lock().await;
        if let Some((begun, found)) = *last
            && begun > asked
        {
            return found;
        }
        let begun = Instant::now();
        let checked = tokio::time::timeout(Duration::from_secs(3), check(state)).await;
        let found = checked.unwrap_or(Err("no answer in time\n"));
        *last = Some((begun, found));
        found
    }
}

async fn check(state: &AppState) -> Result<(), &'static str> {
    state.database.ping().await.map_err(|_| "database does not answer\n")?;
    if !schema::is_up_to_date(&state.database).await.unwrap_or(false) {
        return Err("migrations are pending\n");
    }
    state.storage.ping().await.map_err(|_: AppError| "storage does not answer\n")
}
