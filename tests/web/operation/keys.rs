//! `gatehouse keys rotate`

use chrono::Duration;
use futures_util::future::{join, join_all};
use gatehouse::features::passes::service as passes;
use gatehouse::features::passes::service::checking::{self, PassFault};
use gatehouse::features::passes::service::rotation::{self, Rotated, RotationError};
use gatehouse::features::passes::token::{self, Claims, SigningKey};
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::entity::pass_key;
use sea_orm::{ActiveValue::Set, EntityTrait as _};

use crate::support::entries::Entry;
use crate::support::program::prints;
use crate::support::{App, Client};

async fn rotate(app: &App) -> Result<Rotated, RotationError> {
    rotation::rotate(app.state(), &Operator::at_the_command_line()).await
}

async fn faults(app: &App) -> Vec<PassFault> {
    let mut faults = Vec::new();
    let operator = Operator::at_the_command_line();
    checking::verify(app.state(), &operator, &mut |_, fault| faults.push(fault)).await.unwrap();
    faults
}

const FORGED: &str = "This pass is forged. It was not issued here.";

/// The reasons that a scan of `code` gives.
async fn verdict(guard: &Client, code: &str) -> Vec<String> {
    let led = guard.post("/gate/scan", &[("code", code)]).await.expect_status(303);
    led.follow().await.expect_status(200).all(".reasons li")
}

/// A pass that `key`, whose seed somebody has got hold of, signed for an entry that nobody made.
async fn made_up_with(app: &App, key: u8) -> String {
    let row = pass_key::Entity::find_by_id(i16::from(key)).one(app.state().database.reader()).await;
    let seed = app.state().keys.open(&format!("pass key {key}"), &row.unwrap().unwrap().sealed_seed).unwrap();
    let now = app.clock.now();
    let claims = Claims {
        submission: app.state().clock.new_uuid(),
        valid_from: now,
        valid_until: now + Duration::days(365),
        plate: "MH12AB1234".to_owned(),
        driver: "Ramesh Kumar".to_owned(),
        helper: String::new(),
    };
    token::sign(&SigningKey::from_seed(key, &seed.try_into().unwrap()), &claims)
}

#[tokio::test]
async fn a_key_verifies_until_the_last_pass_that_it_signed_ends() {
    let app = App::spawn().await;
    let (asha, guard, supervisor) = (app.customer("Asha").await, app.guard().await, app.supervisor().await);
    let entry = Entry::for_vehicle("MH 12 AB 1234").with_papers().submitted_by(&asha).await;
    let first = entry.approved_by(&supervisor).await;
    let last = "2026-11-21T18:30:00Z".parse().unwrap();
    let rotated = rotate(&app).await.unwrap();
    assert_eq!(rotated, Rotated { key: 2, previous: Some(1), verify_until: Some(last) });
    let rotated = rotate(&app).await.unwrap();
    assert_eq!((rotated.key, rotated.previous), (3, Some(2)));
    let made_up = made_up_with(&app, 1).await;

    assert_eq!(faults(&app).await, []);
    assert_eq!(verdict(&guard, &first.token).await, verdict(&guard, &first.reference).await);
    assert_ne!(verdict(&guard, &made_up).await, [FORGED], "its key still verifies");
    app.clock.advance(Duration::hours(36));
    let guard = app.guard().await;
    assert_eq!(verdict(&guard, &first.token).await, verdict(&guard, &first.reference).await);
    assert_eq!(verdict(&guard, &made_up).await, [FORGED]);
    assert_eq!(faults(&app).await, [], "a pass stays what it was");
}

#[tokio::test]
async fn passes_that_are_signed_while_keys_change_all_verify() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let other = app.second_process().await;
    let submit = async |number: u32| {
        let entry = Entry::for_vehicle(&format!("MH 12 AB {number:04}"));
        let driven = entry.driven_by("Ramesh Kumar", &format!("98200 {number:05}"));
        driven.on("2026-12-01").submitted_by(&asha).await
    };
    let operator = Operator::at_the_command_line();
    let rotate_twice = async {
        for _ in 0..2 {
            rotation::rotate(&other, &operator).await.unwrap();
        }
    };
    let (sent, ()) = join(join_all((1..=12).map(submit)), rotate_twice).await;
    assert_eq!(faults(&app).await, []);
    app.clock.advance(Duration::days(11));
    for entry in &sent {
        let read = passes::read(app.state(), &entry.token).await.unwrap();
        assert!(read.is_ok(), "{read:?}");
    }
}

#[tokio::test]
async fn a_rotation_says_what_it_means() {
    let app = App::spawn().await;
    let said = prints(&app, &["keys", "rotate"], "");
    assert_eq!(said, "Passes are signed with key 1 from now on.\nNo pass was signed before.\n");
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let said = prints(&app, &["keys", "rotate"], "");
    let until = "Passes of key 1 and of older ones stay good until they end, the last of them on 22 Nov 2026, 00:00 IST.";
    assert!(said.contains(until), "{said}");
}

#[tokio::test]
async fn rotations_at_once_take_different_keys_or_say_that_they_were_late() {
    let app = App::spawn().await;
    Entry::for_vehicle("MH 12 AB 1234").submitted_by(&app.customer("Asha").await).await;
    let (a, b, c) = tokio::join!(rotate(&app), rotate(&app), rotate(&app));
    let mut keys: Vec<u8> = Vec::new();
    for rotated in [a, b, c] {
        match rotated {
            Ok(rotated) => keys.push(rotated.key),
            Err(RotationError::Overtaken) => {}
            Err(error) => panic!("{error}"),
        }
    }
    keys.sort_unstable();
    assert!(!keys.is_empty());
    assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{keys:?}");
}

#[tokio::test]
async fn a_site_that_has_used_every_number_is_told_so() {
    let app = App::spawn().await;
    app.insert(pass_key::ActiveModel {
        id: Set(255),
        public_key: Set("0".repeat(64)),
        sealed_seed: Set(String::new()),
        created_at: Set(app.clock.now()),
        retired_at: Set(None),
        verifies_until: Set(None),
    })
    .await;
    assert!(matches!(rotate(&app).await, Err(RotationError::Exhausted)));
}
