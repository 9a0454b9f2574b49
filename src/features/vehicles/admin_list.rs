//! `/admin/vehicles`: every vehicle that ever came up, for the desk.

use actix_web::web;
use askama::Template;

use super::service as vehicles;
use crate::features::opinions::parts::list::Query;
use crate::kernel::access::Supervisor;
use crate::kernel::entity::vehicle;
use crate::kernel::http::form::FormErrors;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::list::{List, PAGE_SIZE};
use crate::kernel::http::response::{Answer, page_or_errors};
use crate::kernel::state::AppState;

#[derive(Template)]
#[template(path = "vehicles/admin_list.html")]
struct AdminListPage {
    layout: Layout,
    query: Query,
    list: List<vehicle::Model>,
}

pub async fn get(
    state: web::Data<AppState>,
    supervisor: Supervisor,
    layout: Layout,
    query: web::Query<Query>,
) -> Answer {
    let query = query.into_inner();
    let mut errors = FormErrors::new();
    let (filter, before) = (query.filter(&mut errors, layout.t)?, query.before()?);
    let _turn = state.searches.turn(supervisor.account(), &filter.text).await?;
    let rows = vehicles::list(&state, &supervisor, &filter, before, PAGE_SIZE + 1).await?;
    let list = query.list(layout.t, "/admin/vehicles", &filter, rows, |row| row.id.as_uuid());
    page_or_errors(layout, errors, |layout| AdminListPage { layout, query, list })
}
