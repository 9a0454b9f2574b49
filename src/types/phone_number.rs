use std::fmt;

use sea_orm::DeriveValueType;
use unicode_normalization::UnicodeNormalization;

use super::text::{is_dash, is_ignorable};

/// An Indian mobile number in E.164 form: `+91` and ten digits, the first of them 6 to 9 (National Numbering Plan).
///
/// `Display` shows it spaced (`+91 98765 43210`); [`as_str`](Self::as_str) is the form that is stored and compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct PhoneNumber(String);

/// Why a text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneNumberError {
    /// Nothing was typed but separators.
    Empty,
    /// Not an Indian mobile number.
    Invalid,
}

impl PhoneNumber {
    /// Takes ten digits, alone or after `0`, `91` or `+91`, with any separators, in ASCII or Indic digits.
    pub fn parse(typed: &str) -> Result<Self, PhoneNumberError> {
        // Numbers copied from a contact card come wrapped in invisible direction marks.
        let dialled: String = typed
            .nfkc()
            .filter(|&c| {
                !(c.is_whitespace() || is_dash(c) || is_ignorable(c) || matches!(c, '.' | '(' | ')'))
            })
            .map(ascii_digit)
            .collect();
        if dialled.is_empty() {
            return Err(PhoneNumberError::Empty);
        }
        let national = match dialled.strip_prefix('+') {
            Some(international) => international.strip_prefix("91"),
            None if dialled.len() == 12 => dialled.strip_prefix("91"),
            None if dialled.len() == 11 => dialled.strip_prefix('0'),
            None => Some(dialled.as_str()),
        };
        national
            .filter(|n| {
                n.len() == 10 && n.starts_with(['6', '7', '8', '9']) && n.bytes().all(|b| b.is_ascii_digit())
            })
            .map(|n| Self(format!("+91{n}")))
            .ok_or(PhoneNumberError::Invalid)
    }

    /// The stored form, `+919876543210`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number with all but its last four digits hidden, for logs: `+91 ••••• •3210`.
    pub fn masked(&self) -> String {
        let last: String = self.0.chars().rev().take(4).collect();
        format!("+91 ••••• •{}", last.chars().rev().collect::<String>())
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.get(..3), self.0.get(3..8), self.0.get(8..)) {
            (Some(country), Some(first), Some(last)) => f.pad(&format!("{country} {first} {last}")),
            _ => f.pad(&self.0),
        }
    }
}

/// The zero of each script whose digits people type here; in Unicode the other nine follow it.
const ZEROS: [char; 11] = [
    '\u{0966}', // Devanagari
    '\u{09E6}', // Bengali
    '\u{0A66}', // Gurmukhi
    '\u{0AE6}', // Gujarati
    '\u{0B66}', // Oriya
    '\u{0BE6}', // Tamil
    '\u{0C66}', // Telugu
    '\u{0CE6}', // Kannada
    '\u{0D66}', // Malayalam
    '\u{0660}', // Arabic-Indic
    '\u{06F0}', // Extended Arabic-Indic, as in Urdu
];

fn ascii_digit(c: char) -> char {
    ZEROS
        .iter()
        .find_map(|&zero| {
            let value = u32::from(c).checked_sub(u32::from(zero))?;
            char::from_digit(value, 10)
        })
        .unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stored(typed: &str) -> Result<String, PhoneNumberError> {
        PhoneNumber::parse(typed).map(|phone| phone.as_str().to_owned())
    }

    #[test]
    fn every_way_to_write_a_number_is_one_number() {
        for typed in [
            "9876543210",
            "98765 43210",
            "09876543210",
            "919876543210",
            "+919876543210",
            "+91-98765-43210",
            "(+91) 98765.43210",
            "+91\u{a0}98765\u{2011}43210",
            "९८७६५ ४३२१०",
            "৯৮৭৬৫৪৩২১০",
            "੯੮੭੬੫੪੩੨੧੦",
            "૯૮૭૬૫૪૩૨૧૦",
            "୯୮୭୬୫୪୩୨୧୦",
            "௯௮௭௬௫௪௩௨௧௦",
            "౯౮౭౬౫౪౩౨౧౦",
            "೯೮೭೬೫೪೩೨೧೦",
            "൯൮൭൬൫൪൩൨൧൦",
            "٩٨٧٦٥٤٣٢١٠",
            "۹۸۷۶۵۴۳۲۱۰",
            "＋９１ ９８７６５ ４３２１０",
            "\u{202A}+91 98765 43210\u{202C}",
        ] {
            assert_eq!(stored(typed).as_deref(), Ok("+919876543210"), "{typed}");
        }
    }

    #[test]
    fn ten_digits_may_begin_with_91() {
        assert_eq!(stored("9187654321").as_deref(), Ok("+919187654321"));
    }

    #[test]
    fn anything_else_is_refused() {
        for typed in [
            "5876543210",
            "987654321",
            "98765432100",
            "00919876543210",
            "+9876543210",
            "+09876543210",
            "+1 9876543210",
            "+91 09876543210",
            "9198765432100",
            "98765+43210",
            "++919876543210",
            "98765O3210",
            "98765 43210 ext 5",
            "tel:9876543210",
        ] {
            assert_eq!(stored(typed), Err(PhoneNumberError::Invalid), "{typed}");
        }
        for typed in ["", "   ", "-"] {
            assert_eq!(stored(typed), Err(PhoneNumberError::Empty), "{typed}");
        }
    }

    #[test]
    fn people_see_it_spaced_and_logs_see_four_digits() {
        let phone = PhoneNumber::parse("9876543210");
        assert_eq!(phone.as_ref().map(ToString::to_string).as_deref(), Ok("+91 98765 43210"));
        assert_eq!(phone.as_ref().map(PhoneNumber::masked).as_deref(), Ok("+91 ••••• •3210"));
    }

    proptest! {
        #[test]
        fn every_mobile_number_survives_being_shown(national in "[6-9][0-9]{9}") {
            let phone = PhoneNumber::parse(&national);
            prop_assert!(phone.is_ok());
            prop_assert_eq!(phone.clone().and_then(|p| PhoneNumber::parse(&p.to_string())), phone);
        }

        #[test]
        fn any_text_is_refused_or_has_the_stored_form(typed in "\\PC*|[0-9+() -]*") {
            if let Ok(phone) = PhoneNumber::parse(&typed) {
                prop_assert_eq!(phone.as_str().len(), 13);
                prop_assert!(phone.as_str().starts_with("+91"));
            }
        }
    }
}
