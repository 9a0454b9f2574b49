//! Values that cannot be wrong.
//!
//! What people type becomes one of these types or a field error, once, at the edge; everything behind it takes the type and
//! checks nothing again. Each `parse` normalises as well, so that two ways of writing one thing compare equal and a unique
//! index in the database means what it says. Lengths count characters, after cleaning.
//!
//! The types are database columns too. A value read back is not parsed again: only parsed values were ever written, and a rule
//! made stricter later must not make old rows unreadable.

mod codes;
mod company_name;
mod day;
mod email_address;
mod file_name;
mod ids;
mod language;
mod licence_no;
mod likeness;
mod person_name;
mod phone_number;
mod reference;
mod registration_no;
mod remark;
mod text;

pub(crate) use codes::known_by_code;
pub use company_name::{CompanyName, CompanyNameError};
pub use day::{NotADay, optional_day, parse_day};
pub use email_address::{EmailAddress, EmailAddressError};
pub use file_name::FileName;
pub use ids::{
    AccountId, AuditId, BlacklistingId, CrewMemberId, DeviceId, DocumentId, GateId, Key, NotificationId,
    OneTimeTokenId, OrganisationId, ScanId, SessionId, SubmissionId, VehicleId, VisitId,
};
pub use language::Language;
pub use licence_no::{LicenceNo, LicenceNoError};
pub use likeness::Likeness;
pub use person_name::{PersonName, PersonNameError};
pub use phone_number::{PhoneNumber, PhoneNumberError};
pub use reference::{Reference, ReferenceError};
pub use registration_no::{RegistrationNo, RegistrationNoError};
pub use remark::{Remark, RemarkError};
pub use text::{clean_line, folded};
