//! `gatehouse keys rotate`

use chrono::Duration;
use gatehouse::access::Operator;
use gatehouse::entity::pass_key;
use gatehouse::features::passes::service::checking::{self, PassFault};
use gatehouse::features::passes::service::rotation::{self, Rotated, RotationError};
use sea_orm::ActiveValue::Set;

use crate::support::App;
use crate::support::entries::Entry;
use crate::support::program::prints;

async fn rotate(app: &App) -> Result<Rotated, RotationError> {
    rotation::rotate(app.state(), &Operator::at_the_command_line()).await
}

async fn faults(app: &App) -> Vec<PassFault> {
    let mut faults = Vec::new();
    let operator = Operator::at_the_command_line();
    checking::verify(app.state(), &operator, &mut |_, fault| faults.push(fault)).await.unwrap();
    faults
}

#[tokio::test]
async fn passes_of_the_last_key_stay_good_and_older_ones_are_told_of() {
    let app = App::spawn().await;
    let asha = app.customer("Asha").await;
    let opens = async |token: &str| app.nobody().get(&format!("/p/{token}")).await.status == 200;
    let first = Entry::for_vehicle("MH 12 AB 1234").submitted_by(&asha).await;
    let rotated = rotate(&app).await.unwrap();
    assert_eq!(rotated, Rotated { key: 2, previous: Some(1), passes_lost: 0 });
    let second = Entry::for_vehicle("MH 14 CD 5678").submitted_by(&asha).await;
    assert!(opens(&first.token).await && opens(&second.token).await);
    assert_eq!(faults(&app).await, []);

    let rotated = rotate(&app).await.unwrap();
    assert_eq!(rotated, Rotated { key: 3, previous: Some(2), passes_lost: 1 });
    assert!(!opens(&first.token).await && opens(&second.token).await);
    assert_eq!(faults(&app).await, [PassFault::RetiredKey]);
    app.clock.advance(Duration::days(3));
    assert_eq!(faults(&app).await, [], "a pass whose window is over needs no key");
}

#[tokio::test]
async fn a_rotation_says_what_it_means() {
    let app = App::spawn().await;
    let said = prints(&app, &["keys", "rotate"], "");
    assert_eq!(
        said,
        "Passes are signed with key 1 from now on.\n\
         No pass that is still due at the gate was signed with an older key.\n"
    );
    let said = prints(&app, &["keys", "rotate"], "");
    assert!(said.contains("\nPasses of key 1 stay good until the next rotation.\n"), "{said}");
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
    })
    .await;
    assert!(matches!(rotate(&app).await, Err(RotationError::Exhausted)));
}
