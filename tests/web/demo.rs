//! `gatehouse demo`: what it leaves alone. That it fills an empty database takes minutes, and is asked for by name.

use gatehouse::demo::{self, DemoError};
use gatehouse::features::documents::service::verifying;
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::entity::account::Role;
use gatehouse::kernel::entity::{audit_log, submission};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use secrecy::ExposeSecret as _;

use crate::support::App;

async fn open(app: &App) -> Result<demo::Demo, DemoError> {
    demo::open(app.state(), &Operator::at_the_command_line(), |_| {}).await
}

/// How many rows the log has: every change adds one.
async fn events(app: &App) -> u64 {
    audit_log::Entity::find().count(app.state().database.reader()).await.unwrap()
}

#[tokio::test]
async fn a_database_with_data_of_its_own_is_left_alone() {
    let app = App::spawn().await;
    app.customer("Asha").await;
    let before = events(&app).await;
    let refused = open(&app).await.unwrap_err();
    assert!(matches!(refused, DemoError::OtherData), "{refused}");
    assert_eq!(events(&app).await, before);
}

#[tokio::test]
async fn nobody_is_written_to_by_people_who_do_not_exist() {
    let settings = [("SMTP_URL", "smtp://127.0.0.1:25"), ("MAIL_FROM", "gate@example.com")];
    let app = App::spawn_with(&settings).await;
    let refused = open(&app).await.unwrap_err();
    assert!(matches!(refused, DemoError::SendsMail), "{refused}");
    assert_eq!(events(&app).await, 0);
}

#[tokio::test]
#[ignore = "takes minutes"]
async fn an_empty_database_is_filled_once_and_everything_in_it_is_sound() {
    let app = App::spawn().await;
    let told = open(&app).await.unwrap();
    let count = || submission::Entity::find().count(app.state().database.reader());
    assert_eq!(count().await.unwrap(), 1000);
    let mut faults = Vec::new();
    let operator = Operator::at_the_command_line();
    verifying::verify(app.state(), &operator, &mut |fault| faults.push(fault.to_string())).await.unwrap();
    assert!(faults.is_empty(), "{faults:?}");

    let again = open(&app).await.unwrap();
    assert_eq!(again.password.expose_secret(), told.password.expose_secret());
    assert_eq!(count().await.unwrap(), 1000);
    let roles: Vec<&str> = told.accounts.iter().map(|(role, _)| *role).collect();
    assert_eq!(roles, [Role::Customer, Role::Guard, Role::Supervisor, Role::Admin].map(Role::name));
    for (_, email) in &told.accounts {
        app.nobody().sign_in(email, told.password.expose_secret()).await.expect_status(303);
    }
}
