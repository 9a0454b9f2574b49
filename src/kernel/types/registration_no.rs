use std::fmt;

use sea_orm::DeriveValueType;

use super::text::{self, is_dash};

/// A vehicle's registration number, as on its plate: 1 to 20 ASCII capitals and digits, without separators; a vehicle
/// without a plate is named by the 17 of its chassis.
///
/// `Display` shows it spaced (`MH 12 AB 1234`); [`as_str`](Self::as_str) is the form that is stored and compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct RegistrationNo(String);

/// Why a text is not a registration number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationNoError {
    /// Nothing was typed but separators.
    Empty,
    /// More than 50 characters typed, or more than 20 left without separators.
    TooLong,
    /// Something that is neither an ASCII letter, a digit nor a separator.
    BadCharacter,
    /// Well-formed, but like no plate we know; [`RegistrationNo::parse_any_format`] takes it.
    UnknownFormat,
}

impl RegistrationNo {
    /// Most characters that may be typed, separators included.
    pub const MAX_TYPED: usize = 50;
    /// Most characters that are stored.
    pub const MAX_STORED: usize = 20;

    /// Takes a number in one of the known formats, in any case and with any separators.
    pub fn parse(typed: &str) -> Result<Self, RegistrationNoError> {
        let number = Self::parse_any_format(typed)?;
        if number.has_known_format() { Ok(number) } else { Err(RegistrationNoError::UnknownFormat) }
    }

    /// A stored number as people read it; what is none stays as it is.
    pub fn shown(stored: &str) -> String {
        Self::parse_any_format(stored).map_or_else(|_| stored.to_owned(), |number| number.to_string())
    }

    /// Takes a number of any format: foreign and diplomatic plates, and whatever the rules bring next, once a person has
    /// confirmed that it was not mistyped.
    pub fn parse_any_format(typed: &str) -> Result<Self, RegistrationNoError> {
        if text::clean_line(typed).chars().count() > Self::MAX_TYPED {
            return Err(RegistrationNoError::TooLong);
        }
        // ASCII case alone: Unicode's upper case would make the two letters SS of a ß.
        let stored: String = text::code(typed)
            .filter(|&c| !(c.is_whitespace() || is_dash(c) || matches!(c, '.' | '/' | '_')))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        if stored.is_empty() {
            Err(RegistrationNoError::Empty)
        } else if !stored.chars().all(|c| c.is_ascii_alphanumeric()) {
            Err(RegistrationNoError::BadCharacter)
        } else if stored.len() > Self::MAX_STORED {
            Err(RegistrationNoError::TooLong)
        } else {
            Ok(Self(stored))
        }
    }

    /// The stored form, without separators.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the number looks like a plate we know.
    pub fn has_known_format(&self) -> bool {
        self.groups().is_some()
    }

    fn groups(&self) -> Option<Vec<&str>> {
        FORMATS.iter().find_map(|format| split(&self.0, format))
    }
}

impl fmt::Display for RegistrationNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.groups() {
            Some(groups) => f.pad(&groups.join(" ")),
            None => f.pad(&self.0),
        }
    }
}

/// A part of a plate that is written together.
#[derive(Clone, Copy)]
pub(super) struct Group {
    /// Letters it begins with.
    pub(super) lead: &'static str,
    /// What may follow them, and how often.
    pub(super) class: fn(&u8) -> bool,
    pub(super) least: usize,
    pub(super) most: usize,
}

const fn letters(least: usize, most: usize) -> Group {
    Group { lead: "", class: u8::is_ascii_uppercase, least, most }
}

const fn digits(least: usize, most: usize) -> Group {
    Group { lead: "", class: u8::is_ascii_digit, least, most }
}

const fn word(lead: &'static str) -> Group {
    Group { lead, ..letters(0, 0) }
}

/// The formats of the Central Motor Vehicles Rules, 1989 and of military plates. No number has two of them.
pub(super) const FORMATS: [&[Group]; 5] = [
    // State, registering office, series, number: MH 12 AB 1234 (rule 50)
    &[letters(2, 2), digits(1, 2), letters(0, 3), digits(1, 4)],
    // Bharat series, by year of first registration: 22 BH 1234 AA (G.S.R. 594(E) of 2021)
    &[digits(2, 2), word("BH"), digits(4, 4), letters(1, 2)],
    // Vintage: MH VA AB 1234 (rules 81A to 81G)
    &[letters(2, 2), word("VA"), letters(2, 2), digits(1, 4)],
    // Temporary, by month and year of issue: T0823 MH 1234 AB
    &[Group { lead: "T", ..digits(4, 4) }, letters(2, 2), digits(4, 4), letters(0, 2)],
    // Military, by year and class: 08 D 123456 X
    &[digits(2, 2), letters(1, 1), digits(5, 6), letters(1, 1)],
];

