//! Papers that look like what they say: PDFs of one page, and photographs of a page.

use jpeg_encoder::{ColorType, Encoder};
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};

use crate::kernel::error::AppError;

/// A PDF of one A5 page with a title and lines below it, in ASCII.
pub fn pdf(title: &str, lines: &[String]) -> Vec<u8> {
    let [catalog, pages, page, font, content] = [1, 2, 3, 4, 5].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet.media_box(Rect::new(0.0, 0.0, 420.0, 595.0)).parent(pages).contents(content);
    sheet.resources().fonts().pair(Name(b"F1"), font);
    sheet.finish();
    // One of the fonts that every reader has.
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    let mut text = Content::new();
    text.begin_text().set_font(Name(b"F1"), 18.0).next_line(40.0, 530.0).show(Str(title.as_bytes()));
    text.set_font(Name(b"F1"), 11.0);
    for line in lines {
        text.next_line(0.0, -26.0).show(Str(line.as_bytes()));
    }
    text.end_text();
    pdf.stream(content, &text.finish());
    pdf.finish()
}

/// A JPEG as a phone takes one of a page on a table: paper, lines of print, a stamp that differs by `number`.
///
/// # Errors
/// When it cannot be encoded.
pub fn photograph(number: usize) -> Result<Vec<u8>, AppError> {
    const WIDTH: u16 = 600;
    const HEIGHT: u16 = 800;
    let shade = u8::try_from(number % 40).unwrap_or_default();
    let pixel = |x: u16, y: u16| -> [u8; 3] {
        let on_paper = (40..560).contains(&x) && (40..760).contains(&y);
        let in_line = (80..520).contains(&x) && y % 36 < 10 && (120..620).contains(&y);
        let printed = in_line && (x * 7 + y / 36 * 31) % 90 < 72;
        let from_stamp = u32::from(x.abs_diff(430)).pow(2) + u32::from(y.abs_diff(680)).pow(2);
        match (on_paper, printed, from_stamp) {
            (false, ..) => [96 + shade, 72, 48],
            (true, true, _) => [60, 60, 70],
            (true, false, 2200..3000) => [40, 60 + shade, 170],
            (true, false, _) => [246, 244, 236 - shade / 4],
        }
    };
    let pixels: Vec<u8> = (0..HEIGHT).flat_map(|y| (0..WIDTH).flat_map(move |x| pixel(x, y))).collect();
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 75)
        .encode(&pixels, WIDTH, HEIGHT, ColorType::Rgb)
        .map_err(AppError::internal)?;
    Ok(bytes)
}
