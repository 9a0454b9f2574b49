//! Every route × everybody: one table of who gets what.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::introspection::{IntrospectionNode, IntrospectionTree};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::Data;
use gatehouse::features::accounts::service::first_admin;
use gatehouse::kernel::entity::{account, crew_member, document, notification, session, submission, vehicle};
use gatehouse::kernel::http::assets;
use gatehouse::kernel::types::{
    AccountId, CrewMemberId, DocumentId, RegistrationNo, SessionId, SubmissionId, VehicleId,
};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use reqwest::multipart::Form;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::support::entries::{Entry, PDF, Submitted, TODAY};
use crate::support::{App, Client, PASSWORD, Page, email_of};
use Body::{Fields, Nonce, Nothing, Paper};
use Outcome::{SignIn, Status};
use Thing::{
    Approved, Asset, Draft, DraftPaper, Driver, GatePaper, Inside, Invite, Lookalike, OrderPaper, Pass,
    Pending, Plain, Rejected, Reset, Scan, SentMessage, Session, Setup, Stopped, User, Vehicle, Verify,
};
use Visitor::{Admin, Customer, Guard, Nobody, OtherCustomer, Supervisor};

/// Every route, with what it is visited with and what comes of it.
#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "a line a visit")]
pub fn table() -> Vec<Row> {
    vec![
        // Everybody's.
        get("/static/{hash}/{path:.*}", Asset, everybody(200)),
        get("/favicon.ico", Plain, everybody(200)),
        get("/health", Plain, everybody(200)),
        get("/ready", Plain, everybody(200)),
        get("/metrics", Plain, everybody(200)), // of this machine
        get("/", Plain, everybody(303)),
        get("/login", Plain, everybody(200)),
        post("/login", Plain, Nothing, everybody(422)),
        get("/register", Plain, everybody(200)),
        post("/register", Plain, Fields(REGISTRATION), everybody(303)),
        get("/setup/{token}", Setup, everybody(404)), // there is an admin
        post("/setup/{token}", Setup, Nothing, everybody(404)),
        get("/verify/{token}", Verify, everybody(200)),
        post("/verify/{token}", Verify, Nothing, everybody(422)),
        get("/forgot", Plain, everybody(200)),
        post("/forgot", Plain, Fields(&[("email", "nobody@example.com")]), everybody(303)),
        get("/reset/{token}", Reset, everybody(200)),
        post("/reset/{token}", Reset, Nothing, everybody(422)),
        get("/invite/{token}", Invite, everybody(200)),
        post("/invite/{token}", Invite, Nothing, everybody(422)),
        get("/p/{token}", Pass, everybody(200)),
        get("/P/{token}", Pass, everybody(200)),
        get("/p/{token}/print/{format}", Pass, everybody(200)),
        get("/P/{token}/print/{format}", Pass, everybody(200)),
        get("/p/{token}/qr.png", Pass, everybody(200)),
        get("/p/{token}/qr.svg", Pass, everybody(200)),

        // One's own, whoever one is.
        post("/verify", Plain, Nothing, signed_in(303)),
        get("/account", Plain, signed_in(200)),
        post("/account", Plain, Fields(PROFILE), signed_in(303)),
        get("/account/kept", Plain, signed_in(303)),
        post("/account/kept", Plain, Nothing, signed_in(303)),
        get("/account/password", Plain, signed_in(200)),
        post("/account/password", Plain, Nothing, signed_in(422)),
        get("/account/sessions", Plain, signed_in(200)),
        post("/account/sessions/revoke-others", Plain, Nothing, signed_in(303)),
        post("/account/sessions/{id}/revoke", Session, Nothing, [
            SignIn, Status(303), Status(404), Status(404), Status(404), Status(404),
        ]),

        // An admin's.
        get("/admin/users", Plain, admins(200)),
        get("/admin/users/invite", Plain, admins(200)),
        post("/admin/users/invite", Plain, Fields(INVITATION), admins(303)),
        get("/admin/users/{id}", User, admins(200)),
        post("/admin/users/{id}/role", User, Fields(&[("role", "guard")]), admins(303)),
        get("/admin/users/{id}/disable", User, admins(200)),
        post("/admin/users/{id}/disable", User, Nothing, admins(303)),
        post("/admin/users/{id}/enable", User, Nothing, admins(303)),
        post("/admin/users/{id}/unlock", User, Nothing, admins(303)),
        post("/admin/users/{id}/end-sessions", User, Nothing, admins(303)),
        get("/admin/users/{id}/reset-password", User, admins(200)),
        post("/admin/users/{id}/reset-password", User, Nothing, admins(303)),
        post("/admin/users/{id}/resend", User, Nothing, admins(303)),

        // Everybody's who has an account.
        get("/vehicles/lookup", Plain, signed_in(200)),

        // A customer's own. Staff read the papers of entries, guards those that the gate looks at.
        get("/documents", Plain, customers(200)),
        post("/documents", Plain, Paper, customers(303)),
        get("/documents/{id}", DraftPaper, owner_not_staff(200)),
        get("/documents/{id}", GatePaper, owner_and_staff(200)),
        get("/documents/{id}", OrderPaper, owner_and_supervisors(200)),
        get("/documents/{id}/download", DraftPaper, owner_not_staff(200)),
        get("/documents/{id}/download", GatePaper, owner_and_staff(200)),
        get("/documents/{id}/download", OrderPaper, owner_and_supervisors(200)),
        post("/documents/{id}/remove", DraftPaper, Nothing, owner(303)),
        get("/submissions", Plain, customers(200)),
        get("/submissions/new", Plain, customers(200)),
        post("/submissions/new", Plain, Fields(VEHICLE), customers(303)),
        get("/submissions/{id}", Draft, owner(200)),
        get("/submissions/{id}", Pending, owner(200)),
        get("/submissions/{id}/vehicle", Draft, owner(200)),
        post("/submissions/{id}/vehicle", Draft, Fields(VEHICLE), owner(303)),
        get("/submissions/{id}/crew", Draft, owner(200)),
        post("/submissions/{id}/crew", Draft, Fields(CREW), owner(303)),
        get("/submissions/{id}/documents", Draft, owner(200)),
        post("/submissions/{id}/documents", Draft, Paper, owner(303)),
        get("/submissions/{id}/review", Draft, owner(200)),
        post("/submissions/{id}/review", Pending, Fields(&[("consent", "yes")]), owner(303)),
        get("/submissions/{id}/cancel", Pending, owner(200)),
        post("/submissions/{id}/cancel", Pending, Nothing, owner(303)),
        post("/submissions/{id}/resend", Pending, Nothing, owner(303)),
        post("/submissions/{id}/resubmit", Pending, Nothing, owner(409)),
        post("/submissions/{id}/resubmit", Rejected, Nothing, owner(303)),

        // The desk's. A draft is nobody's but its owner's.
        get("/admin/submissions", Plain, staff(200)),
        get("/admin/submissions/{id}", Draft, staff(404)),
        get("/admin/submissions/{id}", Pending, staff(200)),
        post("/admin/submissions/{id}/approve", Draft, Nothing, supervisors(404)),
        post("/admin/submissions/{id}/approve", Pending, Nothing, supervisors(303)),
        post("/admin/submissions/{id}/reject", Draft, Fields(REASON), supervisors(404)),
        post("/admin/submissions/{id}/reject", Pending, Fields(REASON), supervisors(303)),
        post("/admin/submissions/{id}/complete", Draft, Nothing, supervisors(404)),
        post("/admin/submissions/{id}/complete", Approved, Nothing, supervisors(303)),
        get("/admin/messages", Plain, supervisors(200)),
        post("/admin/messages/{id}/resend", SentMessage, Nothing, supervisors(303)),
        get("/admin/audit", Plain, supervisors(200)),

        get("/admin/vehicles", Plain, supervisors(200)),
        get("/admin/vehicles/{id}", Vehicle, supervisors(200)),
        post("/admin/vehicles/{id}/remark", Vehicle, Fields(&[("rating", "3")]), supervisors(303)),
        post("/admin/vehicles/{id}/blacklist", Vehicle, Fields(REASON), supervisors(303)),
        post("/admin/vehicles/{id}/lift", Vehicle, Nothing, supervisors(303)),
        get("/admin/vehicles/{id}/tell-apart", Vehicle, supervisors(303)), // without another there is no pair
        post("/admin/vehicles/{id}/tell-apart", Vehicle, Fields(PAIR), supervisors(404)),
        post("/admin/vehicles/{id}/tell-apart", Lookalike, Fields(PAIR), supervisors(303)),
        post("/admin/vehicles/{id}/warn-again", Lookalike, Fields(PAIR), supervisors(303)),
        get("/admin/crew", Plain, supervisors(200)),
        get("/admin/crew/{id}", Driver, supervisors(200)),
        post("/admin/crew/{id}/remark", Driver, Fields(&[("rating", "3")]), supervisors(303)),
        post("/admin/crew/{id}/blacklist", Driver, Fields(REASON), supervisors(303)),
        post("/admin/crew/{id}/lift", Driver, Nothing, supervisors(303)),
        post("/admin/crew/{id}/rename", Driver, Fields(&[("name", "Somebody Else")]), supervisors(303)),
        get("/admin/crew/{id}/merge", Driver, supervisors(200)),
        post("/admin/crew/{id}/merge", Driver, Fields(&[("phone", "98200 99999")]), supervisors(422)),

        // The gate's.
        get("/gate", Plain, staff(200)),
        post("/gate/scan", Plain, Fields(&[("code", "nothing known")]), staff(303)),
        get("/gate/scans/{id}", Scan, staff(200)),
        get("/gate/submissions/{id}", Draft, staff(404)),
        get("/gate/submissions/{id}", Approved, staff(200)),
        post("/gate/submissions/{id}/check-in", Draft, Nonce, staff(404)),
        post("/gate/submissions/{id}/check-in", Approved, Nonce, staff(303)),
        post("/gate/submissions/{id}/check-out", Draft, Nonce, staff(404)),
        post("/gate/submissions/{id}/check-out", Inside, Nonce, staff(303)),
        post("/gate/submissions/{id}/refuse", Draft, Fields(REASON), staff(404)),
        post("/gate/submissions/{id}/refuse", Approved, Fields(REASON), staff(303)),
        get("/gate/submissions/{id}/override", Draft, supervisors(404)),
        get("/gate/submissions/{id}/override", Stopped, supervisors(200)),
        post("/gate/submissions/{id}/override", Draft, Fields(REASON), supervisors(404)),
        post("/gate/submissions/{id}/override", Stopped, Fields(REASON), supervisors(303)),

        // Last, because it ends the visitor's session.
        post("/logout", Plain, Nothing, everybody(303)),
    ]
}

