//! Papers: handing them in with a draft and outside of one, their versions, and who may open them.

use std::borrow::Cow;
use std::path::Path;

use gatehouse::kernel::entity::{document, throttle, vehicle};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use crate::support::entries::{Draft, Entry, GATE_PAPERS, PDF};
use crate::support::{App, Client, Page};

/// The names of the eight.
pub const TYPES: [&str; 8] = [
    "purchase_order",
    "vehicle_registration",
    "vehicle_insurance",
    "puc",
    "driver_license",
    "transportation_approval",
    "payment_approval",
    "vendor_approval",
];

/// Bytes of the largest file that is taken.
pub const LARGEST: usize = 5_242_880;

/// Of [`PDF`], by sha256sum.
const PDF_SHA256: &str = "34091be9955cf77d328fd282c466efeb9460886ae7ac4a829ca96f46600ab64e";

const EMPTY: &str = "The selected file is empty";
pub const TOO_LARGE: &str = "The selected file must be smaller than 5 MB";
const WRONG_TYPE: &str = "The selected file must be a PDF, JPG or PNG";

/// What is said of a file whose name ends as another format's.
fn lying(format: &str, ending: &str) -> String {
    format!("This file is a {format}, so its name must end in .{ending}. Rename it, or choose the original.")
}

/// A file of the folder of papers.
macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../papers/", $name))
    };
}

/// How many files lie below `folder`.
pub fn files_below(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files_below(&path) } else { 1 }).sum()
}

/// A file as a browser sends it.
pub fn file(name: &str, bytes: impl Into<Cow<'static, [u8]>>) -> Part {
    Part::bytes(bytes).file_name(name.to_owned())
}

/// A file input that was left alone, as a browser sends it.
fn untouched() -> Part {
    file("", &b""[..]).mime_str("application/octet-stream").unwrap()
}

/// A sound PDF of exactly so many bytes: [`PDF`] with a comment before its table of objects.
pub fn pdf_of(bytes: usize) -> Vec<u8> {
    let start = |of: &[u8]| PDF.bytes.windows(of.len()).position(|window| window == of).unwrap();
    let (objects, rest) = PDF.bytes.split_at(start(b"xref\n"));
    let table = str::from_utf8(&rest[..start(b"startxref") - objects.len()]).unwrap();
    let end = |table_at: usize| format!("\n{table}startxref\n{table_at:08}\n%%EOF\n");
    let comment = "%".repeat(bytes - objects.len() - end(0).len());
    let table_at = objects.len() + comment.len() + 1;
    [objects, comment.as_bytes(), end(table_at).as_bytes()].concat()
}

/// A draft with a driver and no paper.
pub async fn draft_of(customer: &Client) -> Draft {
    Entry::for_vehicle("MH 12 AB 1234").drafted_by(customer).await
}

/// Hands `part` in as the paper called `document_type`.
pub async fn hand_in(customer: &Client, draft: &Draft, document_type: &'static str, part: Part) -> Page {
    customer.post_multipart(&draft.step("documents"), Form::new().part(document_type, part)).await
}

/// Where the paper of a type is that a draft has; empty if it has none.
pub async fn attached(customer: &Client, draft: &Draft, document_type: &str) -> String {
    attached_on(&customer.get(&draft.step("documents")).await.expect_status(200), document_type)
}

#[track_caller]
pub fn attached_on(page: &Page, document_type: &str) -> String {
    let link = format!("section.paper:has(input[name='{document_type}']) .on-file a");
    if page.has(&link) { page.attribute(&link, "href") } else { String::new() }
}

/// Hands a sound PDF in and tells where it is.
pub async fn paper_of(customer: &Client, draft: &Draft, document_type: &'static str, size: usize) -> String {
    hand_in(customer, draft, document_type, file("paper.pdf", pdf_of(size))).await.expect_status(303);
    attached(customer, draft, document_type).await
}

/// The id in the address of a paper.
fn id_of(paper: &str) -> &str {
    paper.trim_start_matches("/documents/")
}

