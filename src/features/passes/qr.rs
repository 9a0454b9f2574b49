//! The QR code of a pass, as PNG and SVG.
//!
//! Encoding, error correction and masks are the `qrcode` crate's. Which of the eight masks to apply
//! is decided here, by the same rules (ISO/IEC 18004:2015, 7.8.3) over whole lines of bits: the
//! crate's own choice takes 2 to 5 ms, and the whole picture of a pass is to take less than 0.7 ms.

use std::{fmt::Write as _, iter, sync::LazyLock};

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, Filter};
use qrcode::{
    EcLevel, Version,
    bits::Bits,
    canvas::{Canvas, MaskPattern, Module},
    ec,
};
use thiserror::Error;

/// The largest version used: 85 modules with the quiet zone, 0.6 mm each on the 50 mm of a print.
const VERSION_MAX: i16 = 15;

/// Light modules on every side (ISO/IEC 18004:2015, 6.3.8).
const QUIET_ZONE: usize = 4;

/// Pixels a module at most: a picture of 5440 x 5440, under 4 MB before compression.
const MODULE_PX_MAX: u32 = 64;

const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// How much damage the code survives, by where it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Level M, 15 %: fewer and larger modules for a phone held up to a camera.
    Screen,
    /// Level Q, 25 %: paper gets creased and wet.
    Paper,
}

/// Why there is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum QrError {
    /// More than version 15 holds at level M: 600 characters of the alphanumeric set.
    #[error("the text is too long for a QR code of version 15")]
    TooLong,
}

/// A QR code with its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    /// Top to bottom; bit x is set where the module in column x is dark. As many rows as columns,
    /// 85 at most.
    rows: Vec<u128>,
}

/// Encodes an address in the smallest version that holds it.
///
/// In upper case (`HTTPS://HOST/P/TOKEN`) it is one segment in alphanumeric mode, so that the size
/// of the code follows from its length alone. What that mode does not have, as the brackets of an
/// IPv6 host, is encoded too, in a larger code. [`Level::Paper`] becomes level M where Q would need
/// more than version 15.
pub fn code(url: &str, level: Level) -> Result<Qr, QrError> {
    let levels: &[EcLevel] = match level {
        Level::Screen => &[EcLevel::M],
        Level::Paper => &[EcLevel::Q, EcLevel::M],
    };
    levels
        .iter()
        .find_map(|&level| (1..=VERSION_MAX).find_map(|version| encode(url, Version::Normal(version), level)))
        .ok_or(QrError::TooLong)
}

impl Qr {
    /// Modules a side, quiet zone included.
    pub fn width(&self) -> usize {
        self.rows.len()
    }

    /// The code as a PNG of one bit a pixel, black on white.
    ///
    /// `module_px` is the pixels of a module's side, 1 to 64; anything else becomes the nearer of
    /// the two.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "a Vec takes every byte, and the picture has the size its header says"
    )]
    pub fn png(&self, module_px: u32) -> Vec<u8> {
        let mut png = Vec::new();
        self.write_png(&mut png, module_px.clamp(1, MODULE_PX_MAX)).expect("a PNG written to memory");
        png
    }

    #[expect(clippy::cast_possible_truncation, reason = "85 modules of 64 pixels at most")]
    fn write_png(&self, out: &mut Vec<u8>, module_px: u32) -> Result<(), EncodingError> {
        let side_px = self.width() as u32 * module_px;
        let mut encoder = Encoder::new(out, side_px, side_px);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_depth(BitDepth::One);
        encoder.set_compression(Compression::Fast);
        // A line is most often the line above it again: what is left of it is zeros.
        encoder.set_filter(Filter::Up);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels(module_px))?;
        writer.finish()
    }

    /// Lines of `width * module_px` bits, the first pixel in the highest bit, each line filled up
    /// to a byte; 1 is white.
    fn pixels(&self, module_px: u32) -> Vec<u8> {
        let scale = module_px as usize;
        let line_bytes = (self.width() * scale).div_ceil(8);
        let mut pixels = Vec::with_capacity(line_bytes * self.width() * scale);
        let mut line = vec![0; line_bytes];
        for &row in &self.rows {
            line.fill(0xFF);
            for (start, length) in dark_runs(row) {
                for x in start * scale..(start + length) * scale {
                    line[x / 8] &= !(0x80 >> (x % 8));
                }
            }
            for _ in 0..scale {
                pixels.extend_from_slice(&line);
            }
        }
        pixels
    }

    /// The code as an SVG of one unit a module, black on white, to stand alone or in a page.
    ///
    /// `title` is what a screen reader says in its place. There is neither style nor script in it,
    /// so that any content security policy lets it pass.
    pub fn svg(&self, title: &str) -> String {
        let (width, title) = (self.width(), escaped(title));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {width}\" \
             shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"{title}\">\
             <rect width=\"{width}\" height=\"{width}\" fill=\"#fff\"/><path d=\""
        );
        for (y, &row) in self.rows.iter().enumerate() {
            for (x, length) in dark_runs(row) {
                // Writing to a String cannot fail.
                let _ = write!(svg, "M{x} {y}h{length}v1H{x}z");
            }
        }
        svg.push_str("\"/></svg>");
        svg
    }
}

