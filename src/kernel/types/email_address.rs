use std::borrow::Cow;
use std::fmt;

use email_address::Options;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use sea_orm::DeriveValueType;
use unicode_normalization::{UnicodeNormalization, is_nfkc};

use super::text;

/// An e-mail address, in lower case, its domain in the form that the DNS knows (`xn--...`, UTS #46): at most 254 characters
/// (RFC 5321, 4.5.3.1.3, without the angle brackets).
///
/// Lower case because it is what people sign in with, and no mail host in use tells `Ram@` from `ram@`. Quoted local parts,
/// address literals and display names, which the RFCs allow, are refused: they are typing mistakes or attempts at a mail header.
///
/// `Display` shows the domain in its own script; [`as_str`](Self::as_str) is the form that is stored, compared and sent to.
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

    /// Takes an address in any case, with what pasting brings along, its domain in any script.
    pub fn parse(typed: &str) -> Result<Self, EmailAddressError> {
        let typed = text::clean_line(typed);
        if typed.is_empty() {
            return Err(EmailAddressError::Empty);
        }
        if typed.chars().count() > Self::MAX {
            return Err(EmailAddressError::TooLong);
        }
        let (local, domain) = typed.split_once('@').ok_or(EmailAddressError::Invalid)?;
        // NFC, as RFC 6532, 3.1 asks. What NFKC would change is another mailbox, or none (full-width letters).
        let local: String = local.to_lowercase().nfc().collect();
        if !is_nfkc(&local) || local.chars().chain(domain.chars()).any(is_refused) {
            return Err(EmailAddressError::Invalid);
        }
        let domain = Uts46::new()
            .to_ascii(domain.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, DnsLength::Ignore)
            .map_err(|_| EmailAddressError::Invalid)?;
        let address = format!("{local}@{domain}");
        if address.chars().count() > Self::MAX {
            return Err(EmailAddressError::TooLong);
        }
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        email_address::EmailAddress::parse_with_options(&address, options)
            .map(|_| Self(address))
            .map_err(|_| EmailAddressError::Invalid)
    }

    /// The address, in lower case, its domain in ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A stored text as people read it: if it is an address, its domain is in its own script.
    pub fn shown(stored: &str) -> Cow<'_, str> {
        match stored.split_once('@') {
            Some((local, domain)) if domain.contains("xn--") => {
                let (domain, _) =
                    Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::URL, Hyphens::Allow);
                Cow::Owned(format!("{local}@{domain}"))
            }
            _ => Cow::Borrowed(stored),
        }
    }

    /// What it is searched by: as it is stored and, where that is another text, as it is shown.
    pub fn search_words(&self) -> String {
        match Self::shown(&self.0) {
            Cow::Borrowed(stored) => stored.to_owned(),
            Cow::Owned(shown) => format!("{} {shown}", self.0),
        }
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&Self::shown(&self.0))
    }
}

/// What would read as several addresses or another header, or would not be seen; the syntax check lets some of it through.
fn is_refused(c: char) -> bool {
    c.is_whitespace()
        || text::is_forbidden(c)
        || text::is_ignorable(c)
        || matches!(c, '@' | ',' | ';' | '<' | '>' | '"')
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
        assert_eq!(
            parsed("\u{FEFF}\u{A0}ram\u{AD}@\u{200B}example.com\u{202C}").as_deref(),
            Ok("ram@example.com")
        );
    }

    #[test]
    fn a_domain_has_one_form_and_is_shown_in_its_own_script() {
        for typed in [
            "ram@उदाहरण.भारत",
            "Ram@उदाहरण\u{200B}.भारत",
            "ram@xn--p1b6ci4b4b3a.xn--h2brj9c",
            "RAM@XN--P1B6CI4B4B3A.XN--H2BRJ9C",
            "ram@उदाहरण。भारत",
        ] {
            let address = EmailAddress::parse(typed);
            assert_eq!(
                address.as_ref().map(EmailAddress::as_str),
                Ok("ram@xn--p1b6ci4b4b3a.xn--h2brj9c"),
                "{typed}"
            );
            assert_eq!(address.map(|a| a.to_string()).as_deref(), Ok("ram@उदाहरण.भारत"), "{typed}");
        }
        assert_eq!(parsed("ram@ＥＸＡＭＰＬＥ．ｃｏｍ").as_deref(), Ok("ram@example.com"));
        assert_eq!(parsed("ram@BÜCHER.example").as_deref(), Ok("ram@bücher.example"));
        assert_eq!(parsed("ram@bu\u{308}cher.example").as_deref(), Ok("ram@bücher.example"));
        // A mailbox of its own, as it is typed.
        assert_eq!(parsed("राम@उदाहरण.भारत").as_deref(), Ok("राम@उदाहरण.भारत"));
    }

    #[test]
    fn what_is_shown_is_searched_by_as_well() {
        let words = |typed| EmailAddress::parse(typed).map(|address| address.search_words());
        assert_eq!(words("ram@example.com").as_deref(), Ok("ram@example.com"));
        assert_eq!(
            words("ram@bücher.example").as_deref(),
            Ok("ram@xn--bcher-kva.example ram@bücher.example")
        );
        assert_eq!(EmailAddress::shown("nobody, xn--bcher-kva"), "nobody, xn--bcher-kva");
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
            "ram\0@example.com",
            "ram@exa\0mple.com",
            "ram\u{FFFE}@example.com",
            "ｒａｍ@example.com",
            "ra\u{FB01}@example.com",
            "ram@xn--zzzzzz--.example",
            "ram@-example.com",
            "ram@ex%61mple.com",
            "ram@exa℀mple.com",
        ] {
            assert_eq!(parsed(typed), Err(EmailAddressError::Invalid), "{typed:?}");
        }
        assert_eq!(parsed(" \t\u{200B}"), Err(EmailAddressError::Empty));
    }

    #[test]
    fn the_254th_character_is_the_last() {
        let local = "a".repeat(64);
        let label = "b".repeat(61);
        let longest = format!("{local}@{label}.{label}.{label}.inn");
        assert_eq!(longest.len(), 254);
        assert!(parsed(&longest).is_ok());
        assert_eq!(parsed(&format!("{longest}n")), Err(EmailAddressError::TooLong));
        // It is the form that is stored that counts.
        let label = "कaजbणcपdऱeसfचgडhनiयjशkघlटmदn";
        let short = format!("{local}@{}in", format!("{label}.").repeat(4));
        assert!(short.chars().count() < 200);
        assert_eq!(parsed(&short), Err(EmailAddressError::TooLong));
    }

    proptest! {
        #[test]
        fn what_was_parsed_parses_to_itself(
            typed in "\\PC*|\\PC{1,5}@\\PC{1,5}\\.[a-zA-Z]{2,3}|[a-zà-ö]{1,5}@[a-zA-Zà-öक-हा-ौ]{1,9}\\.[क-ह]{1,3}",
        ) {
            if let Ok(address) = EmailAddress::parse(&typed) {
                prop_assert_eq!(EmailAddress::parse(&address.to_string()), Ok(address.clone()));
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
