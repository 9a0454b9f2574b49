use std::fmt;

use sea_orm::DeriveValueType;

use super::text::{self, TextFault};

/// A person's name in any script, as the person writes it: one line of 1 to 100 characters with a letter among them.
///
/// Equality is that of the spelling; whether two names are the same person's is a question for [`key`](Self::key).
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct PersonName(String);

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonNameError {
    /// Nothing was typed.
    Empty,
    /// More than 100 characters.
    TooLong,
    /// A control or hidden character, or no letter at all.
    BadCharacter,
}

impl PersonName {
    /// Most characters of a name.
    pub const MAX: usize = 100;
    /// Most characters of a [folded](Self::folded) name.
    pub const MAX_FOLDED: usize = 300;

    /// Takes a name, trims it and makes every run of white space one space.
    pub fn parse(typed: &str) -> Result<Self, PersonNameError> {
        let name = text::single_line(typed, Self::MAX)?;
        if !name.chars().any(char::is_alphabetic) {
            return Err(PersonNameError::BadCharacter);
        }
        let name = Self(name);
        // One ligature can stand for a whole sentence.
        if name.folded().chars().count() > Self::MAX_FOLDED {
            Err(PersonNameError::TooLong)
        } else {
            Ok(name)
        }
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which names are compared: two spellings that differ in case, spaces, full stops, invisible characters or
    /// Unicode form alone have one key.
    pub fn key(&self) -> String {
        Self::key_of(&self.0)
    }

    /// The [key](Self::key) of a name as it is stored.
    pub fn key_of(name: &str) -> String {
        text::fold(name).chars().filter(|&c| !(c.is_whitespace() || c == '.')).collect()
    }

    /// The form in which names are searched, without regard to case and Unicode form.
    pub fn folded(&self) -> String {
        text::folded(&self.0)
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<TextFault> for PersonNameError {
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
    use unicode_normalization::UnicodeNormalization as _;

    fn parsed(typed: &str) -> Result<String, PersonNameError> {
        PersonName::parse(typed).map(|name| name.to_string())
    }

    fn key(typed: &str) -> Result<String, PersonNameError> {
        PersonName::parse(typed).map(|name| name.key())
    }

    #[test]
    fn a_name_whose_comparison_form_is_too_long_is_too_long() {
        // U+FDFA is one letter, and eighteen characters in NFKC.
        assert_eq!(PersonName::parse(&"\u{FDFA}".repeat(17)), Err(PersonNameError::TooLong));
    }

    #[test]
    fn a_name_is_kept_as_written_but_for_its_spaces() {
        assert_eq!(parsed("  Ram\u{a0} \tSingh\n").as_deref(), Ok("Ram Singh"));
        assert_eq!(parsed("\u{202A}Ram\u{FE00} Si\u{AD}ngh\u{202C}\u{200B}").as_deref(), Ok("Ram Singh"));
        assert_eq!(parsed("D'Souza, J. (Jr.)").as_deref(), Ok("D'Souza, J. (Jr.)"));
        for name in ["रामकृष्ण शर्मा", "மணிகண்டன்", "श्री\u{200D}राम"]
        {
            assert_eq!(parsed(name).as_deref(), Ok(name));
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        use PersonNameError::{BadCharacter, Empty, TooLong};
        for (typed, error) in [
            ("", Empty),
            (" \u{200D} ", Empty),
            ("9876543210", BadCharacter),
            ("-", BadCharacter),
            ("Ram\0", BadCharacter),
            ("Ram\u{FFFE}", BadCharacter),
            ("\u{FEFF}\u{200B}", Empty),
            (&"र".repeat(101), TooLong),
        ] {
            assert_eq!(parsed(typed), Err(error), "{typed:?}");
        }
        assert!(parsed(&"र".repeat(100)).is_ok());
    }

    #[test]
    fn one_name_has_one_key() {
        for (one, other) in [
            ("Ram Singh", "  RAM   singh "),
            ("Ram Singh", "Ｒａｍ Ｓｉｎｇｈ"),
            ("José", "Jose\u{301}"),
            ("क\u{93C}ासिम", "\u{958}ासिम"),
            ("श्री\u{200D}राम", "श्रीराम"),
            ("Weiß", "WEISS"),
            ("S. Kumar", "S.Kumar"),
            ("S. Kumar", "s kumar"),
            ("S. K. Rao", "SK Rao."),
            ("Ram Singh", "Ram\u{200B}\u{A0}Sin\u{AD}gh"),
            ("Ram Singh", "Ram\u{FE0F}Singh"),
        ] {
            assert_eq!(key(one), key(other), "{one}");
        }
        assert_ne!(key("Ram Singh"), key("Ram Sing"));
        assert_ne!(key("S. Kumar"), key("R. Kumar"));
        assert_ne!(key("Ram"), key("राम"));
    }

    proptest! {
        #[test]
        fn what_was_parsed_parses_to_itself(typed in any::<String>()) {
            if let Ok(name) = PersonName::parse(&typed) {
                prop_assert_eq!(PersonName::parse(name.as_str()), Ok(name));
            }
        }

        #[test]
        fn the_key_knows_neither_case_nor_spaces_nor_full_stops_nor_unicode_form(
            words in proptest::collection::vec("[a-zA-Zà-öक-हा-ौ]{1,8}", 1..4),
        ) {
            let name = words.join(" ");
            let expected = key(&name);
            prop_assert!(expected.is_ok());
            prop_assert_eq!(&key(&name.to_uppercase()), &expected);
            prop_assert_eq!(&key(&words.join(".")), &expected);
            prop_assert_eq!(&key(&words.join("\u{200B}")), &expected);
            prop_assert_eq!(&expected.clone().map(|key| PersonName::key_of(&key)), &expected);
            prop_assert_eq!(&key(&format!(" {}\t", words.join("  "))), &expected);
            prop_assert_eq!(&key(&name.nfd().collect::<String>()), &expected);
        }
    }
}