/// The code in one version, or `None` when the text does not fit.
fn encode(text: &str, version: Version, level: EcLevel) -> Option<Qr> {
    let mut bits = Bits::new(version);
    if text.bytes().all(is_alphanumeric) {
        bits.push_alphanumeric_data(text.as_bytes()).ok()?;
    } else {
        bits.push_optimal_data(text.as_bytes()).ok()?;
    }
    bits.push_terminator(level).ok()?;
    let (codewords, correction) = ec::construct_codewords(&bits.into_bytes(), version, level).ok()?;
    let mut canvas = Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&codewords, &correction);
    canvas.apply_mask(best_mask(&canvas, version.width()));
    Some(Qr { rows: Grid::new(version.width(), |x, y| canvas.get(x, y).is_dark()).with_quiet_zone() })
}

/// Whether a character is in the 45 of alphanumeric mode (ISO/IEC 18004:2015, table 5).
fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase() || b" $%*+-./:".contains(&byte)
}

/// The mask that leaves the lowest penalty on a code without one.
///
/// The modules that name the mask, 15 twice over, count as light for each.
fn best_mask(canvas: &Canvas, side: i16) -> MaskPattern {
    /// What each mask inverts where there are data: drawn on an empty canvas, a mask is itself. The
    /// largest version names its mask outside of the part taken.
    static INVERTED: LazyLock<[(MaskPattern, Grid); 8]> = LazyLock::new(|| {
        let side = Version::Normal(VERSION_MAX).width();
        MASKS.map(|mask| {
            let mut canvas = Canvas::new(Version::Normal(40), EcLevel::M);
            canvas.apply_mask(mask);
            (mask, Grid::new(side, |x, y| canvas.get(x, y).is_dark()))
        })
    });
    let plain = Grid::new(side, |x, y| canvas.get(x, y).is_dark());
    let data = Grid::new(side, |x, y| matches!(canvas.get(x, y), Module::Unmasked(_)));
    let best = INVERTED.iter().min_by_key(|(_, inverted)| plain.masked(&data, inverted).penalty());
    #[expect(clippy::expect_used, reason = "there are eight masks, so one of them is the best")]
    best.expect("a mask").0
}

/// A square of modules by rows and by columns, without quiet zone: bit x of row y and bit y of
/// column x are set where a module is dark, or else of the kind in question.
struct Grid {
    rows: Vec<u128>,
    columns: Vec<u128>,
}

impl Grid {
    /// `is_set` of every (x, y) below `side`, which is 77 at most.
    fn new(side: i16, is_set: impl Fn(i16, i16) -> bool) -> Self {
        let line =
            |bit: &dyn Fn(i16) -> bool| (0..side).rev().fold(0, |line, i| (line << 1) | u128::from(bit(i)));
        Self {
            rows: (0..side).map(|y| line(&|x| is_set(x, y))).collect(),
            columns: (0..side).map(|x| line(&|y| is_set(x, y))).collect(),
        }
    }

    /// The code with its data inverted where a mask, of at least its size, says so.
    fn masked(&self, data: &Self, inverted: &Self) -> Self {
        let lines = |plain: &[u128], data: &[u128], inverted: &[u128]| {
            iter::zip(plain, iter::zip(data, inverted))
                .map(|(plain, (data, inverted))| plain ^ (data & inverted))
                .collect()
        };
        Self {
            rows: lines(&self.rows, &data.rows, &inverted.rows),
            columns: lines(&self.columns, &data.columns, &inverted.columns),
        }
    }

