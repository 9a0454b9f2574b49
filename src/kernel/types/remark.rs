use std::fmt;

use sea_orm::DeriveValueType;

use super::text::{self, TextFault};

/// A reason or a remark: 1 to 1 000 characters over any number of lines, parted by `\n`, with single spaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Remark(String);

/// Why a text is not a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkError {
    /// Nothing was typed that can be seen.
    Empty,
    /// More than 1 000 characters.
    TooLong,
    /// A control or hidden character.
    BadCharacter,
}

impl Remark {
    /// Most characters of a remark; a line break is one, as browsers count it.
    pub const MAX: usize = 1_000;

    /// Takes a text, trims it and makes every run of blanks in a line one space.
    pub fn parse(typed: &str) -> Result<Self, RemarkError> {
        Ok(Self(text::several_lines(typed, Self::MAX)?))
    }

    /// The text, its lines parted by `\n`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<TextFault> for RemarkError {
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

    fn parsed(typed: &str) -> Result<String, RemarkError> {
        Remark::parse(typed).map(|remark| remark.to_string())
    }

    #[test]
    fn every_line_break_becomes_the_same_one() {
        assert_eq!(
            parsed("\r\nInsurance\texpired.\r\nCall  the desk.\rNow ❤\u{FE0F}\n").as_deref(),
            Ok("Insurance expired.\nCall the desk.\nNow ❤\u{FE0F}")
        );
    }

    #[test]
    fn a_line_break_counts_as_one_character() {
        assert!(parsed(&format!("{}\r\n{}", "x".repeat(500), "y".repeat(499))).is_ok());
        assert_eq!(parsed(&format!("{}\r\n{}", "x".repeat(500), "y".repeat(500))), Err(RemarkError::TooLong));
    }

    #[test]
    fn what_cannot_be_seen_is_no_reason() {
        for (typed, error) in [
            (" \r\n ", RemarkError::Empty),
            ("\u{200D}", RemarkError::Empty),
            ("bad\u{1B}[31m", RemarkError::BadCharacter),
            ("\u{2066}\n\u{FEFF}", RemarkError::Empty),
            ("bad\u{FFFE}", RemarkError::BadCharacter),
        ] {
            assert_eq!(parsed(typed), Err(error), "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_parsed_parses_to_itself(typed in any::<String>()) {
            if let Ok(remark) = Remark::parse(&typed) {
                prop_assert_eq!(Remark::parse(remark.as_str()), Ok(remark));
            }
        }
    }
}
