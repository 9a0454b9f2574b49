use std::fmt;

use email_address::Options;
use sea_orm::DeriveValueType;
use unicode_normalization::UnicodeNormalization;

use super::text::is_ignorable;

/// An e-mail address, in lower case: at most 254 characters (RFC 5321, 4.5.3.1.3, without the angle brackets).
///
/// Lower case because it is what people sign in with, and no mail host in use tells `Ram@` from `ram@`. Quoted local parts,
/// address literals and display names, which the RFCs allow, are refused: they are typing mistakes or attempts at a mail header.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct EmailAddress(String);

/// Why a text is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailAddressError {
    /// Nothing was typed.
    Empty,
    /// More than 254 characters.
    TooLong,
    /// Not of the form `name@host.example`.
    Invalid,
}

impl EmailAddress {
    /// Most characters of an address.
    pub const MAX: usize = 254;

    /// Takes an address in any case, with white space around it.
    pub fn parse(typed: &str) -> Result<Self, EmailAddressError> {
        let address = typed
            .trim()
            .nfc() // as RFC 6532, 3.1 asks
            .collect::<String>()
            .to_lowercase();
        if address.is_empty() {
            return Err(EmailAddressError::Empty);
        }
        if address.chars().count() > Self::MAX {
            return Err(EmailAddressError::TooLong);
        }
        if address.chars().any(is_refused) || address.matches('@').count() != 1 {
            return Err(EmailAddressError::Invalid);
        }
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        email_address::EmailAddress::parse_with_options(&address, options)
            .map(|_| Self(address))
            .map_err(|_| EmailAddressError::Invalid)
    }

    /// The address, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What would read as several addresses or another header, or would not be seen; the syntax check lets some of it through.
fn is_refused(c: char) -> bool {
    c.is_control() || c.is_whitespace() || is_ignorable(c) || matches!(c, ',' | ';' | '<' | '>' | '"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(typed: &str) -> Result<String, EmailAddressError> {
        EmailAddress::parse(typed).map(|address| address.to_string())
    }

    #[test]
    fn an_address_is_trimmed_and_lower_case() {
        assert_eq!(parsed("  Ram.Singh+Gate@Example.CO.IN\n").as_deref(), Ok("ram.singh+gate@example.co.in"));
        assert_eq!(parsed("o'brien@example.com").as_deref(), Ok("o'brien@example.com"));
        assert_eq!(parsed("राम@उदाहरण.भारत").as_deref(), Ok("राम@उदाहरण.भारत"));
    }

    #[test]
    fn what_is_no_single_plain_address_is_refused() {
        for typed in [
            "ram",
            "ram@",
            "@example.com",
            "ram@localhost",
            "ram@@example.com",
            "ram@b@example.com",
            "ram@example..com",
            "ram@.example.com",
            "ram@example.com.",
            ".ram@example.com",
            "ram singh@example.com",
            "ram@example.com,sita@example.com",
            "Ram <ram@example.com>",
            "<ram@example.com>",
            "\"ram\"@example.com",
            "ram@[127.0.0.1]",
            "ram@example.com\r\nBcc: sita@example.com",
            "ram\u{202E}@example.com",
            "ram\u{200B}@example.com",
            "ram\0@example.com",
        ] {
            assert_eq!(parsed(typed), Err(EmailAddressError::Invalid), "{typed:?}");
        }
        assert_eq!(parsed(" \t"), Err(EmailAddressError::Empty));
    }

    #[test]
    fn the_254th_character_is_the_last() {
        let local = "a".repeat(64);
        let label = "b".repeat(61);
        let longest = format!("{local}@{label}.{label}.{label}.inn");
        assert_eq!(longest.len(), 254);
        assert!(parsed(&longest).is_ok());
        assert_eq!(parsed(&format!("{longest}n")), Err(EmailAddressError::TooLong));
    }

    proptest! {
        #[test]
        fn what_was_parsed_parses_to_itself(typed in "\\PC*|\\PC{1,5}@\\PC{1,5}\\.[a-zA-Z]{2,3}") {
            if let Ok(address) = EmailAddress::parse(&typed) {
                prop_assert_eq!(EmailAddress::parse(address.as_str()), Ok(address));
            }
        }

        #[test]
        fn case_does_not_matter(typed in "[a-z]{1,9}[.][a-z0-9]{1,9}@[a-z]{1,9}[.]in") {
            prop_assert!(EmailAddress::parse(&typed).is_ok());
            prop_assert_eq!(EmailAddress::parse(&typed.to_uppercase()), EmailAddress::parse(&typed));
        }
    }
}
