//! What a feature tells the rest of the application. `app::FEATURES` is the one list of them.

use std::time::Duration;

use actix_web::web;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::kept::Fields;
use crate::kernel::access::Actor;
use crate::kernel::audit::Action;
use crate::kernel::delivery::MessageKind;
use crate::kernel::dispatch::Messages;
use crate::kernel::error::AppError;
use crate::kernel::state::AppState;
use crate::kernel::telemetry::metrics::Sample;
use crate::kernel::texts::Texts;

/// What a feature tells the rest of the application. It is a constant in the feature's `mod.rs`.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// The name of its folder.
    pub name: &'static str,
    /// Adds its pages.
    pub routes: fn(&mut web::ServiceConfig),
    /// Its entries of the main menu.
    pub menu: &'static [MenuEntry],
    /// What it does beside requests.
    pub jobs: &'static [Job],
    /// What `/metrics` tells of it.
    pub gauges: Option<Gauges>,
    /// What the log tells of it.
    pub actions: &'static [Action],
    /// What it writes to people outside.
    pub messages: Messages,
    /// What its events are about.
    pub subjects: &'static [SubjectKind],
    /// What is special about the fields of its forms.
    pub fields: Fields,
    /// The first words of the paths of its links whose second word is a secret.
    pub one_time: &'static [&'static str],
}

impl Feature {
    /// A feature that has no page and does nothing yet: the rest of a constant.
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            routes: |_| {},
            menu: &[],
            jobs: &[],
            gauges: None,
            actions: &[],
            messages: Messages::NONE,
            subjects: &[],
            fields: Fields::PLAIN,
            one_time: &[],
        }
    }
}

/// An entry of the main menu.
#[derive(Clone, Copy, Debug)]
pub struct MenuEntry {
    /// The page that it leads to. It is the current one on all pages whose paths begin so.
    pub path: &'static str,
    /// What it says.
    pub label: fn(Texts) -> String,
    /// Who sees it.
    pub is_for: fn(&Actor) -> bool,
}

/// A kind of row that events are about.
#[derive(Clone, Copy, Debug)]
pub struct SubjectKind {
    /// [`Key::KIND`](crate::kernel::types::Key::KIND) of its id.
    pub code: &'static str,
    /// What the label of one is in words.
    pub words: fn(Features, Texts, label: &str) -> String,
    /// Where its page is, if it has one.
    pub path: Option<fn(Uuid) -> String>,
    /// Who may open that.
    pub is_for: fn(&Actor) -> bool,
}

/// Something that is done again and again, in every process.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Its name in the log.
    pub name: &'static str,
    /// How long after one time comes the next.
    pub every: Duration,
    /// What is done; answers how many rows it was done to. What fails is logged, and done again the next time.
    pub work: for<'a> fn(&'a AppState) -> BoxFuture<'a, Result<u64, AppError>>,
}

/// What is read from the database at each scrape of `/metrics`, for all processes.
pub type Gauges = fn(&AppState) -> BoxFuture<'_, Result<Vec<Sample>, AppError>>;

/// Every feature, in the order of the main menu.
#[derive(Clone, Copy, Debug)]
pub struct Features(pub &'static [&'static Feature]);

impl Features {
    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = &'static Feature> {
        self.0.iter().copied()
    }

    /// Every action that the log tells of.
    pub fn actions(self) -> impl Iterator<Item = Action> {
        self.iter().flat_map(|feature| feature.actions).copied()
    }

    /// The action with `code`.
    pub fn action(self, code: &str) -> Option<Action> {
        self.actions().find(|action| action.code == code)
    }

    /// The kind of message with `code`, and the feature that sends it.
    pub fn message(self, code: &str) -> Option<(MessageKind, &'static Feature)> {
        self.iter().find_map(|feature| {
            let kind = feature.messages.kinds.iter().find(|kind| kind.code == code)?;
            Some((*kind, feature))
        })
    }

    /// What a message of the kind with `code` tells. One that no feature sends any more is told as it is.
    pub fn message_words(self, t: Texts, code: &str) -> String {
        self.message(code).map_or_else(|| code.to_owned(), |(kind, _)| (kind.words)(t))
    }

    /// The kind of subject with `code`.
    pub fn subject(self, code: &str) -> Option<&'static SubjectKind> {
        self.iter().flat_map(|feature| feature.subjects).find(|kind| kind.code == code)
    }

    /// Whether paths that begin with `word` have a secret behind it.
    pub fn is_one_time(self, word: &str) -> bool {
        self.iter().any(|feature| feature.one_time.contains(&word))
    }
}