const REGISTRATION: &[(&str, &str)] = &[
    ("company_name", "Chitra Logistics"),
    ("full_name", "Chitra"),
    ("phone", "98765 43210"),
    ("email", "chitra@example.com"),
    ("password", "correct horse battery"),
    ("password_confirm", "correct horse battery"),
];
const PROFILE: &[(&str, &str)] =
    &[("full_name", "Somebody Else"), ("phone", "98765 43210"), ("company_name", "Other Logistics")];
const INVITATION: &[(&str, &str)] =
    &[("email", "gita@example.com"), ("full_name", "Gita"), ("role", "guard")];
const VEHICLE: &[(&str, &str)] =
    &[("vehicle_number", "MH 14 CD 5678"), ("customer_phone", "98765 43210"), ("expected_on", TODAY)];
const CREW: &[(&str, &str)] = &[("driver_name", "Ramesh Kumar"), ("driver_phone", "98200 00001")];
/// The one on the blacklist that the [`Lookalike`] looks like.
const LISTED: &str = "019a9f00-0000-7000-8000-0000000000ff";
const PAIR: &[(&str, &str)] = &[("other", LISTED), ("reason", "The plate is another")];
const REASON: &[(&str, &str)] = &[("reason", "The papers are of another vehicle")];

/// One route, what it is visited with, and what comes of it.
#[derive(Clone)]
pub struct Row {
    pub method: Method,
    pattern: &'static str,
    pub thing: Thing,
    body: Body,
    outcomes: [Outcome; 6],
}

