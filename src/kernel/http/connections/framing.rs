//! Where a request ends: head and body, told by their bytes alone (RFC 9112, 2.2 and 7.1), so that no byte of
//! the next request is handed on before this one is answered.

/// The longest head.
const MAX_HEAD: usize = 32 * 1024;

/// No head and no size of a chunk may hold it: it makes the parser refuse them.
const FORBIDDEN: u8 = 0;

/// Where in a request the next byte stands.
#[derive(Debug)]
pub enum Framing {
    /// In its head.
    Head(Head),
    /// Behind its head, of which the application has not heard.
    Asked,
    /// In a body, of which so many bytes are missing.
    Length(u64),
    /// In a body of chunks.
    Chunked(Chunk),
    /// In a body that ends with the connection.
    Endless,
    /// Behind its end.
    Over,
}

/// A head on its way.
#[derive(Debug, Default)]
pub struct Head {
    bytes: usize,
    /// Whether a line that is not empty has come: RFC 9112 lets empty lines stand before a request.
    begun: bool,
    line: Line,
}

/// A body of chunks on its way.
#[derive(Debug)]
pub enum Chunk {
    /// In the line that tells the size; whether its digits have ended.
    Size(u64, bool, Line),
    /// In the bytes, and the line end behind them, of which so many are missing.
    Bytes(u64),
    /// In the lines behind the last chunk.
    Trailer(Line),
}

impl Default for Framing {
    fn default() -> Self {
        Self::Head(Head::default())
    }
}

impl Framing {
    /// A body of chunks.
    pub fn chunked() -> Self {
        Self::Chunked(Chunk::Size(0, false, Line::default()))
    }

    /// Whether nothing of the request has come.
    pub fn is_fresh(&self) -> bool {
        matches!(self, Self::Head(head) if head.bytes == 0)
    }

    /// Whether the next byte belongs to a body.
    pub fn is_in_body(&self) -> bool {
        matches!(self, Self::Length(_) | Self::Chunked(_) | Self::Endless)
    }

    /// How many of the bytes that came belong to this part of the request: its head, or its body. A line that ends
    /// in a bare LF is made unreadable. RFC 9112 (2.2) leaves it to the reader; a proxy that reads it otherwise would
    /// see other requests than we do.
    pub fn advance(&mut self, bytes: &mut [u8]) -> usize {
        match self {
            Self::Head(head) => match head.end(bytes) {
                Some(end) => {
                    *self = Self::Asked;
                    end
                }
                None => bytes.len(),
            },
            Self::Length(left) => {
                let taken = take(left, bytes.len());
                if *left == 0 {
                    *self = Self::Over;
                }
                taken
            }
            Self::Chunked(chunk) => match chunk.end(bytes) {
                Some(end) => {
                    *self = Self::Over;
                    end
                }
                None => bytes.len(),
            },
            Self::Endless => bytes.len(),
            Self::Asked | Self::Over => 0,
        }
    }
}

/// As many of `there` as are missing.
fn take(missing: &mut u64, there: usize) -> usize {
    let taken = usize::try_from(*missing).map_or(there, |missing| missing.min(there));
    *missing -= taken as u64;
    taken
}

impl Head {
    fn end(&mut self, bytes: &mut [u8]) -> Option<usize> {
        for (at, byte) in bytes.iter_mut().enumerate() {
            self.bytes += 1;
            match self.line.next(byte) {
                Some(0) if self.begun => return Some(at + 1),
                Some(0) | None => {}
                Some(_) => self.begun = true,
            }
            if self.bytes > MAX_HEAD {
                *byte = FORBIDDEN;
            }
        }
        None
    }
}

impl Chunk {
    fn end(&mut self, bytes: &mut [u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            match self {
                Self::Size(size, known, line) => {
                    let byte = &mut bytes[at];
                    at += 1;
                    match char::from(*byte).to_digit(16) {
                        Some(digit) if !*known => {
                            *size = size.saturating_mul(16).saturating_add(digit.into());
                        }
                        _ => *known = true,
                    }
                    if line.next(byte).is_some() {
                        *self = match *size {
                            0 => Self::Trailer(Line::default()),
                            size => Self::Bytes(size.saturating_add(2)),
                        };
                    }
                }
                Self::Bytes(missing) => {
                    at += take(missing, bytes.len() - at);
                    if *missing == 0 {
                        *self = Self::Size(0, false, Line::default());
                    }
                }
                Self::Trailer(line) => {
                    at += 1;
                    if line.next(&mut bytes[at - 1]) == Some(0) {
                        return Some(at);
                    }
                }
            }
        }
        None
    }
}

