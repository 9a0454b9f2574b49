//! `/vehicles/lookup`: what is on file for a vehicle, before an entry is begun.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use crate::access::Customer;
use crate::features::submissions::service::prefill::{self, Known};
use crate::http::form::FormErrors;
use crate::http::layout::Layout;
use crate::http::response::{Answer, invalid, page};
use crate::state::AppState;
use crate::types::RegistrationNo;

#[derive(Template)]
#[template(path = "vehicles/lookup.html")]
struct LookupPage {
    layout: Layout,
    vehicle_number: String,
    known: Option<Known>,
}

impl LookupPage {
    fn last_day(&self, last_day: &Option<chrono::NaiveDate>) -> String {
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
}

pub async fn get(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    query: web::Query<Query>,
) -> Answer {
    let vehicle_number = query.into_inner().vehicle_number;
    if vehicle_number.is_empty() {
        return page(&LookupPage { layout, vehicle_number, known: None });
    }
    match RegistrationNo::parse_any_format(&vehicle_number) {
        Ok(number) => {
            let known = prefill::look_up(&state, &customer, &number).await?;
            page(&LookupPage { layout, vehicle_number: number.to_string(), known: Some(known) })
        }
        Err(error) => {
            let mut errors = FormErrors::new();
            errors.add("vehicle_number", layout.t.vehicle_number_error(error));
            invalid(&LookupPage { layout: layout.with_errors(errors), vehicle_number, known: None })
        }
    }
}