/// The states of a paper's versions, the latest first.
#[track_caller]
fn versions_on(page: &Page) -> Vec<String> {
    let rows = page.all("main ul li");
    rows.iter().map(|row| row.rsplit(" · ").next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn each_of_the_eight_papers_is_taken_as_pdf_jpeg_or_png() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    for (name, bytes) in [
        ("good.pdf", &sample!("ok__good.pdf")[..]),
        ("good.jpg", sample!("ok__good.jpg")),
        ("good.jpeg", sample!("ok__good.jpeg")),
        ("good.png", sample!("ok__good.png")),
        ("SCAN.PDF", sample!("ok__good.pdf")),
    ] {
        let form = TYPES.iter().fold(Form::new(), |form, kind| form.part(*kind, file(name, bytes)));
        asha.post_multipart(&draft.step("documents"), form).await.expect_status(303);
        let page = asha.get(&draft.step("documents")).await.expect_status(200);
        assert_eq!(page.all("section.paper .on-file a"), [name; 8]);
    }
}

#[tokio::test]
async fn each_of_the_eight_papers_is_refused_at_its_field_when_it_is_none() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let (pdf, jpg, png) = (&*lying("PDF", "pdf"), &*lying("JPG", "jpg"), &*lying("PNG", "png"));
    for (name, bytes, message) in [
        ("empty.pdf", &sample!("reject__empty.pdf")[..], EMPTY),
        ("gif_as.jpg", sample!("reject__gif_as.jpg"), WRONG_TYPE),
        ("html_as.pdf", sample!("reject__html_as.pdf"), WRONG_TYPE),
        ("svg_as.png", sample!("reject__svg_as.png"), WRONG_TYPE),
        ("php_double.php.jpg", sample!("reject__php_double.php.jpg"), WRONG_TYPE),
        ("png_as.pdf", sample!("reject__png_as.pdf"), png),
        ("png_as.jfif", sample!("ok__good.png"), png),
        ("jpeg_as.pdf", sample!("ok__good.jpg"), jpg),
        ("jpeg_as.png", sample!("ok__good.jpg"), jpg),
        ("pdf_as.jpg", sample!("ok__good.pdf"), pdf),
        ("pdf_as.pdf.exe", sample!("ok__good.pdf"), pdf),
        ("no_extension", sample!("ok__good.pdf"), pdf),
        (".pdf", sample!("ok__good.pdf"), pdf),
        ("", sample!("ok__good.pdf"), pdf),
        ("one_byte.pdf", b"%", WRONG_TYPE),
    ] {
        let form = TYPES.iter().fold(Form::new(), |form, kind| form.part(*kind, file(name, bytes)));
        let page = asha.post_multipart(&draft.step("documents"), form).await.expect_status(422);
        for kind in TYPES {
            assert_eq!(page.error_at(kind), message, "{kind}, {name}");
        }
        assert!(!page.has(".on-file"), "{name} is on file");
    }
}

#[tokio::test]
async fn eight_files_of_exactly_five_megabytes_are_taken_in_one_form() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let largest = pdf_of(LARGEST);
    assert_eq!(largest.len(), LARGEST);
    let part = || file("largest.pdf", largest.clone());
    let form = TYPES.iter().fold(Form::new(), |form, kind| form.part(*kind, part()));
    asha.post_multipart(&draft.step("documents"), form).await.expect_status(303);
    for kind in TYPES {
        let paper = attached(&asha, &draft, kind).await;
        let bytes = asha.get(&format!("{paper}/download")).await.expect_status(200).body;
        assert!(bytes == largest, "{kind} came back changed: {} bytes", bytes.len());
    }
}

#[tokio::test]
async fn a_file_one_byte_over_five_megabytes_is_refused_at_its_field() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let too_large = pdf_of(LARGEST + 1);
    let part = || file("large.pdf", too_large.clone());
    let form = TYPES.iter().fold(Form::new(), |form, kind| form.part(*kind, part()));
    let page = asha.post_multipart(&draft.step("documents"), form).await.expect_status(422);
    for kind in TYPES {
        assert_eq!(page.error_at(kind), TOO_LARGE, "{kind}");
    }
    assert!(!page.has(".on-file"));
}

#[tokio::test]
async fn the_good_files_of_a_form_stay_when_another_is_refused() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let form = Form::new()
        .part("vehicle_registration", file("rc.pdf", PDF.bytes))
        .part("vehicle_insurance", file("html_as.pdf", &sample!("reject__html_as.pdf")[..]))
        .part("driver_license", file("large.pdf", pdf_of(LARGEST + 1)))
        .part("puc", file("puc.png", &sample!("ok__good.png")[..]))
        .text("puc_valid_until", "2027-03-31");
    let page = asha.post_multipart(&draft.step("documents"), form).await.expect_status(422);
    assert_eq!(page.all("main p.error"), [format!("Error: {WRONG_TYPE}"), format!("Error: {TOO_LARGE}")]);
    assert_eq!(page.all("section.paper .on-file a"), ["rc.pdf", "puc.png"]);
    assert_eq!(page.field_value("puc_valid_until"), "2027-03-31");

    let page = asha.get(&draft.step("documents")).await;
    assert_eq!(page.all("section.paper .on-file a"), ["rc.pdf", "puc.png"]);
    assert_eq!(page.field_value("puc_valid_until"), "2027-03-31");
}

#[tokio::test]
async fn file_inputs_that_were_left_alone_change_nothing() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    hand_in(&asha, &draft, "puc", file("puc.pdf", PDF.bytes)).await.expect_status(303);
    let form = TYPES.iter().fold(Form::new(), |form, kind| form.part(*kind, untouched()));
    let form = GATE_PAPERS.iter().fold(form, |form, kind| form.text(format!("{kind}_valid_until"), ""));
    asha.post_multipart(&draft.step("documents"), form).await.expect_status(303);
    let page = asha.get(&draft.step("documents")).await;
    assert_eq!(page.all("section.paper .on-file a"), ["puc.pdf"]);
}

#[tokio::test]
async fn a_date_may_come_before_or_after_its_file() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let form = Form::new()
        .text("puc_valid_until", "2027-01-31")
        .part("puc", file("puc.pdf", PDF.bytes))
        .part("vehicle_insurance", file("insurance.pdf", PDF.bytes))
        .text("vehicle_insurance_valid_until", "2027-02-28");
    asha.post_multipart(&draft.step("documents"), form).await.expect_status(303);
    let page = asha.get(&draft.step("documents")).await;
    assert_eq!(page.field_value("puc_valid_until"), "2027-01-31");
    assert_eq!(page.field_value("vehicle_insurance_valid_until"), "2027-02-28");
}

