//! How papers arrive: whatever browsers and programs call them, however large, on a full disk, too many of them.
//! None is lost without a word, and what came with it stays.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::Duration as Span;
use futures_util::future::join_all;
use gatehouse::kernel::entity::{document, throttle};
use gatehouse::kernel::types::DocumentId;
use reqwest::multipart::Form;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _};
use sea_orm::{IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _};

use crate::documents::{
    LARGEST, TOO_LARGE, TYPES, attached, draft_of, file, files_below, hand_in, paper_of, part, pdf_of,
    post_raw, send_row,
};
use crate::support::entries::{Draft, Entry, PDF};
use crate::support::program::Serving;
use crate::support::{App, Client, Page, email_of, figures};

/// A paper as it was sent from somewhere.
macro_rules! field_sample {
    ($name:literal) => {
        include_bytes!(concat!("../papers/field/", $name))
    };
}

const NO_ROOM: &str = "We have no room for this file just now. Nothing else is lost: try again in a while.";

async fn post_parts(customer: &Client, draft: &Draft, parts: &[Vec<u8>]) -> Page {
    let body = [&parts.concat()[..], b"--b--\r\n"].concat();
    post_raw(customer, &draft.step("documents"), "multipart/form-data; boundary=b", body).await
}

/// A part of a form with [`PDF`], whose head says `disposition`, in whatever bytes.
fn pdf_part(disposition: &[u8]) -> Vec<u8> {
    let head = [b"--b\r\nContent-Disposition: form-data; ", disposition, b"\r\n\r\n"].concat();
    [&head, PDF.bytes, b"\r\n"].concat()
}

/// What the paper of a type is called that a draft has.
async fn name_of(customer: &Client, draft: &Draft, document_type: &str) -> String {
    let page = customer.get(&draft.step("documents")).await.expect_status(200);
    page.all(&format!("#row-{document_type} .on-file")).concat()
}

async fn papers(app: &App) -> u64 {
    document::Entity::find().count(app.state().database.reader()).await.unwrap()
}

#[tokio::test]
async fn bodies_of_other_programs_bring_their_papers() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for (body, name) in [
        (&field_sample!("multipart-filename-star-only.bin")[..], "rc.pdf"),
        (field_sample!("multipart-dotnet.bin"), "बीमा.pdf"),
        (field_sample!("multipart-latin1-name.bin"), "café.pdf"),
    ] {
        let draft = draft_of(&asha).await;
        let content_type = "multipart/form-data; boundary=xx1";
        post_raw(&asha, &draft.step("documents"), content_type, body).await.expect_status(303);
        assert_eq!(name_of(&asha, &draft, "purchase_order").await, name);
    }
}

#[tokio::test]
async fn a_name_is_never_a_reason_to_refuse_a_paper() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    for (disposition, name) in [
        (&b"name=\"puc\"; filename=\"\xFF\xFE.pdf\""[..], "ÿþ.pdf"),
        (b"name=puc; filename=puc.pdf", "puc.pdf"),
        (b"name=\"puc\"; filename=\"=?UTF-8?Q?caf=C3=A9.pdf?=\"", "café.pdf"),
        (b"name=\"puc\"; filename=\"=?gb2312?B?sc/S1y5wZGY=?=\"", "±ÏÒ×.pdf"),
        (b"name=\"puc\"; filename*=iso-8859-1''caf%E9.pdf", "café.pdf"),
        (b"name=\"puc\"; filename*0=\"long \"; filename*1=\"name.pdf\"", "long name.pdf"),
        (b"name=\"puc\"; filename=\"C:\\scans\\5\" pipe.pdf\"", "5\" pipe.pdf"),
        (b"name=\"puc\"; filename=\"a\x01b\x7F.pdf\"", "a b .pdf"),
        (b"name=\"puc\"; filename=\"never closed.pdf", "never closed.pdf"),
    ] {
        post_parts(&asha, &draft, &[pdf_part(disposition)]).await.expect_status(303);
        assert_eq!(name_of(&asha, &draft, "puc").await, name);
    }
    let long = format!("name=\"puc\"; filename=\"{}.pdf\"", "क".repeat(5_000));
    post_parts(&asha, &draft, &[pdf_part(long.as_bytes())]).await.expect_status(303);
    assert_eq!(name_of(&asha, &draft, "puc").await.chars().count(), 255);
}

