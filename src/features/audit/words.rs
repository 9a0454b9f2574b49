//! The log's actions in words.

use sea_orm::prelude::Json;

use crate::kernel::entity::audit_log;
use crate::kernel::texts::Texts;
use crate::kernel::types::RegistrationNo;

impl Texts {
    /// What an event changed, one sentence each, as far as people can read it.
    pub fn audit_changes(self, event: &audit_log::Model) -> Vec<String> {
        let told = |side: &Option<Json>, key: &str| match side.as_ref().and_then(|side| side.get(key)) {
            None | Some(Json::Null) => String::new(),
            Some(Json::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let mut keys = vec![
            ("name", self.audit_name()),
            ("remark", self.remark_label()),
            ("rating", self.rating_label()),
        ];
        // Of two vehicles: which other, and why. Elsewhere the reason stands beside.
        let other = RegistrationNo::parse_any_format(&told(&event.after, "vehicle")).ok();
        let pair = other.map(|number| self.audit_new(number.to_string(), self.vehicle_number_label()));
        if pair.is_some() {
            keys.push(("reason", self.reason_label()));
        }
        let changes = keys
            .into_iter()
            .map(|(key, label)| (label, told(&event.before, key), told(&event.after, key)))
            .filter(|(_, before, after)| before != after)
            .map(|(label, before, after)| match (before.as_str(), after.as_str()) {
                ("", after) => self.audit_new(after, label),
                (before, "") => self.audit_gone(before, label),
                (before, after) => self.audit_changed(after, before, label),
            });
        pair.into_iter().chain(changes).collect()
    }
}