#[tokio::test]
async fn a_date_that_is_none_is_refused_at_its_field_and_the_file_stays() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    for (at, typed) in
        ["31-02-2027", "2027-02-30", "2027-03", "soon", "99999-01-01", "\u{0}"].iter().enumerate()
    {
        let name = format!("insurance-{at}.pdf");
        let form = Form::new()
            .part("vehicle_insurance", file(&name, PDF.bytes))
            .text("vehicle_insurance_valid_until", *typed);
        let page = asha.post_multipart(&draft.step("documents"), form).await.expect_status(422);
        let message = page.error_at("vehicle_insurance_valid_until");
        assert_eq!(message, "Enter the last day as a date, like 2027-03-31", "{typed:?}");
        assert_eq!(page.all(".on-file a"), [name], "{typed:?}");
    }
}

#[tokio::test]
async fn a_new_file_does_not_take_the_last_day_over_that_the_form_showed_for_the_old_one() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let first = || Form::new().part("puc", PDF.part()).text("puc_valid_until", "2026-12-01");
    asha.post_multipart(&draft.step("documents"), first()).await.expect_status(303);
    asha.post_multipart(&draft.step("documents"), first()).await.expect_status(303);
    assert_eq!(asha.get(&draft.step("documents")).await.field_value("puc_valid_until"), "");
    let renewed = Form::new().part("puc", PDF.part()).text("puc_valid_until", "2027-12-01");
    asha.post_multipart(&draft.step("documents"), renewed).await.expect_status(303);
    assert_eq!(asha.get(&draft.step("documents")).await.field_value("puc_valid_until"), "2027-12-01");
}

#[tokio::test]
async fn a_dated_paper_is_left_out_with_its_date() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let dated = Form::new().part("puc", PDF.part()).text("puc_valid_until", "2026-12-01");
    asha.post_multipart(&draft.step("documents"), dated).await.expect_status(303);
    let left_out = Form::new().text("detach", "puc").text("puc_valid_until", "2026-12-01");
    asha.post_multipart(&draft.step("documents"), left_out).await.expect_status(303);
}

#[tokio::test]
async fn a_date_that_was_mistyped_is_shown_again() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let form =
        Form::new().part("puc", file("puc.pdf", PDF.bytes)).text("puc_valid_until", "2027-02-30\"><script>");
    let page = asha.post_multipart(&draft.step("documents"), form).await.expect_status(422);
    assert_eq!(page.field_value("puc_valid_until"), "2027-02-30\"><script>");
}

#[tokio::test]
async fn a_date_without_a_paper_asks_for_the_paper() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let form = Form::new().part("puc", untouched()).text("puc_valid_until", "2027-03-31");
    let page = asha.post_multipart(&draft.step("documents"), form).await.expect_status(422);
    assert_eq!(page.error_at("puc"), "Choose the file that this date belongs to");
    assert_eq!(page.field_value("puc_valid_until"), "2027-03-31");
}

#[tokio::test]
async fn a_date_that_the_plant_has_confirmed_stays() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    entry.approved_by(&app.supervisor().await).await;

    let next = draft_of(&asha).await;
    let form = Form::new().text("puc_valid_until", "2028-11-20");
    let page = asha.post_multipart(&next.step("documents"), form).await.expect_status(422);
    let message = "This paper has been submitted with this date. To change it, hand in the renewed paper.";
    assert_eq!(page.error_at("puc_valid_until"), message);
    let page = asha.get(&next.step("documents")).await;
    assert_eq!(page.field_value("puc_valid_until"), "2027-11-20");
}

#[tokio::test]
async fn a_paper_on_file_can_be_used_again() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    for kind in GATE_PAPERS {
        let paper = paper_of(&asha, &draft, kind, 1_000).await;
        let detach = Form::new().text("detach", kind);
        asha.post_multipart(&draft.step("documents"), detach).await.expect_status(303);

        let offer = format!("input[name='{kind}_use']");
        let page = asha.get(&draft.step("documents")).await;
        assert_eq!(page.attribute(&offer, "value"), id_of(&paper), "{kind}");
        let choose = Form::new().text(format!("{kind}_use"), id_of(&paper).to_owned());
        asha.post_multipart(&draft.step("documents"), choose).await.expect_status(303);
        assert_eq!(attached(&asha, &draft, kind).await, paper, "{kind}");
    }
}

#[tokio::test]
async fn the_papers_of_the_last_entry_can_be_used_again() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let first = draft_of(&asha).await;
    let order = paper_of(&asha, &first, "purchase_order", 1_000).await;
    first.submit(&asha).await.expect_status(303);

    let next = draft_of(&asha).await;
    assert_eq!(attached(&asha, &next, "purchase_order").await, "", "it is offered, not attached");
    let choose = Form::new().text("purchase_order_use", id_of(&order).to_owned());
    asha.post_multipart(&next.step("documents"), choose).await.expect_status(303);
    assert_eq!(attached(&asha, &next, "purchase_order").await, order);
}

