use std::fmt;

use sea_orm::DeriveValueType;

use super::text;

/// The name a file was uploaded under, for people to recognise it by: 1 to 255 characters, no path.
///
/// Never a name in our storage, whose keys are random.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct FileName(String);

impl FileName {
    /// Most characters that are kept.
    pub const MAX: usize = 255;
    /// Most characters after the last dot that are taken for an extension when a name is cut.
    const MAX_EXTENSION: usize = 20;

    /// Makes a name of whatever the browser sent (RFC 7578, 4.2: use it with care, and drop its path): a name is never a
    /// reason to refuse a file.
    pub fn from_upload(sent: &str) -> Self {
        let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
        let printable: String = last.chars().filter(|&c| !text::is_forbidden(c)).collect();
        let name = cut(text::visible(&printable).trim());
        if name.chars().all(|c| c == '.' || text::is_ignorable(c)) {
            Self("file".to_owned())
        } else {
            Self(name)
        }
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the last dot, in lower case, where it looks like an ending. `.pdf` has none: that is a name; nor has
    /// `Photo at 10.15`.
    pub fn extension(&self) -> Option<String> {
        split_extension(&self.0).map(|(_, extension)| extension.to_lowercase())
    }

    /// The same name with this ending, in the place of the one that it has.
    #[must_use]
    pub fn ending_in(&self, extension: &str) -> Self {
        let stem = split_extension(&self.0).map_or(&*self.0, |(stem, _)| stem);
        Self(cut(&format!("{stem}.{extension}")))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

fn split_extension(name: &str) -> Option<(&str, &str)> {
    let is_one =
        |text: &str| text.chars().all(char::is_alphanumeric) && text.chars().any(char::is_alphabetic);
    name.rsplit_once('.').filter(|(stem, extension)| !stem.is_empty() && is_one(extension))
}

/// At most [`FileName::MAX`] characters of `name`, its extension among them.
fn cut(name: &str) -> String {
    if name.chars().count() <= FileName::MAX {
        return name.to_owned();
    }
    match split_extension(name) {
        Some((stem, extension)) if extension.chars().count() <= FileName::MAX_EXTENSION => {
            let room = FileName::MAX - 1 - extension.chars().count();
            let stem: String = stem.chars().take(room).collect();
            format!("{stem}.{extension}")
        }
        _ => {
            let start: String = name.chars().take(FileName::MAX).collect();
            start.trim_end().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(sent: &str) -> String {
        FileName::from_upload(sent).to_string()
    }

    #[test]
    fn only_the_last_part_of_a_path_is_kept() {
        for sent in ["rc.pdf", "/etc/rc.pdf", "C:\\fakepath\\rc.pdf", "../..\\rc.pdf", " rc.pdf\0"] {
            assert_eq!(kept(sent), "rc.pdf", "{sent}");
        }
        assert_eq!(kept("बीमा पत्र.PDF"), "बीमा पत्र.PDF");
    }

    #[test]
    fn a_name_cannot_pretend_another_extension() {
        assert_eq!(kept("rc\u{202E}fdp.exe"), "rcfdp.exe");
        assert_eq!(kept("rc.pdf\r\nX-Header: 1"), "rc.pdfX-Header: 1");
    }

    #[test]
    fn a_name_of_nothing_is_file() {
        for sent in ["", "/", "papers/", " ", ".", "..", "\u{202E}", "\u{200D}"] {
            assert_eq!(kept(sent), "file", "{sent:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = kept(&format!("{}.pdf", "क".repeat(300)));
        assert_eq!(name.chars().count(), 255);
        assert!(name.ends_with("क.pdf"));
        assert_eq!(kept(&format!("a.{}", "x".repeat(300))).len(), 255);
    }

    #[test]
    fn the_extension_is_what_follows_the_last_dot() {
        for (sent, extension) in [
            ("rc.PDF", Some("pdf")),
            ("rc.tar.gz", Some("gz")),
            ("rc.mp4", Some("mp4")),
            ("rc", None),
            ("rc.", None),
            (".pdf", None),
            ("Photo at 10.15", None),
            ("No. 7 of May", None),
        ] {
            assert_eq!(FileName::from_upload(sent).extension().as_deref(), extension, "{sent}");
        }
    }

    #[test]
    fn an_ending_takes_the_place_of_another() {
        for (sent, named) in [
            ("licence.jfif", "licence.jpg"),
            ("1000012345", "1000012345.jpg"),
            ("Photo at 10.15", "Photo at 10.15.jpg"),
            ("", "file.jpg"),
        ] {
            assert_eq!(FileName::from_upload(sent).ending_in("jpg").as_str(), named, "{sent}");
        }
        let long = FileName::from_upload(&"क".repeat(300)).ending_in("jpg");
        assert_eq!((long.as_str().chars().count(), long.extension().as_deref()), (255, Some("jpg")));
    }

    proptest! {
        #[test]
        fn any_name_is_made_harmless_once(sent in prop_oneof![any::<String>(), "[a. \u{301}]{250,300}(\\.[a-z]{0,30})?"]) {
            let name = FileName::from_upload(&sent);
            let count = name.as_str().chars().count();
            prop_assert!((1..=255).contains(&count));
            prop_assert!(!name.as_str().contains(['/', '\\']));
            prop_assert!(!name.as_str().chars().any(text::is_forbidden));
            prop_assert_eq!(FileName::from_upload(name.as_str()), name);
        }
    }
}
