//! Signed-in browsers: a cookie holds a random key, the database its hash. One query a request finds the
//! session and its account.
//!
//! A session ends 12 hours after its last use, and 14 days after sign-in whatever happens; staff's after
//! 12 hours. Ending one is deleting its row: nothing brings it back.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::USER_AGENT;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, web};
use chrono::{DateTime, Duration, Utc};
use data_encoding::BASE32_NOPAD;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _,
    sea_query::Expr,
};

use super::address::client_address;
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::{
    account::{self, Role},
    session,
};
use crate::kernel::error::{AppError, one_line};
use crate::kernel::keys::{random, sha256_hex};
use crate::kernel::state::AppState;
use crate::kernel::types::SessionId;

/// The cookie that holds the key.
const COOKIE: &str = "session";

const LONGEST: Duration = Duration::days(14);
const LONGEST_STAFF: Duration = Duration::hours(12);
/// How stale `seen_at` may get, to spare a write on every request.
const SEEN_EVERY: Duration = Duration::minutes(5);

/// The session that came with a request, and whose it is.
#[derive(Clone, Debug)]
pub struct Current {
    /// The session's key in the database.
    pub session: SessionId,
    /// Its account, enabled.
    pub account: account::Model,
}

/// Middleware: looks the request's session up.
pub async fn load(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Some(cookie) = site_cookie_of(request.request(), COOKIE) {
        match find(&state, cookie.value()).await {
            Ok(None) => {}
            Ok(Some(current)) => {
                request.extensions_mut().insert(current);
            }
            Err(error) => return Ok(request.error_response(AppError::from(error))),
        }
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn find(state: &AppState, key: &str) -> Result<Option<Current>, DbErr> {
    let now = state.clock.now();
    let found = session::Entity::find()
        .filter(session::Column::KeyHash.eq(sha256_hex(key)))
        .filter(session::alive(now))
        .find_also_related(account::Entity)
        .one(state.database.reader())
        .await?;
    let Some((session, Some(account))) = found else {
        return Ok(None);
    };
    if account.disabled_at.is_some() {
        return Ok(None);
    }
    // A page is read though nothing can be written; the session then ends the sooner.
    if session.seen_at < now - SEEN_EVERY
        && let Err(error) = touch(state, session.id, now).await
    {
        tracing::warn!(cause = %one_line(&error), "the last use of a session is not noted");
    }
    Ok(Some(Current { session: session.id, account }))
}

async fn touch(state: &AppState, id: SessionId, now: DateTime<Utc>) -> Result<(), DbErr> {
    let transaction = state.database.write().await?;
    // An UPDATE only: a session revoked meanwhile stays gone.
    session::Entity::update_many()
        .col_expr(session::Column::SeenAt, Expr::value(now))
        .filter(session::Column::Id.eq(id))
        .exec(&*transaction)
        .await?;
    transaction.commit().await
}

/// Opens a session of `account` in `transaction` and ends the one that came with the request. The cookie
/// is for the answer.
pub async fn open(
    state: &AppState,
    transaction: &DatabaseTransaction,
    request: &HttpRequest,
    account: &account::Model,
) -> Result<Cookie<'static>, DbErr> {
    if let Some(old) = current(request) {
        session::Entity::delete_by_id(old.session).exec(transaction).await?;
    }
    let key = BASE32_NOPAD.encode(&random::<20>());
    let now = state.clock.now();
    let longest = if account.role == Role::Customer { LONGEST } else { LONGEST_STAFF };
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    session::ActiveModel {
        id: Set(SessionId::new(state.clock.new_uuid())),
        key_hash: Set(sha256_hex(&key)),
        account_id: Set(account.id),
        address: Set(client_address(request, state)),
        user_agent: Set(user_agent.unwrap_or_default().chars().take(255).collect()),
        created_at: Set(now),
        seen_at: Set(now),
        expires_at: Set(now + longest),
    }
    .insert(transaction)
    .await?;
    Ok(cookie(state, key, longest))
}

/// The cookie that takes the browser's away.
pub fn no_cookie(state: &AppState) -> Cookie<'static> {
    cookie(state, String::new(), Duration::zero())
}

/// The session that came with the request.
pub fn current(request: &HttpRequest) -> Option<Current> {
    request.extensions().get::<Current>().cloned()
}

/// A cookie of this site: for the server alone, and only from this site's own pages.
pub fn site_cookie(state: &AppState, name: &str, value: String, age: Duration) -> Cookie<'static> {
    Cookie::build(full_name(state, name), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.config.base_url.is_https())
        .max_age(time::Duration::seconds(age.num_seconds()))
        .finish()
}

/// The [`site_cookie`] called `name` that came with the request.
pub fn site_cookie_of(request: &HttpRequest, name: &str) -> Option<Cookie<'static>> {
    let state = request.app_data::<web::Data<AppState>>()?;
    request.cookie(&full_name(state, name))
}

fn cookie(state: &AppState, key: String, age: Duration) -> Cookie<'static> {
    site_cookie(state, COOKIE, key, age)
}

/// `__Host-` binds a cookie to this host over TLS: no other host of the domain can set it. Browsers refuse it without.
fn full_name(state: &AppState, name: &str) -> String {
    let prefix = if state.config.base_url.is_https() { "__Host-" } else { "" };
    format!("{prefix}{name}")
}
