//! The signed token of a pass: what a guard's device can check with a public key alone.
//!
//! Bytes, in this order, written as RFC 4648 base 32 (unpadded, upper case, so that a QR code takes
//! it in alphanumeric mode):
//!
//! ```text
//! version 1 | key id 1 | submission 16 | valid from 4 | valid until 4
//! | plate | driver | helper | signature 64
//! ```
//!
//! Times are Unix seconds, unsigned, big-endian. A text is one length byte and at most 40 bytes of
//! UTF-8. The signature is Ed25519 (RFC 8032) over a domain string and every byte before it. One
//! pass has one spelling, case aside: spare bits are zero and nothing may follow, so that [`hash`]
//! can be unique in the database.

use chrono::{DateTime, Utc};
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use ed25519_dalek::{SIGNATURE_LENGTH, Signature, Signer as _};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use uuid::Uuid;

const VERSION: u8 = 1;

/// Goes before the signed bytes: a signature made for anything else is none for a pass.
const DOMAIN: &[u8] = b"gatehouse pass v1\0";

/// Bytes of UTF-8 that plate, driver and helper may each take.
const TEXT_MAX: usize = 40;

/// Bytes of a token whose three texts are empty.
const BYTES_MIN: usize = 2 + 16 + 4 + 4 + 3 + SIGNATURE_LENGTH;

/// Characters of a token whose three texts are empty.
const CHARS_MIN: usize = (BYTES_MIN * 8).div_ceil(5);

/// Characters read at most; the longest token has 341.
const CHARS_MAX: usize = 512;

/// What a pass says. Neither phone nor e-mail: whoever picks up the paper can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The submission the pass was issued for.
    pub submission: Uuid,
    /// First moment of the window, to the second.
    pub valid_from: DateTime<Utc>,
    /// End of the window, to the second.
    pub valid_until: DateTime<Utc>,
    /// Vehicle number, as stored.
    pub plate: String,
    /// Driver's name.
    pub driver: String,
    /// The helper's name; empty without a helper.
    pub helper: String,
}

/// The private key that passes are signed with.
///
/// Its `Debug` shows the public half alone.
#[derive(Debug)]
pub struct SigningKey {
    id: u8,
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// `id` is written into every token; `seed` is the RFC 8032 private key.
    pub fn from_seed(id: u8, seed: &[u8; 32]) -> Self {
        Self { id, key: ed25519_dalek::SigningKey::from_bytes(seed) }
    }

    /// The public half, under the same id.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey { id: self.id, key: self.key.verifying_key() }
    }
}

/// A public key that passes are checked with.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    id: u8,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifyingKey {
    /// `None` when the bytes are not a point of the curve, or a weak one for which anybody can
    /// sign.
    pub fn from_bytes(id: u8, bytes: &[u8; 32]) -> Option<Self> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).ok()?;
        (!key.is_weak()).then_some(Self { id, key })
    }

    /// The 32 bytes that [`VerifyingKey::from_bytes`] takes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }
}

/// Why a text is not a pass of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Not the shape of a token: cut off, mistyped, or something else altogether.
    #[error("not a pass token")]
    Malformed,
    /// The shape of a token, under a key id that is not among the keys given.
    #[error("pass token under an unknown key")]
    UnknownKey,
    /// The shape of a token, but the key it names did not sign it.
    #[error("pass token with a false signature")]
    Forged,
}

/// The token of a pass: 149 to 341 characters of `A-Z2-7`.
///
/// Plate and names are cut to 40 bytes at a character. Times are cut to the second, and to
/// 1970..2106, which is what the layout holds.
pub fn sign(key: &SigningKey, claims: &Claims) -> String {
    let mut body = Vec::with_capacity(BYTES_MIN + 3 * TEXT_MAX);
    body.extend([VERSION, key.id]);
    body.extend(claims.submission.as_bytes());
    body.extend(unix_seconds(claims.valid_from).to_be_bytes());
    body.extend(unix_seconds(claims.valid_until).to_be_bytes());
    for text in [&claims.plate, &claims.driver, &claims.helper] {
        push_text(&mut body, text);
    }
    seal(key, body)
}

