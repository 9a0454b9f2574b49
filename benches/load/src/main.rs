//! Measures Gatehouse over HTTP as browsers ask, every kind of work beside the bare probe of `benches/probe`, which does the
//! same on the same database and machine. `run.sh` starts the database and this.

mod client;
mod process;

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chrono::{FixedOffset, Utc};
use clap::Parser;
use client::{Ask, Connection, Failure};
use hyper::Method;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

/// Connections that ask at once.
const CONNECTIONS: usize = 32;
/// From the last storm to the look at what memory is left.
const REST: Duration = Duration::from_secs(30);
const PASSWORD: &str = "correct horse battery staple";
const PDF: &[u8] = include_bytes!("../../../tests/papers/ok__good.pdf");

/// Measures a release build of Gatehouse.
#[derive(Parser, Clone)]
struct Arguments {
    /// The program
    #[arg(long)]
    server: PathBuf,
    /// The bare probe
    #[arg(long)]
    probe: PathBuf,
    /// A folder for the run
    #[arg(long)]
    work: PathBuf,
    /// PostgreSQL's own client, which fills the database
    #[arg(long)]
    psql: PathBuf,
    /// An empty database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// The process whose children serve the database
    #[arg(long)]
    postgres_pid: u32,
    /// Submissions; vehicles, crew and papers in proportion
    #[arg(long, default_value_t = 50_000)]
    rows: u32,
    /// Seconds a measurement takes
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Measures only work with this in its name
    #[arg(long, default_value = "")]
    only: String,
    /// Processes of the server on the one database; connections are dealt out among them
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    processes: u8,
    /// How often each is measured; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let mut server = Server::start(&arguments, 1).await?;
    let mut people = arrange(&arguments, &server).await?;
    server.stop().await?;
    fill(&arguments).await?;
    server = Server::start(&arguments, arguments.processes).await?;
    let ready_after = server.ready_after;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle = server.memory("VmRSS");
    prepare_draft(&server, &mut people).await?;
    let cost = cost_of_a_submission(&server, &people).await?;

    let people = Arc::new(people);
    let mut kinds = kinds(&people);
    kinds.retain(|kind| kind.name.contains(&arguments.only));
    if kinds.is_empty() {
        return Err(format!("no work has {:?} in its name", arguments.only).into());
    }
    let mut probe = Server::of(Process::probe(&arguments).await?);
    let mut rounds: Vec<Vec<Measured>> = kinds.iter().map(|_| Vec::new()).collect();
    let mut comparisons: Vec<Vec<Comparison>> = compared(&people).iter().map(|_| Vec::new()).collect();
    let (mut argon, mut ceilings) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        eprintln!("round {round}");
        let health = Kind::new("/health", Work::get("/health", ""));
        ceilings.push(measure(&arguments, &server, &people, &health).await?.rate);
        for (kind, measured) in kinds.iter().zip(&mut rounds) {
            eprintln!("round {round}: {}", kind.name);
            let mut found = measure(&arguments, &server, &people, kind).await?;
            if let Some(bare) = &kind.bare {
                found.bare = measure(&arguments, &probe, &people, bare).await?.rate;
            }
            measured.push(found);
        }
        if arguments.only.is_empty() {
            for (kind, found) in compared(&people).iter().zip(&mut comparisons) {
                eprintln!("round {round}: {}, plain and compressed", kind.name);
                found.push(compare(&arguments, &server, &people, kind).await?);
            }
        }
        argon.push(argon2_rate(Duration::from_secs(arguments.seconds)));
    }
    probe.stop().await?;
    let peak = server.memory("VmHWM");
    tokio::time::sleep(REST).await;
    let after = server.memory("VmRSS");
    server.stop().await?;
    print_table(&arguments, &kinds, rounds, median(&mut argon), median(&mut ceilings));
    println!();
    if arguments.only.is_empty() {
        print_comparisons(&compared(&people), comparisons);
        println!();
    }
    println!(
        "A submission of a new vehicle with a new driver and two papers, sessions and messages included: {} statements, \
         {} transactions.",
        cost.0, cost.1
    );
    println!();
    println!("| memory and start | measured | target |");
    println!("|---|---|---|");
    println!("| idle | {idle:.0} MiB | 30 MiB |");
    if arguments.only.is_empty() {
        println!(
            "| half a minute after sign-in and upload storms (peak within them: {peak:.0} MiB) | {after:.0} MiB | 64 MiB |"
        );
    }
    println!("| ready after start, migrated database | {:.2} s | 0.3 s |", ready_after.as_secs_f64());
    Ok(())
}