fn get(pattern: &'static str, thing: Thing, outcomes: [Outcome; 6]) -> Row {
    Row { method: Method::GET, pattern, thing, body: Nothing, outcomes }
}

fn post(pattern: &'static str, thing: Thing, body: Body, outcomes: [Outcome; 6]) -> Row {
    Row { method: Method::POST, pattern, thing, body, outcomes }
}

/// Who visits, in the order of a row's outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visitor {
    Nobody,
    /// Whose entries and papers are visited.
    Customer,
    OtherCustomer,
    Guard,
    Supervisor,
    Admin,
}

/// Everybody.
pub const VISITORS: [Visitor; 6] = [Nobody, Customer, OtherCustomer, Guard, Supervisor, Admin];

/// What a visitor gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The way to the sign-in page, which leads back.
    SignIn,
    Status(u16),
}

const fn everybody(allowed: u16) -> [Outcome; 6] {
    [Status(allowed); 6]
}

const fn admins(allowed: u16) -> [Outcome; 6] {
    [SignIn, Status(403), Status(403), Status(403), Status(403), Status(allowed)]
}

const fn customers(allowed: u16) -> [Outcome; 6] {
    [SignIn, Status(allowed), Status(allowed), Status(403), Status(403), Status(403)]
}

const fn owner(allowed: u16) -> [Outcome; 6] {
    [SignIn, Status(allowed), Status(404), Status(403), Status(403), Status(403)]
}

