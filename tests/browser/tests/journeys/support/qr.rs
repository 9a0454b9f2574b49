//! Reading a QR code off a picture of the screen, as two readers of other people's making do.

use std::io::Write as _;
use std::process::Command;

/// What `zbarimg`, which most hand scanners' software resembles, reads in `png`.
pub fn read_with_zbarimg(png: &[u8]) -> String {
    let mut picture = tempfile::Builder::new().suffix(".png").tempfile().unwrap();
    picture.write_all(png).unwrap();
    let output = Command::new("zbarimg")
        .args(["--quiet", "--raw", "--set", "*.enable=0", "--set", "qr.enable=1"])
        .arg(picture.path())
        .output()
        .unwrap_or_else(|error| panic!("zbarimg does not start: {error}"));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// What the `rqrr` library reads in `png`, its one code, and how many pixels wide that is.
pub fn read_with_rqrr(png: &[u8]) -> (String, f64) {
    let picture = image::load_from_memory(png).unwrap().to_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let rows = picture.into_raw();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| rows[y * width + x]);
    let codes = prepared.detect_grids();
    let [code] = codes.as_slice() else { panic!("{} QR codes in the picture", codes.len()) };
    let [left, right, ..] = code.bounds;
    (code.decode().unwrap().1, f64::from(right.x - left.x))
}