/// A line on its way.
#[derive(Debug, Default)]
pub struct Line {
    bytes: usize,
    after_cr: bool,
}

impl Line {
    /// How long the line is that ends with this byte, if one does.
    fn next(&mut self, byte: &mut u8) -> Option<usize> {
        let after_cr = std::mem::replace(&mut self.after_cr, *byte == b'\r');
        match *byte {
            b'\n' if after_cr => return Some(std::mem::take(&mut self.bytes)),
            b'\n' => *byte = FORBIDDEN,
            _ => {}
        }
        self.bytes += usize::from(after_cr) + usize::from(*byte != b'\r');
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is handed on of `bytes`, which come `at_once` at a time, up to where this part of the request ends.
    fn handed_on(mut framing: Framing, bytes: &[u8], at_once: usize) -> (Vec<u8>, Framing) {
        let mut taken = Vec::new();
        for came in bytes.to_vec().chunks_mut(at_once) {
            let end = framing.advance(came);
            taken.extend_from_slice(&came[..end]);
            if end < came.len() {
                break;
            }
        }
        (taken, framing)
    }

    const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: a\r\n\r\n";
    const CHUNKS: &[u8] = b"5;name=\"x\"\r\nhello\r\n0A\r\n0123456\r\n9\r\n000\r\nTrailer: x\r\n\r\n";

    #[test]
    fn a_request_ends_at_the_same_byte_however_it_comes_in() {
        let next = b"GET /next HTTP/1.1\r\n\r\n";
        for at_once in 1..100 {
            for (framing, whole) in [
                (Framing::default(), HEAD),
                (Framing::default(), b"\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
                (Framing::chunked(), CHUNKS),
                (Framing::chunked(), b"0\r\n\r\n"),
                (Framing::Length(5), b"hello"),
            ] {
                let (taken, end) = handed_on(framing, &[whole, next].concat(), at_once);
                assert_eq!(String::from_utf8_lossy(&taken), String::from_utf8_lossy(whole), "{at_once}");
                assert!(matches!(end, Framing::Asked | Framing::Over), "{end:?}");
            }
        }
    }

    #[test]
    fn a_bare_line_feed_makes_a_head_unreadable() {
        for (framing, bytes) in [
            (Framing::default(), &b"GET / HTTP/1.1\nHost: localhost\n\n"[..]),
            (Framing::default(), b"GET / HTTP/1.1\r\nHost: localhost\r\nX: 1\nY: 2\r\n\r\n"),
            (Framing::default(), b"\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            (Framing::default(), b"GET / HTTP/1.1\r\nHost: localhost\r\n\n"),
            (Framing::chunked(), b"1\na\r\n0\r\n\r\n"),
            (Framing::chunked(), b"1;x\n\r\na\r\n0\r\n\r\n"),
        ] {
            let (taken, _) = handed_on(framing, bytes, 7);
            assert!(taken.contains(&FORBIDDEN), "{}", String::from_utf8_lossy(bytes));
            assert!(!taken.windows(2).any(|pair| pair[1] == b'\n' && pair[0] != b'\r'));
        }
    }

    #[test]
    fn a_head_that_is_too_long_is_made_unreadable() {
        let long = |letters: usize| format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(letters));
        assert!(!handed_on(Framing::default(), long(30_000).as_bytes(), 4_096).0.contains(&FORBIDDEN));
        assert!(handed_on(Framing::default(), long(33_000).as_bytes(), 4_096).0.contains(&FORBIDDEN));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_cut_alike_and_nothing_is_lost(
            bytes in prop::collection::vec(prop::sample::select(b"\r\n\r\n0a1; :\x00".to_vec()), 1..200),
            at_once in 1_usize..200,
            chunked: bool,
        ) {
            let framing = || if chunked { Framing::chunked() } else { Framing::default() };
            let (taken, _) = handed_on(framing(), &bytes, at_once);
            let (whole, _) = handed_on(framing(), &bytes, bytes.len());
            prop_assert_eq!(&taken, &whole);
            prop_assert!(!taken.is_empty(), "an empty read would be the end of the connection");
        }
    }
}
