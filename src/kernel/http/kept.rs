//! Forms that met an ended session. What was typed is kept, sealed, for a quarter of an hour, and offered to
//! the same account when it signs in again at the same browser.
//!
//! The session is gone by then, so a cookie of its own tells whose browser it is: the account's id, sealed at
//! sign-in, which nobody else can make. One form is kept for each.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::Cookie;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, web};
use bytes::Bytes;
use chrono::Duration;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use uuid::Uuid;

use super::feature::Features;
use super::fragment;
use super::session::{self, site_cookie, site_cookie_of};
use crate::kernel::access::Actor;
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::kept_form::{self, Column};
use crate::kernel::error::{AppError, one_line};
use crate::kernel::keys::sha256_hex;
use crate::kernel::state::AppState;
use crate::kernel::texts::Texts;
use crate::kernel::types::AccountId;

const NAME: &str = "kept";

/// The query of a form that is sent again.
const RESENT: &str = "resent";

/// How long a form waits for its owner.
const KEPT_FOR: Duration = Duration::minutes(15);

/// How long a browser is known: as long as the longest session, and a day to come back.
const KNOWN_FOR: Duration = Duration::days(15);

/// The longest form that is kept, in bytes.
const LONGEST: usize = 32 * 1024;

/// What a feature says of the fields of its forms.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// Those that its pages send along unseen.
    pub hidden: &'static [&'static str],
    /// Those whose forms are never kept, beside passwords, secrets and tokens.
    pub secret: &'static [&'static str],
    /// What the value of a field is called where it is the code of a choice.
    pub choice: fn(Texts, field: &str, value: &str) -> Option<String>,
}

impl Fields {
    /// Of a feature that has nothing to say.
    pub const PLAIN: Self = Self { hidden: &[], secret: &[], choice: |_, _, _| None };
}

impl Features {
    fn is_secret(self, name: &str) -> bool {
        ["password", "secret", "token"].iter().any(|word| name.contains(word))
            || self.iter().any(|feature| feature.fields.secret.contains(&name))
    }

    /// Whether a person has typed or chosen it.
    fn is_typed(self, (name, value): &(String, String)) -> bool {
        !value.is_empty() && !self.iter().any(|feature| feature.fields.hidden.contains(&name.as_str()))
    }

    /// What a person has typed or chosen in `form`: labels and values, as its page shows them.
    pub fn typed(self, t: Texts, form: &KeptForm) -> Vec<(String, String)> {
        let shown = |name: &str, value: &str| {
            let choice = self.iter().find_map(|feature| (feature.fields.choice)(t, name, value));
            (t.label_of(name), choice.unwrap_or_else(|| value.to_owned()))
        };
        let typed = form.fields.iter().filter(|field| self.is_typed(field));
        typed.map(|(name, value)| shown(name, value)).collect()
    }
}

/// What was typed, and where it goes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptForm {
    account: AccountId,
    /// The address that the form posts to.
    pub path: String,
    /// Every field of the form.
    pub fields: Vec<(String, String)>,
}

impl KeptForm {
    /// The form in `body`, if there is something typed in it and nothing secret.
    fn read(features: Features, account: AccountId, path: &str, body: &[u8]) -> Option<Self> {
        let fields: Vec<_> = form_urlencoded::parse(body).into_owned().collect();
        let is_open = !fields.iter().any(|(name, _)| features.is_secret(name));
        let is_typed = fields.iter().any(|field| features.is_typed(field));
        (is_open && is_typed).then(|| Self { account, path: path.to_owned(), fields })
    }

    /// Where the form is sent again: [`keep`] knows by the address that it was.
    pub fn resend_path(&self) -> String {
        format!("{}?{RESENT}", self.path)
    }
}

/// A browser that an account has signed in at, whether or not it still is.
struct Browser {
    key_hash: String,
    account: AccountId,
}

impl Browser {
    fn of(state: &AppState, request: &HttpRequest) -> Option<Self> {
        let cookie = site_cookie_of(request, NAME)?;
        let account = state.keys.open(NAME, cookie.value())?;
        let account = AccountId::new(Uuid::from_slice(&account).ok()?);
        Some(Self { key_hash: sha256_hex(cookie.value()), account })
    }
}

