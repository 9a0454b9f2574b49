//! What the types made of text have in common: which characters are never kept, and how one line is cleaned.

use unicode_normalization::UnicodeNormalization;

/// Why a text was refused; each type turns it into its own error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextFault {
    /// Nothing that can be seen.
    Empty,
    /// More characters than the type takes.
    TooLong,
    /// A character that [`is_forbidden`].
    BadCharacter,
}

/// One line of text: NFC, trimmed, any run of white space (tabs and line breaks of a pasted cell too) one space.
pub(super) fn single_line(typed: &str, most: usize) -> Result<String, TextFault> {
    let composed: String = typed.nfc().collect();
    checked(collapse_white_space(&composed), most)
}

/// Text over several lines: NFC, trimmed, each kind of line break `\n`, a tab a space.
pub(super) fn several_lines(typed: &str, most: usize) -> Result<String, TextFault> {
    let composed: String = typed
        .replace("\r\n", "\n")
        .nfc()
        .map(|c| match c {
            '\r' | '\u{2028}' | '\u{2029}' => '\n',
            '\t' => ' ',
            other => other,
        })
        .collect();
    checked(composed.trim().to_owned(), most)
}

fn checked(cleaned: String, most: usize) -> Result<String, TextFault> {
    if cleaned.chars().any(|c| c != '\n' && is_forbidden(c)) {
        return Err(TextFault::BadCharacter);
    }
    if !cleaned.chars().any(|c| !c.is_whitespace() && !is_ignorable(c)) {
        return Err(TextFault::Empty);
    }
    if cleaned.chars().count() > most {
        return Err(TextFault::TooLong);
    }
    Ok(cleaned)
}

/// The words of `text` with one space between them.
pub(super) fn collapse_white_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Hyphen-minus, Unicode's hyphens and dashes, and the minus sign: whatever a phone's keyboard makes of a hyphen.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Characters no text keeps: controls, and what changes or hides how the text around it reads (UTR #36, 3.5 and UAX #9:
/// a bidirectional control can make a name read as another one). The joiners stay, conjuncts and half forms of Indic scripts
/// are written with them; so do variation selectors, which emoji carry.
pub(super) fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{FFF9}'..='\u{FFFB}') // interlinear annotations
        || is_ignorable(c) && !is_joiner(c) && !matches!(c, '\u{FE00}'..='\u{FE0F}')
}

/// Zero width non-joiner and zero width joiner.
pub(super) fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Unicode's property `Default_Ignorable_Code_Point`: characters that show nothing. It includes every bidirectional control,
/// the zero width space and the byte order mark.
pub(super) fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bidirectional_controls_and_hidden_characters_are_forbidden() {
        for c in ('\u{200E}'..='\u{200F}')
            .chain('\u{202A}'..='\u{202E}')
            .chain('\u{2066}'..='\u{2069}')
            .chain(['\0', '\u{7}', '\u{7F}', '\u{85}', '\u{61C}', '\u{200B}', '\u{FEFF}'])
        {
            assert_eq!(
                single_line(&format!("Ram{c}Singh"), 100).err(),
                (!c.is_whitespace()).then_some(TextFault::BadCharacter),
                "{c:?}"
            );
        }
    }

    #[test]
    fn joiners_alone_are_nothing() {
        assert_eq!(single_line("\u{200D}\u{200C}", 100), Err(TextFault::Empty));
    }

    #[test]
    fn the_length_is_that_of_the_cleaned_text_in_characters() {
        assert_eq!(single_line("  ராம்   ", 4).as_deref(), Ok("ராம்"));
        assert_eq!(single_line("ராம்1", 4), Err(TextFault::TooLong));
    }

    proptest! {
        #[test]
        fn a_cleaned_line_is_clean(typed in any::<String>()) {
            if let Ok(line) = single_line(&typed, 100) {
                prop_assert!(!line.chars().any(is_forbidden));
                prop_assert_eq!(single_line(&line, 100), Ok(line));
            }
        }

        #[test]
        fn cleaned_lines_are_clean(typed in any::<String>()) {
            if let Ok(lines) = several_lines(&typed, 100) {
                prop_assert!(!lines.contains('\r'));
                prop_assert_eq!(several_lines(&lines, 100), Ok(lines));
            }
        }
    }
}
