//! The bare work of Gatehouse's pages: actix and tokio-postgres on the same database, without sessions, rights, an ORM,
//! templates or checks. What `benches/load` finds for a page is told as a share of what it finds here.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use actix_web::{App, HttpResponse, HttpServer, ResponseError, web};
use clap::Parser;
use deadpool_postgres::{Config, Pool, Runtime};
use qrcode::{EcLevel, QrCode};
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

/// Serves the bare pages.
#[derive(Parser, Clone)]
struct Arguments {
    /// The database that Gatehouse has filled
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Where to listen
    #[arg(long)]
    bind: String,
    /// The folder of the papers
    #[arg(long)]
    documents: PathBuf,
}

type Answer = Result<HttpResponse, Failure>;

/// 500, whatever it was.
#[derive(Debug)]
struct Failure(String);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl ResponseError for Failure {}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// What every page needs.
struct Site {
    database: Pool,
    documents: PathBuf,
}

/// What a submission writes; tables of its own, so that Gatehouse finds its data as it was.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS probe_submission (id uuid PRIMARY KEY, vehicle text NOT NULL, driver text NOT NULL, phone text NOT NULL,
        reference text NOT NULL UNIQUE, status text NOT NULL, created_at timestamptz NOT NULL);
    CREATE INDEX IF NOT EXISTS probe_submission_status ON probe_submission (status, id);
    CREATE TABLE IF NOT EXISTS probe_document (id uuid PRIMARY KEY, submission_id uuid NOT NULL REFERENCES probe_submission,
        storage_key text NOT NULL UNIQUE, size bigint NOT NULL);
    CREATE TABLE IF NOT EXISTS probe_audit_log (id uuid PRIMARY KEY, submission_id uuid NOT NULL, action text NOT NULL, at timestamptz NOT NULL);
    CREATE INDEX IF NOT EXISTS probe_audit_log_submission ON probe_audit_log (submission_id, id);";

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let mut config = Config::new();
    config.url = Some(arguments.database_url.clone());
    config.pool = Some(deadpool_postgres::PoolConfig::new(24));
    let database = config.create_pool(Some(Runtime::Tokio1), NoTls)?;
    database.get().await?.batch_execute(TABLES).await?;
    let site = web::Data::new(Site { database, documents: arguments.documents });
    HttpServer::new(move || {
        App::new()
            .app_data(site.clone())
            .app_data(web::PayloadConfig::new(1 << 20))
            .route("/draft/{id}", web::get().to(draft))
            .route("/list/{status}", web::get().to(list))
            .route("/download/{id}", web::get().to(download))
            .route("/submission", web::post().to(submit))
    })
    .workers(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
    .bind(arguments.bind)?
    .run()
    .await?;
    Ok(())
}

/// One entry with its papers.
async fn draft(site: web::Data<Site>, id: web::Path<Uuid>) -> Answer {
    let client = site.database.get().await?;
    let id = id.into_inner();
    let one = client
        .prepare_cached(
            "SELECT reference, vehicle_number, driver_name, driver_phone, company_name, status FROM submission WHERE id = $1",
        )
        .await?;
    let papers = client
        .prepare_cached(
            "SELECT d.document_type, d.file_name FROM submission_document a JOIN document d ON d.id = a.document_id \
             WHERE a.submission_id = $1",
        )
        .await?;
    let entry = client.query_one(&one, &[&id]).await?;
    let papers = client.query(&papers, &[&id]).await?;
    let mut page = head();
    cells(&mut page, &entry, 6);
    for paper in papers {
        cells(&mut page, &paper, 2);
    }
    Ok(html(page))
}

/// Fifty entries of a status, and how many there are.
async fn list(site: web::Data<Site>, status: web::Path<String>) -> Answer {
    let client = site.database.get().await?;
    let status = status.into_inner();
    let rows = client
        .prepare_cached(
            "SELECT reference, vehicle_number, driver_name, driver_phone, company_name, status FROM submission \
             WHERE status = $1 ORDER BY id DESC LIMIT 50",
        )
        .await?;
    let count = client.prepare_cached("SELECT count(*) FROM submission WHERE status = $1").await?;
    let rows = client.query(&rows, &[&status]).await?;
    let count: i64 = client.query_one(&count, &[&status]).await?.get(0);
    let mut page = head();
    page.extend(["<p>", &count.to_string(), "</p>"]);
    for row in rows {
        cells(&mut page, &row, 6);
    }
    Ok(html(page))
}

/// The bytes of a paper.
async fn download(site: web::Data<Site>, id: web::Path<Uuid>) -> Answer {
    let client = site.database.get().await?;
    let key = client.prepare_cached("SELECT storage_key FROM document WHERE id = $1").await?;
    let key: String = client.query_one(&key, &[&id.into_inner()]).await?.get(0);
    let path = site.documents.join(&key[..2]).join(&key);
    let bytes = web::block(move || std::fs::read(path)).await??;
    Ok(HttpResponse::Ok().content_type("application/pdf").body(bytes))
}

/// Keeps both halves of the body as papers, durably, and writes an entry, its papers, the log and a QR code.
async fn submit(site: web::Data<Site>, body: web::Bytes) -> Answer {
    let mut client = site.database.get().await?;
    let (id, papers) = (new_uuid(), [new_uuid(), new_uuid()]);
    for (paper, bytes) in papers.iter().zip([body.slice(..body.len() / 2), body.slice(body.len() / 2..)]) {
        let path = site.documents.join(format!("probe-{}", paper.simple()));
        web::block(move || keep(&path, &bytes)).await??;
    }
    let now = now();
    let reference = id.simple().to_string();
    let transaction = client.transaction().await?;
    let entry = "INSERT INTO probe_submission VALUES ($1, 'AR 02 ZA 0001', 'Ramesh Kumar', '+919700000000', $2, 'pending', $3)";
    let entry = transaction.prepare_cached(entry).await?;
    transaction.execute(&entry, &[&id, &reference, &now]).await?;
    let paper = "INSERT INTO probe_document VALUES ($1, $2, $3, 65536)";
    let paper = transaction.prepare_cached(paper).await?;
    let event = "INSERT INTO probe_audit_log VALUES ($1, $2, 'SUBMISSION_CREATED', $3)";
    let event = transaction.prepare_cached(event).await?;
    for key in &papers {
        transaction.execute(&paper, &[key, &id, &key.simple().to_string()]).await?;
        transaction.execute(&event, &[&new_uuid(), &id, &now]).await?;
    }
    transaction.commit().await?;
    let link = format!("HTTP://GATE.EXAMPLE/P/{}", reference.repeat(6).to_uppercase());
    let code = QrCode::with_error_correction_level(link, EcLevel::M)?;
    let mut page = head();
    page.extend(["<p>", &reference, "</p><p>", &code.width().to_string(), "</p>"]);
    Ok(html(page))
}

fn now() -> chrono::DateTime<chrono::Utc> {
    #[expect(clippy::disallowed_methods, reason = "the measurement happens now")]
    chrono::Utc::now()
}

fn new_uuid() -> Uuid {
    #[expect(clippy::disallowed_methods, reason = "the measurement happens now")]
    Uuid::now_v7()
}

fn keep(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn head() -> String {
    let mut page = String::with_capacity(16 * 1024);
    page.push_str(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Probe</title></head><body>",
    );
    page
}

fn cells(page: &mut String, row: &Row, count: usize) {
    page.push_str("<tr>");
    for column in 0..count {
        let text: Option<&str> = row.get(column);
        page.extend(["<td>", text.unwrap_or_default(), "</td>"]);
    }
    page.push_str("</tr>");
}

fn html(page: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}