/// The program, running on free ports.
struct Server {
    processes: Vec<Process>,
    /// From the start of the first process to its first answer.
    ready_after: Duration,
}

struct Process {
    child: Child,
    pid: u32,
    address: String,
}

impl Server {
    async fn start(arguments: &Arguments, count: u8) -> Result<Self, Failure> {
        let begun = Instant::now();
        let mut processes = vec![Process::start(arguments).await?];
        let ready_after = begun.elapsed();
        for _ in 1..count {
            processes.push(Process::start(arguments).await?);
        }
        Ok(Self { processes, ready_after })
    }

    /// Of one process, whose start is not of interest.
    fn of(process: Process) -> Self {
        Self { processes: vec![process], ready_after: Duration::ZERO }
    }

    /// Where connection `number` goes.
    fn address(&self, number: usize) -> &str {
        &self.processes[number % self.processes.len()].address
    }

    /// Seconds of CPU until now.
    fn cpu(&self) -> f64 {
        self.processes.iter().map(|process| process::cpu(process.pid)).sum()
    }

    /// MiB of all processes.
    fn memory(&self, which: &str) -> f64 {
        self.processes.iter().map(|process| process::memory(process.pid, which)).sum()
    }

    async fn stop(&mut self) -> Result<(), Failure> {
        for process in &mut self.processes {
            Command::new("kill").arg(process.pid.to_string()).status().await?;
            process.child.wait().await?;
        }
        Ok(())
    }
}

impl Process {
    /// Gatehouse, ready to answer.
    async fn start(arguments: &Arguments) -> Result<Self, Failure> {
        let address = free_address()?;
        let mut command = command(arguments);
        Self::ready(arguments, command.env("BIND_ADDR", &address), &address, "/ready").await
    }

    /// The bare probe, ready to answer.
    async fn probe(arguments: &Arguments) -> Result<Self, Failure> {
        let address = free_address()?;
        let mut command = Command::new(&arguments.probe);
        command.env_clear().env("DATABASE_URL", &arguments.database_url).kill_on_drop(true);
        command.args(["--bind", &address, "--documents"]).arg(arguments.work.join("data/documents"));
        Self::ready(arguments, &mut command, &address, "/list/pending").await
    }

