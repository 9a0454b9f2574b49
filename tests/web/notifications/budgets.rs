//! How many text messages entries cause: phones are typed by customers, and may be anybody's.

use chrono::Duration;
use gatehouse::kernel::delivery::actions::SMS_HELD;
use gatehouse::kernel::entity::notification::{Channel, DeliveryState};
use gatehouse::kernel::entity::submission;
use gatehouse::kernel::entity::throttle::{self, Purpose};
use gatehouse::kernel::types::SubmissionId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::{outbox, outbox_of, times};
use crate::support::App;
use crate::support::entries::Entry;

const VICTIM: &str = "+919820099999";
const WHY: &str = "too many text messages to this number or of this customer";

/// How many text messages `phone` got.
fn got(app: &App, phone: &str) -> usize {
    app.texts().iter().filter(|text| text.to == phone).count()
}

/// An entry whose driver has the victim's phone.
fn to_the_victim(number: u32) -> Entry {
    Entry::for_vehicle(&format!("MH 12 AB {number:04}")).driven_by("Ramesh Kumar", VICTIM)
}

#[tokio::test]
async fn a_foreign_phone_gets_no_more_than_a_dozen_an_hour_however_many_entries_name_it() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    for number in 0..20 {
        let customer = if number % 2 == 0 { &asha } else { &bina };
        to_the_victim(number).submitted_by(customer).await;
    }
    app.deliver().await;
    assert_eq!(got(&app, VICTIM), 12);
    let mails = app.mails().iter().filter(|mail| mail.subject.starts_with("Gate Entry QR Code")).count();
    assert_eq!(mails, 20, "nothing else is held back");
    let held = outbox(&app).await.into_iter().filter(|message| message.state == DeliveryState::Held);
    let held: Vec<_> = held.filter(|message| message.address == VICTIM).collect();
    assert_eq!(held.len(), 8);
    assert!(held.iter().all(|message| message.last_error.as_deref() == Some(WHY)));
    assert!(times(&app, SMS_HELD).await >= 8);

    app.clock.advance(Duration::hours(1));
    to_the_victim(20).submitted_by(&asha).await;
    app.deliver().await;
    assert_eq!(got(&app, VICTIM), 13, "what was held stays held, and the next hour is another");
}

#[tokio::test]
async fn a_driver_who_comes_five_times_a_day_gets_every_word_even_if_each_entry_is_taken_back() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    for number in 0..5 {
        let entry = to_the_victim(number).submitted_by(&asha).await;
        app.deliver().await;
        entry.cancelled_by(&asha).await;
        app.deliver().await;
        app.clock.advance(Duration::hours(1));
    }
    assert_eq!(got(&app, VICTIM), 10);
    assert_eq!(times(&app, SMS_HELD).await, 0);
}

#[tokio::test]
async fn one_organisation_does_not_use_up_what_a_driver_may_get_of_all() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    for number in 0..8 {
        to_the_victim(number).submitted_by(&asha).await;
    }
    app.deliver().await;
    assert_eq!(got(&app, VICTIM), 6);
    to_the_victim(8).submitted_by(&bina).await;
    app.deliver().await;
    assert_eq!(got(&app, VICTIM), 7);
    app.clock.advance(Duration::hours(1));
    for number in 9..17 {
        to_the_victim(number).submitted_by(&asha).await;
    }
    app.clock.advance(Duration::hours(1));
    to_the_victim(17).submitted_by(&asha).await;
    app.deliver().await;
    assert_eq!(got(&app, VICTIM), 7 + 6, "twelve a day of one organisation");
    to_the_victim(18).submitted_by(&bina).await;
    app.deliver().await;
    assert_eq!(got(&app, VICTIM), 14);
}

