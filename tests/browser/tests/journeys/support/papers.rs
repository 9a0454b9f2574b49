//! Papers as people have them on their phones and desks.

use std::path::{Path, PathBuf};

/// A file to upload.
#[derive(Clone, Copy, Debug)]
pub enum Paper {
    /// A scan of one page.
    Pdf,
    /// A photo.
    Jpeg,
    /// A screenshot.
    Png,
}

impl Paper {
    /// Where it lies.
    pub fn path(self) -> PathBuf {
        let name = match self {
            Self::Pdf => "good.pdf",
            Self::Jpeg => "good.jpg",
            Self::Png => "good.png",
        };
        Path::new(env!("CARGO_MANIFEST_DIR")).join("papers").join(name)
    }
}
