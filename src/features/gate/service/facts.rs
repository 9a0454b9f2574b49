//! Gathers what the verdict looks at.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _};

use crate::entity::submission;
use crate::entity::{account, crew_member, document, gate, vehicle, visit};
use crate::features::documents::service::attachments;
use crate::features::gate::verdict::{Facts, Paper, Policy, Verdict, verdict};
use crate::features::submissions::service::visits;
use crate::state::AppState;

/// A submission as the gate sees it.
#[derive(Debug)]
pub struct Sight {
    /// The submission.
    pub submission: submission::Model,
    /// Its papers.
    pub papers: Vec<document::Model>,
    /// The vehicle's open visit, with this or another pass.
    pub open_visit: Option<visit::Model>,
    /// What the gate says.
    pub verdict: Verdict,
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
    let driver = crew(database, submission.driver_id).await?;
    let helper = crew(database, submission.helper_id).await?;
    let blacklisted = |member: &Option<crew_member::Model>| {
        member.as_ref().is_some_and(|member| member.is_blacklisted(now))
    };
    let corrected = |member: &Option<crew_member::Model>| {
        let corrected_at = member.as_ref().and_then(|member| member.corrected_at);
        corrected_at.is_some() && corrected_at > submission.submitted_at
    };
    let other_pass = |visit: &visit::Model| visit.submission_id != submission.id;
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
        driver_blacklisted: blacklisted(&driver),
        helper_blacklisted: blacklisted(&helper),
        crew_corrected: corrected(&driver) || corrected(&helper),
    };
    let policy = Policy { expired_papers: state.config.expired_papers, zone: state.config.zone };
    let verdict = verdict(&facts, now, &policy);
    Ok(Sight { submission, papers, open_visit, verdict })
}

async fn crew(
    database: &impl ConnectionTrait,
    id: Option<crate::types::CrewMemberId>,
) -> Result<Option<crew_member::Model>, DbErr> {
    match id {
        None => Ok(None),
        Some(id) => crew_member::Entity::find_by_id(id).one(database).await,
    }
}

/// Where a visit began and who let it in.
pub async fn entry_of(
    database: &impl ConnectionTrait,
    visit: &visit::Model,
) -> Result<(String, String), DbErr> {
    let gate = gate::Entity::find_by_id(visit.entry_gate_id).one(database).await?;
    let guard = account::Entity::find_by_id(visit.entry_by).one(database).await?;
    Ok((
        gate.map(|gate| gate.name).unwrap_or_default(),
        guard.map(|guard| guard.full_name).unwrap_or_default(),
    ))
}