    /// How hard the code is to read (ISO/IEC 18004:2015, 7.8.3, table 11); less is better.
    fn penalty(&self) -> u32 {
        let side = self.rows.len();
        let along_lines = |&line: &u128| run_penalty(line, side) + finder_penalty(line);
        let lines: u32 = self.rows.iter().chain(&self.columns).map(along_lines).sum();
        lines + block_penalty(&self.rows) + balance_penalty(&self.rows)
    }

    fn with_quiet_zone(&self) -> Vec<u128> {
        let quiet = iter::repeat_n(0, QUIET_ZONE);
        let rows = self.rows.iter().map(|row| row << QUIET_ZONE);
        quiet.clone().chain(rows).chain(quiet).collect()
    }
}

/// The lowest `count` bits, of 127 at most.
fn low_bits(count: usize) -> u128 {
    (1 << count) - 1
}

/// 3 for five modules of one colour in a line, 1 for each that follows.
fn run_penalty(line: u128, side: usize) -> u32 {
    let of_colour = |line: u128| {
        let fives = line & (line >> 1) & (line >> 2) & (line >> 3) & (line >> 4);
        let runs = fives & !(fives << 1);
        fives.count_ones() + 2 * runs.count_ones()
    };
    of_colour(line) + of_colour(!line & low_bits(side))
}

/// 40 for each dark-light-dark-dark-dark-light-dark that has four light modules before or behind
/// it: it looks like a finder pattern. Outside the code all is light.
fn finder_penalty(line: u128) -> u32 {
    let dark = line << QUIET_ZONE;
    let light = !dark;
    let dark_parts = dark & (dark >> 2) & (dark >> 3) & (dark >> 4) & (dark >> 6);
    let light_parts = (light >> 1) & (light >> 5);
    let light_before = (light << 1) & (light << 2) & (light << 3) & (light << 4);
    let light_behind = (light >> 7) & (light >> 8) & (light >> 9) & (light >> 10);
    40 * (dark_parts & light_parts & (light_before | light_behind)).count_ones()
}

/// 3 for each square of two by two modules of one colour, overlapping ones counted apart.
fn block_penalty(rows: &[u128]) -> u32 {
    let pairs = low_bits(rows.len() - 1);
    let block = |pair: &[u128]| {
        let (above, below) = (pair[0], pair[1]);
        let across = !(above ^ (above >> 1)) & !(below ^ (below >> 1));
        3 * (across & !(above ^ below) & pairs).count_ones()
    };
    rows.windows(2).map(block).sum()
}

/// 10 for each whole 5 % by which the share of dark modules is off one half.
fn balance_penalty(rows: &[u128]) -> u32 {
    let dark: usize = rows.iter().map(|row| row.count_ones() as usize).sum();
    let percent = dark * 100 / (rows.len() * rows.len());
    #[expect(clippy::cast_possible_truncation, reason = "a percentage")]
    let steps = (percent.abs_diff(50) / 5) as u32;
    10 * steps
}

/// Start and length of each run of dark modules, from left to right.
fn dark_runs(mut row: u128) -> impl Iterator<Item = (usize, usize)> {
    iter::from_fn(move || {
        if row == 0 {
            return None;
        }
        let start = row.trailing_zeros() as usize;
        let length = (row >> start).trailing_ones() as usize;
        row &= !(low_bits(length) << start);
        Some((start, length))
    })
}

