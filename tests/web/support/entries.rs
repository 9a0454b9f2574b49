//! Entries, made as a customer makes them: form by form.
//!
//! ```ignore
//! let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
//! let entry = entry.approved_by(&supervisor).await;
//! guard.post("/gate/scan", &[("code", &entry.token)]).await;
//! ```

use reqwest::multipart::{Form, Part};
use scraper::Selector;

use super::client::Client;
use super::page::Page;

/// A file as a browser sends it.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// What it is called.
    pub name: &'static str,
    /// What the browser says that it is.
    pub content_type: &'static str,
    /// What it holds.
    pub bytes: &'static [u8],
}

/// A sound PDF.
pub const PDF: File = File {
    name: "paper.pdf",
    content_type: "application/pdf",
    bytes: include_bytes!("../../papers/ok__good.pdf"),
};
/// A sound JPEG.
pub const JPEG: File = File {
    name: "paper.jpg",
    content_type: "image/jpeg",
    bytes: include_bytes!("../../papers/ok__good.jpg"),
};
/// A sound PNG.
pub const PNG: File =
    File { name: "paper.png", content_type: "image/png", bytes: include_bytes!("../../papers/ok__good.png") };

impl File {
    /// The file for a field of a form.
    pub fn part(self) -> Part {
        Part::bytes(self.bytes).file_name(self.name).mime_str(self.content_type).unwrap()
    }
}

/// The papers that the gate looks at.
pub const GATE_PAPERS: [&str; 4] = ["vehicle_registration", "vehicle_insurance", "puc", "driver_license"];

/// The day on which the clock starts.
pub const TODAY: &str = "2026-11-20";

/// An entry to be made: today, with a driver and nobody and nothing else.
#[derive(Clone, Debug)]
pub struct Entry {
    vehicle_number: String,
    use_anyway: &'static str,
    expected_on: String,
    driver: (String, String),
    licence: String,
    helper: (String, String),
    papers: Vec<(&'static str, String)>,
}

impl Entry {
    /// Of the vehicle with this number, which must look like one.
    pub fn for_vehicle(number: &str) -> Self {
        Self {
            vehicle_number: number.to_owned(),
            use_anyway: "",
            expected_on: TODAY.to_owned(),
            driver: ("Ramesh Kumar".to_owned(), "98200 00001".to_owned()),
            licence: String::new(),
            helper: (String::new(), String::new()),
            papers: Vec::new(),
        }
    }

    /// Whatever its number looks like.
    #[must_use]
    pub fn used_anyway(mut self) -> Self {
        self.use_anyway = "yes";
        self
    }

    /// On another day than today, `YYYY-MM-DD`.
    #[must_use]
    pub fn on(mut self, day: &str) -> Self {
        day.clone_into(&mut self.expected_on);
        self
    }

    /// With another driver than Ramesh Kumar.
    #[must_use]
    pub fn driven_by(mut self, name: &str, phone: &str) -> Self {
        self.driver = (name.to_owned(), phone.to_owned());
        self
    }

    /// With the number of the driver's licence.
    #[must_use]
    pub fn with_licence(mut self, number: &str) -> Self {
        number.clone_into(&mut self.licence);
        self
    }

    /// With a helper.
    #[must_use]
    pub fn helped_by(mut self, name: &str, phone: &str) -> Self {
        self.helper = (name.to_owned(), phone.to_owned());
        self
    }

    /// With a paper and its last day, which is left out when empty.
    #[must_use]
    pub fn with_paper(mut self, document_type: &'static str, valid_until: &str) -> Self {
        self.papers.push((document_type, valid_until.to_owned()));
        self
    }

    /// With the papers that the gate looks at, valid long enough that it has nothing against them.
    #[must_use]
    pub fn with_papers(self) -> Self {
        GATE_PAPERS.iter().fold(self, |entry, document_type| entry.with_paper(document_type, "2027-11-20"))
    }

    /// Fills in all but the last step.
    pub async fn drafted_by(self, customer: &Client) -> Draft {
        let fields = [
            ("vehicle_number", self.vehicle_number.as_str()),
            ("customer_phone", "98765 43210"),
            ("expected_on", &self.expected_on),
            ("use_anyway", self.use_anyway),
        ];
        let opened = customer.post("/submissions/new", &fields).await.expect_status(303);
        let draft = Draft { id: last_segment(opened.location()) };
        let fields = [
            ("driver_name", self.driver.0.as_str()),
            ("driver_phone", &self.driver.1),
            ("driver_license_no", &self.licence),
            ("helper_name", &self.helper.0),
            ("helper_phone", &self.helper.1),
        ];
        customer.post(&draft.step("crew"), &fields).await.expect_status(303);
        if !self.papers.is_empty() {
            let form = self.papers.into_iter().fold(Form::new(), |form, (document_type, valid_until)| {
                form.part(document_type, PDF.part()).text(format!("{document_type}_valid_until"), valid_until)
            });
            customer.post_multipart(&draft.step("documents"), form).await.expect_status(303);
        }
        draft
    }

