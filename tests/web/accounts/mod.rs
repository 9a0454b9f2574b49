//! Registering, signing in and out, one's own account, everybody's for admins, the command line.

use gatehouse::kernel::entity::account;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::support::{App, Client};

mod command_line;
mod confirmation;
mod first_admin;
mod invitation;
mod own;
mod own_sessions;
mod recovery;
mod registration;
mod sessions;
mod sign_in;
mod stranger;
mod throttle;
mod users;

/// The path in the last mail to `email` that begins with `start`.
async fn link(app: &App, email: &str, start: &str) -> String {
    app.deliver().await;
    app.mails_to(email).last().expect("a mail").path(start)
}

/// The account of `email`.
async fn account_of(app: &App, email: &str) -> account::Model {
    account::Entity::find()
        .filter(account::Column::Email.eq(email))
        .one(app.state().database.reader())
        .await
        .unwrap()
        .expect("an account")
}

async fn is_signed_in(client: &Client) -> bool {
    client.get("/").await.location() != "/login"
}
