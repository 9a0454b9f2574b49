//! Which version of a paper a submission was made with.

use sea_orm::entity::prelude::*;

use super::document::DocumentType;
use crate::kernel::types::{DocumentId, SubmissionId};

/// Which version of a paper a submission was made with: at most one a type.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "submission_document")]
pub struct Model {
    /// The submission or draft.
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: SubmissionId,
    /// Which of the eight.
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_type: DocumentType,
    /// The version.
    pub document_id: DocumentId,
    /// The submission's row.
    #[sea_orm(belongs_to, from = "submission_id", to = "id")]
    pub submission: BelongsTo<super::submission::Entity>,
    /// The version's row.
    #[sea_orm(belongs_to, from = "document_id", to = "id")]
    pub document: BelongsTo<super::document::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
