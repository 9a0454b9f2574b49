//! What a new password must be: long, and none that everybody tries first. No rules on its composition
//! (NIST SP 800-63B).

use secrecy::{ExposeSecret, SecretString};

use crate::kernel::identity::passwords::normal_form;

/// Passwords of twelve characters and more that are tried first, one a line, lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// A password fit to be set.
#[derive(Clone, Debug)]
pub struct NewPassword(SecretString);

/// Why a password may not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPasswordError {
    /// Fewer than 12 characters.
    TooShort,
    /// More than 128 characters.
    TooLong,
    /// One of those that are tried first, or hardly more than one character or the address.
    Common,
    /// The second time, something else was typed.
    Mismatch,
}

impl NewPassword {
    /// The fewest characters.
    pub const MIN: usize = 12;
    /// The most characters.
    pub const MAX: usize = 128;

    /// `typed`, if it does; `email` is what it must not merely repeat.
    ///
    /// # Errors
    /// Why it does not do.
    pub fn parse(
        typed: &SecretString,
        confirm: &SecretString,
        email: &str,
    ) -> Result<Self, NewPasswordError> {
        let (typed, confirm) = (normal_form(typed), normal_form(confirm));
        let password = typed.expose_secret();
        match length(&typed) {
            ..Self::MIN => Err(NewPasswordError::TooShort),
            length if length > Self::MAX => Err(NewPasswordError::TooLong),
            _ if is_common(password, email) => Err(NewPasswordError::Common),
            _ if password != confirm.expose_secret() => Err(NewPasswordError::Mismatch),
            _ => Ok(Self(typed)),
        }
    }

    /// Whether `typed` can be a password that was set: what was pasted may be too long.
    pub fn could_be(typed: &SecretString) -> bool {
        length(&normal_form(typed)) <= Self::MAX
    }

    /// The password, to be hashed.
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

/// In characters of the normal form.
fn length(password: &SecretString) -> usize {
    password.expose_secret().chars().count()
}

fn is_common(password: &str, email: &str) -> bool {
    let lower = password.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let counts_up = lower.as_bytes().windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
    distinct.len() < 4
        || counts_up
        || lower == email.trim().to_lowercase()
        || COMMON.lines().any(|common| common == lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_none_that_is_tried_first() {
        let parse = |typed: &str| {
            let typed = SecretString::from(typed);
            NewPassword::parse(&typed, &typed, "asha@example.com").map(drop)
        };
        assert_eq!(parse("correct horse battery"), Ok(()));
        assert_eq!(parse("ટ્રકટ્રકવાહનમાલ"), Ok(()));
        assert_eq!(parse("１２ｌｏｒｒｙ loads"), Ok(()), "counted and compared as it is hashed");
        assert_eq!(parse("ｐａｓｓｗｏｒｄ１２３４"), Err(NewPasswordError::Common));
        assert_eq!(parse("eleven char"), Err(NewPasswordError::TooShort));
        assert_eq!(parse(&"ab1!".repeat(33)), Err(NewPasswordError::TooLong));
        for common in [
            "password1234",
            "PASSWORD1234",
            "aaaaaaaaaaaa",
            "abababababab",
            "abcdefghijklm",
            "Asha@Example.com",
        ] {
            assert_eq!(parse(common), Err(NewPasswordError::Common), "{common}");
        }
    }

    #[test]
    fn what_may_be_set_may_be_typed_in_any_unicode_form() {
        let decomposed = SecretString::from("abcde\u{301}".repeat(25));
        assert!(decomposed.expose_secret().chars().count() > NewPassword::MAX);
        assert!(NewPassword::parse(&decomposed, &decomposed, "").is_ok());
        assert!(NewPassword::could_be(&decomposed));
        // One letter that is eighteen in the normal form.
        let ligature = SecretString::from("\u{fdfa}".repeat(8));
        assert_eq!(NewPassword::parse(&ligature, &ligature, "").map(drop), Err(NewPasswordError::TooLong));
        assert!(!NewPassword::could_be(&ligature));
    }

    #[test]
    fn it_is_typed_twice_alike() {
        let parsed = NewPassword::parse(&"correct horse battery".into(), &"correct horse".into(), "");
        assert_eq!(parsed.map(drop), Err(NewPasswordError::Mismatch));
    }
}
