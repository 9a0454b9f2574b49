//! Gathers what the verdict looks at.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};

use crate::features::crew::service::licences::BlacklistedLicences;
use crate::features::documents::service::attachments;
use crate::features::gate::verdict::{Facts, Paper, Policy, Verdict, verdict};
use crate::features::submissions::service::visits::{self, OpenVisit};
use crate::features::vehicles::service::lookalikes;
use crate::kernel::entity::{crew_member, document, submission, vehicle};
use crate::kernel::state::AppState;
use crate::kernel::types::PersonName;

/// A submission as the gate sees it.
#[derive(Debug)]
pub struct Sight {
    /// The submission.
    pub submission: submission::Model,
    /// Its papers.
    pub papers: Vec<document::Model>,
    /// The vehicle's open visit, with this or another pass.
    pub open_visit: Option<OpenVisit>,
    /// The vehicles on the blacklist that its vehicle looks like.
    pub lookalikes: Vec<vehicle::Model>,
    /// What the gate says.
    pub verdict: Verdict,
    /// When it was looked at.
    pub at: DateTime<Utc>,
}

/// Looks at `submission` as things stand.
pub async fn look(
    state: &AppState,
    database: &impl ConnectionTrait,
    submission: submission::Model,
) -> Result<Sight, DbErr> {
    let now = state.clock.now();
    let papers = attachments::of_submission(database, submission.id).await?;
    let open_visit = visits::open_of_vehicle(database, submission.vehicle_id).await?;
    let vehicle = vehicle::Entity::find_by_id(submission.vehicle_id).one(database).await?;
    let crew = crew_member::Entity::find()
        .filter(
            crew_member::Column::Id.is_in([submission.driver_id, submission.helper_id].into_iter().flatten()),
        )
        .all(database)
        .await?;
    let lookalikes =
        lookalikes::on_the_blacklist(database, submission.vehicle_id, &submission.vehicle_number, now)
            .await?;
    let member = |id| crew.iter().find(|member| Some(member.id) == id);
    let licence = |id| member(id).and_then(|member| member.license_no.as_ref());
    let of_driver = [submission.driver_license_no.as_ref(), licence(submission.driver_id)];
    let of_helper = [licence(submission.helper_id)];
    let numbers = of_driver.into_iter().chain(of_helper);
    let licences = BlacklistedLicences::among(database, numbers, now).await?;
    let blacklisted = |id| member(id).is_some_and(|member| member.is_blacklisted(now));
    // A pass bears the names that were registered when it was issued.
    let corrected = |id, name: &Option<String>| {
        let on_the_pass = name.as_deref().and_then(|name| PersonName::parse(name).ok());
        let is_other = |name: &PersonName| member(id).is_some_and(|member| !member.is_called(name));
        on_the_pass.as_ref().is_some_and(is_other)
    };
    let other_pass = |visit: &OpenVisit| visit.submission != submission.id;
    let facts = Facts {
        status: submission.status_at(now),
        inside: submission.is_inside(),
        inside_with_another_pass: open_visit.as_ref().is_some_and(other_pass),
        valid_from: submission.valid_from.unwrap_or_default(),
        valid_until: submission.valid_until.unwrap_or_default(),
        expected_on: submission.expected_on,
        papers: papers
            .iter()
            .map(|paper| Paper { kind: paper.document_type, valid_until: paper.valid_until })
            .collect(),
        vehicle_blacklisted: vehicle.is_some_and(|vehicle| vehicle.is_blacklisted(now)),
        vehicle_lookalike: !lookalikes.is_empty(),
        driver_blacklisted: blacklisted(submission.driver_id) || licences.have(of_driver),
        helper_blacklisted: blacklisted(submission.helper_id) || licences.have(of_helper),
        crew_corrected: corrected(submission.driver_id, &submission.driver_name)
            || corrected(submission.helper_id, &submission.helper_name),
    };
    let policy = Policy { expired_papers: state.config.expired_papers, zone: state.config.zone };
    let verdict = verdict(&facts, now, &policy);
    Ok(Sight { submission, papers, open_visit, lookalikes, verdict, at: now })
}
