//! Builds the server: middleware, and the one list of features.

pub use jobs::Jobs;

mod jobs;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, web};
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tracing_actix_web::TracingLogger;

use crate::features::{
    accounts, audit, crew, documents, gate, notifications, opinions, passes, submissions, vehicles,
};
use crate::kernel::dispatch::{Render, Rendered};
use crate::kernel::entity::notification;
use crate::kernel::error::AppError;
use crate::kernel::http::connections::{self, exchange, seats::Seats};
use crate::kernel::http::feature::{Feature, Features};
use crate::kernel::http::floods::Floods;
use crate::kernel::http::{
    assets, compression, deadlines, error, flash, floods, guards, health, health::Readiness, kept, lasting,
    metrics, session, trace::RouteSpan,
};
use crate::kernel::state::AppState;

/// Every feature, in the order of the main menu.
pub const FEATURES: &[&Feature] = &[
    &gate::FEATURE,
    &submissions::FEATURE,
    &documents::FEATURE,
    &vehicles::FEATURE,
    &crew::FEATURE,
    &opinions::FEATURE,
    &passes::FEATURE,
    &notifications::FEATURE,
    &audit::FEATURE,
    &accounts::FEATURE,
];

/// The longest form that is no upload, in bytes. 20 000 letters of any script fit, percent-encoded: a text that is far too
/// long is told at its field, with the text kept.
const MAX_FORM: usize = 256 * 1024;

/// A server that is bound and not yet running.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    state: AppState,
}

impl Bound {
    /// Binds the configured address.
    ///
    /// # Errors
    /// When the address is taken or not this machine's.
    pub fn new(state: AppState) -> std::io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(state.config.bind_addr)?, state })
    }

    /// Where it listens; the port that the system chose when the configured one is 0.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Starts it. It ends on SIGTERM and Ctrl-C, when the requests on their way have been answered.
    ///
    /// Connections opened while a request is handled live as long as the calling runtime.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn run(self) -> std::io::Result<Server> {
        let seats = Arc::new(Seats::new(&self.state.config));
        let floods = web::Data::new(Floods::new(self.state.config.rate_limit));
        let state = web::Data::new(self.state);
        let runtime = web::Data::new(Handle::current());
        let readiness = web::Data::new(Readiness::default());
        let features = web::Data::new(Features(FEATURES));
        let render = web::Data::new(render as Render);
        connections::serve(self.listener, seats, move || {
            // actix runs the last wrap first.
            let pages = web::scope("")
                .wrap(from_fn(kept::keep))
                .wrap(from_fn(deadlines::keep))
                .wrap(from_fn(guards::same_origin))
                .wrap(from_fn(session::load))
                .wrap(from_fn(guards::known_host))
                .wrap(from_fn(floods::cut))
                .wrap(from_fn(error::render))
                .wrap(from_fn(flash::forget))
                .wrap(from_fn(compression::compress))
                .wrap(from_fn(metrics::count))
                .wrap(TracingLogger::<RouteSpan>::new())
                .wrap(from_fn(lasting::keep))
                .configure(pages);
            App::new()
                .app_data(state.clone())
                .app_data(floods.clone())
                .app_data(runtime.clone())
                .app_data(readiness.clone())
                .app_data(features.clone())
                .app_data(render.clone())
                .app_data(web::FormConfig::default().limit(MAX_FORM))
                .configure(open_to_all)
                .service(pages)
                .wrap(from_fn(guards::security_headers))
                .wrap(from_fn(guards::tidy_head))
                .wrap(from_fn(exchange::watch))
        })
    }
}

/// Every route of the application.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.configure(open_to_all).configure(pages);
}

/// Static files and probes: they are the same for everybody, and pass nothing that tells one visitor from another.
fn open_to_all(cfg: &mut web::ServiceConfig) {
    cfg.configure(assets::routes).configure(health::routes);
}

/// What people work with.
fn pages(cfg: &mut web::ServiceConfig) {
    cfg.configure(metrics::routes);
    for feature in FEATURES {
        cfg.configure(feature.routes);
    }
    cfg.default_service(web::to(async || Err::<String, _>(AppError::NotFound)));
}

