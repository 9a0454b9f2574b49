//! The key of each table as a type of its own: a vehicle's id where a visit's belongs does not compile.

use std::{fmt, str::FromStr};

use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The key of a row, and the code of what it identifies, as the log keeps both.
pub trait Key: Copy {
    /// `vehicle`; at most 24 letters, and never given another meaning.
    const KIND: &'static str;

    /// Its value.
    fn as_uuid(self) -> Uuid;
}

/// Makes one id: a UUID in URLs, in JSON and in the database.
macro_rules! id {
    ($name:ident, $kind:literal, $of:literal) => {
        #[doc = concat!("Identifies ", $of, ".")]
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType,
        )]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this value.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Its value.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl Key for $name {
            const KIND: &'static str = $kind;

            fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        // Asked of every primary key; only numbers that the database counts up are made this way.
        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    };
}

id!(OrganisationId, "organisation", "an organisation, which owns what its accounts enter");
id!(AccountId, "account", "an account, with which a person signs in");
id!(SessionId, "session", "a session of a signed-in account");
id!(DeviceId, "device", "a browser that has signed in to an account before");
id!(OneTimeTokenId, "link", "a token in a link that works once");
id!(VehicleId, "vehicle", "a vehicle");
id!(CrewMemberId, "person", "a driver or helper");
id!(DocumentId, "paper", "one version of a paper");
id!(SubmissionId, "submission", "a submission");
id!(GateId, "gate", "a gate of the plant");
id!(VisitId, "visit", "a visit, from check-in to check-out");
id!(ScanId, "scan", "a scan at a gate");
id!(NotificationId, "message", "a message in the outbox");
id!(AuditId, "event", "an entry of the audit trail");
id!(BlacklistingId, "blacklisting", "an entry of the blacklist");

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        http::StatusCode,
        test::{TestRequest, call_service, init_service},
        web,
    };
    use proptest::prelude::*;
    use sea_orm::{
        ActiveModelTrait, ColumnTrait, ConnectionTrait, Database, EntityLoaderTrait, EntityTrait,
        IntoActiveModel, QueryFilter, Schema, Set,
    };

    use super::*;
    use crate::kernel::types::Language;

    /// Two tables as small as they can be, one pointing at the other.
    mod gate {
        use crate::kernel::types::GateId;
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "gate")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: GateId,
            #[sea_orm(has_many)]
            pub scans: HasMany<super::scan::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod scan {
        use crate::kernel::types::{GateId, Language, ScanId, SubmissionId};
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "scan")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: ScanId,
            pub gate_id: GateId,
            pub submission_id: Option<SubmissionId>,
            pub language: Language,
            #[sea_orm(belongs_to, from = "gate_id", to = "id")]
            pub gate: HasOne<super::gate::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    #[tokio::test]
    async fn ids_are_keys_of_tables() -> Result<(), DbErr> {
        let db = Database::connect("sqlite::memory:").await?;
        let schema = Schema::new(db.get_database_backend());
        db.execute(&schema.create_table_from_entity(gate::Entity)).await?;
        db.execute(&schema.create_table_from_entity(scan::Entity)).await?;

        let gate_id = GateId::new(Uuid::from_u128(1));
        let gate = gate::ActiveModel { id: Set(gate_id) }.insert(&db).await?;
        let scan = scan::Model {
            id: ScanId::new(Uuid::from_u128(2)),
            gate_id,
            submission_id: None,
            language: Language::Ta,
        };
        scan.clone().into_active_model().insert(&db).await?;

        assert_eq!(scan::Entity::find_by_id(scan.id).one(&db).await?, Some(scan.clone()));
        assert_eq!(
            scan::Entity::find()
                .filter(scan::COLUMN.gate_id.eq(gate_id))
                .filter(scan::COLUMN.submission_id.is_null())
                .find_also_related(gate::Entity)
                .all(&db)
                .await?,
            [(scan, Some(gate))]
        );
        let loaded = gate::Entity::load().filter_by_id(gate_id).with(scan::Entity).one(&db).await?;
        assert_eq!(loaded.map(|gate| gate.scans.len()), Some(1));
        Ok(())
    }

    #[actix_web::test]
    async fn a_path_segment_is_an_id_or_not_found() {
        let app =
            init_service(App::new().route(
                "/submissions/{id}",
                web::get().to(async |id: web::Path<SubmissionId>| id.to_string()),
            ))
            .await;
        let id = "00000000-0000-0000-0000-000000000007";
        for (segment, status) in [(id, StatusCode::OK), ("7", StatusCode::NOT_FOUND)] {
            let request = TestRequest::with_uri(&format!("/submissions/{segment}"));
            let response = call_service(&app, request.to_request()).await;
            assert_eq!(response.status(), status);
        }
    }

    proptest! {
        #[test]
        fn an_id_is_its_hyphenated_uuid(value in any::<u128>()) {
            let id = AccountId::new(Uuid::from_u128(value));
            let text = id.as_uuid().hyphenated().to_string();
            prop_assert_eq!(id.to_string(), text.as_str());
            prop_assert_eq!(text.parse(), Ok(id));
            prop_assert_eq!(serde_json::json!(id), serde_json::json!(text));
            prop_assert_eq!(serde_json::from_value(serde_json::json!(text)).ok(), Some(id));
        }
    }
}