/// Text for an attribute in double quotes. XML 1.0 has no way to write most control characters:
/// they become spaces.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => escaped.push(' '),
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use proptest::prelude::*;
    use scraper::{Html, Selector};

    use super::*;

    /// Letters alone, so that no other mode could be shorter.
    fn letters(length: usize) -> String {
        "HTTPS".chars().cycle().take(length).collect()
    }

    /// An address as passes have them, of `length` characters.
    fn address(length: usize) -> String {
        let token = "AEAQGSK3PRWX27Z4H5T6MNB".chars().cycle();
        "HTTPS://GATE.EXAMPLE.COM/P/".chars().chain(token).take(length).collect()
    }

    fn version(qr: &Qr) -> usize {
        (qr.width() - 2 * QUIET_ZONE - 17) / 4
    }

    /// Version, level of correction as the standard numbers it (M 0, Q 3), and text.
    fn scan(png: &[u8]) -> (usize, u16, String) {
        let image = image::load_from_memory(png).unwrap().to_luma8();
        let (width, height) = (image.width() as usize, image.height() as usize);
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| image.as_raw()[y * width + x]);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "codes seen");
        let (meta, text) = grids[0].decode().unwrap();
        (meta.version.0, meta.ecc_level, text)
    }

    #[test]
    fn a_camera_reads_what_was_written() {
        for length in [150, 240, 341, 426] {
            let url = address(length);
            for (level, numbered) in [(Level::Screen, 0), (Level::Paper, 3)] {
                let qr = code(&url, level).unwrap();
                assert_eq!(
                    scan(&qr.png(4)),
                    (version(&qr), numbered, url.clone()),
                    "{length} characters, {level:?}"
                );
            }
        }
    }

    #[test]
    fn the_size_is_that_of_alphanumeric_mode() {
        // ISO/IEC 18004:2015, table 7, "alphanumeric"; in byte mode version 9-M holds 180, 15-Q
        // 292.
        let capacities = [
            (Level::Screen, 8, 221),
            (Level::Screen, 9, 262),
            (Level::Screen, 10, 311),
            (Level::Screen, 15, 600),
            (Level::Paper, 9, 189),
            (Level::Paper, 11, 259),
            (Level::Paper, 15, 426),
        ];
        for (level, expected, capacity) in capacities {
            for text in [letters(capacity), address(capacity)] {
                assert_eq!(
                    code(&text, level).map(|qr| version(&qr)),
                    Ok(expected),
                    "{level:?}, {capacity} characters"
                );
            }
        }
        assert_eq!(code(&letters(263), Level::Screen).map(|qr| version(&qr)), Ok(10));
    }

    #[test]
    fn paper_falls_back_to_the_level_of_screens() {
        let qr = code(&address(427), Level::Paper).unwrap();

        assert_eq!(scan(&qr.png(4)), (13, 0, address(427)));
        assert_eq!(code(&address(427), Level::Screen), Ok(qr));
    }

    #[test]
    fn more_than_version_15_holds_is_refused() {
        for length in [601, 5_000, 100_000] {
            assert_eq!(code(&letters(length), Level::Screen), Err(QrError::TooLong));
            assert_eq!(code(&letters(length), Level::Paper), Err(QrError::TooLong));
        }
    }

    #[test]
    fn a_host_outside_the_alphanumeric_set_is_read_too() {
        let url = address(240).replace("GATE.EXAMPLE.COM", "[2001:DB8::1]:8080");

        assert_eq!(scan(&code(&url, Level::Screen).unwrap().png(4)).2, url);
    }

    #[test]
    fn the_picture_is_one_bit_a_pixel_and_small() {
        let qr = code(&address(240), Level::Screen).unwrap();
        let png = qr.png(8);
        let reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();

        assert_eq!(reader.info().color_type, ColorType::Grayscale);
        assert_eq!(reader.info().bit_depth, BitDepth::One);
        assert_eq!((reader.info().width, reader.info().height), (61 * 8, 61 * 8));
        assert!(png.len() < 6_000, "{} bytes", png.len());
    }

    #[test]
    fn every_pixel_is_its_modules_colour_and_the_quiet_zone_white() {
        let qr = code(&address(240), Level::Screen).unwrap();
        for module_px in [1, 3, 8] {
            let image = image::load_from_memory(&qr.png(module_px)).unwrap().to_luma8();
            assert_eq!(image.width() as usize, qr.width() * module_px as usize);
            for (x, y, pixel) in image.enumerate_pixels() {
                let (x, y) = ((x / module_px) as usize, (y / module_px) as usize);
                let dark = (qr.rows[y] >> x) & 1 == 1;
                let quiet = [x, y].iter().any(|&i| i < QUIET_ZONE || i >= qr.width() - QUIET_ZONE);
                assert_eq!(pixel.0, [if dark { 0 } else { 255 }], "module {x}, {y}");
                assert!(!(quiet && dark), "module {x}, {y} is in the quiet zone");
            }
        }
    }

    #[test]
    fn a_module_has_from_one_to_64_pixels() {
        let qr = code("A", Level::Screen).unwrap();

        assert_eq!(qr.png(0), qr.png(1));
        assert_eq!(qr.png(u32::MAX), qr.png(64));
    }

    /// The rows of modules that the path of an SVG fills, `side` units wide and high.
    fn drawn(svg: &str, side: usize) -> Vec<u128> {
        let html = Html::parse_fragment(svg);
        let path = Selector::parse("svg > path").unwrap();
        let path = html.select(&path).next().unwrap().attr("d").unwrap();
        let mut rows = vec![0; side];
        for run in path.split_terminator('z') {
            let numbers: Vec<usize> =
                run.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
            let &[x, y, length, 1, _] = numbers.as_slice() else {
                panic!("{run} is not a run");
            };
            assert_eq!(run, format!("M{x} {y}h{length}v1H{x}"));
            assert!(x + length <= side && y < side, "{run} is in the view box");
            rows[y] |= low_bits(length) << x;
        }
        rows
    }

    #[test]
    fn the_drawing_has_the_modules_of_the_picture() {
        for level in [Level::Screen, Level::Paper] {
            let qr = code(&address(240), level).unwrap();
            assert_eq!(drawn(&qr.svg("Pass"), qr.width()), qr.rows);
        }
    }

    #[test]
    fn the_drawing_is_labelled_and_has_neither_style_nor_script() {
        let svg = code(&address(240), Level::Paper).unwrap().svg("Pass MH 12 AB 1234");

        assert!(svg.starts_with(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 69 69\" \
             shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"Pass MH 12 AB 1234\">\
             <rect width=\"69\" height=\"69\" fill=\"#fff\"/><path d=\"M4 4h7v1H4z"
        ));
        assert!(svg.ends_with("z\"/></svg>"));
        assert!(!svg.contains("style") && !svg.contains("script"));
    }

    proptest! {
        #[test]
        fn any_title_stays_within_its_attribute(title in any::<String>()) {
            let svg = code("A", Level::Screen).unwrap().svg(&title);
            let html = Html::parse_fragment(&svg);
            let element = html.select(&Selector::parse("svg").unwrap()).next().unwrap();
            let label = element.attr("aria-label").unwrap();
            let unwritable = |c: char| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}');
            let readable = title.replace(unwritable, " ");
            prop_assert_eq!(label, readable);
            prop_assert_eq!(svg.matches('<').count(), 4, "svg, rect, path and the end of svg");
            prop_assert_eq!(svg.matches('>').count(), 4);
            prop_assert_eq!(svg.matches('"').count() % 2, 0);
        }

        #[test]
        fn any_text_is_encoded_or_refused_without_a_panic(text in "\\PC{0,400}") {
            let _ = code(&text, Level::Paper);
        }
    }

    #[test]
    fn a_hostile_title_is_escaped() {
        let svg = code("A", Level::Screen).unwrap().svg("\"><script>&\u{8}'");

        assert!(svg.contains("aria-label=\"&quot;&gt;&lt;script&gt;&amp; '\""), "{svg}");
    }

    #[test]
    fn penalties_are_those_of_the_standard() {
        assert_eq!(run_penalty(0b01_0101_0101, 10), 0);
        assert_eq!(run_penalty(0b01_0101_1111, 10), 3, "five dark");
        assert_eq!(run_penalty(0b11_1111_0101, 10), 4, "six dark at the end");
        assert_eq!(run_penalty(0b00_0001_1111, 10), 6, "five dark, five light");

        assert_eq!(finder_penalty(0b101_1101), 40, "light outside on both sides is one pattern");
        assert_eq!(finder_penalty(0b1_1011_1011), 0, "a light module only on each side");
        assert_eq!(finder_penalty(0b0000_1011_1010_1011), 40, "four light behind");
        assert_eq!(finder_penalty(0b1101_0101_1101_0000), 40, "four light before");

        assert_eq!(block_penalty(&[0b11, 0b11]), 3);
        assert_eq!(block_penalty(&[0b000, 0b000, 0b000]), 12);
        assert_eq!(block_penalty(&[0b01, 0b10]), 0);
        assert_eq!(block_penalty(&[0b11, 0b00]), 0);

        assert_eq!(balance_penalty(&[0b01, 0b10]), 0);
        assert_eq!(balance_penalty(&[0b11, 0b10]), 50, "75 % dark");
        assert_eq!(balance_penalty(&[0b00, 0b00]), 100);
    }

    #[test]
    fn rows_and_columns_of_a_grid_are_those_of_the_modules() {
        let grid = Grid::new(3, |x, y| [(0, 0), (1, 0), (1, 2)].contains(&(x, y)));

        assert_eq!(grid.rows, [0b011, 0b000, 0b010]);
        assert_eq!(grid.columns, [0b001, 0b101, 0b000]);
    }
}