#[tokio::test]
async fn a_paper_that_is_not_on_file_for_the_draft_cannot_be_used() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let bharat = app.customer("Bharat").await;
    let draft = draft_of(&asha).await;
    let other_entry = Entry::for_vehicle("GJ 01 CD 5678").driven_by("Imran", "98200 00009");
    let other_entry = other_entry.drafted_by(&asha).await;
    let strangers = paper_of(&bharat, &draft_of(&bharat).await, "puc", 1_000).await;
    let of_other_vehicle = paper_of(&asha, &other_entry, "puc", 1_000).await;
    let of_other_driver = paper_of(&asha, &other_entry, "driver_license", 1_000).await;
    let of_other_entry = paper_of(&asha, &other_entry, "purchase_order", 1_000).await;
    let of_other_type = paper_of(&asha, &draft, "vehicle_registration", 1_000).await;
    for (what, kind, paper) in [
        ("another organisation's", "puc", strangers.as_str()),
        ("another vehicle's", "puc", &of_other_vehicle),
        ("another driver's", "driver_license", &of_other_driver),
        ("another draft's", "purchase_order", &of_other_entry),
        ("of another type", "puc", &of_other_type),
        ("nobody's", "puc", "019a9f00-0000-7000-8000-000000000001"),
        ("no id", "puc", "' OR 1=1 --"),
    ] {
        let choose = Form::new().text(format!("{kind}_use"), id_of(paper).to_owned());
        let page = asha.post_multipart(&draft.step("documents"), choose).await.expect_status(422);
        assert_eq!(page.error_at(kind), "This paper is not on file. Choose a file.", "{what}");
        assert_eq!(attached_on(&page, kind), "", "{what}");
    }
}

#[tokio::test]
async fn a_new_version_takes_the_place_of_the_old_one_which_stays() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let mut papers = Vec::new();
    for size in [1_000, 1_001, 1_002] {
        papers.push(paper_of(&asha, &draft, "puc", size).await);
    }
    for paper in &papers {
        let page = asha.get(paper).await.expect_status(200);
        assert_eq!(versions_on(&page), ["in use", "replaced", "replaced"], "{paper}");
        assert_eq!(page.attribute("main ul a[aria-current]", "href"), *paper);
    }

    let rows = document::Entity::find().all(app.state().database.reader()).await.unwrap();
    let row = |paper: &str| rows.iter().find(|row| row.id.to_string() == id_of(paper)).unwrap();
    let chain: Vec<_> = papers.iter().map(|paper| (row(paper).active, row(paper).replaced_by)).collect();
    let [first, second, third] = [(false, Some(&papers[1])), (false, Some(&papers[2])), (true, None)];
    let expected = [first, second, third].map(|(active, next)| (active, next.map(|next| row(next).id)));
    assert_eq!(chain, expected);
}

#[tokio::test]
async fn an_entry_keeps_the_versions_it_was_submitted_with() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let first = draft_of(&asha).await;
    let old = paper_of(&asha, &first, "puc", 1_000).await;
    first.submit(&asha).await.expect_status(303);
    let next = draft_of(&asha).await;
    let new = paper_of(&asha, &next, "puc", 1_001).await;

    let page = asha.get(&first.path()).await.expect_status(200);
    assert!(page.has(&format!("main li a[href='{old}']")), "the entry has lost its version");
    assert!(!page.has(&format!("main li a[href='{new}']")), "the entry has the new version");
    let bytes = asha.get(&format!("{old}/download")).await.expect_status(200).body;
    assert_eq!(bytes, pdf_of(1_000));
    let desk = app.supervisor().await.get(&format!("/admin{}", first.path())).await.expect_status(200);
    assert!(desk.has(&format!("a[href='{old}/download']")));
}

#[tokio::test]
async fn a_paper_that_was_left_out_stays_on_file() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let paper = paper_of(&asha, &draft, "puc", 1_000).await;
    let form = Form::new().text("detach", "puc");
    let answer = asha.post_multipart(&draft.step("documents"), form).await.expect_status(303);
    assert_eq!(answer.location(), draft.step("documents"));
    assert_eq!(attached(&asha, &draft, "puc").await, "");
    let list = asha.get("/documents").await.expect_status(200);
    assert!(list.has(&format!("tbody a[href='{paper}']")));
}

#[tokio::test]
async fn a_removed_paper_leaves_the_list_and_the_drafts_and_stays_in_entries() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let submitted = draft_of(&asha).await;
    let paper = paper_of(&asha, &submitted, "puc", 1_000).await;
    submitted.submit(&asha).await.expect_status(303);
    let draft = draft_of(&asha).await;
    assert_eq!(attached(&asha, &draft, "puc").await, paper);

    let removed = asha.post(&format!("{paper}/remove"), &[]).await.expect_status(303);
    assert_eq!(removed.location(), "/documents");
    let list = removed.follow().await.expect_status(200);
    assert_eq!(list.flash(), "The paper is off your list. Entries made with it keep it.");
    assert!(!list.has(&format!("a[href='{paper}']")));
    assert_eq!(attached(&asha, &draft, "puc").await, "");
    let entry = asha.get(&submitted.path()).await.expect_status(200);
    assert!(entry.has(&format!("main li a[href='{paper}']")));
    let page = asha.get(&paper).await.expect_status(200);
    assert_eq!(versions_on(&page), ["removed"]);
    assert!(!page.has("form[action$='/remove']"));
    asha.get(&format!("{paper}/download")).await.expect_status(200);
    asha.post(&format!("{paper}/remove"), &[]).await.expect_status(404);
}

#[tokio::test]
async fn a_removed_paper_is_not_used_again() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let paper = paper_of(&asha, &draft, "puc", 1_000).await;
    asha.post(&format!("{paper}/remove"), &[]).await.expect_status(303);
    let choose = Form::new().text("puc_use", id_of(&paper).to_owned());
    let page = asha.post_multipart(&draft.step("documents"), choose).await.expect_status(422);
    assert_eq!(page.error_at("puc"), "This paper is not on file. Choose a file.");
    assert_eq!(attached(&asha, &draft_of(&asha).await, "puc").await, "");
}