/// Puts a message into words, by the feature that sends its kind.
pub fn render<'a>(
    state: &'a AppState,
    message: &'a notification::Model,
    secret: Option<&'a str>,
) -> BoxFuture<'a, Result<Rendered, AppError>> {
    match Features(FEATURES).message(&message.kind) {
        Some((_, feature)) => (feature.messages.render)(state, message, secret),
        None => Box::pin(async { Ok(Rendered::Pointless("nothing sends messages of this kind any more")) }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every code that was ever stored. One is added with each action and none is taken away.
    const STORED: &[&str] = &[
        "ACCOUNT_CHANGE_REFUSED",
        "ACCOUNT_CREATED",
        "ACCOUNT_DISABLED",
        "ACCOUNT_ENABLED",
        "ACCOUNT_EXPIRED",
        "ACCOUNT_INVITED",
        "ACCOUNT_REGISTERED",
        "ACCOUNT_UNLOCKED",
        "ADDRESS_CONFIRMED",
        "BLACKLISTED",
        "BLACKLIST_LIFTED",
        "CHECKED_IN",
        "CHECKED_IN_BY_OVERRIDE",
        "CHECKED_OUT",
        "CHECK_IN_REFUSED",
        "CHECK_OUT_REFUSED",
        "CONFIRMATION_SENT",
        "CREW_MERGED",
        "CREW_REGISTERED",
        "CREW_RENAMED",
        "DISTINCTION_TAKEN_BACK",
        "DOCUMENT_ATTACHED",
        "DOCUMENT_DETACHED",
        "DOCUMENT_FILE_REMOVED",
        "DOCUMENT_REMOVED",
        "DOCUMENT_REPLACED",
        "DOCUMENT_UPLOADED",
        "DRAFTS_REMOVED",
        "DRAFT_CHANGED",
        "DRAFT_OPENED",
        "EMAIL_FAILED",
        "EMAIL_SENT",
        "ENTRY_REFUSED",
        "INVITATION_ACCEPTED",
        "MESSAGE_RESENT",
        "MOVE_REFUSED",
        "NEW_PASSWORD_ASKED",
        "OPINION_CHANGED",
        "ORPHANS_REMOVED",
        "OVERRIDE_REFUSED",
        "PASSWORD_CHANGED",
        "PASSWORD_RESET",
        "PASSWORD_RESET_ASKED",
        "PASS_KEY_ROTATED",
        "PROFILE_CHANGED",
        "REGISTRATION_REPEATED",
        "ROLE_CHANGED",
        "SESSIONS_ENDED",
        "SIGNED_IN",
        "SIGNED_OUT",
        "SIGN_IN_FAILED",
        "SIGN_IN_THROTTLED",
        "SMS_FAILED",
        "SMS_HELD",
        "SMS_QUEUED",
        "SMS_SENT",
        "SUBMISSION_APPROVED",
        "SUBMISSION_CANCELLED",
        "SUBMISSION_COMPLETED",
        "SUBMISSION_CREATED",
        "SUBMISSION_EXPIRED",
        "SUBMISSION_REFUSED",
        "SUBMISSION_REJECTED",
        "VEHICLES_FORGOTTEN",
        "VEHICLES_TOLD_APART",
    ];

    /// The same of kinds of messages.
    const SENT: &[&str] = &[
        "already_registered",
        "confirm_address",
        "driver_pass",
        "driver_pass_withdrawn",
        "invitation",
        "password_changed",
        "reset_password",
        "submission_cancelled",
        "submission_received",
        "submission_rejected",
    ];

    #[test]
    fn every_kind_of_message_has_one_code_and_none_is_forgotten() {
        let codes: Vec<&str> =
            FEATURES.iter().flat_map(|feature| feature.messages.kinds).map(|kind| kind.code).collect();
        assert_eq!(codes.len(), SENT.len());
        assert_eq!(codes.into_iter().collect::<BTreeSet<_>>(), SENT.iter().copied().collect());
    }

    #[test]
    fn every_action_has_one_code_and_none_is_forgotten() {
        let codes: Vec<&str> = Features(FEATURES).actions().map(|action| action.code).collect();
        assert_eq!(codes.len(), STORED.len());
        assert_eq!(codes.into_iter().collect::<BTreeSet<_>>(), STORED.iter().copied().collect());
    }
}