const fn owner_and_staff(allowed: u16) -> [Outcome; 6] {
    [SignIn, Status(allowed), Status(404), Status(allowed), Status(allowed), Status(allowed)]
}

const fn owner_and_supervisors(allowed: u16) -> [Outcome; 6] {
    [SignIn, Status(allowed), Status(404), Status(404), Status(allowed), Status(allowed)]
}

const fn owner_not_staff(allowed: u16) -> [Outcome; 6] {
    [SignIn, Status(allowed), Status(404), Status(404), Status(404), Status(404)]
}

const fn signed_in(allowed: u16) -> [Outcome; 6] {
    [SignIn, Status(allowed), Status(allowed), Status(allowed), Status(allowed), Status(allowed)]
}

const fn staff(allowed: u16) -> [Outcome; 6] {
    [SignIn, Status(403), Status(403), Status(allowed), Status(allowed), Status(allowed)]
}

const fn supervisors(allowed: u16) -> [Outcome; 6] {
    [SignIn, Status(403), Status(403), Status(403), Status(allowed), Status(allowed)]
}

/// What the parameter of a pattern stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// The pattern has no parameter.
    Plain,
    Asset,
    Setup,
    /// The link of somebody who has just registered.
    Verify,
    /// The link of somebody who forgot their password.
    Reset,
    /// The link of somebody who was invited.
    Invite,
    /// Another session of the customer.
    Session,
    /// The account of somebody who was invited.
    User,
    Draft,
    Pending,
    Approved,
    Inside,
    /// A PUC that only a draft has.
    DraftPaper,
    /// A PUC that an entry was submitted with.
    GatePaper,
    /// A purchase order that an entry was submitted with.
    OrderPaper,
    Rejected,
    /// Approved, and its window has not begun.
    Stopped,
    Pass,
    Scan,
    SentMessage,
    Vehicle,
    /// A vehicle that looks like one on the blacklist.
    Lookalike,
    Driver,
}

/// What is sent along.
#[derive(Clone, Copy, Debug)]
enum Body {
    Nothing,
    Fields(&'static [(&'static str, &'static str)]),
    /// The number of the gate's form.
    Nonce,
    /// A PUC, for a draft or on its own.
    Paper,
}

/// An application and everybody who visits it.
pub struct World {
    pub app: App,
    pub browsers: [Client; 6],
    setup_token: String,
    vehicles: AtomicU32,
}

impl World {
    pub async fn new() -> Self {
        let app = App::spawn().await;
        let setup_token = first_admin::offer(app.state()).await.unwrap().expect("nobody has an account yet");
        let browsers = [
            app.nobody(),
            app.customer("Asha").await,
            app.customer("Bina").await,
            app.guard().await,
            app.supervisor().await,
            app.admin().await,
        ];
        Self { app, browsers, setup_token, vehicles: AtomicU32::new(0) }
    }

    fn browser(&self, visitor: Visitor) -> &Client {
        &self.browsers[visitor as usize]
    }

