//! `/vehicles/lookup`: what is on file for a vehicle, before an entry is begun.

use actix_web::web;
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::features::submissions::service::drafts::expected_days;
use crate::features::submissions::service::prefill::{self, Known, OnFile};
use crate::kernel::access::Reader;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::fragment::Fragment;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, invalid, page};
use crate::kernel::state::AppState;
use crate::kernel::types::{RegistrationNo, parse_day};

#[derive(Template)]
#[template(path = "vehicles/lookup.html", blocks = ["known"])]
struct LookupPage {
    layout: Layout,
    vehicle_number: String,
    /// The day that papers are looked at for.
    day: NaiveDate,
    is_staff: bool,
    known: Option<Known>,
}

impl LookupPage {
    fn on_file(&self, paper: &OnFile) -> String {
        if paper.is_dated {
            self.layout.t.lookup_valid_on(self.layout.day(&self.day))
        } else {
            self.layout.t.valid_until_unknown()
        }
    }

    fn last_day(&self, last_day: &Option<NaiveDate>) -> String {
        match last_day {
            Some(day) => self.layout.t.valid_until(self.layout.day(day)),
            None => self.layout.t.valid_until_unknown(),
        }
    }

    fn new_entry(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("vehicle_number", &self.vehicle_number)
            .finish();
        format!("/submissions/new?{query}")
    }
}

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    vehicle_number: String,
    /// The day that the vehicle is expected; today without.
    #[serde(default)]
    expected_on: String,
}

pub async fn get(
    state: web::Data<AppState>,
    reader: Reader,
    layout: Layout,
    fragment: Fragment,
    query: web::Query<Query>,
) -> Answer {
    let Query { vehicle_number, expected_on } = query.into_inner();
    // Whoever could ask about any day would find out the last one.
    let (first, last) = expected_days(&state);
    let day = parse_day(&expected_on).filter(|day| (first..=last).contains(day)).unwrap_or(first);
    let mut shown = LookupPage { vehicle_number, day, is_staff: reader.is_staff(), known: None, layout };
    if shown.vehicle_number.is_empty() {
        return page(&shown);
    }
    match RegistrationNo::parse_any_format(&shown.vehicle_number) {
        Ok(number) => {
            shown.known = Some(prefill::look_up(&state, &reader, &number, day).await?);
            shown.vehicle_number = number.to_string();
            if fragment.0 { page(&shown.as_known()) } else { page(&shown) }
        }
        Err(error) => {
            let mut errors = FormErrors::new();
            errors.add("vehicle_number", shown.layout.t.vehicle_number_error(error));
            shown.layout = shown.layout.with_errors(errors);
            invalid(&shown)
        }
    }
}
