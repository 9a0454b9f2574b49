//! What the desk and the customer see of messages, and sending them again.

use chrono::Duration;
use gatehouse::features::accounts::messages::{
    CONFIRM_ADDRESS, INVITATION, PASSWORD_CHANGED, RESET_PASSWORD,
};
use gatehouse::features::submissions::messages::{DRIVER_PASS, RECEIVED};
use gatehouse::kernel::audit::Subject;
use gatehouse::kernel::delivery::actions::MESSAGE_RESENT;
use gatehouse::kernel::delivery::outbox::Message;
use gatehouse::kernel::entity::account;
use gatehouse::kernel::entity::notification::DeliveryState;
use gatehouse::kernel::types::{AccountId, EmailAddress, Language};

use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{outbox, outbox_of, times, write};
use crate::support::App;
use crate::support::entries::Entry;
use crate::support::smtp::{Mood, SmtpServer};

#[tokio::test]
async fn the_desk_sees_each_message_and_what_became_of_it() {
    let server = SmtpServer::start(Mood::Refuses("450 4.2.0 try later")).await;
    let app = App::spawn_with(&[("SMTP_URL", &server.url()), ("MAIL_FROM", "gate@example.com")]).await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    app.deliver().await;

    let supervisor = app.supervisor().await;
    let list = supervisor.get("/admin/messages").await.expect_status(200);
    assert_eq!(list.all("tbody tr td:nth-child(2)"), ["+919820000001", "+919876543210", "asha@example.com"]);
    assert_eq!(list.all("tbody td.long:nth-child(2)"), ["asha@example.com"], "a phone is not broken in two");
    assert_eq!(list.all("tbody tr .badge"), ["Sent", "Sent", "Waiting"]);
    assert!(list.all("tbody tr td:nth-child(6)")[2].contains("try later"));
    assert_eq!(list.attribute("tbody tr a", "href"), entry.desk(""));
    let waiting = supervisor.get("/admin/messages?state=queued").await.expect_status(200);
    assert_eq!(waiting.all("tbody tr td:nth-child(2)"), ["asha@example.com"]);
    assert_eq!(waiting.text_of("nav.tabs [aria-current]"), "Waiting");
    assert!(!waiting.has("tbody form"), "what is being tried is not sent twice");
    assert_eq!(supervisor.get("/admin/messages?state=dead").await.all("tbody tr").len(), 0);
    supervisor.get("/admin/messages?state=lost").await.expect_status(400);
    supervisor.get("/admin/messages?cursor=x").await.expect_status(400);

    for page in [
        supervisor.get(&entry.desk("")).await.expect_status(200),
        app.guard().await.get(&entry.desk("")).await.expect_status(200),
    ] {
        let timeline = page.all("ol.timeline:last-of-type li");
        assert_eq!(timeline.len(), 3, "{timeline:?}");
        assert!(timeline[0].contains("asha@example.com") && timeline[0].contains("Waiting"), "{timeline:?}");
        assert!(timeline[0].contains("1 attempt") && timeline[0].contains("try later"), "{timeline:?}");
        assert!(timeline[2].contains("Driver’s pass, Text message"), "{timeline:?}");
    }
    assert!(!app.guard().await.get(&entry.desk("")).await.has("form[action^='/admin/messages']"));
}

/// An account that does not exist.
fn nobody(app: &App) -> Subject {
    Subject::new(AccountId::new(app.state().clock.new_uuid()), "")
}

#[tokio::test]
async fn the_list_goes_on_after_fifty() {
    let app = App::spawn().await;
    let to = |number: usize| EmailAddress::parse(&format!("reader{number:02}@example.com")).unwrap();
    let subject = nobody(&app);
    let message = |number| Message::email(PASSWORD_CHANGED, subject.clone(), &to(number), Language::En);
    write(&app, (0..60).map(message).collect()).await;
    let supervisor = app.supervisor().await;
    let first = supervisor.get("/admin/messages?state=queued").await.expect_status(200);
    let second = supervisor.get(&first.attribute("a[rel=next]", "href")).await.expect_status(200);
    let shown = [first.all("tbody tr td:nth-child(2)"), second.all("tbody tr td:nth-child(2)")].concat();
    let expected: Vec<_> = (0..60).rev().map(|number| to(number).to_string()).collect();
    assert_eq!(shown, expected);
    assert!(!second.has("a[rel=next]"));
}

#[tokio::test]
async fn the_desk_sends_a_message_again() {
    let app = App::spawn().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    app.deliver().await;
    let supervisor = app.supervisor().await;
    let list = supervisor.get("/admin/messages").await;
    let again = list.attribute("tbody tr:last-child form", "action");
    let sent = supervisor.post(&again, &[]).await.expect_status(303);
    assert_eq!(sent.follow().await.flash(), "The message is sent again.");
    app.deliver().await;

    let mails = app.mails_to("asha@example.com");
    assert_eq!(mails.len(), 2);
    assert_ne!(mails[0].message_id, mails[1].message_id, "another mail, not the same once more");
    assert_eq!(times(&app, MESSAGE_RESENT).await, 1);
    assert_eq!(outbox_of(&app, &entry.id).await.len(), 4);
}

#[tokio::test]
async fn a_message_that_is_being_tried_is_not_sent_again() {
    let app = App::spawn().await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let message = outbox_of(&app, &entry.id).await.remove(0);
    let path = format!("/admin/messages/{}/resend", message.id);
    app.supervisor().await.post(&path, &[]).await.expect_status(409);
    assert_eq!(outbox(&app).await.len(), 3);
}

