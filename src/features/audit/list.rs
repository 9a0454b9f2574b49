//! `/admin/audit`: what happened, the latest first.

use std::collections::HashSet;

use actix_web::web;
use askama::Template;
use chrono::{DateTime, Days, NaiveDate};
use sea_orm::prelude::Json;
use serde::Deserialize;
use uuid::Uuid;

use super::service::{self, Filter};
use crate::features::gate::verdict::{Level, Reason};
use crate::features::submissions::service::lists;
use crate::kernel::access::Supervisor;
use crate::kernel::entity::account::Role;
use crate::kernel::entity::audit_log;
use crate::kernel::entity::document::DocumentType;
use crate::kernel::entity::submission::SubmissionStatus;
use crate::kernel::http::form::{Choice, FormErrors};
use crate::kernel::http::layout::Layout;
use crate::kernel::http::list::{
    Keyset, List, ListUrl, PAGE_SIZE, asked, asked_day, search_term, unless_empty,
};
use crate::kernel::http::response::{Answer, page_or_errors};
use crate::kernel::state::AppState;
use crate::kernel::types::{Language, RegistrationNo};

#[derive(Template)]
#[template(path = "audit/list.html")]
struct AuditPage {
    layout: Layout,
    query: Query,
    list: List<audit_log::Model>,
    /// Those of the submissions that are their owners' alone still.
    drafts: HashSet<Uuid>,
}

impl AuditPage {
    fn actions(&self) -> Vec<Choice> {
        let t = self.layout.t;
        let mut actions: Vec<(String, String)> = self
            .layout
            .features()
            .actions()
            .map(|action| (action.code.to_owned(), (action.words)(t)))
            .collect();
        actions.sort_by(|(_, one), (_, other)| one.cmp(other));
        Choice::list(t.log_any_action(), actions, &self.query.action)
    }

    /// What an event is about: the row on whose page it is told, and then itself where that is another.
    fn about(&self, event: &audit_log::Model) -> Vec<About> {
        let root = self.named(event.root_kind.as_deref(), event.root_id, &event.root_label);
        let is_another = event.subject_id != event.root_id;
        let subject = self.named(event.subject_kind.as_deref(), event.subject_id, &event.subject_label);
        root.into_iter().chain(subject.filter(|_| is_another)).collect()
    }

    fn named(&self, kind: Option<&str>, id: Option<Uuid>, label: &str) -> Option<About> {
        let (kind, id) = (self.layout.features().subject(kind?)?, id?);
        let may_open = self.layout.user().is_some_and(kind.is_for) && !self.drafts.contains(&id);
        let href = kind.path.filter(|_| may_open).map(|path| path(id)).unwrap_or_default();
        let words = (kind.words)(self.layout.features(), self.layout.t, label);
        (!words.is_empty()).then_some(About { href, words })
    }

    fn changes(&self, event: &audit_log::Model) -> Vec<Change> {
        let names = |json: &Option<Json>| match json {
            Some(Json::Object(fields)) => fields.keys().cloned().collect(),
            Some(Json::Null) | None => Vec::new(),
            Some(_) => vec![String::new()],
        };
        let mut fields = names(&event.before);
        fields.extend(names(&event.after));
        fields.sort_unstable();
        fields.dedup();
        fields.iter().filter_map(|field| self.change(event, field)).collect()
    }

    /// What became of one field; an empty name is the whole. What it was is told where it is another.
    fn change(&self, event: &audit_log::Model, field: &str) -> Option<Change> {
        let value = |json: &Option<Json>| {
            let json = json.as_ref()?;
            let value = if field.is_empty() && !json.is_object() { Some(json) } else { json.get(field) };
            value.filter(|value| !value.is_null() && !is_key(value)).map(|value| self.in_words(field, value))
        };
        let (before, after) = (value(&event.before), value(&event.after));
        if before.is_none() && after.is_none() {
            return None;
        }
        let was = before.filter(|before| Some(before) != after.as_ref());
        let was = was.map(|was| self.layout.t.log_was(was));
        let field = if field.is_empty() { String::new() } else { self.name_of(field) };
        Some(Change { field, was, now: after })
    }

    fn name_of(&self, field: &str) -> String {
        self.layout.t.log_field(field, in_sentence_case(field))
    }

    fn in_words(&self, field: &str, value: &Json) -> String {
        let t = self.layout.t;
        match value {
            Json::Null => t.log_none(),
            Json::Bool(true) => t.log_yes(),
            Json::Bool(false) => t.log_no(),
            Json::Number(number) => number.to_string(),
            Json::String(text) => self.text_in_words(field, text),
            Json::Array(values) if values.is_empty() => t.log_none(),
            Json::Array(values) if values.iter().all(is_key) => values.len().to_string(),
            Json::Array(values) => {
                values.iter().map(|value| self.in_words(field, value)).collect::<Vec<_>>().join(", ")
            }
            Json::Object(fields) => fields
                .iter()
                .map(|(name, value)| format!("{}: {}", self.name_of(name), self.in_words(name, value)))
                .collect::<Vec<_>>()
                .join(", "),
        }
    }