#[tokio::test]
async fn a_submitted_entry_takes_no_more_papers() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let form = Form::new().part("puc", file("puc.pdf", PDF.bytes));
    asha.post_multipart(&entry.path("/documents"), form).await.expect_status(409);
    assert!(asha.get("/documents").await.has(".empty"), "the paper is on file");
}

#[tokio::test]
async fn nobody_hands_papers_in_with_anothers_draft() {
    let app = App::spawn().await;
    let draft = draft_of(&app.customer("Asha").await).await;
    let bharat = app.customer("Bharat").await;
    hand_in(&bharat, &draft, "puc", file("puc.pdf", PDF.bytes)).await.expect_status(404);
    hand_in(&app.guard().await, &draft, "puc", file("puc.pdf", PDF.bytes)).await.expect_status(403);
    let answer = hand_in(&app.nobody(), &draft, "puc", file("puc.pdf", PDF.bytes)).await.expect_status(303);
    assert!(answer.location().starts_with("/login"), "{}", answer.location());
}

/// The form for a paper outside of an entry.
fn renewal(document_type: &'static str, vehicle_number: &'static str, driver_phone: &'static str) -> Form {
    Form::new()
        .text("document_type", document_type)
        .text("vehicle_number", vehicle_number)
        .text("driver_phone", driver_phone)
        .text("valid_until", "2027-12-31")
        .part("file", file("renewed.pdf", PDF.bytes))
}

#[tokio::test]
async fn a_renewed_paper_of_a_vehicle_takes_the_place_of_the_old_one() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    for kind in ["vehicle_registration", "vehicle_insurance", "puc"] {
        let old = paper_of(&asha, &draft, kind, 1_000).await;
        let form = renewal(kind, " mh-12.ab 1234", "");
        let added = asha.post_multipart("/documents", form).await.expect_status(303);
        assert_eq!(added.follow().await.flash(), "The paper is on file.", "{kind}");
        let page = asha.get(&old).await.expect_status(200);
        assert_eq!(versions_on(&page), ["in use", "replaced"], "{kind}");
        assert_eq!(attached(&asha, &draft, kind).await, old, "the draft has changed under its customer");
    }
    let next = draft_of(&asha).await;
    let page = asha.get(&next.step("documents")).await;
    assert_eq!(page.all(".on-file a"), ["renewed.pdf"; 3]);
    assert_eq!(page.field_value("puc_valid_until"), "2027-12-31");
}

#[tokio::test]
async fn a_renewed_licence_of_a_driver_takes_the_place_of_the_old_one() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let old = paper_of(&asha, &draft, "driver_license", 1_000).await;
    draft.submit(&asha).await.expect_status(303);
    let form = renewal("driver_license", "", "+91-98200-00001");
    asha.post_multipart("/documents", form).await.expect_status(303);
    assert_eq!(versions_on(&asha.get(&old).await), ["in use", "replaced"]);
}

#[tokio::test]
async fn a_licence_is_taken_only_of_a_driver_whom_the_customer_has_sent() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let bharat = app.customer("Bharat").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").helped_by("Suresh", "98200 00002");
    entry.submitted_by(&bharat).await;
    draft_of(&asha).await;
    for (who, phone) in [
        ("somebody unheard of", "98200 00009"),
        ("a driver of another customer", "98200 00001"),
        ("a helper of another customer", "98200 00002"),
    ] {
        let form = renewal("driver_license", "", phone);
        let page = asha.post_multipart("/documents", form).await.expect_status(422);
        let message = "You have no entry with this driver. Add the licence in an entry.";
        assert_eq!(page.error_at("driver_phone"), message, "{who}");
    }
}

#[tokio::test]
async fn an_incomplete_renewal_says_what_is_missing_and_keeps_what_was_typed() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let form = Form::new()
        .text("document_type", "puc")
        .text("vehicle_number", "MH 12 AB 1234")
        .text("valid_until", "31 March");
    let page = asha.post_multipart("/documents", form.part("file", untouched())).await.expect_status(422);
    assert_eq!(page.error_at("file"), "Choose a file");
    assert_eq!(page.error_at("valid_until"), "Enter the last day as a date, like 2027-03-31");
    assert_eq!(page.field_value("document_type"), "puc");
    assert_eq!(page.field_value("vehicle_number"), "MH 12 AB 1234");
    assert_eq!(page.field_value("valid_until"), "31 March");

    let page = asha.post_multipart("/documents", Form::new().text("x", "")).await.expect_status(422);
    assert_eq!(page.error_at("document_type"), "Choose the kind of paper");
    let page = asha.post_multipart("/documents", renewal("puc", "", "")).await.expect_status(422);
    assert!(!page.error_at("vehicle_number").is_empty());
    let page = asha.post_multipart("/documents", renewal("driver_license", "", "12")).await;
    assert!(!page.expect_status(422).error_at("driver_phone").is_empty());
    let page = asha.post_multipart("/documents", renewal("purchase_order", "MH 12 AB 1234", "")).await;
    let message = "Add this paper in the entry that it belongs to";
    assert_eq!(page.expect_status(422).error_at("document_type"), message);
    assert!(asha.get("/documents").await.has(".empty"), "a paper is on file");
}

