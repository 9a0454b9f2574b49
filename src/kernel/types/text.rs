//! What the types made of text have in common: what pasted text brings along and nobody meant, and which characters
//! are never kept.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

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

/// What was typed or pasted as one line: without characters that show nothing, in NFC, trimmed, any run of white space
/// (tabs and line breaks of a pasted cell too) one space. Everything that people type is read by way of this.
pub fn clean_line(typed: &str) -> String {
    collapse_white_space(&visible(typed))
}

/// One line of text, [clean](clean_line).
pub(super) fn single_line(typed: &str, most: usize) -> Result<String, TextFault> {
    checked(clean_line(typed), most)
}

/// Text over several lines, each of them [clean](clean_line) and ended by `\n`, whatever kind of break it was.
pub(super) fn several_lines(typed: &str, most: usize) -> Result<String, TextFault> {
    let visible = visible(&typed.replace("\r\n", "\n"));
    let lines: Vec<String> = visible.split(is_line_break).map(collapse_white_space).collect();
    checked(lines.join("\n").trim().to_owned(), most)
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\u{B}' | '\u{C}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// `typed` in NFC, without characters that show nothing and change nothing.
pub(super) fn visible(typed: &str) -> String {
    let shown = typed.chars().filter(|&c| !is_ignorable(c) || is_contextual(c)).map(blank);
    let composed: Vec<char> = shown.nfc().collect();
    let mut kept = String::new();
    for (place, &c) in composed.iter().enumerate() {
        if !is_contextual(c) || matters(c, kept.chars().next_back(), composed.get(place + 1).copied()) {
            kept.push(c);
        }
    }
    kept.nfc().collect()
}

/// Whether a joiner or a variation selector shows between these two: the joiners write conjuncts and half forms of Indic
/// scripts and join emoji, the selectors tell an emoji from a sign.
fn matters(c: char, before: Option<char>, after: Option<char>) -> bool {
    let joins = |c: char| {
        let joining_script = matches!(c, '\u{600}'..='\u{8FF}' | '\u{900}'..='\u{DFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{18AF}');
        joining_script && (c.is_alphabetic() || is_combining_mark(c))
    };
    let is_picture = |c: char| matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}');
    let Some(before) = before else { return false };
    match (c, after) {
        (EMOJI | '\u{FE0E}', _) => is_picture(before),
        ('\u{200D}', Some(after)) if is_picture(after) => is_picture(before) || before == EMOJI,
        (_, Some(after)) => joins(before) && joins(after),
        (_, None) => false,
    }
}

/// The form in which texts are searched and names compared, without regard to case, Unicode form and what does not show:
/// by way of upper case, which folds what lower case keeps apart (ß and ss, the two small sigmas).
pub(super) fn fold(text: &str) -> String {
    text.chars()
        .filter(|&c| !is_ignorable(c))
        .map(blank)
        .nfkc()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
        .filter(|&c| !is_ignorable(c))
        .collect()
}

/// [`fold`], with one space between words.
pub fn folded(text: &str) -> String {
    collapse_white_space(&fold(text))
}

/// What a code is made of that is typed or pasted in whatever script: NFKC, digits in ASCII, nothing that does not show.
pub(super) fn code(typed: &str) -> impl Iterator<Item = char> {
    typed.nfkc().filter(|&c| !is_ignorable(c)).map(blank).map(ascii_digit)
}

/// The zero of each script whose digits people type here; in Unicode the other nine follow it.
const ZEROS: [char; 13] = [
    '\u{0966}', // Devanagari
    '\u{09E6}', // Bengali
    '\u{0A66}', // Gurmukhi
    '\u{0AE6}', // Gujarati
    '\u{0B66}', // Oriya
    '\u{0BE6}', // Tamil
    '\u{0C66}', // Telugu
    '\u{0CE6}', // Kannada
    '\u{0D66}', // Malayalam
    '\u{0660}', // Arabic-Indic
    '\u{06F0}', // Extended Arabic-Indic, as in Urdu
    '\u{1C50}', // Ol Chiki
    '\u{ABF0}', // Meetei Mayek
];

fn ascii_digit(c: char) -> char {
    ZEROS
        .iter()
        .find_map(|&zero| {
            let value = u32::from(c).checked_sub(u32::from(zero))?;
            char::from_digit(value, 10)
        })
        .unwrap_or(c)
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

/// Characters that [`visible`] text never has for a good reason: controls, interlinear annotations, and code points that
/// are no characters.
pub(super) fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{FFF9}'..='\u{FFFB}' | '\u{FDD0}'..='\u{FDEF}')
        || u32::from(c) & 0xFFFE == 0xFFFE
}

/// The variation selector that makes an emoji of a sign.
const EMOJI: char = '\u{FE0F}';

/// A Braille cell without dots is a blank that Unicode counts among the signs.
fn blank(c: char) -> char {
    if c == '\u{2800}' { ' ' } else { c }
}

/// The joiners, and the variation selectors of signs: they show in some places.
fn is_contextual(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE0E}' | EMOJI)
}

