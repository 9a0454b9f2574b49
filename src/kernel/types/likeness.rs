use sea_orm::DeriveValueType;

use super::registration_no::{FORMATS, Group};
use super::{LicenceNo, RegistrationNo};

/// What numbers that are taken for one another have in common: the letters O, I, B and S are the digits 0, 1, 8 and 5, and
/// groups of digits have no leading zeros. Two numbers look alike if theirs are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Likeness(String);

impl RegistrationNo {
    /// What its look-alikes share with it.
    ///
    /// Where a group of digits begins depends on which of the look-alikes is read: `MH12A8012` is also `MH12AB012`, which is
    /// `MH12AB12`. Of all readings in a known format the shortest counts, and of what is left of it again.
    pub fn likeness(&self) -> Likeness {
        let folded = fold(self.as_str());
        let Some(mut kept) = shortest_reading(&folded) else {
            return Likeness(without_leading_zeros(&folded));
        };
        while let Some(shorter) = shortest_reading(&kept).filter(|reading| reading.len() < kept.len()) {
            kept = shorter;
        }
        Likeness(kept)
    }
}

impl LicenceNo {
    /// Fewer digits than any licence has: "NA" and "0" are nobody's number.
    const LEAST_DIGITS: usize = 5;

    /// What the ways to write it share; nothing for what is no number of a licence.
    pub fn likeness(&self) -> Option<Likeness> {
        let number: String = self.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
        let likeness = without_leading_zeros(&fold(&number));
        let digits = likeness.bytes().filter(u8::is_ascii_digit).count();
        (digits >= Self::LEAST_DIGITS).then_some(Likeness(likeness))
    }
}

/// Letters that look like digits as those digits.
fn fold(number: &str) -> String {
    let fold = |c| match c {
        'O' => '0',
        'I' => '1',
        'B' => '8',
        'S' => '5',
        c => c,
    };
    number.chars().map(fold).collect()
}

/// What is left of a number of no known format. Behind an 8 or a 5 nobody knows whether a group begins.
fn without_leading_zeros(folded: &str) -> String {
    let mut kept = String::new();
    for c in folded.chars() {
        if c != '0' || kept.ends_with(|last: char| last.is_ascii_digit()) {
            kept.push(c);
        }
    }
    kept
}

/// The shortest of what is left of `folded` in all known formats.
fn shortest_reading(folded: &str) -> Option<String> {
    shorter(FORMATS.iter().filter_map(|format| shortest(folded, format)))
}

/// The shortest of what is left of `folded` read as `format`, whatever leading zeros its groups of digits have.
fn shortest(folded: &str, format: &[Group]) -> Option<String> {
    let Some((group, rest)) = format.split_first() else {
        return folded.is_empty().then(String::new);
    };
    let lead = fold(group.lead);
    let following = folded.strip_prefix(&lead)?;
    shorter((0..=following.len()).filter_map(|taken| {
        let (head, tail) = following.split_at_checked(taken)?;
        Some(format!("{lead}{}{}", group.kept_of(head)?, shortest(tail, rest)?))
    }))
}

fn shorter(readings: impl Iterator<Item = String>) -> Option<String> {
    readings.min_by(|one, other| one.len().cmp(&other.len()).then_with(|| one.cmp(other)))
}