#[tokio::test]
async fn a_boundary_has_whatever_characters_and_a_text_may_be_in_an_old_encoding() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let field = part("Content-Disposition: form-data; name=\"puc_valid_until\"", b"le 20 f\xE9vrier");
    let parts = [field, pdf_part(b"name=\"puc\"; filename=\"puc.pdf\""), b"--b--\r\n".to_vec()].concat();
    for boundary in ["----=_Part_1", "\"=_?Q?a b?=\"", "a/b:c@d"] {
        let draft = draft_of(&asha).await;
        let mut body = Vec::new();
        for line in parts.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_prefix(b"--b") {
                Some(rest) => body.extend([b"--", boundary.trim_matches('"').as_bytes(), rest].concat()),
                None => body.extend(line),
            }
        }
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let page = post_raw(&asha, &draft.step("documents"), &content_type, body).await.expect_status(422);
        assert_eq!(page.field_value("puc_valid_until"), "le 20 février", "{boundary}");
        assert_eq!(name_of(&asha, &draft, "puc").await, "puc.pdf", "{boundary}");
    }
}

#[tokio::test]
async fn a_file_in_a_field_that_the_form_does_not_have_is_told() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    for (at, stray) in ["PUC", "puc[]", "attachment", "पीयूसी"].into_iter().enumerate() {
        let day = format!("2027-03-{:02}", 10 + at);
        let form = Form::new()
            .part(stray, file("rc.pdf", PDF.bytes))
            .part("puc", file("puc.pdf", PDF.bytes))
            .text("puc_valid_until", day.clone());
        let page = asha.post_multipart(&draft.step("documents"), form).await.expect_status(422);
        let message = format!(
            "We could not match this file to a paper ({stray}), and did not keep it. Choose it again at its paper."
        );
        assert_eq!(page.all("#problem li"), [message]);
        assert_eq!(name_of(&asha, &draft, "puc").await, "puc.pdf");
        assert_eq!(page.field_value("puc_valid_until"), day);
    }
    // Two where there is room for one.
    let two = || Form::new().part("file", PDF.part()).part("file", PDF.part()).text("document_type", "puc");
    let form = two().text("vehicle_number", "MH 12 AB 1234");
    let page = asha.post_multipart("/documents", form).await.expect_status(422);
    assert!(page.text_of("#problem li").starts_with("We could not match this file"), "{}", page.text());
}

#[tokio::test]
async fn a_paper_that_comes_without_being_a_file_is_told_at_its_field() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let page =
        post_parts(&asha, &draft, &[part("Content-Disposition: form-data; name=\"puc\"", "puc.pdf")]).await;
    assert_eq!(page.expect_status(422).error_at("puc"), "Choose a file");
    let head = "Content-Disposition: form-data; name=\"puc\"\r\nContent-Type: application/pdf";
    let page = post_parts(&asha, &draft, &[part(head, PDF.bytes)]).await.expect_status(422);
    assert!(page.error_at("puc").contains("must end in .pdf"), "{}", page.error_at("puc"));
    let head = "Content-Disposition: form-data; name=\"puc\"\r\nContent-Type: image/jpeg";
    post_parts(&asha, &draft, &[part(head, field_sample!("1000012345"))]).await.expect_status(303);
    assert_eq!(name_of(&asha, &draft, "puc").await, "file.jpg");
}

#[tokio::test]
async fn photos_without_a_usual_ending_are_taken_and_named_right() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    for (sent, name) in [
        ("licence.jfif", "licence.jpg"),
        ("LICENCE.JFIF", "LICENCE.jpg"),
        ("licence.pjpeg", "licence.jpg"),
        ("1000012345", "1000012345.jpg"),
        ("WhatsApp Image 2026-11-20 at 10.15.33", "WhatsApp Image 2026-11-20 at 10.15.33.jpg"),
    ] {
        let photo = file(sent, &field_sample!("licence.jfif")[..]);
        hand_in(&asha, &draft, "driver_license", photo).await.expect_status(303);
        let paper = attached(&asha, &draft, "driver_license").await;
        assert_eq!(name_of(&asha, &draft, "driver_license").await, name);
        let download = asha.get(&format!("{paper}/download")).await.expect_status(200);
        assert_eq!(download.header("content-disposition"), format!("attachment; filename=\"{name}\""));
        assert_eq!(download.header("content-type"), "image/jpeg");
    }
}

