//! What can be meant by what comes into the gate's field: from a scanner with its frame around the code, pasted out of a
//! message, or typed.

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization as _;

use crate::features::passes::token;
use crate::kernel::types::{PhoneNumber, Reference, RegistrationNo, clean_line};

/// Most words of a plate, phone or reference in a text.
const WORDS: usize = 5;

/// A code as it came, in one line: what a scanner sends around it (STX, ETX, the symbology by AIM) is gone, and wide
/// letters are plain ones.
pub(super) fn unframed(sent: &str) -> String {
    let printable: String = sent.nfkc().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = clean_line(&printable);
    match line.strip_prefix(']').and_then(|rest| rest.get(..2).map(|id| (id, &rest[2..]))) {
        Some((id, code)) if id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            code.trim_start().to_owned()
        }
        _ => line,
    }
}

/// The token in a pass's address, or the token itself, whatever stands around it.
pub(super) fn token_in(line: &str) -> Option<String> {
    // An address inside another one, as programs that share links make it, and then as it is.
    let decoded = percent_decode_str(line).decode_utf8_lossy();
    let token = plain_token_in(&decoded).or_else(|| plain_token_in(line));
    token.or_else(|| after_path(line).next()).map(ToOwned::to_owned)
}

fn plain_token_in(line: &str) -> Option<&str> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric());
    after_path(line).chain(words).find(|word| token::looks_like_token(word))
}

/// What follows `/P/` of an address in `line`, the last first.
fn after_path(line: &str) -> impl Iterator<Item = &str> {
    let upper = line.to_ascii_uppercase();
    let places: Vec<usize> = upper.rmatch_indices("/P/").map(|(place, _)| place + 3).collect();
    let of_address = line.contains("://");
    places.into_iter().filter_map(move |place| {
        let rest = line.get(place..)?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        rest.get(..end).filter(|_| of_address)
    })
}

/// Everything that runs of words of `line` can mean, longer runs first.
pub(super) struct Codes {
    pub references: Vec<Reference>,
    pub plates: Vec<RegistrationNo>,
    pub phones: Vec<PhoneNumber>,
}

impl Codes {
    /// Those of the line as a whole: of what a guard types, or a scanner reads off a label.
    pub fn of_all(line: &str) -> Self {
        Self::of_runs([line.trim_matches(is_frame)])
    }

    /// Those of parts of the line: of a message. A plate in one has letters and digits.
    pub fn of_parts(line: &str) -> Self {
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches(is_frame)).collect();
        let runs = (1..=WORDS).rev().flat_map(|length| words.windows(length).map(|run| run.join(" ")));
        let mut codes = Self::of_runs(runs);
        codes.plates.retain(|plate| {
            let plate = plate.as_str();
            plate.contains(|c: char| c.is_ascii_digit()) && plate.contains(|c: char| c.is_ascii_alphabetic())
        });
        codes
    }

    fn of_runs(runs: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut codes = Self { references: Vec::new(), plates: Vec::new(), phones: Vec::new() };
        for run in runs {
            let run = run.as_ref();
            codes.references.extend(Reference::parse(run));
            match PhoneNumber::parse(run) {
                Ok(phone) => codes.phones.push(phone),
                Err(_) => codes.plates.extend(RegistrationNo::parse_any_format(run)),
            }
        }
        codes
    }
}

/// What scanners and people put around a code.
fn is_frame(c: char) -> bool {
    !c.is_alphanumeric() && c != '+'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(sent: &str) -> Option<String> {
        token_in(&unframed(sent))
    }

    #[test]
    fn a_token_is_found_in_its_address_in_either_case() {
        assert_eq!(token("HTTPS://GATE.EXAMPLE/P/ABC").as_deref(), Some("ABC"));
        assert_eq!(token("https://gate.example/p/abc").as_deref(), Some("abc"));
        assert_eq!(token("https://gate.example/p/abc?from=chat").as_deref(), Some("abc"));
        assert_eq!(token("MH12AB1234"), None);
        assert_eq!(token("MH/P/1234"), None);
    }

    #[test]
    fn a_token_is_found_whatever_stands_around_it() {
        let pass = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".repeat(6);
        let link = format!("https://gate.example/p/{pass}");
        for sent in [
            pass.clone(),
            format!("{pass};"),
            format!("\u{2}]Q1{pass}\u{3}\r\n"),
            format!("]Q1{link}"),
            format!("{link}/"),
            format!("{link}/print/a4"),
            format!("{link}#top"),
            format!("<{link}>"),
            format!("\"{link}\","),
            format!("\u{FEFF}{link}\u{200B}"),
            format!("Your pass:\r\n{link}.\r\nReference 7ZK3M2QP, vehicle MH 12 AB 1234, call 98200 00001."),
            format!("https://chat.example/send?text={}", percent_encoded(&link)),
            format!("QR-Code {pass} MH12AB1234"),
        ] {
            assert_eq!(token(&sent).as_deref(), Some(&*pass), "{sent:?}");
        }
    }

    fn percent_encoded(text: &str) -> String {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    }

    #[test]
    fn a_frame_is_no_part_of_a_code() {
        for sent in [
            "MH12AB1234",
            "mh-12-ab-1234;",
            "]C1MH12AB1234",
            "\u{2}MH12AB1234\u{3}",
            "*MH12AB1234*",
            "\"MH12AB1234\"",
            "<MH 12 AB 1234>\t",
            "#MH12AB1234#",
            "ＭＨ१२AB1234\u{200B}",
        ] {
            let plates = Codes::of_all(&unframed(sent)).plates;
            let plates: Vec<&str> = plates.iter().map(RegistrationNo::as_str).collect();
            assert_eq!(plates, ["MH12AB1234"], "{sent:?}");
        }
    }

    #[test]
    fn a_message_is_taken_apart() {
        let codes = Codes::of_parts(&unframed(
            "Gate entry for MH 12 AB 1234 (reference 7ZK3-M2QP) on 20 Nov 2026.\nDriver: +91 98200 00001, Ramesh",
        ));
        assert!(codes.plates.iter().any(|plate| plate.as_str() == "MH12AB1234"));
        assert!(codes.references.iter().any(|reference| reference.as_str() == "7ZK3M2QP"));
        assert_eq!(codes.phones.iter().map(PhoneNumber::as_str).collect::<Vec<_>>(), ["+919820000001"; 2]);
    }
}
