//! How messages get there: each once, whoever sends it and whatever is down meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use futures_util::future::join;
use gatehouse::app::render;
use gatehouse::features::submissions::messages::{RECEIVED, REJECTED};
use gatehouse::kernel::audit::Subject;
use gatehouse::kernel::clock::Clock;
use gatehouse::kernel::delivery::AT_ONCE;
use gatehouse::kernel::delivery::actions::{EMAIL_FAILED, EMAIL_SENT, SMS_QUEUED, SMS_SENT};
use gatehouse::kernel::delivery::outbox::Message;
use gatehouse::kernel::dispatch::worker::Worker;
use gatehouse::kernel::entity::audit_log;
use gatehouse::kernel::entity::notification::{self, DeliveryState};
use gatehouse::kernel::types::{EmailAddress, Language, SubmissionId};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use sea_orm::{ColumnTrait as _, QueryOrder as _};
use tokio::sync::Notify;

use super::{outbox, outbox_of, times, write};
use crate::support::entries::{Entry, Submitted};
use crate::support::program::Serving;
use crate::support::smtp::{Mood, SmtpServer};
use crate::support::{App, Mail, figures};

/// An application that sends its mail to `server`.
async fn mailing_to(server: &SmtpServer) -> App {
    App::spawn_with(&[("SMTP_URL", &server.url()), ("MAIL_FROM", "Main gate <gate@example.com>")]).await
}

/// An entry whose messages have been sent.
async fn told(app: &App) -> Submitted {
    let entry = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    app.deliver().await;
    entry
}

/// A mail about `entry` to somebody called `name`.
fn mail_about(entry: &Submitted, name: &str) -> Message {
    let id: SubmissionId = entry.id.parse().unwrap();
    let to = EmailAddress::parse(&format!("{name}@example.com")).unwrap();
    Message::email(RECEIVED, Subject::new(id, ""), &to, Language::En)
}

/// Changes rows of the outbox past all rules.
async fn change(app: &App, message: notification::Model, with: impl FnOnce(&mut notification::ActiveModel)) {
    let mut row = message.into_active_model();
    with(&mut row);
    let transaction = app.state().database.write().await.unwrap();
    row.update(&*transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Returns when no more than `count` messages wait.
async fn until_unsent(app: &App, count: usize) {
    let sent = async {
        while outbox(app).await.iter().filter(|message| message.state != DeliveryState::Sent).count() > count
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), sent).await.unwrap();
}

/// How often each receiver got something.
fn by_receiver(server: &SmtpServer) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for received in server.received() {
        let [to] = received.to.as_slice() else { panic!("{:?}", received.to) };
        *count.entry(to.clone()).or_default() += 1;
    }
    count
}

#[tokio::test]
async fn a_mail_server_gets_the_mail_with_one_receiver() {
    let server = SmtpServer::start(Mood::Takes).await;
    let app = mailing_to(&server).await;
    told(&app).await;

    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].to, ["asha@example.com"]);
    let mail = Mail::parse(&received[0].mail);
    assert_eq!(mail.subject, "Gate Entry QR Code - MH 12 AB 1234");
    let raw = String::from_utf8(received[0].mail.clone()).unwrap();
    assert!(raw.contains("From: \"Main gate\" <gate@example.com>\r\n"), "{raw}");
    let message = &outbox(&app).await[0];
    assert_eq!((message.state, message.attempts), (DeliveryState::Sent, 1));
    assert_eq!(mail.message_id, format!("{}@127.0.0.1", message.id));
    assert_eq!(times(&app, EMAIL_SENT).await, 1);
    assert_eq!(times(&app, SMS_QUEUED).await, 2);
    assert_eq!(times(&app, SMS_SENT).await, 2);
}