    /// Starts `command` and waits until it answers 200 at `path`.
    async fn ready(
        arguments: &Arguments,
        command: &mut Command,
        address: &str,
        path: &str,
    ) -> Result<Self, Failure> {
        let log = fs::OpenOptions::new().create(true).append(true).open(arguments.work.join("server.log"))?;
        let begun = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(log).spawn()?;
        let pid = child.id().ok_or("the server ended at once")?;
        loop {
            if let Ok(mut connection) = Connection::open(address).await
                && connection.send(&Ask::get(path, "")).await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(Self { child, pid, address: address.to_owned() });
            }
            if child.try_wait()?.is_some() || begun.elapsed() > Duration::from_mins(1) {
                return Err("the server does not start; its log tells why".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn free_address() -> Result<String, Failure> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

fn command(arguments: &Arguments) -> Command {
    let mut command = Command::new(&arguments.server);
    command
        .env_clear()
        .env("DATABASE_URL", &arguments.database_url)
        .env("DATA_DIR", arguments.work.join("data"))
        .env("SECRET_KEY", "a secret that only the measurement has")
        .env("RUST_LOG", "warn")
        .env("RATE_LIMIT", "0") // everybody comes from one address
        .kill_on_drop(true);
    command
}

/// Who asks, and for what.
struct People {
    /// Cookies of customers, one a connection.
    customers: Vec<String>,
    supervisor: String,
    /// Of the first customer.
    draft: String,
    paper: String,
    token: String,
    reference: String,
    /// Makes each new vehicle and driver another one.
    next: AtomicU32,
}

/// Makes accounts and one approved entry with papers, by the pages.
async fn arrange(arguments: &Arguments, server: &Server) -> Result<People, Failure> {
    for number in 0..CONNECTIONS {
        make_account(arguments, &customer(number), "customer").await?;
    }
    make_account(arguments, "desk@example.com", "supervisor").await?;
    let mut connection = Connection::open(server.address(0)).await?;
    let mut customers = Vec::new();
    for number in 0..CONNECTIONS {
        customers.push(sign_in(&mut connection, &customer(number)).await?);
    }
    let supervisor = sign_in(&mut connection, "desk@example.com").await?;
    let entry = submit(&mut connection, &customers[0], "AR 01 ZZ 0001", "9700000000", true).await?;
    let approve = Ask::form(format!("/admin{entry}/approve"), &supervisor, &[]);
    connection.send(&approve).await?.expect(303)?;
    let pass = connection.send(&Ask::get(&entry, &customers[0]).plain()).await?.expect(200)?;
    let pass = String::from_utf8_lossy(&pass.body).into_owned();
    let token = between(&pass, "/p/", "/qr").ok_or("the entry has no pass")?.to_owned();
    let reference = between(&pass, "class=\"reference\">", "<").unwrap_or_default().to_owned();
    let papers = connection.send(&Ask::get("/documents", &customers[0]).plain()).await?.expect(200)?;
    let papers = String::from_utf8_lossy(&papers.body).into_owned();
    let paper = between(&papers, "href=\"/documents/", "\"").ok_or("no paper is on file")?.to_owned();
    Ok(People {
        customers,
        supervisor,
        draft: String::new(),
        paper,
        token,
        reference,
        next: AtomicU32::new(1),
    })
}

fn customer(number: usize) -> String {
    format!("load{number}@example.com")
}

async fn make_account(arguments: &Arguments, email: &str, role: &str) -> Result<(), Failure> {
    let mut child = command(arguments)
        .args(["user", "create", "--email", email, "--role", role, "--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(PASSWORD.as_bytes()).await?;
    if child.wait().await?.success() { Ok(()) } else { Err(format!("{email} was not made").into()) }
}

async fn sign_in(connection: &mut Connection, email: &str) -> Result<String, Failure> {
    Ok(connection.send(&sign_in_form(email)).await?.expect(303)?.cookie)
}

fn sign_in_form(email: &str) -> Ask {
    Ask::form("/login", "", &[("email", email), ("password", PASSWORD)])
}

/// Copies the entry until the database is full.
async fn fill(arguments: &Arguments) -> Result<(), Failure> {
    let begun = Instant::now();
    let filled = Command::new(&arguments.psql)
        .args(["-qAtX", &arguments.database_url, "-v", &format!("rows={}", arguments.rows)])
        .args(["-f", concat!(env!("CARGO_MANIFEST_DIR"), "/src/fill.sql")])
        .output()
        .await?;
    if !filled.status.success() {
        return Err(String::from_utf8_lossy(&filled.stderr).into_owned().into());
    }
    let counts = String::from_utf8_lossy(&filled.stdout).trim().to_owned();
    eprintln!("filled in {:.0?}: {counts}", begun.elapsed());
    Ok(())
}

/// A draft whose crew and papers filled themselves in.
async fn prepare_draft(server: &Server, people: &mut People) -> Result<(), Failure> {
    let mut connection = Connection::open(server.address(0)).await?;
    people.draft = open_draft(&mut connection, &people.customers[0], "AR 01 ZZ 0001").await?;
    Ok(())
}

/// The draft's path.
async fn open_draft(connection: &mut Connection, cookie: &str, plate: &str) -> Result<String, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the measurement happens now")]
    let today = Utc::now().with_timezone(&india()).date_naive().to_string();
    let fields =
        [("vehicle_number", plate), ("customer_phone", "9876543210"), ("expected_on", today.as_str())];
    Ok(connection.send(&Ask::form("/submissions/new", cookie, &fields)).await?.expect(303)?.location)
}

/// The server's default zone.
fn india() -> FixedOffset {
    #[expect(clippy::expect_used, reason = "five and a half hours are less than a day")]
    FixedOffset::east_opt(19_800).expect("an offset")
}

/// Fills in and submits an entry; its path.
async fn submit(
    connection: &mut Connection,
    cookie: &str,
    plate: &str,
    phone: &str,
    all_papers: bool,
) -> Result<String, Failure> {
    let entry = open_draft(connection, cookie, plate).await?;
    let crew = [("driver_name", "Ramesh Kumar"), ("driver_phone", phone)];
    connection.send(&Ask::form(format!("{entry}/crew"), cookie, &crew)).await?.expect(303)?;
    let pdf = pdf_of(64 * 1024);
    let day = b"2030-01-01".as_slice();
    let mut parts = vec![
        ("vehicle_registration", "registration.pdf", pdf.as_slice()),
        ("puc", "puc.pdf", &pdf),
        ("vehicle_registration_valid_until", "", day),
        ("puc_valid_until", "", day),
    ];
    if all_papers {
        parts.extend([
            ("vehicle_insurance", "insurance.pdf", pdf.as_slice()),
            ("vehicle_insurance_valid_until", "", day),
            ("driver_license", "licence.pdf", &pdf),
            ("driver_license_valid_until", "", day),
        ]);
    }
    connection.send(&Ask::multipart(format!("{entry}/documents"), cookie, &parts)).await?.expect(303)?;
    let review = format!("{entry}/review");
    let page = connection.send(&Ask::get(&review, cookie).plain()).await?.expect(200)?;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let version =
        page.split("name=\"draft_version\"").nth(1).and_then(|rest| between(rest, "value=\"", "\""));
    let fields = [("consent", "yes"), ("draft_version", version.ok_or("the review names no version")?)];
    connection.send(&Ask::form(&review, cookie, &fields)).await?.expect(303)?;
    Ok(entry)
}

/// How many statements and transactions of one process a submission of a new vehicle with a new driver and two papers
/// takes, sessions and its messages included.
async fn cost_of_a_submission(server: &Server, people: &People) -> Result<(u64, u64), Failure> {
    let mut connection = Connection::open(server.address(0)).await?;
    let before = asked_of_the_database(&mut connection).await?;
    submit(&mut connection, &people.customers[0], "AR 03 ZZ 0001", "9810000001", false).await?;
    // Until its messages are sent.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = asked_of_the_database(&mut connection).await?;
    Ok((after.0 - before.0, after.1 - before.1))
}

/// What `/metrics` tells of statements and transactions.
async fn asked_of_the_database(connection: &mut Connection) -> Result<(u64, u64), Failure> {
    let told = connection.send(&Ask::get("/metrics", "").plain()).await?.expect(200)?;
    let told = String::from_utf8_lossy(&told.body).into_owned();
    let value = |name: &str| -> Result<u64, Failure> {
        let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(line.ok_or_else(|| format!("/metrics does not tell {name}"))?.trim().parse()?)
    };
    Ok((value("gatehouse_database_statements")?, value("gatehouse_database_transactions")?))
}

/// A sound PDF of exactly so many bytes: a comment before its table of objects.
fn pdf_of(bytes: usize) -> Vec<u8> {
    let find = |from: usize, what: &[u8]| {
        PDF[from..].windows(what.len()).position(|window| window == what).map_or(PDF.len(), |at| from + at)
    };
    let table_at = find(0, b"xref\n");
    let table = &PDF[table_at..find(table_at, b"startxref")];
    let end = |at: usize| [b"\n", table, format!("startxref\n{at:08}\n%%EOF\n").as_bytes()].concat();
    let comment = vec![b'%'; bytes - table_at - end(0).len()];
    [&PDF[..table_at], &comment, &end(table_at + comment.len() + 1)].concat()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// What a connection does again and again.
#[derive(Clone)]
enum Work {
    /// Asks for these in turn.
    Same(Vec<Ask>),
    /// Signs in, while somebody else reads pages.
    SignIn,
    /// Submits an entry with two papers.
    Submit,
}

impl Work {
    /// Opens `path`.
    fn get(path: impl Into<String>, cookie: &str) -> Self {
        Self::Same(vec![Ask::get(path, cookie)])
    }
}

/// What is measured.
struct Kind {
    name: &'static str,
    work: Work,
    status: u16,
    /// Connections that ask at once.
    at_once: usize,
    /// What the probe does of it.
    bare: Option<Box<Kind>>,
    /// A share of the probe's rate, for sign-ins of argon2's.
    target: f64,
}

impl Kind {
    fn new(name: &'static str, work: Work) -> Self {
        Self { name, work, status: 200, at_once: CONNECTIONS, bare: None, target: 0.0 }
    }

    /// To reach the share `target` of what the probe reaches with `ask`.
    fn beside(self, ask: Ask, target: f64) -> Self {
        let bare = Self::new(self.name, Work::Same(vec![ask]));
        Self { bare: Some(Box::new(bare)), target, ..self }
    }
}

fn kinds(people: &People) -> Vec<Kind> {
    let (customer, desk) = (&people.customers[0], &people.supervisor);
    let searches = ["MH10AA7919", "8000000777", "kumar", &people.reference]
        .map(|q| Ask::get(format!("/admin/submissions?q={q}"), desk));
    let draft_id = people.draft.rsplit('/').next().unwrap_or_default();
    let bare_draft = || Ask::get(format!("/draft/{draft_id}"), "");
    let two_papers =
        Ask { method: Method::POST, body: vec![b'%'; 128 * 1024].into(), ..Ask::get("/submission", "") };
    vec![
        Kind::new("draft page, crew and papers filled in", Work::get(&people.draft, customer))
            .beside(bare_draft(), 0.33),
        Kind::new("staff list, 50 rows, status filter", Work::get("/admin/submissions?status=pending", desk))
            .beside(Ask::get("/list/pending", ""), 3.0),
        // Its target is a time, so it is asked one at a time.
        Kind {
            at_once: 1,
            ..Kind::new(
                "staff search by plate, phone, name part and reference; one connection",
                Work::Same(searches.to_vec()),
            )
        },
        Kind::new("download, 64 KiB", Work::get(format!("/documents/{}/download", people.paper), customer))
            .beside(Ask::get(format!("/download/{}", people.paper), ""), 0.4),
        Kind::new("driver's pass", Work::get(format!("/p/{}", people.token), "")).beside(bare_draft(), 0.4),
        Kind::new("QR code as PNG", Work::get(format!("/p/{}/qr.png", people.token), ""))
            .beside(bare_draft(), 0.4),
        Kind { status: 303, ..Kind::new("submission with two PDFs (five requests)", Work::Submit) }
            .beside(two_papers, 0.4),
        Kind { status: 303, target: 0.85, ..Kind::new("sign-in", Work::SignIn) },
    ]
}

/// The pages whose compression is measured: one that asks the database for nothing, and two that do.
fn compared(people: &People) -> Vec<Kind> {
    vec![
        Kind::new("/login", Work::get("/login", "")),
        Kind::new("draft page", Work::get(&people.draft, &people.customers[0])),
        Kind::new("staff list", Work::get("/admin/submissions?status=pending", &people.supervisor)),
    ]
}

/// What one measurement found.
#[derive(Clone, Default)]
struct Measured {
    /// A second.
    rate: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    /// What the probe reached beside it, a second.
    bare: f64,
    /// Seconds for 1 000.
    server_cpu: f64,
    postgres_cpu: f64,
    /// Of the pages that somebody else read meanwhile, in milliseconds.
    others_p99: f64,
}

/// The same page plain and compressed.
struct Comparison {
    /// Bytes.
    plain_size: usize,
    compressed_size: usize,
    plain: Measured,
    compressed: Measured,
    /// With one connection.
    plain_alone: Measured,
    compressed_alone: Measured,
}

async fn compare(
    arguments: &Arguments,
    server: &Server,
    people: &Arc<People>,
    kind: &Kind,
) -> Result<Comparison, Failure> {
    let Work::Same(asks) = &kind.work else { return Err("nothing to compare".into()) };
    let plain = asks[0].clone().plain();
    let mut connection = Connection::open(server.address(0)).await?;
    let plain_size = connection.send(&plain).await?.expect(200)?.body.len();
    let compressed_size = connection.send(&asks[0]).await?.expect(200)?.body.len();
    let of = |ask: &Ask, at_once| Kind { at_once, ..Kind::new(kind.name, Work::Same(vec![ask.clone()])) };
    Ok(Comparison {
        plain_size,
        compressed_size,
        plain: measure(arguments, server, people, &of(&plain, CONNECTIONS)).await?,
        compressed: measure(arguments, server, people, &of(&asks[0], CONNECTIONS)).await?,
        plain_alone: measure(arguments, server, people, &of(&plain, 1)).await?,
        compressed_alone: measure(arguments, server, people, &of(&asks[0], 1)).await?,
    })
}

async fn measure(
    arguments: &Arguments,
    server: &Server,
    people: &Arc<People>,
    kind: &Kind,
) -> Result<Measured, Failure> {
    let (work, status) = (&kind.work, kind.status);
    let mut workers = tokio::task::JoinSet::new();
    let until = Instant::now() + Duration::from_secs(arguments.seconds);
    let cpu = (server.cpu(), process::cpu_with_children(arguments.postgres_pid));
    let begun = Instant::now();
    for number in 0..kind.at_once {
        let (address, people, work) = (server.address(number).to_owned(), Arc::clone(people), work.clone());
        workers.spawn(async move { repeat(&address, &people, &work, status, number, until).await });
    }
    let others = match work {
        Work::SignIn => read_pages(server, people, until).await?,
        _ => vec![],
    };
    let mut times = Vec::new();
    while let Some(ended) = workers.join_next().await {
        times.extend(ended??);
    }
    let took = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "counts of some seconds are small")]
    let count = times.len() as f64;
    Ok(Measured {
        rate: count / took,
        p50: percentile(&mut times, 50),
        p90: percentile(&mut times, 90),
        p99: percentile(&mut times, 99),
        server_cpu: (server.cpu() - cpu.0) / count * 1_000.0,
        postgres_cpu: (process::cpu_with_children(arguments.postgres_pid) - cpu.1) / count * 1_000.0,
        others_p99: percentile(&mut { others }, 99),
        ..Measured::default()
    })
}

/// Opens twenty pages a second, as people do who are not signing in.
async fn read_pages(server: &Server, people: &People, until: Instant) -> Result<Vec<Duration>, Failure> {
    let mut connection = Connection::open(server.address(0)).await?;
    let page = Ask::get(people.draft.clone(), &people.customers[0]);
    let mut times = Vec::new();
    let mut turn = tokio::time::interval(Duration::from_millis(50));
    while Instant::now() < until {
        turn.tick().await;
        let begun = Instant::now();
        connection.send(&page).await?.expect(200)?;
        times.push(begun.elapsed());
    }
    Ok(times)
}

async fn repeat(
    address: &str,
    people: &People,
    work: &Work,
    status: u16,
    number: usize,
    until: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut connection = Connection::open(address).await?;
    let mut times = Vec::new();
    let mut turn = number;
    while Instant::now() < until {
        let begun = Instant::now();
        match work {
            Work::Same(asks) => {
                connection.send(&asks[turn % asks.len()]).await?.expect(status)?;
            }
            Work::SignIn => {
                connection.send(&sign_in_form(&customer(number))).await?.expect(status)?;
            }
            Work::Submit => {
                let next = people.next.fetch_add(1, Ordering::Relaxed);
                let letter = char::from(b'A' + u8::try_from(next / 10_000 % 26)?);
                let plate = format!("AR 02 Z{letter} {:04}", next % 10_000);
                let phone = format!("97{next:08}");
                submit(&mut connection, &people.customers[number], &plate, &phone, false).await?;
            }
        }
        times.push(begun.elapsed());
        turn += 1;
    }
    Ok(times)
}

/// Milliseconds.
fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Hashes a second with all cores and nothing else: what sign-ins cannot pass.
fn argon2_rate(time: Duration) -> f64 {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let until = Instant::now() + time;
    let hashes: u32 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(|| hash_until(until))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
    });
    f64::from(hashes) / time.as_secs_f64()
}

fn hash_until(until: Instant) -> u32 {
    #[expect(clippy::expect_used, reason = "the parameters are sound")]
    let params = Params::new(19 * 1024, 2, 1, None).expect("parameters");
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = [0; 32];
    let mut hashes = 0;
    while Instant::now() < until {
        let done = argon2.hash_password_into_with_memory(
            PASSWORD.as_bytes(),
            b"0123456789abcdef",
            &mut output,
            &mut memory,
        );
        hashes += u32::from(done.is_ok());
    }
    hashes
}

fn print_table(arguments: &Arguments, kinds: &[Kind], rounds: Vec<Vec<Measured>>, argon: f64, ceiling: f64) {
    println!(
        "{CONNECTIONS} connections that ask as browsers do, {} server process(es), {} rounds of {} s, medians; {} submissions. \
         `/health`: {ceiling:.0} a second. argon2id alone, all cores: {argon:.0} a second.",
        arguments.processes, arguments.rounds, arguments.seconds, arguments.rows,
    );
    println!();
    println!(
        "| work | a second | p50 ms | p99 ms | bare probe a second | share of it | target | server CPU s per 1 000 | PostgreSQL CPU s per 1 000 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut beside_sign_ins = None;
    for (kind, measured) in kinds.iter().zip(rounds) {
        let of = |field: fn(&Measured) -> f64| median_of(&measured, field);
        let rate = of(|found| found.rate);
        let (bare, share, target) = match (&kind.work, &kind.bare) {
            (Work::SignIn, _) => (
                String::new(),
                format!("{:.2} of argon2id", rate / argon),
                format!("{} of argon2id", kind.target),
            ),
            (_, None) => (String::new(), String::new(), "p99 50 ms".to_owned()),
            (_, Some(_)) => (
                format!("{:.0}", of(|found| found.bare)),
                format!("{:.2}", of(|found| found.rate / found.bare)),
                kind.target.to_string(),
            ),
        };
        println!(
            "| {} | {rate:.0} | {:.1} | {:.1} | {bare} | {share} | {target} | {:.2} | {:.2} |",
            kind.name,
            of(|found| found.p50),
            of(|found| found.p99),
            of(|found| found.server_cpu),
            of(|found| found.postgres_cpu),
        );
        if matches!(kind.work, Work::SignIn) {
            beside_sign_ins = Some(of(|found| found.others_p99));
        }
    }
    if let Some(p99) = beside_sign_ins {
        println!();
        println!("Pages read beside the sign-ins: p99 {p99:.0} ms (target: 100 ms).");
    }
}

fn print_comparisons(kinds: &[Kind], comparisons: Vec<Vec<Comparison>>) {
    println!(
        "| page, plain and as browsers ask | bytes | a second | share of plain | extra server CPU, µs a page | at most | one connection: p50 ms | p90 ms |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (kind, found) in kinds.iter().zip(comparisons) {
        let Some(last) = found.last() else { continue };
        let of = |field: fn(&Comparison) -> f64| median_of(&found, field);
        #[expect(clippy::cast_precision_loss, reason = "pages are small")]
        let allowed = 25.0 + last.plain_size as f64 * 0.008;
        println!(
            "| {} | {} → {} | {:.0} → {:.0} | {:.2} | {:.0} | {allowed:.0} | {:.2} → {:.2} | {:.2} → {:.2} |",
            kind.name,
            last.plain_size,
            last.compressed_size,
            of(|found| found.plain.rate),
            of(|found| found.compressed.rate),
            of(|found| found.compressed.rate / found.plain.rate),
            of(|found| (found.compressed.server_cpu - found.plain.server_cpu) * 1_000.0),
            of(|found| found.plain_alone.p50),
            of(|found| found.compressed_alone.p50),
            of(|found| found.plain_alone.p90),
            of(|found| found.compressed_alone.p90),
        );
    }
}

fn median_of<T>(found: &[T], field: fn(&T) -> f64) -> f64 {
    median(&mut found.iter().map(field).collect::<Vec<_>>())
}
