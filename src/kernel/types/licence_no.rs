use std::fmt;

use sea_orm::DeriveValueType;

use super::text::{self, is_dash};

/// The number of a driving licence, as printed on it (`MH12 20110012345`): 1 to 25 ASCII capitals, digits, single spaces,
/// hyphens and slashes. Older licences follow no common format, so none is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct LicenceNo(String);

/// Why a text is not a licence number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenceNoError {
    /// Neither a letter nor a digit was typed.
    Empty,
    /// More than 25 characters.
    TooLong,
    /// Something that no licence number is written with.
    BadCharacter,
}

impl LicenceNo {
    /// Most characters of a licence number.
    pub const MAX: usize = 25;

    /// Takes a number in any case, with any dash for a hyphen and any white space between its parts; what else people
    /// part or enclose them with is white space too.
    pub fn parse(typed: &str) -> Result<Self, LicenceNoError> {
        let typed: String = text::code(typed)
            .map(|c| match c {
                '.' | ',' | ':' | '_' | '(' | ')' | '[' | ']' => ' ',
                c if is_dash(c) => '-',
                c => c.to_ascii_uppercase(),
            })
            .collect();
        let number = text::collapse_white_space(&typed);
        if number.chars().any(|c| !(c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '/'))) {
            Err(LicenceNoError::BadCharacter)
        } else if !number.contains(|c: char| c.is_ascii_alphanumeric()) {
            Err(LicenceNoError::Empty)
        } else if number.len() > Self::MAX {
            Err(LicenceNoError::TooLong)
        } else {
            Ok(Self(number))
        }
    }

    /// The number, in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LicenceNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(typed: &str) -> Result<String, LicenceNoError> {
        LicenceNo::parse(typed).map(|number| number.to_string())
    }

    #[test]
    fn a_number_is_in_upper_case_with_single_spaces() {
        assert_eq!(parsed(" mh12  20110012345 ").as_deref(), Ok("MH12 20110012345"));
        assert_eq!(parsed("ka\u{2013}05/2011/0012345").as_deref(), Ok("KA-05/2011/0012345"));
        for typed in [
            "(MH12) 2011.0012345",
            "[mh12]_2011_0012345.",
            "\u{FEFF}MH12\u{A0}2011\u{200B} 0012345",
            "MH१२ २०११ ००१२३४५",
        ] {
            assert_eq!(parsed(typed).as_deref(), Ok("MH12 2011 0012345"), "{typed}");
        }
        assert_eq!(parsed("MH12 2011 0012345 6789").as_deref(), Ok("MH12 2011 0012345 6789"));
    }

    #[test]
    fn what_is_no_licence_number_is_refused() {
        use LicenceNoError::{BadCharacter, Empty, TooLong};
        for (typed, error) in [
            ("", Empty),
            (" - ", Empty),
            (" (.) \u{200B}", Empty),
            ("MH12;2011", BadCharacter),
            ("एमएच12", BadCharacter),
            ("MH12\0", BadCharacter),
            ("MH12 2011 0012345 67890123", TooLong),
        ] {
            assert_eq!(parsed(typed), Err(error), "{typed:?}");
        }
        assert!(parsed(&"1".repeat(25)).is_ok());
        assert_eq!(parsed(&"1".repeat(26)), Err(TooLong));
    }

    proptest! {
        #[test]
        fn what_was_parsed_parses_to_itself(typed in "\\PC*|[a-zA-Z0-9 /-]{1,20}") {
            if let Ok(number) = LicenceNo::parse(&typed) {
                prop_assert_eq!(LicenceNo::parse(number.as_str()), Ok(number));
            }
        }
    }
}