    /// A new one each time, so that no visit finds what another left.
    pub async fn arrange(&self, thing: Thing) -> String {
        let customer = self.browser(Customer);
        match thing {
            Plain | Asset => String::new(),
            Setup => self.setup_token.clone(),
            Verify => {
                let name = self.somebody();
                self.app.nobody().register(&name).await.expect_status(303);
                self.link(&name, "/verify/").await
            }
            Reset => {
                let name = self.somebody();
                self.app.nobody().register(&name).await.expect_status(303);
                self.app.nobody().post("/forgot", &[("email", &email_of(&name))]).await.expect_status(303);
                self.link(&name, "/reset/").await
            }
            Invite => {
                let name = self.somebody();
                self.invited(&name).await;
                self.link(&name, "/invite/").await
            }
            Session => {
                self.app.nobody().signed_in_as("asha@example.com").await;
                let page = customer.get("/account/sessions").await.expect_status(200);
                let action = page.attribute("form[action$='/revoke']", "action");
                action.replace("/account/sessions/", "").replace("/revoke", "")
            }
            User => self.invited(&self.somebody()).await,
            Draft => self.entry().drafted_by(customer).await.id,
            Pending => self.entry().submitted_by(customer).await.id,
            Approved => self.approved().await.id,
            Inside => self.approved().await.checked_in_by(self.browser(Guard)).await.id,
            Vehicle => self.kept_entry().await.vehicle_id.to_string(),
            Lookalike => self.lookalike().await,
            Driver => self.kept_entry().await.driver_id.unwrap().to_string(),
            Rejected => {
                let entry = self.entry().submitted_by(customer).await;
                entry.rejected_by(self.browser(Supervisor), "The papers are of another vehicle").await.id
            }
            Stopped => {
                let entry = self.entry().on("2026-11-25").submitted_by(customer).await;
                entry.approved_by(self.browser(Supervisor)).await.id
            }
            Pass => self.entry().submitted_by(customer).await.token,
            SentMessage => {
                let entry = self.entry().submitted_by(customer).await;
                self.app.deliver().await;
                let id: SubmissionId = entry.id.parse().unwrap();
                let messages = notification::Entity::find()
                    .filter(notification::Column::SubjectId.eq(id.as_uuid()))
                    .one(self.app.state().database.reader());
                messages.await.unwrap().expect("the entry has messages").id.to_string()
            }
            DraftPaper => {
                let draft = self.entry().with_paper("puc", "").drafted_by(customer).await;
                self.paper_of(&draft).await
            }
            GatePaper => self.submitted_paper("puc").await,
            OrderPaper => self.submitted_paper("purchase_order").await,
            Scan => {
                let scanned = self.browser(Guard).post("/gate/scan", &[("code", "nothing known")]).await;
                scanned.location().replace("/gate/scans/", "")
            }
        }
    }

    /// A name that nobody has yet.
    fn somebody(&self) -> String {
        let number = self.vehicles.fetch_add(1, Ordering::Relaxed);
        let letter = |number: u32| char::from_u32('a' as u32 + number % 26).unwrap();
        format!("User {}{}", letter(number / 26), letter(number))
    }

    /// The id of an account of `name`, who is invited.
    async fn invited(&self, name: &str) -> String {
        let form = [("email", email_of(name)), ("full_name", name.to_owned()), ("role", "guard".to_owned())];
        let form = form.each_ref().map(|(field, value)| (*field, value.as_str()));
        let answer = self.browser(Admin).post("/admin/users/invite", &form).await;
        answer.location().replace("/admin/users/", "")
    }

    /// The secret of the last link that was sent to `name`.
    async fn link(&self, name: &str, start: &str) -> String {
        self.app.deliver().await;
        let mails = self.app.mails_to(&email_of(name));
        mails.last().expect("a mail").path(start).replace(start, "")
    }

    /// The id of the draft's only paper.
    async fn paper_of(&self, draft: &crate::support::entries::Draft) -> String {
        let page = self.browser(Customer).get(&draft.step("documents")).await;
        page.attribute(".on-file a", "href").replace("/documents/", "")
    }

