//! A printed sheet, as poppler sees it.

use std::process::Command;

use super::browser::screenshots;

/// What print shops and thermal printers resolve at least.
const DOTS_PER_INCH: f64 = 203.0;
const MM_PER_INCH: f64 = 25.4;
const POINTS_PER_INCH: f64 = 72.0;

/// A printed document: how many pages, their size in millimetres, and the first as a PNG.
pub struct Sheet {
    pub pages: u32,
    pub width: f64,
    pub height: f64,
    pub picture: Vec<u8>,
}

impl Sheet {
    /// Looks at a PDF, and keeps it and its picture as `screenshots/<name>`.
    pub fn of(pdf: &[u8], name: &str) -> Self {
        let path = screenshots().join(format!("{name}.pdf"));
        std::fs::write(&path, pdf).unwrap();
        let path = path.to_str().unwrap();
        let info = String::from_utf8(run("pdfinfo", &[path])).unwrap();
        let value = |label: &str| info.lines().find_map(|line| line.strip_prefix(label)).unwrap().trim();
        // `Page size:      297.6 x 419.52 pts`
        let size: Vec<f64> = value("Page size:").split(' ').filter_map(|word| word.parse().ok()).collect();
        let [width, height] = size[..] else { panic!("pdfinfo tells no size: {info}") };
        let to_mm = MM_PER_INCH / POINTS_PER_INCH;
        let resolution = DOTS_PER_INCH.to_string();
        let picture = run("pdftoppm", &["-png", "-gray", "-singlefile", "-r", &resolution, path]);
        std::fs::write(screenshots().join(format!("{name}.png")), &picture).unwrap();
        Self {
            pages: value("Pages:").parse().unwrap(),
            width: width * to_mm,
            height: height * to_mm,
            picture,
        }
    }

    /// How long so many pixels of a picture are on paper.
    pub fn millimetres(pixels: f64) -> f64 {
        pixels / DOTS_PER_INCH * MM_PER_INCH
    }
}

/// What a program of poppler's writes.
fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program} does not start: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
