use sea_orm::entity::prelude::*;

/// A language that passes and messages are written in, stored as its ISO 639-1 code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(5))")]
pub enum Language {
    /// English
    #[default]
    #[sea_orm(string_value = "en")]
    En,
    /// Hindi
    #[sea_orm(string_value = "hi")]
    Hi,
    /// Marathi
    #[sea_orm(string_value = "mr")]
    Mr,
    /// Gujarati
    #[sea_orm(string_value = "gu")]
    Gu,
    /// Tamil
    #[sea_orm(string_value = "ta")]
    Ta,
}

impl Language {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::En, Self::Hi, Self::Mr, Self::Gu, Self::Ta];

    /// Its ISO 639-1 code, as in `lang` attributes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Hi => "hi",
            Self::Mr => "mr",
            Self::Gu => "gu",
            Self::Ta => "ta",
        }
    }

    /// Its name as those who read it write it.
    pub const fn native_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Hi => "हिन्दी",
            Self::Mr => "मराठी",
            Self::Gu => "ગુજરાતી",
            Self::Ta => "தமிழ்",
        }
    }

    /// The language of that code; exactly as [`code`](Self::code) writes it.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The language that an `Accept-Language` header asks for first among ours (RFC 9110, 12.5.4), whatever the region: `hi-IN`
    /// is Hindi. A range without a valid weight is passed over.
    pub fn from_accept_language(header: &str) -> Option<Self> {
        header
            .split(',')
            .filter_map(weighted)
            .min_by(|(_, one), (_, other)| other.total_cmp(one)) // the first of the heaviest
            .map(|(language, _)| language)
    }
}

/// One of the header's ranges, if it is acceptable and ours, with its weight.
fn weighted(range: &str) -> Option<(Language, f32)> {
    let (tag, weight) = match range.split_once(';') {
        Some((tag, parameter)) => {
            let (name, value) = parameter.split_once('=')?;
            if !name.trim().eq_ignore_ascii_case("q") {
                return None;
            }
            (tag, value.trim().parse().ok()?)
        }
        None => (range, 1.0),
    };
    let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
    let language = Language::from_code(&primary)?;
    (weight > 0.0 && weight <= 1.0).then_some((language, weight))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sea_orm::Iterable;

    #[test]
    fn each_language_is_stored_under_its_code() {
        assert!(Language::iter().eq(Language::ALL));
        for language in Language::ALL {
            assert_eq!(language.to_value(), language.code());
            assert_eq!(Language::from_code(language.code()), Some(language));
        }
        assert_eq!(Language::from_code("fr"), None);
        assert_eq!(Language::from_code("EN"), None);
    }

    #[test]
    fn the_heaviest_of_our_languages_is_taken() {
        for (header, language) in [
            ("hi", Some(Language::Hi)),
            ("ta-IN,ta;q=0.9,en-US;q=0.8,en;q=0.7", Some(Language::Ta)),
            ("fr-FR, fr;q=0.9, en;q=0.2, GU ; Q=0.5", Some(Language::Gu)),
            ("en;q=0.5, mr;q=0.5", Some(Language::En)),
            ("hi;q=0, en;q=0.1", Some(Language::En)),
            ("hi;q=2, mr;q=NaN, gu;q=, ta;level=1, en;q=0.001", Some(Language::En)),
            ("fr, *;q=0.5", None),
            ("hi;q=0", None),
            ("", None),
        ] {
            assert_eq!(Language::from_accept_language(header), language, "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_header_can_be_read(header in any::<String>()) {
            let _ = Language::from_accept_language(&header);
        }
    }
}
