//! `/submissions/new` and `/submissions/{id}/vehicle`: which vehicle, whom to call, which day.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::service::drafts::{self, Vehicle, expected_days};
use super::steps::{self, Step, page_of, refused};
use crate::kernel::access::Customer;
use crate::kernel::entity::submission;
use crate::kernel::error::AppError;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::{Answer, invalid, page, see_other, see_other_saying};
use crate::kernel::http::session;
use crate::kernel::state::AppState;
use crate::kernel::types::{PhoneNumber, RegistrationNo, RegistrationNoError, SubmissionId, parse_day};

#[derive(Template)]
#[template(path = "submissions/vehicle.html")]
struct VehiclePage {
    layout: Layout,
    /// Where the form is sent.
    action: String,
    /// The draft that is changed, if it is none new.
    back: String,
    first_day: String,
    last_day: String,
    form: VehicleForm,
}

impl VehiclePage {
    fn new(state: &AppState, layout: Layout, id: Option<SubmissionId>, form: VehicleForm) -> Self {
        let (first, last) = expected_days(state);
        let back = id.map_or_else(|| "/submissions".to_owned(), page_of);
        let action =
            id.map_or_else(|| "/submissions/new".to_owned(), |id| format!("{}/vehicle", page_of(id)));
        Self { layout, action, back, first_day: first.to_string(), last_day: last.to_string(), form }
    }

    /// Whether to ask for the confirmation of an unusual number.
    fn asks_use_anyway(&self) -> bool {
        let number = RegistrationNo::parse(&self.form.vehicle_number);
        !self.form.use_anyway.is_empty() || number == Err(RegistrationNoError::UnknownFormat)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct VehicleForm {
    vehicle_number: String,
    customer_phone: String,
    expected_on: String,
    use_anyway: String,
    /// The number of a form that opens a draft. Programs that have not seen the form leave it out.
    nonce: String,
}

impl VehicleForm {
    fn of(draft: &submission::Model) -> Self {
        let unusual = !draft.vehicle_number.has_known_format();
        Self {
            vehicle_number: draft.vehicle_number.to_string(),
            customer_phone: draft.customer_phone.to_string(),
            expected_on: draft.expected_on.to_string(),
            use_anyway: if unusual { "yes".to_owned() } else { String::new() },
            nonce: String::new(),
        }
    }

    fn parse(&self, state: &AppState, layout: &Layout) -> Result<Vehicle, FormErrors> {
        let t = layout.t;
        let mut errors = FormErrors::new();
        let number = if self.use_anyway.is_empty() {
            RegistrationNo::parse(&self.vehicle_number)
        } else {
            RegistrationNo::parse_any_format(&self.vehicle_number)
        };
        let number = errors.check("vehicle_number", number, |error| t.vehicle_number_error(error));
        let phone = PhoneNumber::parse(&self.customer_phone);
        let customer_phone = errors.check("customer_phone", phone, |error| t.phone_error(error));
        let (first, last) = expected_days(state);
        let day = parse_day(&self.expected_on).ok_or_else(|| t.expected_on_invalid());
        let in_reach = |day| if first <= day && day <= last { Ok(day) } else { Err(()) };
        let out_of_reach = |()| t.expected_on_out_of_reach(layout.day(&first), layout.day(&last));
        let day = day.and_then(|day| in_reach(day).map_err(out_of_reach));
        let expected_on = errors.check("expected_on", day, |message| message);
        match (number, customer_phone, expected_on) {
            (Some(number), Some(customer_phone), Some(expected_on)) => {
                Ok(Vehicle { number, customer_phone, expected_on })
            }
            _ => Err(errors),
        }
    }
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    vehicle_number: String,
}

pub async fn get_new(
    state: web::Data<AppState>,
    request: HttpRequest,
    _: Customer,
    layout: Layout,
    asked: web::Query<Asked>,
) -> Answer {
    let phone = session::current(&request).and_then(|current| current.account.phone);
    let form = VehicleForm {
        vehicle_number: asked.into_inner().vehicle_number,
        customer_phone: phone.map(|phone| phone.to_string()).unwrap_or_default(),
        expected_on: layout.today().to_string(),
        use_anyway: String::new(),
        nonce: state.clock.new_uuid().to_string(),
    };
    page(&VehiclePage::new(&state, layout, None, form))
}

pub async fn post_new(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    form: web::Form<VehicleForm>,
) -> Answer {
    let form = form.into_inner();
    let vehicle = match form.parse(&state, &layout) {
        Ok(vehicle) => vehicle,
        Err(errors) => {
            return invalid(&VehiclePage::new(&state, layout.with_errors(errors), None, form));
        }
    };
    let opened = match drafts::open(&state, &customer, &vehicle, form.nonce.parse().ok()).await {
        Ok(opened) => opened,
        Err(error) => match refused(layout.t, error) {
            AppError::Conflict(told) => {
                let mut errors = FormErrors::new();
                errors.add_general(told);
                return invalid(&VehiclePage::new(&state, layout.with_errors(errors), None, form));
            }
            error => return Err(error),
        },
    };
    let path = page_of(opened.id);
    Ok(match opened.filled_from {
        Some(at) => see_other_saying(&state, path, &layout.t.draft_prefilled(layout.moment(&at))),
        None => see_other(path),
    })
}

pub async fn get(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
) -> Answer {
    match steps::open(&state, &customer, *id).await? {
        Step::Submitted(answer) => Ok(answer),
        Step::Draft(draft) => page(&VehiclePage::new(&state, layout, Some(*id), VehicleForm::of(&draft))),
    }
}

pub async fn post(
    state: web::Data<AppState>,
    customer: Customer,
    layout: Layout,
    id: web::Path<SubmissionId>,
    form: web::Form<VehicleForm>,
) -> Answer {
    steps::open_for_change(&state, &customer, layout.t, *id).await?;
    let form = form.into_inner();
    match form.parse(&state, &layout) {
        Err(errors) => invalid(&VehiclePage::new(&state, layout.with_errors(errors), Some(*id), form)),
        Ok(vehicle) => {
            let changed = drafts::change_vehicle(&state, &customer, *id, &vehicle).await;
            changed.map_err(|error| refused(layout.t, error))?;
            Ok(see_other(page_of(*id)))
        }
    }
}