/// The cookie by which the browser is known as one of `account`.
fn cookie(state: &AppState, account: AccountId) -> Cookie<'static> {
    site_cookie(state, NAME, state.keys.seal(NAME, account.as_uuid().as_bytes()), KNOWN_FOR)
}

/// In the extensions of a request whose form was kept.
#[derive(Clone, Copy, Debug)]
struct IsKept;

/// Whether the form of `request` was kept for after the next sign-in.
pub fn is_kept(request: &HttpRequest) -> bool {
    request.extensions().contains::<IsKept>()
}

/// Middleware: keeps the form that is answered with the way to the sign-in page, and forgets it once it has been sent
/// again and led on.
pub async fn keep(
    state: web::Data<AppState>,
    features: web::Data<Features>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let browser = Browser::of(&state, request.request()).filter(|_| can_be_kept(&request));
    let is_resent = *request.method() == Method::POST && request.query_string() == RESENT;
    let Some(browser) = browser else {
        let response = next.call(request).await?.map_into_boxed_body();
        if is_resent && response.status() == StatusCode::SEE_OTHER && response.response().error().is_none() {
            discard(&state, response.request()).await.unwrap_or_else(|error| {
                tracing::warn!(cause = %one_line(&error), "a form that was sent again stays");
            });
        }
        return Ok(response);
    };
    let body = match request.extract::<Bytes>().await {
        Ok(body) => body,
        Err(error) => return Ok(request.error_response(error)),
    };
    request.set_payload(Payload::from(body.clone()));
    let response = next.call(request).await?.map_into_boxed_body();
    let error = response.response().error().and_then(|error| error.as_error::<AppError>());
    let path = response.request().path();
    if matches!(error, Some(AppError::SignInFirst))
        && let Some(form) = KeptForm::read(**features, browser.account, path, &body)
    {
        match write(&state, &browser.key_hash, &form).await {
            Ok(()) => drop(response.request().extensions_mut().insert(IsKept)),
            Err(error) => tracing::warn!(cause = %one_line(&error), "a form is not kept"),
        }
    }
    Ok(response)
}

/// Whether `request` is a short form of a page, and nobody is signed in.
fn can_be_kept(request: &ServiceRequest) -> bool {
    let length = request.headers().get("content-length").and_then(|length| length.to_str().ok());
    let length: Option<usize> = length.and_then(|length| length.parse().ok());
    *request.method() == Method::POST
        && request.content_type() == "application/x-www-form-urlencoded"
        && length.is_some_and(|length| length <= LONGEST)
        && !fragment::is_wanted(request.headers())
        && session::current(request.request()).is_none()
}

async fn write(state: &AppState, key_hash: &str, form: &KeptForm) -> Result<(), AppError> {
    let transaction = state.database.write().await?;
    insert(state, &transaction, key_hash, form, false).await?;
    Ok(transaction.commit().await?)
}

/// The last form takes the place of one before.
async fn insert(
    state: &AppState,
    transaction: &DatabaseTransaction,
    key_hash: &str,
    form: &KeptForm,
    offered: bool,
) -> Result<(), AppError> {
    let content = serde_json::to_vec(form).map_err(AppError::internal)?;
    kept_form::Entity::insert(kept_form::ActiveModel {
        key_hash: Set(key_hash.to_owned()),
        sealed: Set(state.keys.seal(&context(key_hash), &content)),
        offered: Set(offered),
        expires_at: Set(state.clock.now() + KEPT_FOR),
    })
    .on_conflict(
        OnConflict::column(Column::KeyHash)
            .update_columns([Column::Sealed, Column::Offered, Column::ExpiresAt])
            .to_owned(),
    )
    .exec_without_returning(transaction)
    .await?;
    Ok(())
}

fn context(key_hash: &str) -> String {
    format!("kept form {key_hash}")
}