/// Reads a token, in either case, and checks its signature against the key it names.
///
/// Whether the window is open is the caller's question. The shape comes before the signature, so
/// that a scan cut short is called [`TokenError::Malformed`] and nobody is accused of forging.
pub fn verify(text: &str, keys: &[VerifyingKey]) -> Result<Claims, TokenError> {
    if text.len() > CHARS_MAX {
        return Err(TokenError::Malformed);
    }
    let text = text.to_ascii_uppercase();
    let bytes = BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| TokenError::Malformed)?;
    if BASE32_NOPAD.encode(&bytes) != text {
        return Err(TokenError::Malformed);
    }
    let (body, signature) = bytes.split_last_chunk::<SIGNATURE_LENGTH>().ok_or(TokenError::Malformed)?;
    let (key_id, claims) = parse(body).ok_or(TokenError::Malformed)?;
    let key = keys.iter().find(|key| key.id == key_id).ok_or(TokenError::UnknownKey)?;
    key.key
        .verify_strict(&message(body), &Signature::from_bytes(signature))
        .map_err(|_| TokenError::Forged)?;
    Ok(claims)
}

/// What the database keeps as `pass_hash`: SHA-256 of the token in upper case, as 64 lower-case hex
/// digits.
pub fn hash(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.to_ascii_uppercase()))
}

/// Whether a text can be meant as a token, and not as a plate, a phone or a reference, all of which
/// are shorter.
pub fn looks_like_token(text: &str) -> bool {
    text.len() >= CHARS_MIN
        && text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'2'..=b'7'))
}

fn message(body: &[u8]) -> Vec<u8> {
    [DOMAIN, body].concat()
}

fn seal(key: &SigningKey, mut body: Vec<u8>) -> String {
    let signature = key.key.sign(&message(&body));
    body.extend(signature.to_bytes());
    BASE32_NOPAD.encode(&body)
}

fn unix_seconds(time: DateTime<Utc>) -> u32 {
    u32::try_from(time.timestamp().max(0)).unwrap_or(u32::MAX)
}

fn push_text(body: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(TEXT_MAX)];
    #[expect(clippy::cast_possible_truncation, reason = "cut to TEXT_MAX, which a byte holds")]
    body.push(text.len() as u8);
    body.extend(text.as_bytes());
}

/// Key id and claims of everything before the signature, not yet believed.
fn parse(body: &[u8]) -> Option<(u8, Claims)> {
    let (&[VERSION, key_id], rest) = body.split_first_chunk()? else {
        return None;
    };
    let (&submission, rest) = rest.split_first_chunk()?;
    let (&valid_from, rest) = rest.split_first_chunk()?;
    let (&valid_until, rest) = rest.split_first_chunk()?;
    let (plate, rest) = split_text(rest)?;
    let (driver, rest) = split_text(rest)?;
    let (helper, rest) = split_text(rest)?;
    let claims = Claims {
        submission: Uuid::from_bytes(submission),
        valid_from: DateTime::from_timestamp(u32::from_be_bytes(valid_from).into(), 0)?,
        valid_until: DateTime::from_timestamp(u32::from_be_bytes(valid_until).into(), 0)?,
        plate,
        driver,
        helper,
    };
    rest.is_empty().then_some((key_id, claims))
}