    /// Fills in every step and submits.
    pub async fn submitted_by(self, customer: &Client) -> Submitted {
        let draft = self.drafted_by(customer).await;
        draft.submit(customer).await.expect_status(303);
        Submitted::read(customer, draft.id).await
    }
}

/// A draft.
#[derive(Clone, Debug)]
pub struct Draft {
    /// As in its address.
    pub id: String,
}

impl Draft {
    /// Where the customer finds it.
    pub fn path(&self) -> String {
        format!("/submissions/{}", self.id)
    }

    /// Where the customer finds one of its steps.
    pub fn step(&self, name: &str) -> String {
        format!("/submissions/{}/{name}", self.id)
    }

    /// Looks at the last step, consents and sends it.
    pub async fn submit(&self, customer: &Client) -> Page {
        let version =
            customer.get(&self.step("review")).await.expect_status(200).field_value("draft_version");
        let fields = [("consent", "yes"), ("draft_version", version.as_str())];
        customer.post(&self.step("review"), &fields).await
    }
}

/// An entry that was submitted.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// As in its address.
    pub id: String,
    /// As printed under the QR code.
    pub reference: String,
    /// Of its pass.
    pub token: String,
}

impl Submitted {
    async fn read(customer: &Client, id: String) -> Self {
        let pass = customer.get(&format!("/submissions/{id}")).await.expect_status(200);
        let image = pass.attribute(".qr img", "src");
        let token = image.trim_start_matches("/p/").trim_end_matches("/qr.svg").to_owned();
        Self { id, reference: pass.text_of(".qr .reference"), token }
    }

    /// Where the customer finds it, or one of its steps or forms.
    pub fn path(&self, rest: &str) -> String {
        format!("/submissions/{}{rest}", self.id)
    }

    /// Where the desk finds it, or one of its forms.
    pub fn desk(&self, rest: &str) -> String {
        format!("/admin/submissions/{}{rest}", self.id)
    }

    /// Where the gate finds it, or one of its forms.
    pub fn gate(&self, rest: &str) -> String {
        format!("/gate/submissions/{}{rest}", self.id)
    }

    /// The same, approved.
    pub async fn approved_by(self, supervisor: &Client) -> Self {
        supervisor.post(&self.desk("/approve"), &[]).await.expect_status(303);
        self
    }

    /// The same, rejected.
    pub async fn rejected_by(self, supervisor: &Client, reason: &str) -> Self {
        supervisor.post(&self.desk("/reject"), &[("reason", reason)]).await.expect_status(303);
        self
    }

    /// The same, taken back by its customer.
    pub async fn cancelled_by(self, customer: &Client) -> Self {
        customer.post(&self.path("/cancel"), &[]).await.expect_status(303);
        self
    }

    /// The same, let in; every warning that the guard is shown is confirmed.
    pub async fn checked_in_by(self, guard: &Client) -> Self {
        let verdict = guard.get(&self.gate("")).await.expect_status(200);
        let nonce = verdict.attribute("form[action$='/check-in'] input[name=nonce]", "value");
        let warnings = values_of(&verdict, "input[name=confirm]");
        let mut fields = vec![("nonce", nonce.as_str())];
        fields.extend(warnings.iter().map(|code| ("confirm", code.as_str())));
        guard.post(&self.gate("/check-in"), &fields).await.expect_status(303);
        self
    }

    /// The same, let out.
    pub async fn checked_out_by(self, guard: &Client) -> Self {
        let verdict = guard.get(&self.gate("")).await.expect_status(200);
        let nonce = verdict.attribute("form[action$='/check-out'] input[name=nonce]", "value");
        guard.post(&self.gate("/check-out"), &[("nonce", &nonce)]).await.expect_status(303);
        self
    }
}

/// What the fields that match `selector` hold.
fn values_of(page: &Page, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    let html = page.html();
    html.select(&selector).filter_map(|field| field.attr("value")).map(ToOwned::to_owned).collect()
}

fn last_segment(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}