fn open(state: &AppState, row: &kept_form::Model) -> Option<KeptForm> {
    let content = state.keys.open(&context(&row.key_hash), &row.sealed)?;
    serde_json::from_slice(&content).ok()
}

/// Hands what waits for `account` at this browser over to its new `cookie`, which is made here. Answers the
/// cookie, and whether something waited.
pub async fn hand_over(
    state: &AppState,
    transaction: &DatabaseTransaction,
    request: &HttpRequest,
    account: AccountId,
) -> Result<(Cookie<'static>, bool), AppError> {
    let cookie = cookie(state, account);
    let Some(browser) = Browser::of(state, request) else { return Ok((cookie, false)) };
    let waits = kept_form::Entity::find_by_id(&browser.key_hash)
        .filter(Column::ExpiresAt.gt(state.clock.now()))
        .filter(Column::Offered.eq(false))
        .one(transaction)
        .await?;
    let form = waits.and_then(|row| open(state, &row)).filter(|form| form.account == account);
    let Some(form) = form else { return Ok((cookie, false)) };
    kept_form::Entity::delete_by_id(browser.key_hash).exec(transaction).await?;
    insert(state, transaction, &sha256_hex(cookie.value()), &form, true).await?;
    Ok((cookie, true))
}

/// What is offered to `actor` at this browser.
pub async fn offered(
    state: &AppState,
    request: &HttpRequest,
    actor: &Actor,
) -> Result<Option<KeptForm>, DbErr> {
    let Some(browser) = Browser::of(state, request) else { return Ok(None) };
    let row = kept_form::Entity::find_by_id(browser.key_hash)
        .filter(Column::ExpiresAt.gt(state.clock.now()))
        .filter(Column::Offered.eq(true))
        .one(state.database.reader())
        .await?;
    let form = row.and_then(|row| open(state, &row));
    Ok(form.filter(|form| form.account == actor.account()))
}

/// Forgets what is offered at this browser.
pub async fn discard(state: &AppState, request: &HttpRequest) -> Result<(), DbErr> {
    let Some(browser) = Browser::of(state, request) else { return Ok(()) };
    let transaction = state.database.write().await?;
    kept_form::Entity::delete_by_id(browser.key_hash)
        .filter(Column::Offered.eq(true))
        .exec(&*transaction)
        .await?;
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::http::feature::Feature;
    use crate::kernel::types::Language;

    #[test]
    fn a_form_is_kept_for_what_was_typed_and_never_with_a_secret() {
        const GATE: Feature = Feature {
            fields: Fields { hidden: &["nonce", "seen", "shown"], secret: &["code"], ..Fields::PLAIN },
            ..Feature::named("gate")
        };
        const DRAFTS: Feature = Feature {
            fields: Fields {
                hidden: &["confirm", "draft_version"],
                choice: |_, name, value| (name == "language" && value == "hi").then(|| "Hindi".to_owned()),
                ..Fields::PLAIN
            },
            ..Feature::named("drafts")
        };
        const FEATURES: Features = Features(&[&GATE, &DRAFTS]);
        let account = AccountId::new(Uuid::nil());
        for (body, typed) in [
            ("reason=no+load&nonce=1", Some(vec![("Reason", "no load")])),
            ("some_name=%E0%A4%95&driver_phone=&draft_version=3", Some(vec![("Some name", "क")])),
            ("language=hi&language=xx", Some(vec![("Language", "Hindi"), ("Language", "xx")])),
            ("nonce=1&seen=paper_missing%3Apuc&shown=", None),
            ("confirm=paper_missing%3Apuc&nonce=1", None),
            ("full_name=Asha&current_password=x", None),
            ("reset_token=x&full_name=Asha", None),
            ("code=HTTPS%3A%2F%2FGATE%2FP%2FX", None),
            ("", None),
        ] {
            let form = KeptForm::read(FEATURES, account, "/x", body.as_bytes());
            let shown = form.map(|form| FEATURES.typed(Texts::of(Language::En), &form));
            let shown = shown.as_ref().map(|shown| {
                shown.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect::<Vec<_>>()
            });
            assert_eq!(shown, typed, "{body}");
        }
    }
}