    fn text_in_words(&self, field: &str, text: &str) -> String {
        let t = self.layout.t;
        let known = match field {
            "role" => Role::from_name(text).map(|role| t.role(&role)),
            "status" => SubmissionStatus::from_name(text).map(|status| t.status(&status)),
            "type" => DocumentType::from_name(text).map(|document_type| t.document_type(&document_type)),
            "vehicle" | "numbers" => {
                RegistrationNo::parse_any_format(text).ok().map(|number| number.to_string())
            }
            "kind" => self.layout.features().message(text).map(|(kind, _)| (kind.words)(t)),
            "language" => Language::from_code(text).map(|language| language.native_name().to_owned()),
            "verdict" => Level::from_code(text).map(|level| t.verdict_word(&level)),
            "reasons" => Reason::from_code(text).map(|reason| t.gate_reason(&reason)),
            // Why a draft was not submitted.
            "" if text.starts_with("missing-") => Some(t.log_refused(text, without_underscores(text))),
            "wanted" => Some(self.layout.action(text)),
            _ => {
                let moment = DateTime::parse_from_rfc3339(text).ok();
                let moment = moment.map(|moment| self.layout.moment(&moment.to_utc()));
                let day = || text.parse::<NaiveDate>().ok();
                moment.or_else(|| day().map(|day| self.layout.day(&day)))
            }
        };
        known.unwrap_or_else(|| without_underscores(text))
    }
}

/// Whether it is the key of a row, which tells people nothing.
fn is_key(value: &Json) -> bool {
    value.as_str().is_some_and(|text| text.parse::<Uuid>().is_ok())
}

/// `paper_expired_puc`, the name of something, as words. Other texts stay what they are.
fn without_underscores(text: &str) -> String {
    let is_name = text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'));
    if is_name { text.replace(['_', '-'], " ") } else { text.to_owned() }
}

fn in_sentence_case(name: &str) -> String {
    let words = without_underscores(name);
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What an event is about, in words, and where its page is; empty for who may not see it.
struct About {
    href: String,
    words: String,
}

/// What became of one field, in words.
struct Change {
    field: String,
    was: Option<String>,
    now: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    actor: String,
    action: String,
    submission: String,
    from: String,
    to: String,
    cursor: String,
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    query: web::Query<Query>,
) -> Answer {
    let query = query.into_inner();
    let zone = state.config.zone;
    let (t, mut errors) = (layout.t, FormErrors::new());
    let from = asked_day(&mut errors, t, "from", &query.from);
    let to = asked_day(&mut errors, t, "to", &query.to);
    let submission = search_term(&mut errors, t, "submission", &query.submission);
    let filter = Filter {
        actor: search_term(&mut errors, t, "actor", &query.actor),
        action: asked(&query.action, |code| layout.features().action(code))?,
        root: match submission.as_str() {
            "" => None,
            // What is nothing finds nothing.
            typed => Some(lists::find_for_the_desk(&state, &supervisor, typed).await?.unwrap_or_default()),
        },
        from: from.map(|day| zone.start_of(day)),
        until: to.map(|day| zone.start_of(day + Days::new(1))),
    };
    let after = asked(&query.cursor, Keyset::parse)?.map(Keyset::moment);
    let _turn = state.searches.turn(supervisor.account(), &filter.actor).await?;
    let rows = service::list(&state, &supervisor, &filter, after, PAGE_SIZE + 1).await?;
    let fields = vec![
        ("actor", filter.actor.clone()),
        ("action", query.action.clone()),
        ("submission", submission.clone()),
        ("from", from.map(|day| day.to_string()).unwrap_or_default()),
        ("to", to.map(|day| day.to_string()).unwrap_or_default()),
    ];
    let url = ListUrl::new("/admin/audit", fields);
    let list = List::of(url, rows, |event| Keyset::at(event.at, event.id.as_uuid())).filtered_by([
        ("actor", unless_empty(&filter.actor).map(|typed| t.log_chip_actor(typed))),
        ("action", filter.action.map(|action| (action.words)(t))),
        ("submission", unless_empty(&submission).map(|typed| t.log_chip_submission(typed))),
        ("from", from.map(|day| t.chip_from(layout.day(&day)))),
        ("to", to.map(|day| t.chip_to(layout.day(&day)))),
    ]);
    let drafts =
        lists::drafts_among(&state, &supervisor, list.rows.iter().filter_map(|event| event.root_id)).await?;
    page_or_errors(layout, errors, |layout| AuditPage { layout, query, list, drafts })
}