#[tokio::test]
async fn a_refused_renewal_makes_no_vehicle() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let form = Form::new().text("document_type", "puc").text("vehicle_number", "MH 12 AB 1234");
    asha.post_multipart("/documents", form).await.expect_status(422);
    assert_eq!(vehicle::Entity::find().count(app.state().database.reader()).await.unwrap(), 0);
}

#[tokio::test]
async fn the_list_has_the_organisations_own_papers_in_use_and_no_other() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let bharat = app.customer("Bharat").await;
    let draft = draft_of(&asha).await;
    paper_of(&asha, &draft, "puc", 1_000).await;
    let puc = paper_of(&asha, &draft, "puc", 1_001).await;
    let order = paper_of(&asha, &draft, "purchase_order", 1_000).await;
    let strangers = paper_of(&bharat, &draft_of(&bharat).await, "puc", 1_000).await;

    let page = asha.get("/documents").await.expect_status(200);
    assert_eq!(page.all("tbody tr td:first-child"), ["Purchase order", "PUC certificate"]);
    assert!(page.has(&format!("tbody a[href='{puc}']")));
    assert!(page.has(&format!("tbody a[href='{order}']")));
    assert!(!page.has(&format!("a[href='{strangers}']")));
}

#[tokio::test]
async fn the_page_of_a_paper_tells_what_is_known_of_it() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let form =
        Form::new().part("puc", file("पीयूसी <b>&amp;.pdf", PDF.bytes)).text("puc_valid_until", "2027-03-31");
    asha.post_multipart(&draft.step("documents"), form).await.expect_status(303);
    let paper = attached(&asha, &draft, "puc").await;

    let page = asha.get(&paper).await.expect_status(200);
    assert_eq!(page.text_of("h1"), "PUC certificate");
    let facts = page.all("dl.summary dd");
    assert_eq!(facts[..4], ["पीयूसी <b>&amp;.pdf", "application/pdf", "316 B", "31 Mar 2027"]);
    assert_eq!(page.text_of("dl.summary code"), PDF_SHA256);
    assert_eq!(versions_on(&page), ["in use"]);
    assert!(page.has(&format!("a[href='{paper}/download']")));
}

#[tokio::test]
async fn a_download_has_the_same_bytes_and_no_browser_runs_it() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    hand_in(&asha, &draft, "puc", file("puc.pdf", PDF.bytes)).await.expect_status(303);
    let paper = attached(&asha, &draft, "puc").await;
    let page = asha.get(&format!("{paper}/download")).await.expect_status(200);
    assert_eq!(page.body, PDF.bytes);
    assert_eq!(page.header("content-type"), "application/pdf");
    assert_eq!(page.header("content-length"), "316");
    assert_eq!(page.header("content-disposition"), "attachment; filename=\"puc.pdf\"");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(page.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_download_bears_the_name_of_the_file_whatever_it_was_called() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    for (sent, disposition) in [
        (
            "बीमा.pdf",
            "attachment; filename=\"____.pdf\"; filename*=UTF-8''%E0%A4%AC%E0%A5%80%E0%A4%AE%E0%A4%BE.pdf",
        ),
        ("../../etc/cron.d/rc.pdf", "attachment; filename=\"rc.pdf\""),
        ("C:\\Users\\asha\\rc.pdf", "attachment; filename=\"rc.pdf\""),
        (
            "rc\"; evil.exe; \".pdf",
            "attachment; filename=\"rc_; evil.exe; _.pdf\"; \
             filename*=UTF-8''rc%22%3B%20evil.exe%3B%20%22.pdf",
        ),
        ("100%41.pdf", "attachment; filename=\"100_41.pdf\"; filename*=UTF-8''100%2541.pdf"),
        ("rc\u{202E}fdp.pdf", "attachment; filename=\"rcfdp.pdf\""),
        ("rc;v2,final.pdf", "attachment; filename=\"rc;v2,final.pdf\""),
    ] {
        hand_in(&asha, &draft, "puc", file(sent, PDF.bytes)).await.expect_status(303);
        let paper = attached(&asha, &draft, "puc").await;
        let page = asha.get(&format!("{paper}/download")).await.expect_status(200);
        assert_eq!(page.header("content-disposition"), disposition, "{sent}");
    }
}

#[tokio::test]
async fn a_paper_is_opened_by_its_organisation_and_once_submitted_by_staff() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let paper = paper_of(&asha, &draft, "puc", 1_000).await;
    let download = format!("{paper}/download");
    let remove = format!("{paper}/remove");
    let all_staff = [app.guard().await, app.supervisor().await, app.admin().await];
    for staff in &all_staff {
        staff.get(&paper).await.expect_status(404);
        staff.get(&download).await.expect_status(404);
    }
    draft.submit(&asha).await.expect_status(303);
    for staff in &all_staff {
        let page = staff.get(&paper).await.expect_status(200);
        assert!(!page.has("form[action$='/remove']"));
        assert_eq!(staff.get(&download).await.expect_status(200).body, pdf_of(1_000));
        staff.get("/documents").await.expect_status(403);
        staff.post(&remove, &[]).await.expect_status(403);
    }
    let bharat = app.customer("Bharat").await;
    bharat.get(&paper).await.expect_status(404);
    bharat.get(&download).await.expect_status(404);
    bharat.post(&remove, &[]).await.expect_status(404);
    for path in [&paper, &download] {
        let answer = app.nobody().get(path).await.expect_status(303);
        assert!(answer.location().starts_with("/login"), "{}", answer.location());
    }
    assert_eq!(versions_on(&asha.get(&paper).await), ["in use"]);
}

