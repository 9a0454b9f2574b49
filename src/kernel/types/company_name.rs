use std::fmt;

use sea_orm::DeriveValueType;

use super::text::{self, TextFault};

/// A company's name in any script: one line of 1 to 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct CompanyName(String);

/// Why a text is not a company's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompanyNameError {
    /// Nothing was typed.
    Empty,
    /// More than 200 characters.
    TooLong,
    /// A control or hidden character.
    BadCharacter,
}

impl CompanyName {
    /// Most characters of a name.
    pub const MAX: usize = 200;

    /// Takes a name, trims it and makes every run of white space one space.
    pub fn parse(typed: &str) -> Result<Self, CompanyNameError> {
        Ok(Self(text::single_line(typed, Self::MAX)?))
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CompanyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<TextFault> for CompanyNameError {
    fn from(fault: TextFault) -> Self {
        match fault {
            TextFault::Empty => Self::Empty,
            TextFault::TooLong => Self::TooLong,
            TextFault::BadCharacter => Self::BadCharacter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(typed: &str) -> Result<String, CompanyNameError> {
        CompanyName::parse(typed).map(|name| name.to_string())
    }

    #[test]
    fn a_company_may_be_named_by_digits_and_signs() {
        assert_eq!(parsed(" 24 × 7  Logistics (P) Ltd. ").as_deref(), Ok("24 × 7 Logistics (P) Ltd."));
        assert_eq!(parsed("1947").as_deref(), Ok("1947"));
        assert_eq!(
            parsed("\u{FEFF}Acme\u{2067}\u{A0}\u{A0}Lo\u{AD}gistics\u{200B}").as_deref(),
            Ok("Acme Logistics")
        );
    }

    #[test]
    fn what_is_no_name_is_refused() {
        use CompanyNameError::{BadCharacter, Empty, TooLong};
        for (typed, error) in [
            (" \n ", Empty),
            ("Acme\u{7}", BadCharacter),
            ("\u{2067}\u{200B}", Empty),
            ("Acme\u{FFFF}", BadCharacter),
            (&"x".repeat(201), TooLong),
        ] {
            assert_eq!(parsed(typed), Err(error), "{typed:?}");
        }
        assert!(parsed(&"x".repeat(200)).is_ok());
    }

    proptest! {
        #[test]
        fn what_was_parsed_parses_to_itself(typed in any::<String>()) {
            if let Ok(name) = CompanyName::parse(&typed) {
                prop_assert_eq!(CompanyName::parse(name.as_str()), Ok(name));
            }
        }
    }
}
