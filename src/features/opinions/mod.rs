//! The plant's opinion of vehicles and people: remark, rating, and the blacklist with its history. Their
//! pages stand with the vehicles and the crew.

pub mod actions;
pub mod parts;
pub mod service;

mod words;

use crate::kernel::http::feature::Feature;
use crate::kernel::http::kept::Fields;

/// What it brings in.
pub const FEATURE: Feature = Feature {
    fields: Fields {
        hidden: &["seen"],
        choice: |t, field, value| {
            let mut ratings = t.ratings().filter(|_| field == "rating");
            ratings.find_map(|(rating, label)| (rating == value).then_some(label))
        },
        ..Fields::PLAIN
    },
    actions: actions::ALL,
    ..Feature::named("opinions")
};