#[tokio::test]
async fn what_would_be_wrong_by_now_is_not_sent_again() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let to = EmailAddress::parse("asha@example.com").unwrap();
    let account = account::Entity::find().filter(account::Column::Email.eq("asha@example.com"));
    let account = account.one(app.state().database.reader()).await.unwrap().unwrap();
    let changed = Message::email(PASSWORD_CHANGED, &account, &to, Language::En);
    write(&app, vec![changed]).await;
    app.deliver().await;
    asha.post(&entry.path("/cancel"), &[]).await.expect_status(303);
    app.deliver().await;
    let before = outbox(&app).await;
    for (kind, why) in [
        (PASSWORD_CHANGED, "This message tells of a moment that has passed"),
        (RECEIVED, "the entry’s status has changed since"),
        (DRIVER_PASS, "the entry’s status has changed since"),
    ] {
        let message = before.iter().find(|message| message.kind == kind).unwrap();
        let page = supervisor.post(&format!("/admin/messages/{}/resend", message.id), &[]).await;
        let page = page.expect_status(409);
        assert!(page.text().contains(why), "{kind:?}: {}", page.text());
    }
    assert_eq!(outbox(&app).await.len(), before.len());
    assert_eq!(times(&app, MESSAGE_RESENT).await, 0);
}

#[tokio::test]
async fn the_desk_neither_sees_nor_sends_a_secret() {
    let app = App::spawn().await;
    let secret = "a-secret-that-opens-an-account";
    let to = EmailAddress::parse("reader@example.com").unwrap();
    let subject = nobody(&app);
    let kinds = [CONFIRM_ADDRESS, RESET_PASSWORD, INVITATION];
    let message = |kind| Message::email(kind, subject.clone(), &to, Language::En).with_secret(secret);
    write(&app, kinds.into_iter().map(message).collect()).await;
    let supervisor = app.supervisor().await;
    let look = async || {
        let list = supervisor.get("/admin/messages").await.expect_status(200);
        assert_eq!(list.all("tbody tr").len(), 3);
        assert!(!list.text().contains(secret) && !list.has("tbody form"), "{}", list.text());
    };
    look().await;
    app.deliver().await;
    look().await;
    for message in outbox(&app).await {
        assert_eq!(message.secret, None, "it is wiped");
        let path = format!("/admin/messages/{}/resend", message.id);
        supervisor.post(&path, &[]).await.expect_status(409);
    }
    assert_eq!(outbox(&app).await.len(), 3);
}

#[tokio::test]
async fn a_customer_sees_how_the_messages_stand_and_has_them_sent_again_five_times_an_hour() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let page = asha.get(&entry.path("")).await.expect_status(200);
    assert_eq!(page.all(".tasks .badge"), ["Waiting", "Waiting", "Waiting"]);
    app.deliver().await;
    let page = asha.get(&entry.path("")).await.expect_status(200);
    assert_eq!(page.all(".tasks .badge"), ["Sent", "Sent", "Sent"]);
    assert!(page.all(".tasks .hint")[0].contains("asha@example.com"));

    let again = page.attribute("form[action$='/resend']", "action");
    for _ in 0..5 {
        let answer = asha.post(&again, &[]).await.expect_status(303);
        assert_eq!(answer.location(), entry.path(""));
        assert_eq!(answer.follow().await.flash(), "The messages are sent again.");
        app.deliver().await;
    }
    let refused = asha.post(&again, &[]).await.expect_status(429);
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(outbox_of(&app, &entry.id).await.len(), 18);
    assert_eq!(app.mails().len(), 6);
    app.clock.advance(Duration::hours(1));
    asha.post(&again, &[]).await.expect_status(303);
}

#[tokio::test]
async fn a_message_that_waits_is_not_written_a_second_time() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    asha.post(&entry.path("/resend"), &[]).await.expect_status(303);
    assert_eq!(outbox_of(&app, &entry.id).await.len(), 3);

    app.deliver().await;
    let supervisor = app.supervisor().await;
    let sent = outbox_of(&app, &entry.id).await;
    let path = format!("/admin/messages/{}/resend", sent[0].id);
    supervisor.post(&path, &[]).await.expect_status(303);
    supervisor.post(&path, &[]).await.expect_status(409);
    assert_eq!(outbox_of(&app, &entry.id).await.len(), 4);
}

#[tokio::test]
async fn what_is_sent_again_fits_the_status() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let supervisor = app.supervisor().await;
    let draft = Entry::for_vehicle("MH 12 AB 0001").drafted_by(&asha).await;
    asha.post(&draft.step("resend"), &[]).await.expect_status(409);
    assert!(outbox(&app).await.is_empty());

    let entry = Entry::for_vehicle("MH 12 AB 0002").submitted_by(&asha).await;
    let entry = entry.rejected_by(&supervisor, "The papers are of another vehicle").await;
    app.deliver().await;
    asha.post(&entry.path("/resend"), &[]).await.expect_status(303);
    app.deliver().await;
    let subjects: Vec<_> = app.mails().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects, ["Gate entry rejected - MH 12 AB 0002"; 2]);

    let entry = Entry::for_vehicle("MH 12 AB 0003").submitted_by(&asha).await.approved_by(&supervisor).await;
    supervisor.post(&entry.desk("/complete"), &[]).await.expect_status(303);
    assert!(!asha.get(&entry.path("")).await.has("form[action$='/resend']"));
    let before = outbox(&app).await.len();
    asha.post(&entry.path("/resend"), &[]).await.expect_status(409);
    assert_eq!(outbox(&app).await.len(), before);
    assert!(
        outbox(&app)
            .await
            .iter()
            .all(|message| message.state != DeliveryState::Sent || message.sent_at.is_some())
    );
}