    async fn submitted_paper(&self, document_type: &'static str) -> String {
        let customer = self.browser(Customer);
        let draft = self.entry().with_paper(document_type, "").drafted_by(customer).await;
        let paper = self.paper_of(&draft).await;
        draft.submit(customer).await.expect_status(303);
        paper
    }

    fn entry(&self) -> Entry {
        let number = self.vehicles.fetch_add(1, Ordering::Relaxed);
        Entry::for_vehicle(&format!("MH 12 AB {number:04}"))
    }

    /// The row of an entry whose vehicle and driver no other has.
    async fn kept_entry(&self) -> submission::Model {
        let number = self.vehicles.fetch_add(1, Ordering::Relaxed);
        let entry = Entry::for_vehicle(&format!("MH 12 AB {number:04}"));
        let entry = entry.driven_by("Ramesh Kumar", &format!("98200 2{number:04}"));
        let id: SubmissionId = entry.submitted_by(self.browser(Customer)).await.id.parse().unwrap();
        let found = submission::Entity::find_by_id(id).one(self.app.state().database.reader());
        found.await.unwrap().unwrap()
    }

    /// The id of one that looks like [`LISTED`], which is made with the first.
    async fn lookalike(&self) -> String {
        let listed = VehicleId::new(LISTED.parse().unwrap());
        let database = self.app.state().database.reader();
        if vehicle::Entity::find_by_id(listed).one(database).await.unwrap().is_none() {
            let number = RegistrationNo::parse("DL 1 CAB 1234").unwrap();
            self.app
                .insert(vehicle::ActiveModel {
                    id: Set(listed),
                    likeness: Set(Some(number.likeness())),
                    registration_no: Set(number),
                    blacklisted_from: Set(Some(self.app.clock.now())),
                    version: Set(2),
                    created_at: Set(self.app.clock.now()),
                    ..Default::default()
                })
                .await;
        }
        let entry =
            Entry::for_vehicle("DL 01 CAB 1234").used_anyway().submitted_by(self.browser(Customer)).await;
        let id: SubmissionId = entry.id.parse().unwrap();
        submission::Entity::find_by_id(id).one(database).await.unwrap().unwrap().vehicle_id.to_string()
    }

    async fn approved(&self) -> Submitted {
        let entry = self.entry().with_papers().submitted_by(self.browser(Customer)).await;
        entry.approved_by(self.browser(Supervisor)).await
    }

    async fn visit(&self, visitor: Visitor, row: &Row, path: &str) -> Page {
        let browser = self.browser(visitor);
        match row.body {
            _ if row.method == Method::GET => browser.get(path).await,
            Nothing => browser.post(path, &[]).await,
            Fields(fields) => browser.post(path, fields).await,
            Nonce => {
                let nonce = self.app.state().clock.new_uuid().to_string();
                browser.post(path, &[("nonce", &nonce)]).await
            }
            Paper => {
                let form = match row.thing {
                    Plain => Form::new()
                        .text("document_type", "puc")
                        .text("vehicle_number", "MH 14 CD 5678")
                        .part("file", PDF.part()),
                    _ => Form::new().part("puc", PDF.part()),
                };
                browser.post_multipart(path, form).await
            }
        }
    }

    /// The row of a thing as it is kept, for those that a form can change.
    async fn kept(&self, thing: Thing, id: &str) -> String {
        let database = self.app.state().database.reader();
        match thing {
            Draft | Pending | Approved | Inside | Rejected | Stopped => {
                let id: SubmissionId = id.parse().unwrap();
                format!("{:?}", submission::Entity::find_by_id(id).one(database).await.unwrap())
            }
            Session => {
                let id: SessionId = id.parse().unwrap();
                format!("{:?}", session::Entity::find_by_id(id).one(database).await.unwrap())
            }
            User => {
                let id: AccountId = id.parse().unwrap();
                format!("{:?}", account::Entity::find_by_id(id).one(database).await.unwrap())
            }
            DraftPaper | GatePaper | OrderPaper => {
                let id: DocumentId = id.parse().unwrap();
                format!("{:?}", document::Entity::find_by_id(id).one(database).await.unwrap())
            }
            Vehicle | Lookalike => {
                let id: VehicleId = id.parse().unwrap();
                format!("{:?}", vehicle::Entity::find_by_id(id).one(database).await.unwrap())
            }
            Driver => {
                let id: CrewMemberId = id.parse().unwrap();
                format!("{:?}", crew_member::Entity::find_by_id(id).one(database).await.unwrap())
            }
            _ => String::new(),
        }
    }