/// The non-empty groups of `text` read as `format`, each as long as the rest allows; `None` if it is of another format.
fn split<'a>(text: &'a str, format: &[Group]) -> Option<Vec<&'a str>> {
    let Some((group, rest)) = format.split_first() else {
        return text.is_empty().then(Vec::new);
    };
    let following = text.strip_prefix(group.lead)?;
    let run = following.bytes().take_while(|b| (group.class)(b)).count();
    (group.least..=group.most.min(run)).rev().find_map(|taken| {
        let (head, tail) = text.split_at(group.lead.len() + taken);
        let mut groups = split(tail, rest)?;
        if !head.is_empty() {
            groups.insert(0, head);
        }
        Some(groups)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(typed: &str) -> Result<String, RegistrationNoError> {
        RegistrationNo::parse(typed).map(|number| number.to_string())
    }

    #[test]
    fn two_ways_to_write_a_plate_are_one_vehicle() {
        let number = RegistrationNo::parse("MH12AB1234");
        for typed in [
            "mh-12 ab 1234",
            "MH.12.AB.1234",
            "MH/12/AB/1234",
            "MH_12_AB_1234",
            "\tmh\u{2013}12\u{a0}ab\u{2212}1234 ",
            "ＭＨ１２ＡＢ１２３４",
            "MH12AB1234\u{200B}",
            "\u{FEFF}\u{202A}MH\u{AD}12\u{200D}AB1234\u{202C}",
            "MH१२AB१२३४",
            "MH ௧௨ AB ૧૨૩૪",
        ] {
            assert_eq!(RegistrationNo::parse(typed), number, "{typed}");
        }
        assert_eq!(number.as_ref().map(RegistrationNo::as_str), Ok("MH12AB1234"));
    }

    #[test]
    fn each_known_format_is_shown_in_its_groups() {
        for (typed, spaced) in [
            ("mh12ab1234", "MH 12 AB 1234"),
            ("dl1cab1234", "DL 1 CAB 1234"),
            ("mh121234", "MH 12 1234"),
            ("mh12", "MH 1 2"),
            ("ka123", "KA 12 3"),
            ("22bh1234aa", "22 BH 1234 AA"),
            ("22bh1234a", "22 BH 1234 A"),
            ("mhvaab1234", "MH VA AB 1234"),
            ("mhvaab1", "MH VA AB 1"),
            ("t0823mh1234ab", "T0823 MH 1234 AB"),
            ("t0823mh1234", "T0823 MH 1234"),
            ("08d123456x", "08 D 123456 X"),
            ("08d12345x", "08 D 12345 X"),
        ] {
            assert_eq!(shown(typed).as_deref(), Ok(spaced), "{typed}");
        }
    }

    #[test]
    fn another_format_is_taken_only_when_any_format_is() {
        for typed in [
            "MH",
            "1234",
            "ABC123",
            "MH123AB1234",
            "MH12ABCD1234",
            "MH12AB12345",
            "22BH123AA",
            "22BH1234AAA",
            "T082MH1234",
            "08D1234X",
        ] {
            assert_eq!(shown(typed), Err(RegistrationNoError::UnknownFormat), "{typed}");
            assert_eq!(RegistrationNo::parse_any_format(typed).map(|n| n.to_string()), Ok(typed.to_owned()));
        }
    }

    #[test]
    fn what_is_no_number_at_all_is_refused_in_any_format() {
        use RegistrationNoError::{BadCharacter, Empty, TooLong};
        for (typed, error) in [
            ("", Empty),
            (" -.\u{2014}/_\u{200B} ", Empty),
            ("MH12AB1234!", BadCharacter),
            ("एमएच12", BadCharacter),
            ("MH12Aß1234", BadCharacter),
            ("MH12\0AB1234", BadCharacter),
            ("MH12\u{FFFE}AB1234", BadCharacter),
            ("ABCDEFGHIJKLMNOPQRSTU", TooLong),
            (&"-".repeat(51), TooLong),
        ] {
            assert_eq!(RegistrationNo::parse(typed), Err(error), "{typed}");
            assert_eq!(RegistrationNo::parse_any_format(typed), Err(error), "{typed}");
        }
    }

    #[test]
    fn fifty_characters_may_be_typed_and_twenty_kept() {
        let typed = format!("ABCDEFGHIJKLMNO12345{}", "-".repeat(30));
        assert_eq!(RegistrationNo::parse_any_format(&typed).map(|n| n.as_str().len()), Ok(20));
        let blanks = format!("MA1TA2YS2J6B12345{}", " ".repeat(60));
        assert_eq!(RegistrationNo::parse_any_format(&blanks).map(|n| n.as_str().len()), Ok(17));
    }

    fn known() -> impl Strategy<Value = String> {
        prop_oneof![
            "[A-Z]{2}[0-9]{1,2}[A-Z]{0,3}[0-9]{1,4}",
            "[0-9]{2}BH[0-9]{4}[A-Z]{1,2}",
            "[A-Z]{2}VA[A-Z]{2}[0-9]{1,4}",
            "T[0-9]{4}[A-Z]{2}[0-9]{4}[A-Z]{0,2}",
            "[0-9]{2}[A-Z][0-9]{5,6}[A-Z]",
        ]
    }

    proptest! {
        #[test]
        fn every_known_number_survives_being_shown(plate in known()) {
            let number = RegistrationNo::parse(&plate);
            prop_assert_eq!(number.as_ref().map(RegistrationNo::as_str), Ok(plate.as_str()));
            prop_assert_eq!(shown(&plate).and_then(|s| RegistrationNo::parse(&s)), number);
        }

        #[test]
        fn separators_and_case_do_not_matter(
            plate in known(),
            separators in proptest::collection::vec("[ \u{a0}.\u{2010}-\u{2015}\u{2212}-]{0,2}", 16),
        ) {
            let typed: String = plate
                .to_lowercase()
                .chars()
                .zip(&separators)
                .flat_map(|(c, separator)| [c.to_string(), separator.clone()])
                .collect();
            prop_assert_eq!(RegistrationNo::parse(&typed), RegistrationNo::parse(&plate));
        }

        #[test]
        fn any_text_is_refused_or_read_alike_again(typed in any::<String>()) {
            if let Ok(number) = RegistrationNo::parse_any_format(&typed) {
                prop_assert_eq!(RegistrationNo::parse_any_format(&number.to_string()), Ok(number));
            }
        }

        #[test]
        fn any_stored_text_can_be_shown(stored in any::<String>()) {
            prop_assert!(!RegistrationNo(stored.clone() + "X").to_string().is_empty());
        }
    }
}