#[tokio::test]
async fn a_pdf_may_begin_within_its_first_kilobyte() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    for pdf in [&field_sample!("pdf-header-at-509.pdf")[..], field_sample!("pdf-pjl-wrapped.pdf")] {
        hand_in(&asha, &draft, "puc", file("puc.pdf", pdf)).await.expect_status(303);
        let paper = attached(&asha, &draft, "puc").await;
        assert_eq!(asha.get(&format!("{paper}/download")).await.expect_status(200).body, pdf);
    }
    let late = [&b" ".repeat(1_024)[..], PDF.bytes].concat();
    hand_in(&asha, &draft, "puc", file("puc.pdf", late)).await.expect_status(422);
}

/// A photo of 6.5 MB.
fn photo() -> Vec<u8> {
    let mut photo = field_sample!("licence.jfif").to_vec();
    photo.resize(6_500_000, 0);
    photo
}

#[tokio::test]
async fn of_eight_photos_that_are_too_large_each_is_refused_at_its_field_and_all_else_stays() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let photo = photo();
    let form = |mut kinds: std::slice::Iter<&'static str>| {
        kinds.try_fold(Form::new(), |form, kind| Some(form.part(*kind, file("photo.jpg", photo.clone()))))
    };
    let page =
        asha.post_multipart(&draft.step("documents"), form(TYPES.iter()).unwrap()).await.expect_status(422);
    for kind in TYPES {
        assert_eq!(page.error_at(kind), TOO_LARGE, "{kind}");
    }

    // One good file among them, and dates wherever they stand.
    let form = form(TYPES[..3].iter()).unwrap();
    let form = form
        .part("puc", file("puc.pdf", PDF.bytes))
        .text("puc_valid_until", "2027-03-31")
        .part("driver_license", file("photo.jpg", photo.clone()))
        .text("driver_license_valid_until", "2030-01-31");
    let page = asha.post_multipart(&draft.step("documents"), form).await.expect_status(422);
    assert_eq!(page.error_at("driver_license"), TOO_LARGE);
    assert_eq!(page.all(".on-file"), ["puc.pdf"]);
    assert_eq!(page.field_value("driver_license_valid_until"), "2030-01-31");
    let page = asha.get(&draft.step("documents")).await;
    assert_eq!(page.field_value("puc_valid_until"), "2027-03-31");
}

#[tokio::test]
async fn one_file_of_fifty_megabytes_is_refused_at_its_field() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let huge = pdf_of(50 * 1024 * 1024);
    let page = hand_in(&asha, &draft, "puc", file("huge.pdf", huge)).await.expect_status(422);
    assert_eq!(page.error_at("puc"), TOO_LARGE);
    assert_eq!(attached(&asha, &draft, "puc").await, "");
}

#[tokio::test]
async fn a_form_over_200_megabytes_is_refused() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    let huge = vec![b'%'; 200 * 1024 * 1024 + 1];
    let page = hand_in(&asha, &draft, "puc", file("huge.pdf", huge)).await.expect_status(413);
    assert_eq!(page.text_of("main h1"), "That is too much");
}

#[tokio::test]
async fn a_date_that_is_too_long_is_told_at_its_field_and_the_paper_stays() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    for letters in [8_193, 65_536, 500_000] {
        let typed = "9".repeat(letters);
        let form = Form::new().text("puc_valid_until", typed.clone()).part("puc", file("puc.pdf", PDF.bytes));
        let page = asha.post_multipart(&draft.step("documents"), form).await.expect_status(422);
        assert_eq!(page.error_at("puc_valid_until"), "Enter the last day as a date, like 2027-03-31");
        assert_eq!(page.field_value("puc_valid_until"), typed[..letters.min(65_536)]);
        assert_eq!(page.all(".on-file"), ["puc.pdf"]);
    }
    // Cut in the middle of a letter.
    let form =
        Form::new().text("vehicle_number", format!("x{}", "क".repeat(30_000))).part("file", PDF.part());
    let page = asha.post_multipart("/documents", form.text("document_type", "puc")).await.expect_status(422);
    assert_eq!(page.field_value("vehicle_number").chars().count(), 1 + 65_535 / 3);
}

