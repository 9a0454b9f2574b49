//! `/health`: the process lives. `/ready`: database, migrations and storage answer.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use migration::{Migrator, MigratorTrait as _};

use crate::error::AppError;
use crate::state::AppState;

/// Whether `path` is a probe's.
pub fn is_probe(path: &str) -> bool {
    matches!(path, "/health" | "/ready")
}

/// The probes of an orchestrator.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/health").get(health)).service(web::resource("/ready").get(ready));
}

async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

async fn ready(state: web::Data<AppState>) -> HttpResponse {
    let checked = tokio::time::timeout(Duration::from_secs(3), check(&state)).await;
    let (mut answer, word) = match checked {
        Ok(Ok(())) => (HttpResponse::Ok(), "ready\n"),
        Ok(Err(what)) => (HttpResponse::ServiceUnavailable(), what),
        Err(_) => (HttpResponse::ServiceUnavailable(), "no answer in time\n"),
    };
    answer.content_type("text/plain; charset=utf-8").body(word)
}

async fn check(state: &AppState) -> Result<(), &'static str> {
    state.database.ping().await.map_err(|_| "database does not answer\n")?;
    let pending = Migrator::get_pending_migrations_read_only(state.database.reader()).await;
    if !pending.is_ok_and(|pending| pending.is_empty()) {
        return Err("migrations are pending\n");
    }
    state.storage.ping().await.map_err(|_: AppError| "storage does not answer\n")
}