#[tokio::test]
async fn two_processes_send_each_message_once() {
    let server = SmtpServer::start(Mood::Takes).await;
    let app = mailing_to(&server).await;
    let entry = told(&app).await;
    write(&app, (0..40).map(|number| mail_about(&entry, &format!("reader{number}"))).collect()).await;

    let mut one = Worker::new(app.state().clone(), render);
    let mut other = Worker::new(app.second_process().await, render);
    let (one, other) = join(one.drain(), other.drain()).await;
    assert_eq!(one.unwrap() + other.unwrap(), 40);
    let received = by_receiver(&server);
    assert_eq!(received.len(), 41);
    assert!(received.values().all(|count| *count == 1), "{received:?}");
    assert_eq!(times(&app, EMAIL_SENT).await, 41);
}

#[tokio::test]
async fn a_message_of_a_killed_worker_is_sent_when_its_lease_has_run_out() {
    let app = App::spawn().await;
    let entry = told(&app).await;
    write(&app, vec![mail_about(&entry, "reader")]).await;
    let message = outbox(&app).await.pop().unwrap();
    let lease = app.clock.now() + Duration::minutes(5);
    change(&app, message, |row| {
        row.attempts = Set(1);
        row.leased_until = Set(Some(lease));
    })
    .await;

    assert_eq!(app.deliver().await, 0, "it is another worker's");
    app.clock.advance(Duration::minutes(5));
    assert_eq!(app.deliver().await, 1);
    let message = outbox(&app).await.pop().unwrap();
    assert_eq!((message.state, message.attempts, message.leased_until), (DeliveryState::Sent, 2, None));
    assert_eq!(app.mails_to("reader@example.com").len(), 1);
}

#[tokio::test]
async fn the_worker_of_the_program_sends_what_is_written_while_it_runs_and_ends_when_told() {
    let app = App::spawn().await;
    let worker = Worker::new(app.state().clone(), render).start();
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    // Within their patience, not within the time that they take to look unasked: the bell is heard.
    let sent = async {
        while app.texts().len() < 2 || app.mails().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), sent).await.unwrap();
    worker.stop().await;
    let unsent = outbox(&app).await.into_iter().filter(|message| message.state != DeliveryState::Sent);
    assert_eq!(unsent.count(), 0);
}

#[tokio::test]
async fn a_slow_message_delays_no_other_and_is_finished_before_the_end() {
    static ANSWERED: Notify = Notify::const_new();
    let app = App::spawn().await;
    let entry = told(&app).await;
    let worker = Worker::new(app.state().clone(), |state, message, secret| {
        Box::pin(async move {
            if message.address == "slow@example.com" {
                ANSWERED.notified().await;
            }
            render(state, message, secret).await
        })
    });
    let worker = worker.start();
    let slow = async || {
        let all = outbox(&app).await;
        all.into_iter().find(|message| message.address == "slow@example.com").unwrap()
    };

    let others = (0..20).map(|number| mail_about(&entry, &format!("reader{number}")));
    write(&app, std::iter::once(mail_about(&entry, "slow")).chain(others).collect()).await;
    until_unsent(&app, 1).await;
    let waiting = slow().await;
    assert_eq!((waiting.state, waiting.attempts), (DeliveryState::Queued, 1));
    assert!(waiting.leased_until.is_some());
    write(&app, vec![mail_about(&entry, "late")]).await;
    until_unsent(&app, 1).await;

    join(worker.stop(), async { ANSWERED.notify_one() }).await;
    let sent = slow().await;
    assert_eq!((sent.state, sent.attempts, sent.leased_until), (DeliveryState::Sent, 1, None));
    for reader in ["slow", "late", "reader0", "reader19"] {
        assert_eq!(app.mails_to(&format!("{reader}@example.com")).len(), 1, "{reader}");
    }
    assert_eq!(times(&app, EMAIL_SENT).await, 23);
}

