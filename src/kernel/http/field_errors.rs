//! What is wrong with a value, in words.

use crate::kernel::texts::Texts;
use crate::kernel::types::{
    CompanyNameError, EmailAddressError, LicenceNoError, PersonNameError, PhoneNumberError,
    RegistrationNoError, RemarkError,
};

impl Texts {
    /// Beside a field for an e-mail address.
    pub fn email_error(self, error: EmailAddressError) -> String {
        match error {
            EmailAddressError::Empty => self.email_empty(),
            EmailAddressError::TooLong => self.email_too_long(),
            EmailAddressError::Invalid => self.email_invalid(),
        }
    }

    /// Beside a field for a person's name.
    pub fn person_name_error(self, error: PersonNameError) -> String {
        match error {
            PersonNameError::Empty => self.person_name_empty(),
            PersonNameError::TooLong => self.person_name_too_long(),
            PersonNameError::BadCharacter => self.person_name_bad(),
        }
    }

    /// Beside a field for a company's name.
    pub fn company_name_error(self, error: CompanyNameError) -> String {
        match error {
            CompanyNameError::Empty => self.company_name_empty(),
            CompanyNameError::TooLong => self.company_name_too_long(),
            CompanyNameError::BadCharacter => self.company_name_bad(),
        }
    }

    /// Beside a field for a phone number.
    pub fn phone_error(self, error: PhoneNumberError) -> String {
        match error {
            PhoneNumberError::Empty => self.phone_empty(),
            PhoneNumberError::Invalid => self.phone_invalid(),
        }
    }

    /// Beside a field for a vehicle number.
    pub fn vehicle_number_error(self, error: RegistrationNoError) -> String {
        match error {
            RegistrationNoError::Empty => self.vehicle_number_empty(),
            RegistrationNoError::TooLong => self.vehicle_number_too_long(),
            RegistrationNoError::BadCharacter => self.vehicle_number_bad(),
            RegistrationNoError::UnknownFormat => self.vehicle_number_unusual(),
        }
    }

    /// Beside a field for a licence number that is filled in.
    pub fn license_error(self, error: LicenceNoError) -> String {
        match error {
            LicenceNoError::TooLong => self.license_too_long(),
            LicenceNoError::Empty | LicenceNoError::BadCharacter => self.license_bad(),
        }
    }

    /// Beside a field for a remark.
    pub fn remark_error(self, error: RemarkError) -> String {
        match error {
            RemarkError::Empty => self.remark_empty(),
            RemarkError::TooLong => self.remark_too_long(),
            RemarkError::BadCharacter => self.remark_bad(),
        }
    }

    /// Beside a field for a reason.
    pub fn reason_error(self, error: RemarkError) -> String {
        match error {
            RemarkError::Empty => self.reason_empty(),
            RemarkError::TooLong => self.reason_too_long(),
            RemarkError::BadCharacter => self.reason_bad(),
        }
    }
}