#[tokio::test]
async fn staff_see_no_version_that_was_never_submitted() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let paper = paper_of(&asha, &draft, "puc", 1_000).await;
    draft.submit(&asha).await.expect_status(303);
    paper_of(&asha, &draft_of(&asha).await, "puc", 1_001).await;
    assert_eq!(versions_on(&asha.get(&paper).await), ["in use", "replaced"]);
    assert_eq!(versions_on(&app.supervisor().await.get(&paper).await), ["replaced"]);
}

#[tokio::test]
async fn a_guard_reads_the_papers_of_vehicle_and_driver_alone() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let sent = Entry::for_vehicle("MH 12 AB 1234")
        .with_papers()
        .with_paper("purchase_order", "")
        .submitted_by(&asha);
    let sent = sent.await;
    let listed = |page: Page| page.all(".paper h3");
    let for_the_gate = ["Vehicle registration", "Vehicle insurance", "PUC certificate", "Driving licence"];
    assert_eq!(listed(app.guard().await.get(&sent.desk("")).await), for_the_gate);
    let all = listed(app.supervisor().await.get(&sent.desk("")).await);
    assert_eq!(all, [&["Purchase order"], &for_the_gate[..]].concat());
}

#[tokio::test]
async fn the_desk_is_told_which_of_the_gates_papers_are_missing() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let sent = Entry::for_vehicle("MH 12 AB 1234").with_paper("puc", "2027-11-20").submitted_by(&asha).await;
    let page = app.supervisor().await.get(&sent.desk("")).await;
    assert_eq!(page.all(".paper .badge"), ["valid until 20 Nov 2027", "missing", "missing", "missing"]);
}

#[tokio::test]
async fn the_thousand_and_first_paper_of_a_day_must_wait_and_leaves_nothing() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let paper = paper_of(&asha, &draft, "puc", 1_000).await;
    let database = app.state().database.reader();
    throttle::Entity::update_many()
        .col_expr(throttle::Column::Count, Expr::value(1_000))
        .filter(throttle::Column::Purpose.eq(throttle::Purpose::UploadDay))
        .exec(database)
        .await
        .unwrap();
    let before = files_below(&app.folder().join("documents"));
    let refused = hand_in(&asha, &draft, "puc", file("puc.pdf", PDF.bytes)).await.expect_status(429);
    assert!(!refused.header("retry-after").is_empty());
    let message =
        "You have reached today’s limit for papers. More can be handed in from 21 Nov 2026, 12:00 IST on.";
    assert_eq!(refused.error_at("puc"), message);
    assert_eq!(attached(&asha, &draft, "puc").await, paper);
    assert_eq!(files_below(&app.folder().join("documents")), before);
    let bharat = app.customer("Bharat").await;
    paper_of(&bharat, &draft_of(&bharat).await, "puc", 1_000).await;
}

#[tokio::test]
async fn a_licence_handed_in_with_a_new_driver_is_that_persons_once_submitted() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let first = draft_of(&asha).await;
    let licence = paper_of(&asha, &first, "driver_license", 1_000).await;
    first.submit(&asha).await.expect_status(303);

    let other_vehicle = Entry::for_vehicle("GJ 01 CD 5678").drafted_by(&asha).await;
    assert_eq!(attached(&asha, &other_vehicle, "driver_license").await, licence);
    let new = paper_of(&asha, &other_vehicle, "driver_license", 1_001).await;
    assert_eq!(versions_on(&asha.get(&new).await), ["in use", "replaced"]);
}

#[tokio::test]
async fn a_licence_handed_in_before_the_driver_is_named_stays_with_the_draft() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let before = draft_of(&asha).await;
    paper_of(&asha, &before, "driver_license", 1_000).await;
    before.submit(&asha).await.expect_status(303);

    let fields = [
        ("vehicle_number", "GJ 01 CD 5678"),
        ("customer_phone", "98765 43210"),
        ("expected_on", "2026-11-20"),
    ];
    let opened = asha.post("/submissions/new", &fields).await.expect_status(303);
    let id = opened.location().trim_start_matches("/submissions/").to_owned();
    let draft = Draft { id };
    let renewed = paper_of(&asha, &draft, "driver_license", 1_001).await;
    let crew = [("driver_name", "Ramesh Kumar"), ("driver_phone", "98200 00001")];
    asha.post(&draft.step("crew"), &crew).await.expect_status(303);
    assert_eq!(attached(&asha, &draft, "driver_license").await, renewed);
    draft.submit(&asha).await.expect_status(303);
    assert_eq!(versions_on(&asha.get(&renewed).await), ["in use", "replaced"]);
}

#[tokio::test]
async fn of_two_licences_of_a_driver_the_later_one_is_in_use() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let old = paper_of(&asha, &draft, "driver_license", 1_000).await;
    Entry::for_vehicle("GJ 01 CD 5678").submitted_by(&asha).await;
    let new = paper_of(&asha, &draft, "driver_license", 1_001).await;
    draft.submit(&asha).await.expect_status(303);

    let next = draft_of(&asha).await;
    assert_eq!(attached(&asha, &next, "driver_license").await, new);
    assert_eq!(versions_on(&asha.get(&new).await), ["in use", "replaced"], "the old one is {old}");
}