    /// Visits every route of the table and tells what came otherwise than the table says.
    async fn visit_all(&self, visitor: Visitor) -> Vec<String> {
        let mut surprises = Vec::new();
        for row in table() {
            let id = self.arrange(row.thing).await;
            let path = row.path(&id);
            let expected = row.outcomes[visitor as usize];
            let before = self.kept(row.thing, &id).await;
            let answer = self.visit(visitor, &row, &path).await;
            if !expected.is(&answer, &row.page(&id)) {
                let (status, location) = (answer.status, answer.header("location"));
                surprises.push(format!("{row}: {expected:?} expected, but {status} {location}"));
            }
            let refused = matches!(expected, SignIn | Status(403 | 404));
            if refused && self.kept(row.thing, &id).await != before {
                surprises.push(format!("{row}: refused, and changed all the same"));
            }
        }
        surprises
    }
}

impl Row {
    /// The pattern, its parameter filled in.
    pub fn path(&self, id: &str) -> String {
        match (self.thing, self.pattern.find('{'), self.pattern.find('}')) {
            (Asset, ..) => assets::url("app.css"),
            (_, Some(start), Some(end)) => {
                let rest = self.pattern[end + 1..].replace("{format}", "a4");
                format!("{}{id}{rest}", &self.pattern[..start])
            }
            _ => self.pattern.to_owned(),
        }
    }

    /// The page that it is, or that its form stands on.
    fn page(&self, id: &str) -> String {
        let opens =
            |pattern: &str| table().iter().any(|row| row.method == Method::GET && row.pattern == pattern);
        let ends = self.pattern.rmatch_indices('/').map(|(end, _)| &self.pattern[..end]);
        let page = std::iter::once(self.pattern).chain(ends).find(|pattern| opens(pattern)).unwrap_or("/");
        Self { pattern: page, ..self.clone() }.path(id)
    }

    /// Whether it is closed to another customer by an answer that does not tell that the thing exists.
    fn hides_from_others(&self) -> bool {
        self.outcomes[OtherCustomer as usize] == Status(404)
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.pattern, self.thing)
    }
}

impl Outcome {
    fn is(self, answer: &Page, page: &str) -> bool {
        match self {
            Status(status) => answer.status == status && !answer.header("location").starts_with("/login?"),
            SignIn => {
                let query =
                    url::form_urlencoded::Serializer::new(String::new()).append_pair("next", page).finish();
                answer.status == 303 && answer.header("location") == format!("/login?{query}")
            }
        }
    }
}

async fn check(visitor: Visitor) {
    let surprises = World::new().await.visit_all(visitor).await;
    assert!(surprises.is_empty(), "{visitor:?}\n{}", surprises.join("\n"));
}

#[tokio::test]
async fn nobody_gets_where_the_table_says() {
    check(Nobody).await;
}

#[tokio::test]
async fn the_owner_gets_where_the_table_says() {
    check(Customer).await;
}

#[tokio::test]
async fn another_customer_gets_where_the_table_says() {
    check(OtherCustomer).await;
}

#[tokio::test]
async fn a_guard_gets_where_the_table_says() {
    check(Guard).await;
}

#[tokio::test]
async fn a_supervisor_gets_where_the_table_says() {
    check(Supervisor).await;
}

#[tokio::test]
async fn an_admin_gets_where_the_table_says() {
    check(Admin).await;
}

