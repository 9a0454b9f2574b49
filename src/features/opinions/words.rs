//! What is wrong with an opinion, in words.

use super::parts::typed::{BEST, Form, TypedError};
use crate::kernel::texts::Texts;

impl Texts {
    /// The ratings, each with its label.
    pub fn ratings(self) -> impl Iterator<Item = (String, String)> {
        (0..=BEST).map(move |rating| (rating.to_string(), self.rating_of(rating)))
    }

    /// What a form did.
    pub fn judged(self, form: Form) -> String {
        match form {
            Form::Opinion => self.opinion_saved(),
            Form::Blacklist => self.blacklist_saved(),
            Form::Lift => self.blacklist_lifted(),
        }
    }

    /// Beside a field of the desk's forms about a vehicle or a person.
    pub fn opinion_error(self, error: TypedError) -> String {
        match error {
            TypedError::Remark(error) => self.remark_error(error),
            TypedError::Reason(error) => self.reason_error(error),
            TypedError::Rating => self.rating_invalid(),
            TypedError::From | TypedError::Until => self.blacklist_day_invalid(),
            TypedError::UntilTooEarly => self.blacklist_until_too_early(),
        }
    }
}