impl Group {
    /// What is left of `folded`, if the group can be read in it.
    fn kept_of(self, folded: &str) -> Option<&str> {
        if (self.class)(&b'0') {
            // No group is naught.
            let kept = folded.trim_start_matches('0');
            let fits = (1..=self.most).contains(&kept.len());
            (fits && folded.bytes().all(|byte| byte.is_ascii_digit())).then_some(kept)
        } else {
            // Of the letters that look like digits, plates have B and S everywhere, O in codes of states alone, and no I.
            let is_code = self.least == 2;
            let reads = |byte| matches!(byte, b'A'..=b'Z' | b'8' | b'5') || (byte == b'0' && is_code);
            let fits = (self.least..=self.most).contains(&folded.len());
            let unlike_digits = folded.contains(|c: char| c.is_ascii_uppercase());
            (fits && folded.bytes().all(reads) && (unlike_digits || !is_code)).then_some(folded)
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use proptest::prelude::*;

    fn of(number: &str) -> Likeness {
        RegistrationNo::parse_any_format(number).unwrap().likeness()
    }

    #[test]
    fn look_alikes_are_those_of_this_table() {
        for (one, other) in [
            ("DL1CAB1234", "DL01CAB1234"),
            ("DL1CAB1234", "DLO1CAB1234"),
            ("DL1CAB1234", "DL1CA81234"),
            ("MH12AB0123", "MH12AB123"),
            ("MH12AB0123", "MH12ABO123"),
            ("MH12AB0123", "MH12A80123"),
            ("MH12AB0012", "MH12AB12"),
            ("MH12AB012", "MH12A8012"),
            ("MH12AB1234", "MHI2AB1234"),
            ("MH12AB1234", "MH12ABI234"),
            ("MH12AB1034", "MH12AB1O34"),
            ("MH12AS5555", "MH12A5SSSS"),
            ("MH12SB8051", "MH12588OS1"),
            ("OD02AB1234", "0D2AB1234"),
            ("MH12AB1234", "MH012AB1234"),
            ("MH121234", "MH1201234"),
            ("22BH0123AA", "228H123AA"),
            ("08D012345X", "8D12345X"),
            ("MHVAAB0012", "MHVAA812"),
            ("T0823MH0123AB", "T823MH123A8"),
            ("UN0123", "UN123"),
            ("FKEB1S00123456", "FKE81500123456"),
        ] {
            assert_eq!(of(one), of(other), "{one} and {other}");
        }
    }

    #[test]
    fn other_numbers_do_not_look_alike() {
        for (one, other) in [
            ("MH12AB1234", "MH12AB1235"),
            ("MH12AB1234", "MH12AB1243"),
            ("MH12AB1234", "MH13AB1234"),
            ("MH12AB1234", "MH12AC1234"),
            ("MH12AB1034", "MH12AB134"),
            ("MH12AB1200", "MH12AB12"),
            ("MH12ABC8012", "MH12ABC812"),
            ("KA05AB1234", "KA50AB1234"),
            ("MH1AB1234", "MH10AB1234"),
            ("22BH1234AA", "22BH1234AB"),
        ] {
            assert_ne!(of(one), of(other), "{one} and {other}");
        }
    }

    #[test]
    fn a_licence_is_known_however_it_is_written_and_placeholders_are_nobodys() {
        let of = |number| LicenceNo::parse(number).unwrap().likeness();
        let licence = of("MH04 20110012345");
        assert!(licence.is_some());
        for same in ["mh04-20110012345", "MH04/2011/0012345", "MHO4 2O11OO12345", "MH4 20110012345"] {
            assert_eq!(of(same), licence, "{same}");
        }
        assert_ne!(of("MH04 20110012346"), licence);
        assert_ne!(of("MH40 20110012345"), licence);
        for placeholder in ["NA", "NIL", "0", "000000", "BOSS", "1234", "APPLIED FOR"] {
            assert_eq!(of(placeholder), None, "{placeholder}");
        }
    }

    /// A plate in its groups. Series have neither I nor O, and no number is naught.
    fn plate() -> impl Strategy<Value = Vec<String>> {
        let series = "[A-HJ-NP-Z]{1,3}";
        let group = |pattern: &'static str| proptest::string::string_regex(pattern).unwrap();
        let code = "[A-HJ-Z][AC-HJ-NP-RT-Z]|[AC-HJ-NP-RT-Z][A-HJ-Z]"; // one letter that looks like no digit
        prop_oneof![
            (group(code), group("[1-9][0-9]?"), group(series), group("[1-9][0-9]{0,2}")),
            (group("[1-9][0-9]"), Just("BH".to_owned()), group("[1-9][0-9]{2}"), group("[A-HJ-NP-Z]{1,2}")),
        ]
        .prop_map(|(one, two, three, four)| vec![one, two, three, four])
    }

    proptest! {
        #[test]
        fn a_plate_stays_itself_whichever_letter_or_zero_is_mistaken(
            groups in plate(),
            zeros in proptest::array::uniform4(proptest::bool::ANY),
            swaps in proptest::collection::vec(proptest::bool::ANY, 20),
        ) {
            let swapped = |(c, swap): (char, &bool)| {
                let pairs = ["O0", "I1", "B8", "S5"];
                let pair = pairs.iter().find(|pair| *swap && pair.contains(c));
                pair.map_or(c, |pair| pair.chars().find(|other| *other != c).unwrap())
            };
            let with_zeros: String = groups
                .iter()
                .zip(zeros)
                .flat_map(|(group, zero)| {
                    let is_number = group.starts_with(|c: char| c.is_ascii_digit());
                    [if zero && is_number { "0" } else { "" }, group.as_str()]
                })
                .collect();
            let mistaken: String = with_zeros.chars().zip(&swaps).map(swapped).collect();
            prop_assert_eq!(of(&mistaken), of(&groups.concat()), "{} for {}", mistaken, groups.concat());
        }

        #[test]
        fn a_likeness_fits_its_column(number in "[A-Z0-9]{1,15}") {
            prop_assert!(of(&number).0.len() <= number.len());
        }
    }
}