#[tokio::test]
async fn a_paper_that_finds_no_room_is_told_at_its_field_and_has_no_row() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    paper_of(&asha, &draft, "vehicle_insurance", 1_000).await;
    let folder = &app.state().config.storage_dir;
    let aside = folder.with_extension("aside");
    fs::rename(folder, &aside).unwrap();
    fs::write(folder, "no folder").unwrap();

    let form = || Form::new().part("puc", file("puc.pdf", PDF.bytes)).text("puc_valid_until", "2027-03-31");
    let all = form().text("vehicle_insurance_valid_until", "2027-02-28");
    let page = asha.post_multipart(&draft.step("documents"), all).await.expect_status(503);
    assert_eq!(page.error_at("puc"), NO_ROOM);
    assert_eq!(page.all("#problem li"), [NO_ROOM]);
    assert_eq!(page.field_value("puc_valid_until"), "2027-03-31");
    let row = send_row(&asha, &draft, form()).await.expect_status(503);
    assert_eq!(row.error_at("puc"), NO_ROOM);
    let add = Form::new().part("file", PDF.part()).text("document_type", "puc");
    let page = asha.post_multipart("/documents", add.text("vehicle_number", "MH 12 AB 1234")).await;
    assert_eq!(page.expect_status(503).error_at("file"), NO_ROOM);
    assert_eq!(papers(&app).await, 1);
    let page = asha.get(&draft.step("documents")).await.expect_status(200);
    assert_eq!(page.field_value("vehicle_insurance_valid_until"), "2027-02-28", "the other date is kept");

    fs::remove_file(folder).unwrap();
    fs::rename(&aside, folder).unwrap();
    asha.post_multipart(&draft.step("documents"), form()).await.expect_status(303);
    assert_eq!(papers(&app).await, 2);
}

#[tokio::test]
async fn where_uploads_find_no_room_the_program_says_so_and_is_not_ready() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    let program = Serving::start(&app).await;
    let asha = program.nobody().signed_in_as(&email_of("Asha")).await;
    let today = app.state().config.zone.day_of(gatehouse::kernel::clock::Clock::system().now()).to_string();
    let draft = Entry::for_vehicle("MH 12 AB 1234").on(&today).drafted_by(&asha).await;
    assert_eq!(asha.get("/ready").await.text(), "ready\n");

    let incoming = app.folder().join("incoming");
    fs::remove_dir(&incoming).unwrap();
    fs::write(&incoming, "no folder").unwrap();
    let form = Form::new().part("puc", PDF.part()).text("puc_valid_until", "2037-03-31");
    let page = asha.post_multipart(&draft.step("documents"), form).await.expect_status(503);
    assert_eq!(page.error_at("puc"), NO_ROOM);
    assert_eq!(page.field_value("puc_valid_until"), "2037-03-31");
    // What was found last is believed for two seconds.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(asha.get("/ready").await.expect_status(503).text(), "storage does not answer\n");

    fs::remove_file(&incoming).unwrap();
    fs::create_dir(&incoming).unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(asha.get("/ready").await.expect_status(200).text(), "ready\n");
    hand_in(&asha, &draft, "puc", PDF.part()).await.expect_status(303);
    assert_eq!(files_below(&incoming), 0);
}

/// A browser at which `name` has registered and signed in, with an address that is not confirmed, and a draft.
async fn unconfirmed(app: &App, name: &str, from: &str) -> (Client, Draft) {
    let client = app.nobody().with_header("x-forwarded-for", from);
    client.register(name).await.expect_status(303);
    let client = client.signed_in_as(&email_of(name)).await;
    let draft = draft_of(&client).await;
    (client, draft)
}

const UNCONFIRMED: &str = "Until your e-mail address is confirmed, only a few papers can be handed in. \
    Confirm it and try again from 21 Nov 2026, 12:00 IST on.";