fn split_text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    let length = usize::from(length);
    if length > TEXT_MAX {
        return None;
    }
    let (text, rest) = rest.split_at_checked(length)?;
    Some((str::from_utf8(text).ok()?.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::iter;

    use proptest::{collection::vec, prelude::*, sample::Index};

    use super::*;

    fn key(id: u8) -> SigningKey {
        SigningKey::from_seed(id, &[id; 32])
    }

    fn at(seconds: u32) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds.into())
    }

    fn claims() -> Claims {
        Claims {
            submission: Uuid::from_u128(0x0193_4a5b_6c7d_7e8f_9001_1223_3445_5667),
            valid_from: at(1_795_113_000),
            valid_until: at(1_795_285_800),
            plate: "MH12AB1234".into(),
            driver: "सुरेश पाटील".into(),
            helper: "Ravi Kale".into(),
        }
    }

    /// Everything before the signature, to be damaged and signed again.
    fn body() -> Vec<u8> {
        let bytes = BASE32_NOPAD.decode(sign(&key(1), &claims()).as_bytes()).unwrap();
        bytes[..bytes.len() - SIGNATURE_LENGTH].to_vec()
    }

    fn read(text: &str) -> Result<Claims, TokenError> {
        verify(text, &[key(1).verifying_key()])
    }

    #[test]
    fn the_layout_is_the_one_printed_on_passes_already_out() {
        let claims = Claims { driver: "Suresh".into(), helper: String::new(), ..claims() };
        let bytes = BASE32_NOPAD.decode(sign(&key(7), &claims).as_bytes()).unwrap();
        let (body, signature) = bytes.split_last_chunk().unwrap();

        let mut expected = vec![1, 7];
        expected.extend(claims.submission.as_bytes());
        expected.extend(1_795_113_000_u32.to_be_bytes());
        expected.extend(1_795_285_800_u32.to_be_bytes());
        expected.extend(b"\x0aMH12AB1234\x06Suresh\0");
        assert_eq!(body, expected);

        let signed = [b"gatehouse pass v1\0", body].concat();
        let public = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
        assert!(public.verify_strict(&signed, &Signature::from_bytes(signature)).is_ok());
    }

    #[test]
    fn a_token_is_read_in_any_case() {
        let token = sign(&key(1), &claims());
        let mixed = token.char_indices().map(|(i, c)| if i % 3 == 0 { c.to_ascii_lowercase() } else { c });

        assert_eq!(read(&token), Ok(claims()));
        assert_eq!(read(&token.to_lowercase()), Ok(claims()));
        assert_eq!(read(&mixed.collect::<String>()), Ok(claims()));
    }

    #[test]
    fn two_keys_verify_at_once() {
        let keys = [key(1).verifying_key(), key(2).verifying_key()];

        assert_eq!(verify(&sign(&key(1), &claims()), &keys), Ok(claims()));
        assert_eq!(verify(&sign(&key(2), &claims()), &keys), Ok(claims()));
        assert_eq!(verify(&sign(&key(3), &claims()), &keys), Err(TokenError::UnknownKey));
    }

    #[test]
    fn another_key_under_a_known_id_is_a_forgery() {
        let impostor = SigningKey::from_seed(1, &[9; 32]);

        assert_eq!(read(&sign(&impostor, &claims())), Err(TokenError::Forged));
    }

    #[test]
    fn a_signature_made_without_the_domain_is_a_forgery() {
        let mut bytes = body();
        let signature = key(1).key.sign(&bytes);
        bytes.extend(signature.to_bytes());

        assert_eq!(read(&BASE32_NOPAD.encode(&bytes)), Err(TokenError::Forged));
    }

    type Damage = fn(&mut Vec<u8>);

    #[test]
    fn a_body_of_another_shape_is_refused_though_signed() {
        let good = body();
        let damaged: [(&str, Damage); 6] = [
            ("another version", |body| body[0] = 2),
            ("a byte too many", |body| body.push(0)),
            ("a byte too few", |body| body.truncate(body.len() - 1)),
            ("no texts at all", |body| body.truncate(26)),
            ("a text that is not UTF-8", |body| body[27] = 0xFF),
            ("a text of 41 bytes", |body| {
                body.truncate(26);
                body.push(41);
                body.extend([b'A'; 41]);
                body.extend([0, 0]);
            }),
        ];
        assert_eq!(read(&seal(&key(1), good.clone())), Ok(claims()));
        for (what, damage) in damaged {
            let mut body = good.clone();
            damage(&mut body);
            assert_eq!(read(&seal(&key(1), body)), Err(TokenError::Malformed), "{what}");
        }
    }

    #[test]
    fn spare_bits_must_be_zero() {
        let claims =
            Claims { plate: String::new(), driver: String::new(), helper: String::new(), ..claims() };
        let token = sign(&key(1), &claims);
        // 93 bytes are 744 bits, 149 characters 745: the last bit of the last character is spare.
        let alphabet = BASE32_NOPAD.specification().symbols;
        let (head, last) = token.split_at(CHARS_MIN - 1);
        let last = alphabet.find(last).unwrap();
        let other = format!("{head}{}", &alphabet[last + 1..=last + 1]);

        assert_eq!(read(&other), Err(TokenError::Malformed));
    }

    #[test]
    fn padding_and_surplus_are_refused() {
        let token = sign(&key(1), &claims());

        for text in
            [format!("{token}="), format!(" {token}"), format!("{token}\n"), "A".repeat(520), String::new()]
        {
            assert_eq!(read(&text), Err(TokenError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn the_smallest_and_the_largest_token_have_the_lengths_promised() {
        let of =
            |text: &str| Claims { plate: text.into(), driver: text.into(), helper: text.into(), ..claims() };

        assert_eq!(sign(&key(1), &of("")).len(), 149);
        assert_eq!(sign(&key(1), &of(&"A".repeat(99))).len(), 341);
    }

    #[test]
    fn a_long_name_is_cut_between_two_characters() {
        // 3 bytes a character: 13 of them are 39 bytes, and the 14th would be cut in two.
        let token = sign(&key(1), &Claims { driver: "क".repeat(30), ..claims() });

        assert_eq!(read(&token).unwrap().driver, "क".repeat(13));
    }

    #[test]
    fn times_that_the_layout_cannot_hold_are_cut_to_it() {
        let claims = Claims {
            valid_from: DateTime::<Utc>::MIN_UTC,
            valid_until: DateTime::<Utc>::MAX_UTC,
            ..claims()
        };
        let read = read(&sign(&key(1), &claims)).unwrap();

        assert_eq!((read.valid_from, read.valid_until), (at(0), at(u32::MAX)));
    }

    #[test]
    fn a_weak_public_key_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;

        assert!(VerifyingKey::from_bytes(1, &identity).is_none());
        assert!(VerifyingKey::from_bytes(1, &key(1).verifying_key().to_bytes()).is_some());
    }

    #[test]
    fn debug_output_does_not_hold_the_seed() {
        let key = SigningKey::from_seed(1, &[0xA7; 32]);

        assert!(!format!("{key:?}").contains("167, 167"));
    }

    #[test]
    fn a_hash_is_the_sha_256_of_the_token_in_upper_case() {
        // FIPS 180-2, appendix B.1, has "abc"; this is "ABC", from sha256sum.
        let expected = "b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78";

        assert_eq!(hash("abc"), expected);
        assert_eq!(hash("ABC"), expected);
    }

    #[test]
    fn plates_phones_and_references_do_not_look_like_tokens() {
        let token = sign(&key(1), &claims());

        assert!(looks_like_token(&token));
        assert!(looks_like_token(&token.to_lowercase()));
        for text in ["", "MH12AB1234", "mh-12 ab 1234", "+919876543210", "7ZK3M2QP", &token[..50]] {
            assert!(!looks_like_token(text), "{text}");
        }
        assert!(!looks_like_token(&format!("HTTPS://GATE.EXAMPLE/P/{token}")));
    }

    /// Marsaglia's xorshift64: the same mutants on every run.
    struct Xorshift(u64);

    impl Xorshift {
        fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 % u64::try_from(bound).unwrap()).unwrap()
        }

        fn symbol(&mut self) -> u8 {
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abcxyz1="[self.below(40)]
        }
    }

    fn mutate(token: &str, random: &mut Xorshift) -> String {
        let mut text = token.as_bytes().to_vec();
        for _ in 0..=random.below(3) {
            let (i, j) = (random.below(text.len()), random.below(text.len()));
            match random.below(8) {
                0 | 1 => text[i] = random.symbol(),
                2 | 3 => text.swap(i, j),
                4 => drop(text.remove(i)),
                5 => text.insert(i, random.symbol()),
                6 => text.truncate(i.max(1)),
                _ => text.extend(iter::repeat_with(|| random.symbol()).take(1 + j % 8)),
            }
            if text.len() < 2 {
                break;
            }
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn none_of_a_hundred_thousand_mutants_is_accepted() {
        let token = sign(&key(1), &claims());
        let keys = [key(1).verifying_key(), key(2).verifying_key()];
        let mut random = Xorshift(0x9E37_79B9_7F4A_7C15);
        let mut refused = [0; 3];
        while refused.iter().sum::<u32>() < 100_000 {
            let mutant = mutate(&token, &mut random);
            if !mutant.eq_ignore_ascii_case(&token) {
                refused[verify(&mutant, &keys).unwrap_err() as usize] += 1;
            }
        }
        let [_malformed, _unknown_key, forged] = refused;
        assert!(forged > 10_000, "only {forged} came as far as the signature");
    }

    prop_compose! {
        fn any_claims()(
            submission in any::<u128>(),
            valid_from in any::<u32>(),
            valid_until in any::<u32>(),
            plate in "[A-Z0-9]{0,15}",
            driver in "\\PC{0,60}",
            helper in "\\PC{0,60}",
        ) -> Claims {
            let submission = Uuid::from_u128(submission);
            let (valid_from, valid_until) = (at(valid_from), at(valid_until));
            Claims { submission, valid_from, valid_until, plate, driver, helper }
        }
    }

    fn cut(text: &str) -> String {
        let fits = |&(start, character): &(usize, char)| start + character.len_utf8() <= 40;
        text.char_indices().take_while(fits).map(|(_, character)| character).collect()
    }

    proptest! {
        #[test]
        fn what_is_signed_is_what_is_read(claims in any_claims()) {
            let (driver, helper) = (cut(&claims.driver), cut(&claims.helper));
            let expected = Claims { driver, helper, ..claims.clone() };
            prop_assert_eq!(read(&sign(&key(1), &claims)), Ok(expected));
        }

        #[test]
        fn a_changed_bit_is_never_accepted(
            claims in any_claims(),
            position in any::<Index>(),
        ) {
            let mut bytes = BASE32_NOPAD.decode(sign(&key(1), &claims).as_bytes()).unwrap();
            let bit = position.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(read(&BASE32_NOPAD.encode(&bytes)).is_err());
        }

        #[test]
        fn a_changed_character_is_never_accepted(
            claims in any_claims(),
            position in any::<Index>(),
            character in any::<char>(),
        ) {
            let token = sign(&key(1), &claims);
            let i = position.index(token.len());
            let changed = format!("{}{character}{}", &token[..i], &token[i + 1..]);
            prop_assume!(!changed.eq_ignore_ascii_case(&token));
            prop_assert!(read(&changed).is_err());
        }

        #[test]
        fn any_text_is_refused_without_a_panic(text in "\\PC*") {
            prop_assert!(read(&text).is_err());
            looks_like_token(&text);
            hash(&text);
        }

        #[test]
        fn any_base_32_is_refused_without_a_panic(bytes in vec(any::<u8>(), 0..320)) {
            prop_assert!(read(&BASE32_NOPAD.encode(&bytes)).is_err());
        }

        #[test]
        fn any_signed_body_is_read_without_a_panic(body in vec(any::<u8>(), 0..200)) {
            let headed = [&[VERSION, 1], body.as_slice()].concat();
            let _ = read(&seal(&key(1), headed));
        }
    }
}
