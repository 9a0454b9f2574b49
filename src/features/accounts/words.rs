//! This feature's refusals in words.

use super::service::passwords::NewPasswordError;
use crate::texts::Texts;

impl Texts {
    /// Beside a field for a new password.
    pub fn new_password_error(self, error: NewPasswordError) -> String {
        match error {
            NewPasswordError::TooShort => self.password_too_short(),
            NewPasswordError::TooLong => self.password_too_long(),
            NewPasswordError::Common => self.password_common(),
            NewPasswordError::Mismatch => self.password_mismatch(),
        }
    }
}