#[tokio::test]
async fn an_account_that_is_not_confirmed_hands_in_fifty_megabytes_a_day() {
    let app = App::spawn_with(&[("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let (asha, draft) = unconfirmed(&app, "Asha", "192.0.2.1").await;
    let large = pdf_of(LARGEST);
    for _ in 0..10 {
        hand_in(&asha, &draft, "puc", file("puc.pdf", large.clone())).await.expect_status(303);
    }
    let files = files_below(&app.state().config.storage_dir);
    let form = Form::new().part("puc", PDF.part()).text("puc_valid_until", "2027-03-31");
    let page = asha.post_multipart(&draft.step("documents"), form).await.expect_status(429);
    assert_eq!(page.error_at("puc"), UNCONFIRMED);
    assert!(page.header("retry-after").parse::<u64>().unwrap() > 80_000);
    assert_eq!(page.all(".on-file"), ["puc.pdf"]);
    assert_eq!(page.field_value("puc_valid_until"), "2027-03-31");
    assert_eq!(files_below(&app.state().config.storage_dir), files, "no bytes without a row");

    app.clock.advance(Span::days(1));
    let asha = app.nobody().signed_in_as(&email_of("Asha")).await;
    hand_in(&asha, &draft, "puc", PDF.part()).await.expect_status(303);
}

#[tokio::test]
async fn an_account_that_is_not_confirmed_hands_in_forty_papers_a_day_until_it_is() {
    let app = App::spawn().await;
    let (asha, draft) = unconfirmed(&app, "Asha", "").await;
    for _ in 0..5 {
        let form = TYPES.iter().fold(Form::new(), |form, kind| form.part(*kind, PDF.part()));
        asha.post_multipart(&draft.step("documents"), form).await.expect_status(303);
    }
    let page = hand_in(&asha, &draft, "puc", PDF.part()).await.expect_status(429);
    assert_eq!(page.error_at("puc"), UNCONFIRMED);
    app.confirm(&email_of("Asha")).await;
    hand_in(&asha, &draft, "puc", PDF.part()).await.expect_status(303);
}

#[tokio::test]
async fn the_next_account_of_a_network_does_not_start_afresh() {
    let app = App::spawn_with(&[("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let (asha, draft) = unconfirmed(&app, "Asha", "192.0.2.1").await;
    hand_in(&asha, &draft, "puc", PDF.part()).await.expect_status(303);
    throttle::Entity::update_many()
        .col_expr(throttle::Column::Count, Expr::value(200 * 1024))
        .filter(throttle::Column::Purpose.eq(throttle::Purpose::UnconfirmedKib))
        .filter(throttle::Column::Subject.eq(""))
        .exec(app.state().database.reader())
        .await
        .unwrap();
    let (bina, draft) = unconfirmed(&app, "Bina", "192.0.2.1").await;
    let page = hand_in(&bina, &draft, "puc", PDF.part()).await.expect_status(429);
    assert_eq!(page.error_at("puc"), UNCONFIRMED);
    let (chitra, draft) = unconfirmed(&app, "Chitra", "192.0.2.2").await;
    hand_in(&chitra, &draft, "puc", PDF.part()).await.expect_status(303);
    // Who has confirmed is not counted with them.
    app.confirm(&email_of("Bina")).await;
    paper_of(&bina, &draft_of(&bina).await, "puc", 1_000).await;
}

#[tokio::test]
async fn an_organisation_hands_in_two_gigabytes_a_day() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    hand_in(&asha, &draft, "puc", PDF.part()).await.expect_status(303);
    throttle::Entity::update_many()
        .col_expr(throttle::Column::Count, Expr::value(2 * 1024 * 1024))
        .filter(throttle::Column::Purpose.eq(throttle::Purpose::UploadKib))
        .exec(app.state().database.reader())
        .await
        .unwrap();
    let page = hand_in(&asha, &draft, "puc", PDF.part()).await.expect_status(429);
    assert!(page.error_at("puc").starts_with("You have reached today’s limit"), "{}", page.error_at("puc"));
}

#[tokio::test]
async fn a_paper_over_the_quota_does_not_reach_the_store() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let draft = draft_of(&asha).await;
    hand_in(&asha, &draft, "puc", PDF.part()).await.expect_status(303);
    let row = throttle::Entity::find()
        .filter(throttle::Column::Purpose.eq(throttle::Purpose::UploadDay))
        .one(app.state().database.reader())
        .await
        .unwrap()
        .unwrap();
    app.set_count(throttle::Purpose::UploadDay, &row.subject, "", 1_000).await;
    // A store that is away is not even asked.
    let folder = &app.state().config.storage_dir;
    fs::rename(folder, folder.with_extension("aside")).unwrap();
    fs::write(folder, "no folder").unwrap();
    hand_in(&asha, &draft, "puc", PDF.part()).await.expect_status(429);
    app.clock.advance(Span::days(1));
    let asha = app.nobody().signed_in_as(&email_of("Asha")).await;
    hand_in(&asha, &draft, "puc", PDF.part()).await.expect_status(503);
}

#[tokio::test]
async fn a_paper_whose_file_is_lost_is_said_to_be() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let paper = paper_of(&asha, &draft_of(&asha).await, "puc", 1_000).await;
    let row = document::Entity::find().one(app.state().database.reader()).await.unwrap().unwrap();
    let key = &row.storage_key;
    fs::remove_file(app.state().config.storage_dir.join(&key[..2]).join(key)).unwrap();
    let page = asha.get(&format!("{paper}/download")).await.expect_status(404);
    assert!(page.text_of("main").contains("The file of this paper is lost"), "{}", page.text());
    asha.get(&paper).await.expect_status(200);
}

#[tokio::test]
async fn papers_that_the_desk_accepted_are_shown_however_many_others_there_are() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let supervisor = app.supervisor().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    let entry = entry.approved_by(&supervisor).await;
    let state = app.state();
    let puc = document::Entity::find()
        .filter(document::Column::DocumentType.eq(document::DocumentType::Puc))
        .one(state.database.reader())
        .await
        .unwrap()
        .unwrap();
    for number in 0..60 {
        let mut renewed = puc.clone().into_active_model();
        renewed.id = Set(DocumentId::new(state.clock.new_uuid()));
        renewed.storage_key = Set(format!("renewed-{number}"));
        renewed.active = Set(false);
        renewed.file_name = Set(format!("renewed-{number}.pdf"));
        renewed.insert(state.database.reader()).await.unwrap();
    }
    let vehicle = supervisor.get(&entry.desk("")).await.attribute("a[href^='/admin/vehicles/']", "href");
    let page = supervisor.get(&vehicle).await.expect_status(200);
    for kind in ["Vehicle registration", "Vehicle insurance", "PUC certificate"] {
        assert_eq!(page.text().matches(kind).count(), 1, "{kind}: {}", page.text());
    }
}

/// A line of `/proc/{process}/status`, in KiB.
fn memory(process: u32, line: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|found| found.strip_prefix(line)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a while; tests/faults/run.sh runs it"]
async fn sixty_four_scans_at_once_take_little_memory() {
    const SCANS: usize = 64;
    let app = App::spawn().await;
    app.customer("Asha").await;
    let program = Serving::start(&app).await;
    let asha = program.nobody().signed_in_as(&email_of("Asha")).await;
    asha.get("/documents").await.expect_status(200);
    let scan: &'static [u8] = pdf_of(LARGEST).leak();
    let over = AtomicBool::new(false);
    let before = memory(program.id(), "VmRSS");
    let watch = async {
        let mut most = 0;
        while !over.load(Ordering::Relaxed) {
            most = most.max(memory(program.id(), "VmRSS"));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        most
    };
    let scans = async {
        let answers = join_all((0..SCANS).map(|number| {
            let form = Form::new()
                .part("file", file("scan.pdf", scan))
                .text("document_type", "puc")
                .text("vehicle_number", format!("MH 12 AB {number:04}"));
            asha.post_multipart("/documents", form)
        }));
        let answers = answers.await;
        over.store(true, Ordering::Relaxed);
        answers
    };
    let (most, answers) = futures_util::future::join(watch, scans).await;
    for answer in answers {
        answer.expect_status(303);
    }
    let grown = (most - before) / 1024;
    figures(&format!(
        "{SCANS} scans of 5 MB at once: {} MB before, {grown} MB more at most (target: 64)",
        before / 1024
    ));
    assert!(grown < 64, "{grown} MB");
}
