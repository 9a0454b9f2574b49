use std::fmt;

use sea_orm::DeriveValueType;

use super::text::{self, is_dash};

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
    /// Takes ten digits, alone or after what is dialled before them (`0`, `91`, `+91`, `0091`, `+91 0`), with any
    /// separators, in ASCII or Indic digits; also as a link, `tel:...`.
    pub fn parse(typed: &str) -> Result<Self, PhoneNumberError> {
        let dialled: String =
            text::code(typed).filter(|&c| !is_separator(c)).map(|c| c.to_ascii_lowercase()).collect();
        let dialled = dialled.strip_prefix("tel:").unwrap_or(&dialled);
        if dialled.is_empty() {
            return Err(PhoneNumberError::Empty);
        }
        let national = match dialled.strip_prefix('+').or_else(|| dialled.strip_prefix("00")) {
            Some(international) => international.strip_prefix("91"),
            None if dialled.len() > 11 => dialled.strip_prefix("91").or_else(|| dialled.strip_prefix("091")),
            None => Some(dialled),
        };
        national
            .map(|n| if n.len() == 11 { n.strip_prefix('0').unwrap_or(n) } else { n })
            .filter(|n| {
                n.len() == 10 && n.starts_with(['6', '7', '8', '9']) && n.bytes().all(|b| b.is_ascii_digit())
            })
            .map(|n| Self(format!("+91{n}")))
            .ok_or(PhoneNumberError::Invalid)
    }

    /// Some digits of a number, as a stored one holds them.
    pub fn part(typed: &str) -> Option<String> {
        let digits: String = text::code(typed).filter(|&c| !is_separator(c)).collect();
        let digits = digits.strip_prefix('+').unwrap_or(&digits);
        let is_part = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        is_part.then(|| digits.to_owned())
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

fn is_separator(c: char) -> bool {
    c.is_whitespace() || is_dash(c) || matches!(c, '.' | '(' | ')')
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.get(..3), self.0.get(3..8), self.0.get(8..)) {
            (Some(country), Some(first), Some(last)) => f.pad(&format!("{country} {first} {last}")),
            _ => f.pad(&self.0),
        }
    }
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
            "\u{FEFF}98765\u{AD}43210\u{200D}",
            "᱙᱘᱗᱖᱕᱔᱓᱒᱑᱐",
            "00919876543210",
            "00 91 098765 43210",
            "+91 0 98765 43210",
            "+91 (0) 98765-43210",
            "91 0 98765 43210",
            "091 98765 43210",
            "tel:+919876543210",
            "TEL:98765-43210",
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
            "009876543210",
            "009187654321",
            "+9876543210",
            "+09876543210",
            "+1 9876543210",
            "+91 009876543210",
            "+00919876543210",
            "9198765432100",
            "98765+43210",
            "++919876543210",
            "98765O3210",
            "98765 43210 ext 5",
            "tel:tel:9876543210",
            "mailto:9876543210",
        ] {
            assert_eq!(stored(typed), Err(PhoneNumberError::Invalid), "{typed}");
        }
        for typed in ["", "   ", "-"] {
            assert_eq!(stored(typed), Err(PhoneNumberError::Empty), "{typed}");
        }
    }

    #[test]
    fn a_part_of_a_number_is_its_digits() {
        for typed in ["987 65", "+98-765", "(987).65", "९८७६५", "\u{200B}98765"] {
            assert_eq!(PhoneNumber::part(typed).as_deref(), Some("98765"), "{typed}");
        }
        for typed in ["", "+", "98a", "98+7"] {
            assert_eq!(PhoneNumber::part(typed), None, "{typed}");
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