/// Unicode's property `Default_Ignorable_Code_Point`: characters that show nothing. It includes every bidirectional control
/// (which can make a name read as another one: UTR #36, 3.5), the zero width space and the byte order mark. And U+FFFC, which
/// holds the place of a picture in what was copied.
pub(super) fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{FFFC}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_shows_nothing_is_dropped_and_controls_are_refused() {
        for c in
            ('\u{200E}'..='\u{200F}').chain('\u{202A}'..='\u{202E}').chain('\u{2066}'..='\u{2069}').chain([
                '\u{AD}',
                '\u{61C}',
                '\u{200B}',
                '\u{200C}',
                '\u{200D}',
                '\u{2060}',
                '\u{FE0F}',
                '\u{FEFF}',
                '\u{FFFC}',
                '\u{E0041}',
            ])
        {
            assert_eq!(single_line(&format!("{c}Ram{c}Singh{c}"), 100).as_deref(), Ok("RamSingh"), "{c:?}");
            assert_eq!(
                several_lines(&format!("Ram\n{c}\nSingh{c}"), 100).as_deref(),
                Ok("Ram\n\nSingh"),
                "{c:?}"
            );
        }
        for c in
            ['\0', '\u{7}', '\u{1B}', '\u{7F}', '\u{9B}', '\u{FFF9}', '\u{FDD0}', '\u{FFFE}', '\u{10FFFF}']
        {
            assert_eq!(single_line(&format!("Ram{c}Singh"), 100), Err(TextFault::BadCharacter), "{c:?}");
            assert_eq!(several_lines(&format!("Ram{c}Singh"), 100), Err(TextFault::BadCharacter), "{c:?}");
        }
    }

    #[test]
    fn joiners_and_selectors_stay_where_they_show() {
        for text in [
            "श्री\u{200D}राम",
            "क\u{94D}\u{200D}ष",
            "ന\u{D4D}\u{200D}റ",
            "می\u{200C}خواهم",
            "❤\u{FE0F}",
            "👩\u{200D}🔧",
            "❤\u{FE0F}\u{200D}🔥",
        ] {
            assert_eq!(clean_line(text), text);
        }
        for (text, cleaned) in [
            ("\u{200D}राम\u{200D}", "राम"),
            ("राम\u{200C} सिंह", "राम सिंह"),
            ("राम\u{200D}\u{200D}सिंह", "राम\u{200D}सिंह"),
            ("राम\u{200D}1", "राम1"),
            ("Jose\u{200D}\u{301}", "José"),
            ("🔧\u{200D}x", "🔧x"),
        ] {
            assert_eq!(clean_line(text), cleaned, "{text:?}");
        }
    }

    #[test]
    fn a_run_of_any_blanks_is_one_space() {
        assert_eq!(clean_line("\u{A0}\u{2800}\u{3000}Ram\u{2003}\t \u{200B} \r\nSingh\u{202F}"), "Ram Singh");
        assert_eq!(
            several_lines("\u{A0}\n one\u{A0} \u{200B}two \u{B}three\u{2029}\r\nfour\n ", 100).as_deref(),
            Ok("one two\nthree\n\nfour")
        );
    }

    #[test]
    fn a_code_is_in_ascii_whatever_the_script_of_its_digits() {
        for digits in [
            "0123456789",
            "०१२३४५६७८९",
            "০১২৩৪৫৬৭৮৯",
            "੦੧੨੩੪੫੬੭੮੯",
            "૦૧૨૩૪૫૬૭૮૯",
            "୦୧୨୩୪୫୬୭୮୯",
            "௦௧௨௩௪௫௬௭௮௯",
            "౦౧౨౩౪౫౬౭౮౯",
            "೦೧೨೩೪೫೬೭೮೯",
            "൦൧൨൩൪൫൬൭൮൯",
            "٠١٢٣٤٥٦٧٨٩",
            "۰۱۲۳۴۵۶۷۸۹",
            "᱐᱑᱒᱓᱔᱕᱖᱗᱘᱙",
            "꯰꯱꯲꯳꯴꯵꯶꯷꯸꯹",
            "０１２３４５６７８９",
        ] {
            assert_eq!(code(digits).collect::<String>(), "0123456789");
        }
        assert_eq!(code("\u{202A}ＭＨ\u{FE0F}\u{200D}१२\u{202C}").collect::<String>(), "MH12");
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
        fn cleaning_twice_is_cleaning_once(
            typed in prop_oneof![
                any::<String>(),
                "[a☂❤👩🔧क्ीरم\u{93C}\u{301}\u{338}\u{200B}-\u{200F}\u{FE00}-\u{FE0F}\u{2329}\u{FEFF} \u{A0}\n]{0,12}",
            ],
        ) {
            let once = clean_line(&typed);
            prop_assert_eq!(clean_line(&once), once);
            if let Ok(lines) = several_lines(&typed, 100) {
                prop_assert_eq!(several_lines(&lines, 100), Ok(lines));
            }
        }

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