#[tokio::test]
async fn a_text_that_is_held_takes_nothing_of_any_budget() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    to_the_victim(1).submitted_by(&asha).await;
    let of_organisation = async || {
        let all = throttle::Entity::find().filter(throttle::Column::Purpose.eq(Purpose::TextOrganisationDay));
        all.one(app.state().database.reader()).await.unwrap().unwrap()
    };
    let owner = of_organisation().await.subject;
    let counted = async |address: &str| {
        let all = throttle::Entity::find()
            .filter(throttle::Column::Subject.eq(VICTIM))
            .filter(throttle::Column::Address.eq(address))
            .order_by_asc(throttle::Column::Purpose);
        let all = all.all(app.state().database.reader()).await.unwrap();
        all.iter().map(|row| row.count).collect::<Vec<_>>()
    };
    assert_eq!((counted("").await, counted(&owner).await), (vec![1, 1], vec![1, 1]));
    assert_eq!(of_organisation().await.count, 2, "the customer's own phone beside");
    // The last budget but one, and the last, refuse.
    for (purpose, subject, full, texts) in
        [(Purpose::TextPhoneDay, VICTIM, 30, 3), (Purpose::TextOrganisationDay, owner.as_str(), 400, 400)]
    {
        app.set_count(purpose, subject, "", full).await;
        to_the_victim(u32::try_from(full).unwrap()).submitted_by(&asha).await;
        assert_eq!(counted(&owner).await, [1, 1], "{purpose:?}");
        assert_eq!(of_organisation().await.count, texts, "{purpose:?}");
        app.set_count(purpose, subject, "", 1).await;
    }
    assert_eq!(counted("").await, [1, 1]);
}

#[tokio::test]
async fn a_held_message_is_seen_by_the_desk_which_may_send_it() {
    let app = App::spawn().await;
    let (asha, supervisor) = (app.customer("Asha").await, app.supervisor().await);
    app.arrange_throttle(Purpose::TextPhoneDay, VICTIM, "", 30, None).await;
    let entry = to_the_victim(1).submitted_by(&asha).await;
    app.deliver().await;
    assert_eq!(got(&app, VICTIM), 0);
    assert!(asha.get(&entry.path("")).await.all(".badge").contains(&"Held back".to_owned()));

    let list = supervisor.get("/admin/messages?state=held").await.expect_status(200);
    assert_eq!(list.all("tbody td:nth-child(2)"), [VICTIM]);
    assert_eq!(list.all("tbody .badge"), ["Held back"]);
    assert_eq!(list.all("tbody td:nth-child(6)"), [WHY]);
    let timeline = supervisor.get(&entry.desk("")).await.all("ol.timeline:last-of-type li");
    assert!(timeline.iter().any(|line| line.contains("Held back") && line.contains(WHY)), "{timeline:?}");

    let resend = list.attribute("tbody form", "action");
    supervisor.post(&resend, &[]).await.expect_status(303);
    app.deliver().await;
    assert_eq!(got(&app, VICTIM), 1);
}

#[tokio::test]
async fn an_organisation_has_a_budget_over_all_phones() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let first = to_the_victim(1).submitted_by(&asha).await;
    let id: SubmissionId = first.id.parse().unwrap();
    let row = submission::Entity::find_by_id(id).one(app.state().database.reader()).await.unwrap().unwrap();
    let owner = row.organisation_id.to_string();
    let transaction = app.state().database.write().await.unwrap();
    gatehouse::kernel::entity::throttle::Entity::delete_many().exec(&*transaction).await.unwrap();
    transaction.commit().await.unwrap();
    app.arrange_throttle(Purpose::TextOrganisationDay, &owner, "", 399, None).await;

    let entry =
        Entry::for_vehicle("MH 12 AB 0002").driven_by("Suresh", "98200 00002").submitted_by(&asha).await;
    let states = outbox_of(&app, &entry.id).await;
    let held = |channel| {
        let of_channel = states.iter().filter(move |message| message.channel == channel);
        of_channel.filter(|message| message.state == DeliveryState::Held).count()
    };
    assert_eq!((held(Channel::Sms), held(Channel::Email)), (1, 0), "there was room for one");
    let other =
        Entry::for_vehicle("MH 12 AB 0003").driven_by("Dinesh", "98200 00003").submitted_by(&bina).await;
    assert!(outbox_of(&app, &other.id).await.iter().all(|message| message.state == DeliveryState::Queued));
}

#[tokio::test]
async fn entries_submitted_at_once_do_not_get_past_the_budget() {
    let app = App::spawn().await;
    let (asha, bina) = (app.customer("Asha").await, app.customer("Bina").await);
    let mut drafts = Vec::new();
    for number in 0..16 {
        let customer = if number % 2 == 0 { asha.clone() } else { bina.clone() };
        let entry = to_the_victim(number);
        drafts.push((entry.drafted_by(&customer).await, customer));
    }
    let submitted = drafts.iter().map(|(draft, customer)| draft.submit(customer));
    for answer in futures_util::future::join_all(submitted).await {
        answer.expect_status(303);
    }
    app.deliver().await;
    assert_eq!(got(&app, VICTIM), 12);
}
