//! Rejected entries are corrected in a new draft: it has all that the old one had but the decision.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _,
};
use serde_json::json;

use super::decisions::{MoveError, refuse};
use super::drafts::{self, expected_days, lock_own};
use super::prefill;
use crate::features::documents::service::{attachments, storing};
use crate::features::submissions::actions::DRAFT_OPENED;
use crate::kernel::access::Customer;
use crate::kernel::audit::Event;
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::entity::submission::{self, SubmissionStatus};
use crate::kernel::state::AppState;
use crate::kernel::types::SubmissionId;
use crate::kernel::work::Work;

/// The draft in which a rejected entry is corrected: made the first time, the same one whenever asked again, and
/// another one when that was cancelled or has expired.
///
/// # Errors
/// When the customer has no such entry, or it is not rejected.
pub async fn resubmit(
    state: &AppState,
    customer: &Customer,
    id: SubmissionId,
) -> Result<SubmissionId, MoveError> {
    let mut work = Work::begin(state, customer).await?;
    let old = lock_own(&work, customer, id).await?.ok_or(MoveError::NotFound)?;
    if let Some(made) = correction_of(&work, id).await? {
        if may_still_enter(state, &made) {
            return Ok(made.id);
        }
        let mut given_up = made.into_active_model();
        given_up.corrects = Set(None);
        given_up.update(&work).await?;
    }
    if old.status != SubmissionStatus::Rejected {
        let standing = refuse(work, old, DRAFT_OPENED).await?;
        return Err(MoveError::NotPossible(Box::new(standing)));
    }
    let vehicle = drafts::Vehicle {
        number: old.vehicle_number.clone(),
        customer_phone: old.customer_phone.clone(),
        expected_on: {
            let (first, last) = expected_days(state);
            if first <= old.expected_on && old.expected_on <= last { old.expected_on } else { first }
        },
    };
    let mut draft = drafts::blank(&mut work, customer, old.vehicle_id, &vehicle).await?;
    prefill::copy_crew(&old, &mut draft);
    draft.corrects = Set(Some(id));
    let (draft, _) = drafts::insert_with_reference(&work, draft).await?;
    storing::lock_owner(&work, customer.organisation()).await?; // none is taken back meanwhile
    attach_papers_of(&work, id, draft.id).await?;
    drafts::attach_papers_on_file(&mut work, &draft, None).await?;
    let event = Event::of(DRAFT_OPENED).about(&draft).after(json!({
        "vehicle": vehicle.number.as_str(),
        "expected_on": vehicle.expected_on,
        "corrects": old.reference.as_str(),
    }));
    work.note(event);
    work.commit().await?;
    Ok(draft.id)
}

/// Attaches the papers of `old` to the draft, each in the version that is in use now.
async fn attach_papers_of(
    transaction: &DatabaseTransaction,
    old: SubmissionId,
    draft: SubmissionId,
) -> Result<(), DbErr> {
    let papers = attachments::of_submission(transaction, old).await?;
    let mut papers = storing::versions_in_use(transaction, papers).await?;
    papers.retain(|paper| paper.removed_at.is_none());
    attachments::attach(transaction, draft, &papers).await
}

/// What a submission corrects, and what corrects it.
#[derive(Debug, Default)]
pub struct Corrections {
    /// The rejected one that it was made from.
    pub of: Option<submission::Model>,
    /// The one that was made from it.
    pub by: Option<submission::Model>,
}

/// What `submission` corrects, and what corrects it.
pub async fn around(state: &AppState, submission: &submission::Model) -> Result<Corrections, DbErr> {
    if submission.corrects.is_none() && submission.status != SubmissionStatus::Rejected {
        return Ok(Corrections::default());
    }
    let any = Condition::any()
        .add(submission::Column::Corrects.eq(submission.id))
        .add(submission::Column::Id.is_in(submission.corrects));
    let related = submission::Entity::find().filter(any).all(state.database.reader()).await?;
    let (by, of) = related.into_iter().partition::<Vec<_>, _>(|row| row.corrects == Some(submission.id));
    Ok(Corrections {
        of: of.into_iter().next(),
        by: by.into_iter().next().filter(|by| may_still_enter(state, by)),
    })
}

/// Whether a correction stands, or can be corrected itself.
fn may_still_enter(state: &AppState, correction: &submission::Model) -> bool {
    let status = correction.status_at(state.clock.now());
    !matches!(status, SubmissionStatus::Cancelled | SubmissionStatus::Expired)
}

async fn correction_of(
    transaction: &DatabaseTransaction,
    id: SubmissionId,
) -> Result<Option<submission::Model>, DbErr> {
    submission::Entity::find().filter(submission::Column::Corrects.eq(id)).one(transaction).await
}
