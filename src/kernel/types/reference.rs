use std::fmt;

use sea_orm::DeriveValueType;

use super::text::{self, is_dash};

/// What people call a submission: 40 random bits as eight characters of Crockford's base 32, which has no I, L, O or U, so that
/// it can be read out over a phone and typed at the gate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Reference(String);

/// Why a text is not a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceError {
    /// Not eight characters of the alphabet.
    Invalid,
}

/// <https://www.crockford.com/base32.html>, without its check symbols.
const ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'M',
    'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];

impl Reference {
    /// Characters of a reference.
    pub const LENGTH: usize = 8;

    /// The reference that stands for these 40 bits.
    pub fn from_bytes(bytes: [u8; 5]) -> Self {
        let bits = bytes.iter().fold(0, |bits: u64, &byte| bits << 8 | u64::from(byte));
        Self(
            (0..Self::LENGTH)
                .rev()
                .map(|place| {
                    let [.., low] = (bits >> (5 * place)).to_be_bytes();
                    ALPHABET[usize::from(low & 31)]
                })
                .collect(),
        )
    }

    /// Takes what a person reads off a pass: any case, I and L for 1, O for 0, with spaces and hyphens anywhere.
    pub fn parse(typed: &str) -> Result<Self, ReferenceError> {
        let reference: String = text::code(typed)
            .filter(|&c| !(c.is_whitespace() || is_dash(c)))
            .map(|c| match c.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            })
            .collect();
        if reference.len() == Self::LENGTH && reference.chars().all(|c| ALPHABET.contains(&c)) {
            Ok(Self(reference))
        } else {
            Err(ReferenceError::Invalid)
        }
    }

    /// The eight characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_bit_comes_first() {
        for (bytes, text) in [
            ([0; 5], "00000000"),
            ([0xFF; 5], "ZZZZZZZZ"),
            ([0x80, 0, 0, 0, 1], "G0000001"),
            ([0x01, 0x23, 0x45, 0x67, 0x89], "04HMASW9"),
        ] {
            assert_eq!(Reference::from_bytes(bytes).as_str(), text);
        }
    }

    #[test]
    fn misread_characters_are_understood() {
        let reference = Reference::parse("01104HMA");
        assert!(reference.is_ok());
        for typed in
            [" oilO-4hma ", "0110\u{2013}4HMA", "\u{FEFF}0110\u{200B}4HMA", "०११०४HMA", "０１１０４ＨＭＡ"]
        {
            assert_eq!(Reference::parse(typed), reference, "{typed}");
        }
    }

    #[test]
    fn anything_but_eight_characters_of_the_alphabet_is_refused() {
        for typed in ["", "0000000", "000000000", "0000000U", "0000000*", "0000000\0", "000000\u{966}"] {
            assert_eq!(Reference::parse(typed), Err(ReferenceError::Invalid), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn every_reference_can_be_read_back(bytes in any::<[u8; 5]>()) {
            let reference = Reference::from_bytes(bytes);
            let read = Reference::parse(&reference.to_string().to_lowercase());
            prop_assert_eq!(read, Ok(reference.clone()));

            let [_, _, _, decoded @ ..] = reference
                .as_str()
                .chars()
                .filter_map(|c| ALPHABET.iter().position(|&letter| letter == c))
                .fold(0, |bits: u64, value| bits * 32 + value as u64)
                .to_be_bytes();
            prop_assert_eq!(decoded, bytes);
        }

        #[test]
        fn any_text_is_refused_or_read_alike_again(typed in any::<String>()) {
            if let Ok(reference) = Reference::parse(&typed) {
                prop_assert_eq!(Reference::parse(reference.as_str()), Ok(reference));
            }
        }
    }
}
