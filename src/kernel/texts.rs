//! Every word that people read, by language.
//!
//! The texts stand in `locales/<language>/*.ftl` (Project Fluent). `build.rs` makes one method of
//! [`Texts`] for each English message, with one argument for each of its variables: a mistyped key or a
//! missing variable does not compile, in Rust or in a template, and a language that lacks a message or a
//! variable that English has stops the build.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::{Loader, fluent_bundle::FluentValue};
use unic_langid::LanguageIdentifier;

use crate::kernel::types::Language;

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The texts of one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texts(Language);

impl Texts {
    /// The texts of `language`; English where it has none.
    pub fn of(language: Language) -> Self {
        Self(language)
    }

    /// The texts of `language` if there are any, and the English ones otherwise; what it says is then said in
    /// the language that it is marked as.
    pub fn of_or_english(language: Language) -> Self {
        let known = Self::available().any(|available| available == language);
        Self(if known { language } else { Language::En })
    }

    /// The language.
    pub fn language(self) -> Language {
        self.0
    }

    /// The languages that have texts, English first.
    pub fn available() -> impl Iterator<Item = Language> {
        Language::ALL.into_iter().filter(|language| AVAILABLE.contains(&language.code()))
    }

    fn text(self, key: &'static str) -> String {
        LOCALES.lookup(&self.identifier(), key)
    }

    fn text_with<const N: usize>(
        self,
        key: &'static str,
        arguments: [(&'static str, FluentValue<'static>); N],
    ) -> String {
        let arguments: HashMap<Cow<'static, str>, FluentValue<'_>> =
            arguments.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect();
        LOCALES.lookup_with_args(&self.identifier(), key, &arguments)
    }

    /// What the field `name` is called: its label where there is one of that key, or else its name as words.
    pub fn label_of(self, name: &str) -> String {
        let key = format!("{}-label", name.replace('_', "-"));
        LOCALES.try_lookup(&self.identifier(), &key).unwrap_or_else(|| {
            let words = name.replace('_', " ");
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
    }

    fn identifier(self) -> LanguageIdentifier {
        self.0.code().parse().unwrap_or_default()
    }
}

/// What can stand for a variable of a text.
pub trait TextArgument {
    /// The value as Fluent takes it.
    fn into_value(self) -> FluentValue<'static>;
}

impl TextArgument for String {
    fn into_value(self) -> FluentValue<'static> {
        FluentValue::String(Cow::Owned(self))
    }
}

impl TextArgument for &str {
    fn into_value(self) -> FluentValue<'static> {
        self.to_owned().into_value()
    }
}

macro_rules! by_reference {
    ($($owned:ty),+) => {
        $(impl TextArgument for &$owned {
            fn into_value(self) -> FluentValue<'static> {
                self.clone().into_value()
            }
        })+
    };
}

macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl TextArgument for $number {
            fn into_value(self) -> FluentValue<'static> {
                FluentValue::from(self)
            }
        })+
        by_reference!($($number),+);
    };
}

by_reference!(String, &str);
numbers!(usize, u64, i64, u32, i32, i16);

include!(concat!(env!("OUT_DIR"), "/texts.rs"));