#[tokio::test]
async fn what_may_have_ended_its_worker_is_tried_with_no_others() {
    let app = App::spawn().await;
    let entry = told(&app).await;
    write(&app, (0..6).map(|number| mail_about(&entry, &format!("reader{number}"))).collect()).await;
    let lost = app.clock.now() - Duration::minutes(1);
    for message in
        outbox(&app).await.into_iter().filter(|message| message.address.ends_with("r4@example.com"))
    {
        change(&app, message, |row| row.leased_until = Set(Some(lost))).await;
    }

    let mut worker = Worker::new(app.state().clone(), |state, message, secret| {
        Box::pin(async move {
            if message.address == "reader4@example.com" {
                let leased = notification::Column::LeasedUntil.gt(state.clock.now());
                let in_hand = notification::Entity::find().filter(leased).all(state.database.reader()).await;
                assert_eq!(in_hand.unwrap().len(), 1, "this test's own panic");
            }
            render(state, message, secret).await
        })
    });
    assert_eq!(worker.drain().await.unwrap(), 6);
    assert!(outbox(&app).await.iter().all(|message| message.state == DeliveryState::Sent));
}

#[tokio::test]
async fn of_messages_that_end_together_one_that_another_worker_took_over_is_left_alone() {
    let app = App::spawn().await;
    let entry = told(&app).await;
    write(&app, (0..3).map(|number| mail_about(&entry, &format!("reader{number}"))).collect()).await;
    let mut worker = Worker::new(app.state().clone(), |state, message, secret| {
        Box::pin(async move {
            if message.address == "reader1@example.com" {
                let transaction = state.database.write().await.unwrap();
                let mut row = message.clone().into_active_model();
                row.leased_until = Set(Some(state.clock.now() + Duration::minutes(9)));
                row.update(&*transaction).await.unwrap();
                transaction.commit().await.unwrap();
            }
            render(state, message, secret).await
        })
    });
    assert_eq!(worker.drain().await.unwrap(), 3);
    let unsent: Vec<_> =
        outbox(&app).await.into_iter().filter(|message| message.state != DeliveryState::Sent).collect();
    assert_eq!(unsent.len(), 1);
    assert_eq!((unsent[0].address.as_str(), unsent[0].state), ("reader1@example.com", DeliveryState::Queued));
    assert!(unsent[0].leased_until.unwrap() > app.clock.now() + Duration::minutes(8));
    assert_eq!(times(&app, EMAIL_SENT).await, 3, "of the entry, and of the two");
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_tried_after_1_2_4_8_and_15_minutes_for_a_day() {
    let server = SmtpServer::start(Mood::Away).await;
    let app = mailing_to(&server).await;
    told(&app).await;
    let written = outbox(&app).await[0].created_at;
    let mut pauses = Vec::new();
    let last = loop {
        let message = outbox(&app).await.remove(0);
        if message.state != DeliveryState::Queued {
            break message;
        }
        assert!(message.last_error.is_some() && message.leased_until.is_none());
        let now = app.clock.now();
        pauses.push((message.next_attempt_at - now).num_minutes());
        app.clock.advance(message.next_attempt_at - now - Duration::seconds(1));
        assert_eq!(app.deliver().await, 0, "not before its time");
        app.clock.advance(Duration::seconds(1));
        assert_eq!(app.deliver().await, 1);
    };
    // A reading of the clock is a millisecond, and chance adds up to a quarter.
    for (pause, least) in pauses.iter().zip([1, 2, 4, 8].into_iter().chain(std::iter::repeat(15))) {
        assert!((least - 1..=least * 5 / 4).contains(pause), "{pauses:?}");
    }
    assert_eq!(last.state, DeliveryState::Dead);
    let lived = app.clock.now() - written;
    assert!(lived > Duration::hours(23) + Duration::minutes(40) && lived <= Duration::hours(24), "{lived}");
    assert_eq!(times(&app, EMAIL_FAILED).await, u64::try_from(last.attempts).unwrap());
    assert_eq!(server.received().len(), 0);
    server.set(Mood::Takes);
    app.clock.advance(Duration::hours(1));
    assert_eq!(app.deliver().await, 0, "nobody tries a dead one");
}

#[tokio::test]
async fn when_the_mail_server_is_back_nobody_waits_for_his_turn() {
    let server = SmtpServer::start(Mood::Away).await;
    let app = mailing_to(&server).await;
    let entry = told(&app).await;
    write(&app, (0..19).map(|number| mail_about(&entry, &format!("reader{number}"))).collect()).await;
    let mut worker = Worker::new(app.state().clone(), render);
    for _ in 0..60 {
        worker.drain().await.unwrap();
        app.clock.advance(Duration::minutes(1));
    }
    let attempts: Vec<_> = outbox(&app).await.iter().map(|message| message.attempts).collect();
    assert!(attempts.iter().filter(|attempts| **attempts > 4).count() == 20, "{attempts:?}");

    server.set(Mood::Takes);
    let mut minutes = 0;
    while server.received().is_empty() {
        app.clock.advance(Duration::minutes(1));
        worker.drain().await.unwrap();
        minutes += 1;
    }
    assert!(minutes < 19, "{minutes}");
    assert_eq!(by_receiver(&server).len(), 20, "all of them, once the first got through");
}

#[tokio::test]
async fn a_receiver_who_does_not_exist_is_not_tried_again_but_a_refusal_to_us_is() {
    for (answer, state) in [
        ("550 5.1.1 no such mailbox", DeliveryState::Dead),
        ("550 no such user here", DeliveryState::Dead),
        ("550 5.2.1 mailbox disabled", DeliveryState::Dead),
        ("550 5.7.1 relaying denied", DeliveryState::Queued),
        ("554 5.7.1 relay access denied", DeliveryState::Queued),
        ("530 5.7.0 authentication required", DeliveryState::Queued),
        ("450 4.2.0 greylisted", DeliveryState::Queued),
        ("552 mailbox full", DeliveryState::Queued),
    ] {
        let server = SmtpServer::start(Mood::Refuses(answer)).await;
        let app = mailing_to(&server).await;
        told(&app).await;
        let message = outbox(&app).await.remove(0);
        assert_eq!(message.state, state, "{answer}");
        let error = message.last_error.unwrap();
        assert!(error.contains(answer.split_once(' ').unwrap().1), "{error}");
        let failed = audit_log::Entity::find()
            .filter(audit_log::Column::Action.eq(EMAIL_FAILED))
            .order_by_asc(audit_log::Column::Id)
            .one(app.state().database.reader())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(failed.root_id, Some(message.subject_id));
        let after = failed.after.unwrap();
        assert_eq!((&after["attempt"], &after["error"]), (&1.into(), &error.into()));
    }
}

#[tokio::test]
async fn a_mail_server_without_tls_gets_nothing_where_tls_is_asked_for() {
    let server = SmtpServer::start(Mood::Takes).await;
    let url = format!("{}?tls=required", server.url());
    let app = App::spawn_with(&[("SMTP_URL", &url), ("MAIL_FROM", "gate@example.com")]).await;
    told(&app).await;
    assert_eq!(outbox(&app).await[0].state, DeliveryState::Queued);
    assert_eq!(server.received().len(), 0);
}

#[tokio::test]
async fn a_failing_mail_neither_fails_nor_delays_the_entry() {
    let server = SmtpServer::start(Mood::Away).await;
    let app = mailing_to(&server).await;
    let entry = told(&app).await;
    app.supervisor().await.get(&entry.desk("")).await.expect_status(200);
    let states: Vec<_> = outbox_of(&app, &entry.id).await.iter().map(|message| message.state).collect();
    assert_eq!(states, [DeliveryState::Queued, DeliveryState::Sent, DeliveryState::Sent]);
}

#[tokio::test]
async fn a_secret_is_kept_sealed_and_wiped_with_the_last_attempt() {
    let app = App::spawn().await;
    let entry = told(&app).await;
    // What no feature says: the renderer of this test alone shows the secret.
    let secret = "the secret of a link";
    write(&app, vec![mail_about(&entry, "reader").with_secret(secret)]).await;
    let sealed = outbox(&app).await.pop().unwrap().secret.unwrap();
    assert!(!sealed.contains(secret));
    let mut worker = Worker::new(app.state().clone(), |_, _, secret| {
        let secret = secret.unwrap_or_default().to_owned();
        Box::pin(async move {
            Ok(gatehouse::kernel::dispatch::Rendered::Mail(gatehouse::kernel::delivery::mailer::Mail {
                subject: "A link".to_owned(),
                text: secret.clone(),
                html: secret,
                picture: None,
            }))
        })
    });
    assert_eq!(worker.drain().await.unwrap(), 1);
    assert_eq!(app.mails_to("reader@example.com")[0].text.trim(), secret);
    assert_eq!(outbox(&app).await.pop().unwrap().secret, None);

    // One that never gets there loses it too.
    write(&app, vec![mail_about(&entry, "another").with_secret(secret)]).await;
    let message = outbox(&app).await.pop().unwrap();
    change(&app, message, |row| row.address = Set("no address".to_owned())).await;
    app.deliver().await;
    let message = outbox(&app).await.pop().unwrap();
    assert_eq!((message.state, message.secret), (DeliveryState::Dead, None));
}

#[tokio::test]
async fn a_secret_moved_to_another_row_does_not_open() {
    let app = App::spawn().await;
    let entry = told(&app).await;
    write(&app, vec![mail_about(&entry, "one").with_secret("the secret of a link")]).await;
    let sealed = outbox(&app).await.pop().unwrap().secret;
    write(&app, vec![mail_about(&entry, "other")]).await;
    let other = outbox(&app).await.pop().unwrap();
    change(&app, other, |row| row.secret = Set(sealed)).await;
    app.deliver().await;
    let other = outbox(&app).await.pop().unwrap();
    assert_eq!(other.state, DeliveryState::Dead);
    assert!(app.mails_to("other@example.com").is_empty());
}

#[tokio::test]
async fn words_that_panic_are_a_failed_attempt_and_the_next_message_is_sent() {
    let app = App::spawn().await;
    let entry = told(&app).await;
    write(&app, vec![mail_about(&entry, "one"), mail_about(&entry, "other")]).await;
    let mut worker = Worker::new(app.state().clone(), |state, message, secret| {
        assert!(message.address != "one@example.com", "this test's own panic");
        render(state, message, secret)
    });
    assert_eq!(worker.drain().await.unwrap(), 2);
    assert_eq!(app.mails_to("other@example.com").len(), 1);
    let one = outbox(&app).await.into_iter().find(|message| message.address == "one@example.com").unwrap();
    assert_eq!((one.state, one.attempts), (DeliveryState::Queued, 1));
}

#[tokio::test]
async fn a_message_that_ends_every_program_that_tries_it_is_given_up_after_a_day() {
    let app = App::spawn().await;
    let entry = told(&app).await;
    write(&app, vec![mail_about(&entry, "reader")]).await;
    app.clock.advance(Duration::hours(25));
    let lost = app.clock.now() - Duration::minutes(1);
    for (attempts, state) in [(1, DeliveryState::Queued), (20, DeliveryState::Dead)] {
        let message = outbox(&app).await.pop().unwrap();
        change(&app, message, |row| {
            row.state = Set(DeliveryState::Queued);
            row.attempts = Set(attempts);
            row.leased_until = Set(Some(lost));
            row.address = Set("no address".to_owned());
        })
        .await;
        let mut worker = Worker::new(app.state().clone(), |state, message, secret| {
            assert!(message.attempts == 2, "this test's own panic");
            render(state, message, secret)
        });
        assert_eq!(worker.drain().await.unwrap(), 1, "{state:?}");
        let message = outbox(&app).await.pop().unwrap();
        let tried = message.last_error.unwrap();
        let given_up = tried == "one attempt after the other ended the program that made it";
        assert_eq!(given_up, state == DeliveryState::Dead, "{tried}");
    }
    assert!(app.mails_to("reader@example.com").is_empty());
}

/// A thousand messages and a mail server that is away for an hour, in figures.
#[tokio::test]
#[ignore = "takes a while; tests/faults/run.sh runs it"]
async fn a_thousand_messages_outlive_an_hour_without_a_mail_server() {
    const MESSAGES: usize = 1_000;
    let server = SmtpServer::start(Mood::Away).await;
    let app = mailing_to(&server).await;
    let entry = told(&app).await;
    write(&app, (1..MESSAGES).map(|number| mail_about(&entry, &format!("reader{number}"))).collect()).await;
    let worker = Worker::new(app.state().clone(), render).start();
    for _ in 0..12 {
        tokio::time::sleep(std::time::Duration::from_secs(6)).await;
        app.clock.advance(Duration::minutes(5));
    }
    let failed = times(&app, EMAIL_FAILED).await;
    server.set(Mood::Takes);
    let back = std::time::Instant::now();
    let mut seconds = 0;
    while server.received().len() < MESSAGES && back.elapsed() < std::time::Duration::from_mins(10) {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        // The clock of the test stands still otherwise.
        app.clock.advance(Duration::seconds(1));
        seconds += 1;
    }
    worker.stop().await;
    let took = back.elapsed();
    let distinct: BTreeSet<_> = by_receiver(&server).into_keys().collect();
    figures(&format!(
        "{failed} failed attempts; then {} of {MESSAGES} sent, {} to different receivers, in {took:.1?} ({seconds} s of its clock)",
        server.received().len(),
        distinct.len(),
    ));
    assert_eq!((server.received().len(), distinct.len()), (MESSAGES, MESSAGES));
    let unsent = outbox(&app).await.into_iter().filter(|message| message.state != DeliveryState::Sent);
    assert_eq!(unsent.count(), 0);
}

/// Waits until the mail server has taken `count` mails, for a minute at most.
async fn until_taken(server: &SmtpServer, count: usize) {
    let taken = async {
        while server.received().len() < count {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), taken).await.unwrap();
}

/// Changes what waits, whoever had it in hand.
async fn change_queued(app: &App, with: notification::ActiveModel) {
    let transaction = app.state().database.write().await.unwrap();
    let queued = notification::Column::State.eq(DeliveryState::Queued);
    notification::Entity::update_many().set(with).filter(queued).exec(&*transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Programs that are killed while they send, in figures.
#[tokio::test]
#[ignore = "takes a while; tests/faults/run.sh runs it"]
async fn programs_killed_twenty_times_lose_no_message_and_repeat_at_most_what_was_in_hand() {
    const MESSAGES: usize = 500;
    const KILLS: usize = 20;
    let server = SmtpServer::start(Mood::Takes).await;
    let app = mailing_to(&server).await;
    let entry = told(&app).await.rejected_by(&app.supervisor().await, "The papers are of another").await;
    app.deliver().await;
    let before = server.received().len();
    let id: SubmissionId = entry.id.parse().unwrap();
    let message = |number| {
        let to = EmailAddress::parse(&format!("reader{number}@example.com")).unwrap();
        Message::email(REJECTED, Subject::new(id, ""), &to, Language::En)
    };
    write(&app, (0..MESSAGES).map(message).collect()).await;
    // The programs live in the machine's time.
    let now = Clock::system().now();
    let due =
        notification::ActiveModel { created_at: Set(now), next_attempt_at: Set(now), ..Default::default() };
    change_queued(&app, due).await;

    for _ in 0..KILLS {
        let taken = server.received().len();
        let _program = Serving::start(&app).await;
        until_taken(&server, taken + 10).await;
    }
    // As if five minutes had passed.
    change_queued(&app, notification::ActiveModel { leased_until: Set(None), ..Default::default() }).await;
    let program = Serving::start(&app).await;
    let done = async {
        while outbox(&app).await.iter().any(|message| message.state == DeliveryState::Queued) {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(2), done).await.unwrap();
    drop(program);

    let receivers = by_receiver(&server);
    let readers = receivers.keys().filter(|to| to.starts_with("reader")).count();
    let repeated = server.received().len() - before - readers;
    figures(&format!("{KILLS} kills: {readers} of {MESSAGES} sent, {repeated} of them twice"));
    assert_eq!(readers, MESSAGES);
    assert!(repeated <= KILLS * usize::from(AT_ONCE), "{repeated}");
}