/// Sends `body` as it is.
pub async fn post_raw(
    customer: &Client,
    path: &str,
    content_type: &str,
    body: impl Into<reqwest::Body>,
) -> Page {
    let request = customer.request(Method::POST, path);
    customer.send(request.header("content-type", content_type).body(body)).await
}

/// A part of a form whose boundary is `b`.
pub fn part(headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    [format!("--b\r\n{headers}\r\n\r\n").as_bytes(), body.as_ref(), b"\r\n"].concat()
}

#[tokio::test]
async fn a_form_that_no_browser_sends_is_refused_in_plain_words() {
    const MULTIPART: &str = "multipart/form-data; boundary=b";
    const FIELD: &str = "Content-Disposition: form-data; name=\"puc_valid_until\"";
    const FILE: &str = "Content-Disposition: form-data; name=\"puc\"; filename=\"puc.pdf\"";
    let whole = |part: Vec<u8>| [part.as_slice(), b"--b--\r\n"].concat();
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    for (what, content_type, body, status) in [
        ("no boundary", "multipart/form-data", whole(part(FIELD, "")), 400),
        ("an empty boundary", "multipart/form-data; boundary=", whole(part(FIELD, "")), 400),
        ("another boundary", "multipart/form-data; boundary=x", whole(part(FIELD, "")), 400),
        ("no form", "application/json", b"{}".to_vec(), 400),
        ("another form", "application/x-www-form-urlencoded", b"puc=1".to_vec(), 400),
        ("no type", "", b"puc".to_vec(), 400),
        ("nothing", MULTIPART, Vec::new(), 400),
        ("noise", MULTIPART, b"\0\xFF\r\n\r\n--b\r\n".repeat(50), 400),
        ("cut off in a file", MULTIPART, part(FILE, "%PDF-1.4 and then"), 400),
        ("cut off in the headers", MULTIPART, b"--b\r\nContent-Disposition: form-".to_vec(), 400),
        ("a part without a name", MULTIPART, whole(part("Content-Type: text/plain", "x")), 400),
        ("a giant text", MULTIPART, whole(part(FIELD, "9".repeat(1_000_000))), 422),
        ("texts without end", MULTIPART, whole(part(FIELD, "9".repeat(60_000)).repeat(5)), 413),
        ("a thousand fields", MULTIPART, whole(part(FIELD, "x").repeat(1_000)), 413),
        ("a thousand files", MULTIPART, whole(part(FILE, "x").repeat(1_000)), 413),
        ("giant headers", MULTIPART, whole(part(&format!("{FILE}{}", "x".repeat(200_000)), "x")), 400),
    ] {
        for path in [draft.step("documents"), "/documents".to_owned()] {
            let page = post_raw(&asha, &path, content_type, body.clone()).await;
            assert_eq!(page.status, status, "{what} at {path}: {}", page.text());
            assert!(page.has("main h1"), "{what} at {path} has no page");
        }
    }
}

/// What a script sends of one row, and the row that comes back.
pub async fn send_row(customer: &Client, draft: &Draft, form: Form) -> Page {
    let script = customer.clone().with_header("X-Requested-With", "fetch");
    script.post_multipart(&draft.step("documents"), form).await
}

#[tokio::test]
async fn a_script_gets_the_row_that_it_sent_as_the_page_shows_it() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let form = Form::new().part("puc", PDF.part()).text("puc_valid_until", "2027-01-31");
    let row = send_row(&asha, &draft, form).await.expect_status(200);
    assert_eq!(row.all("section h2"), ["PUC certificate"]);
    assert!(!row.text().contains("<html") && !row.has("form, h1"), "{}", row.text());
    assert_eq!(row.header("set-cookie"), "", "there is no next page to say something");
    let page = asha.get(&draft.step("documents")).await;
    assert_eq!(row.text_of("#row-puc"), page.text_of("#row-puc"));
    for part in [&row, &page] {
        assert_eq!(part.text_of("#row-puc .badge"), "Attached");
        assert_eq!(part.field_value("puc_valid_until"), "2027-01-31");
    }

    // The same rules, and the row says what is wrong.
    let form = Form::new().part("puc", file("puc.pdf", &b"no paper"[..]));
    let row = send_row(&asha, &draft, form).await.expect_status(422);
    assert_eq!(row.error_at("puc"), WRONG_TYPE);
    assert_eq!(row.all("section h2"), ["PUC certificate"]);
    assert_eq!(row.text_of("#row-puc .badge"), "Attached", "the good one stays");

    let row = send_row(&asha, &draft, Form::new().text("detach", "puc")).await.expect_status(200);
    assert_eq!(row.text_of("#row-puc .badge"), "None");
    assert_eq!(row.field_value("puc_valid_until"), "");
}

#[tokio::test]
async fn a_script_sends_nothing_to_an_entry_that_was_submitted_or_is_anothers() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let draft = draft_of(&asha).await;
    let form = || Form::new().part("puc", PDF.part());
    send_row(&bina, &draft, form()).await.expect_status(404);
    send_row(&app.nobody(), &draft, form()).await.expect_status(303);
    draft.submit(&asha).await.expect_status(303);
    send_row(&asha, &draft, form()).await.expect_status(409);
}