#[tokio::test]
async fn what_takes_forms_alone_says_so_and_signing_in_leads_to_the_page_above() {
    let world = World::new().await;
    for row in table().iter().filter(|row| row.method == Method::POST && row.page("x") != row.path("x")) {
        let id = world.arrange(row.thing).await;
        let (path, page) = (row.path(&id), row.page(&id));
        let refused = world.app.nobody().get(&path).await.expect_status(405);
        assert_eq!(refused.header("allow"), "POST", "{row}");
        assert!(refused.has(&format!("main a[href='{page}']")), "{row}");
        let whose = ["", "Asha", "Bina", "Gurpreet", "Sunita", "Anand"].into_iter().zip(row.outcomes);
        let may = |outcome| matches!(outcome, Status(200..=399 | 409 | 422));
        let Some((name, _)) = whose.skip(1).find(|(_, outcome)| may(*outcome)) else { continue };
        let form = [("email", &*email_of(name)), ("password", PASSWORD), ("next", &path)];
        let back = world.app.nobody().post("/login", &form).await;
        assert_eq!(back.location(), page, "{row}");
        let shown = back.follow().await;
        assert!(shown.status == 200 || page == "/", "{row}: {page} answers {}", shown.status);
    }
}

#[actix_web::test]
async fn the_table_lists_every_route_and_no_other() {
    let served = routes_of_the_application().await;
    assert!(!served.is_empty(), "the application tells none of its routes");
    let listed: BTreeSet<_> =
        table().iter().map(|row| (row.method.to_string(), row.pattern.to_owned())).collect();
    let not_listed: Vec<_> = served.difference(&listed).collect();
    assert!(not_listed.is_empty(), "routes that the table does not list: {not_listed:?}");
    let not_served: Vec<_> = listed.difference(&served).collect();
    assert!(not_served.is_empty(), "rows of the table without a route: {not_served:?}");
}

/// Method and pattern of each. A route that takes any method has none here, so that no row can list it.
async fn routes_of_the_application() -> BTreeSet<(String, String)> {
    let service = init_service(actix_web::App::new().configure(gatehouse::app::routes)).await;
    let answer = call_service(&service, TestRequest::with_uri("/nowhere").to_request()).await;
    let tree = answer.request().app_data::<Data<IntrospectionTree>>().expect("the tree of routes");
    let mut routes = BTreeSet::new();
    collect(&tree.root, &mut routes);
    routes
}

fn collect(node: &IntrospectionNode, routes: &mut BTreeSet<(String, String)>) {
    if node.methods.is_empty() && !node.patterns.is_empty() {
        routes.insert((String::new(), node.full_path.clone()));
    }
    routes.extend(node.methods.iter().map(|method| (method.to_string(), node.full_path.clone())));
    for child in &node.children {
        collect(child, routes);
    }
}

#[tokio::test]
async fn a_foreign_id_answers_like_one_that_nobody_has_whatever_is_sent() {
    let world = World::new().await;
    let bina = world.browser(OtherCustomer);
    let unknown = world.app.state().clock.new_uuid().to_string();
    for row in table().iter().filter(|row| row.hides_from_others() && row.method == Method::POST) {
        let foreign = world.arrange(row.thing).await;
        for (content_type, body) in [
            ("application/x-www-form-urlencoded", ""),
            (
                "application/x-www-form-urlencoded",
                "vehicle_number=%00&driver_phone=1&consent=&draft_version=x",
            ),
            ("application/x-www-form-urlencoded", "consent=yes&draft_version=999"),
            (
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"puc\"\r\n\r\n",
            ),
            ("multipart/form-data", ""),
            ("application/json", "{}"),
        ] {
            let send = async |id: &str| {
                let request = bina.request(Method::POST, &row.path(id));
                bina.send(request.header(CONTENT_TYPE, content_type).body(body)).await
            };
            let (of_foreign, of_unknown) = (send(&foreign).await, send(&unknown).await);
            assert_eq!(of_foreign.status, of_unknown.status, "{row}, {content_type}, {body}");
            assert_eq!(of_foreign.all("h1"), of_unknown.all("h1"), "{row}, {content_type}, {body}");
            if content_type == "application/x-www-form-urlencoded" {
                assert_eq!(of_foreign.status, 404, "{row}, {body}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_id_at_all_is_not_found() {
    let world = World::new().await;
    for row in table().iter().filter(|row| !matches!(row.thing, Plain | Asset)) {
        for (visitor, outcome) in [Customer, Admin].map(|visitor| (visitor, row.outcomes[visitor as usize])) {
            if matches!(outcome, Status(200 | 303 | 422)) {
                let answer = world.visit(visitor, row, &row.path("no-id")).await;
                assert_eq!(answer.status, 404, "{row}");
            }
        }
    }
}
