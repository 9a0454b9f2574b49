//! The heads of a form's parts, as browsers, mail libraries and old programs write them: names in any encoding, quoted
//! or not. A name is never a reason to refuse a file.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderValue};
use bytes::{Bytes, BytesMut};
use data_encoding::BASE64_MIME_PERMISSIVE;
use futures_util::Stream;
use percent_encoding::{percent_decode, percent_decode_str};

/// What the head of a part says.
#[derive(Debug, PartialEq, Eq)]
pub struct PartHead {
    /// The field's name.
    pub field: String,
    /// What the file is called, if the part is one.
    pub file_name: Option<String>,
}

impl PartHead {
    /// Reads a head. A part is a file when it bears a file name, or says that it is something else than text.
    pub fn of(headers: &HeaderMap) -> Self {
        let disposition = headers.get(CONTENT_DISPOSITION).map(HeaderValue::as_bytes);
        let parameters = parameters(disposition.unwrap_or_default());
        let is_text = headers.get(CONTENT_TYPE).is_none_or(|kind| {
            kind.as_bytes().get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"text/"))
        });
        let file_name = value(&parameters, "filename");
        Self {
            field: value(&parameters, "name").unwrap_or_default(),
            file_name: file_name.or_else(|| (!is_text).then(String::new)),
        }
    }
}

/// The boundary of a multipart form with this `Content-Type`, in whatever characters, quoted or not.
pub fn boundary(content_type: &[u8]) -> Option<String> {
    let (essence, _) = split(content_type, b';');
    let parameters = parameters(content_type);
    let (_, boundary) = parameters.into_iter().find(|(name, _)| name == "boundary")?;
    let is_form = essence.trim_ascii().eq_ignore_ascii_case(b"multipart/form-data");
    String::from_utf8(boundary).ok().filter(|boundary| is_form && !boundary.is_empty())
}

/// Names, in lower case, and values.
type Parameters = Vec<(String, Vec<u8>)>;

/// What follows the first semicolon of `header`.
fn parameters(header: &[u8]) -> Parameters {
    let mut found = Vec::new();
    let (_, mut rest) = split(header, b';');
    while !rest.is_empty() {
        let (name, after) = split(rest, b'=');
        // What has no value stands before the name.
        let name = name.rsplit(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let (value, after) = if let Some(quoted) = after.trim_ascii_start().strip_prefix(b"\"") {
            unquote(quoted)
        } else {
            let (token, after) = split(after, b';');
            (token.trim_ascii().to_vec(), after)
        };
        found.push((String::from_utf8_lossy(name).to_ascii_lowercase(), value));
        rest = after;
    }
    found
}

/// What stands before the first `byte`, and what behind it.
fn split(text: &[u8], byte: u8) -> (&[u8], &[u8]) {
    match text.iter().position(|other| *other == byte) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &[]),
    }
}

/// The value that ends with a quotation mark, and the parameters behind it. A mark that stands for itself should have a
/// backslash before it and often has none; a backslash before anything else is part of a path.
fn unquote(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at + 1..];
        match (byte, rest.first()) {
            (b'"', _) if matches!(rest.trim_ascii_start().first(), None | Some(b';')) => {
                return (value, split(rest, b';').1);
            }
            (b'\\', Some(&escaped @ (b'"' | b'\\'))) => {
                value.push(escaped);
                at += 1;
            }
            _ => value.push(byte),
        }
        at += 1;
    }
    (value, &[])
}

/// The value of the parameter `name`. RFC 5987 (`filename*=utf-8''...`, also in numbered pieces, RFC 2231) counts
/// before RFC 2047 and plain text.
fn value(parameters: &Parameters, name: &str) -> Option<String> {
    let plain =
        parameters.iter().find(|(written, _)| written == name).map(|(_, value)| with_words_read(value));
    let mut extended = None;
    for (written, value) in parameters {
        if !written.strip_prefix(name).is_some_and(|rest| rest.starts_with('*')) {
            continue;
        }
        let read: &mut Vec<u8> = extended.get_or_insert_default();
        if !written.ends_with('*') {
            read.extend_from_slice(value);
        } else if read.is_empty() {
            let encoded = value.splitn(3, |byte| *byte == b'\'').last();
            read.extend(percent_decode(encoded.unwrap_or_default()));
        } else {
            read.extend(percent_decode(value));
        }
    }
    match (extended, plain) {
        (Some(extended), plain) if extended.is_empty() => Some(plain.unwrap_or_default()),
        (Some(extended), _) => Some(readable(extended)),
        (None, plain) => plain,
    }
}

/// `text` with the words of RFC 2047 in it (`=?utf-8?B?...?=`) read. What they say of their encoding is not needed.
fn with_words_read(text: &[u8]) -> String {
    let text = readable(text.to_vec());
    let mut read = Vec::new();
    let mut rest = &*text;
    while let Some((before, after)) = rest.split_once("=?") {
        // Blanks between two words part nothing.
        if read.is_empty() || !before.trim().is_empty() {
            read.extend_from_slice(before.as_bytes());
        }
        rest = if let Some((bytes, after)) = word(after) {
            read.extend(bytes);
            after
        } else {
            read.extend_from_slice(b"=?");
            after
        };
    }
    read.extend_from_slice(rest.as_bytes());
    readable(read)
}

/// The bytes of a word, and what follows it.
fn word(text: &str) -> Option<(Vec<u8>, &str)> {
    let (_charset, text) = text.split_once('?')?;
    let (encoding, text) = text.split_once('?')?;
    let (encoded, after) = text.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => BASE64_MIME_PERMISSIVE.decode(encoded.as_bytes()).ok()?,
        "Q" | "q" => {
            let encoded = encoded.replace('%', "%25").replace('=', "%").replace('_', " ");
            percent_decode_str(&encoded).collect()
        }
        _ => return None,
    };
    Some((bytes, after))
}

/// Text as UTF-8 where it is that, else each byte as the letter that it is in Latin 1.
pub(super) fn readable(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
}

/// A body in whose heads no control character stands: a file may have one in its name, and a parser of headers
/// takes none.
pub struct CleanHeads<S> {
    body: S,
    /// Ends every part.
    delimiter: Vec<u8>,
    /// Whether a head is being read, and how many bytes of what ends it, or else of the delimiter, have just passed.
    state: (bool, usize),
}

/// What ends a head.
const BLANK_LINE: &[u8] = b"\r\n\r\n";

impl<S> CleanHeads<S> {
    /// Cleans `body`, whose parts are told apart by `boundary`.
    pub fn of(body: S, boundary: &str) -> Self {
        // The first delimiter may have no line before it.
        Self { body, delimiter: format!("\r\n--{boundary}").into_bytes(), state: (false, 2) }
    }

    /// Whether `byte`, the next one, is a control character in a head.
    fn is_control(&mut self, byte: u8) -> bool {
        let (in_head, passed) = self.state;
        let end = if in_head { BLANK_LINE } else { &self.delimiter };
        let passed = match byte {
            byte if byte == end[passed] => passed + 1,
            // Both begin with a return.
            b'\r' => 1,
            _ => 0,
        };
        self.state = if passed == end.len() { (!in_head, 0) } else { (in_head, passed) };
        in_head && byte.is_ascii_control() && !matches!(byte, b'\r' | b'\n' | b'\t')
    }

    fn clean(&mut self, chunk: Bytes) -> Bytes {
        let found: Vec<usize> =
            chunk.iter().enumerate().filter(|(_, byte)| self.is_control(**byte)).map(|(at, _)| at).collect();
        if found.is_empty() {
            return chunk;
        }
        let mut chunk = BytesMut::from(chunk);
        for at in found {
            chunk[at] = b' ';
        }
        chunk.freeze()
    }
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for CleanHeads<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let chunk = std::task::ready!(Pin::new(&mut self.body).poll_next(context));
        Poll::Ready(chunk.map(|chunk| chunk.map(|chunk| self.clean(chunk))))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn head(disposition: &[u8], content_type: Option<&'static str>) -> PartHead {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_bytes(disposition).unwrap());
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        PartHead::of(&headers)
    }

    #[test]
    fn a_file_name_is_read_however_it_is_written() {
        for (written, name) in [
            (&b"filename=\"rc.pdf\""[..], "rc.pdf"),
            (b"filename=rc.pdf", "rc.pdf"),
            (b"FileName = \"rc.pdf\" ", "rc.pdf"),
            (b"filename=\"\"", ""),
            (b"filename=", ""),
            (b"filename=\"rc;v2=a.pdf\"", "rc;v2=a.pdf"),
            (b"filename=\"rc.pdf", "rc.pdf"),
            (b"inline; filename=\"rc.pdf\"", "rc.pdf"),
            (b"filename=\"5\\\" pipe.pdf\"", "5\" pipe.pdf"),
            (b"filename=\"5\" pipe.pdf\"", "5\" pipe.pdf"),
            (b"filename=\"C:\\fakepath\\rc.pdf\"", "C:\\fakepath\\rc.pdf"),
            ("filename=\"बीमा.pdf\"".as_bytes(), "बीमा.pdf"),
            (b"filename=\"caf\xE9.pdf\"", "café.pdf"),
            // RFC 5987, and RFC 2231 in pieces
            (b"filename*=utf-8''rc.pdf", "rc.pdf"),
            (b"filename*=UTF-8'hi'%E0%A4%AC%E0%A5%80%E0%A4%AE%E0%A4%BE.pdf", "बीमा.pdf"),
            (b"filename*=iso-8859-1''caf%E9.pdf", "café.pdf"),
            (b"filename*=rc.pdf", "rc.pdf"),
            (b"filename=\"rc.pdf\"; filename*=utf-8''", "rc.pdf"),
            (b"filename=\"_.pdf\"; filename*=utf-8''it's.pdf", "it's.pdf"),
            (b"filename*0*=utf-8''caf%C3; filename*1*=%A9%20; filename*2=\"1.pdf\"", "café 1.pdf"),
            (b"filename*=", ""),
            // RFC 2047
            (b"filename=\"=?utf-8?B?4KSs4KWA4KSu4KS+LnBkZg==?=\"", "बीमा.pdf"),
            (b"filename=\"=?ISO-8859-1?Q?caf=E9_100%?=.pdf\"", "café 100%.pdf"),
            (b"filename=\"=?utf-8?q?caf=C3?= =?utf-8?q?=A9.pdf?=\"", "café.pdf"),
            (b"filename=\"=?utf-8?B?####?=.pdf\"", "=?utf-8?B?####?=.pdf"),
            (b"filename=\"what=?.pdf\"", "what=?.pdf"),
        ] {
            let written = [b"form-data; name=\"puc\"; ", written].concat();
            let expected = PartHead { field: "puc".to_owned(), file_name: Some(name.to_owned()) };
            assert_eq!(head(&written, None), expected, "{}", String::from_utf8_lossy(&written));
        }
    }

    #[test]
    fn a_boundary_is_read_whatever_its_characters() {
        for (written, expected) in [
            ("multipart/form-data; boundary=b", Some("b")),
            ("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a b\"", Some("a b")),
            ("multipart/form-data; boundary=----=_Part_1", Some("----=_Part_1")),
            ("multipart/form-data; boundary=\"=_?Q?a=62?=\"", Some("=_?Q?a=62?=")),
            ("multipart/form-data; boundary=a/b:c@(d); x=y", Some("a/b:c@(d)")),
            ("multipart/form-data; boundary=", None),
            ("multipart/form-data", None),
            ("multipart/mixed; boundary=b", None),
        ] {
            assert_eq!(boundary(written.as_bytes()).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn a_field_is_named_however_its_name_is_written() {
        for written in [
            &b"form-data; name=\"puc\""[..],
            b"form-data; name=puc",
            b"form-data;name*=utf-8''puc",
            b"attachment; NAME=\"=?utf-8?B?cHVj?=\"",
            b"form-data; name=\"puc\"; size=\"\xFF\"",
            b"; name=puc",
        ] {
            let expected = PartHead { field: "puc".to_owned(), file_name: None };
            assert_eq!(head(written, None), expected, "{}", String::from_utf8_lossy(written));
        }
    }

    #[test]
    fn what_is_no_text_is_a_file_without_a_name() {
        for (content_type, file_name) in [
            (None, None),
            (Some("text/plain; charset=utf-8"), None),
            (Some("application/pdf"), Some(String::new())),
            (Some("image/jpeg"), Some(String::new())),
        ] {
            assert_eq!(head(b"form-data; name=puc", content_type).file_name, file_name, "{content_type:?}");
        }
    }

    /// `body`, cleaned in chunks of so many bytes.
    fn cleaned(body: &[u8], size: usize) -> Vec<u8> {
        let mut cleaner = CleanHeads::of((), "b");
        body.chunks(size).flat_map(|chunk| cleaner.clean(Bytes::copy_from_slice(chunk))).collect()
    }

    #[test]
    fn control_characters_leave_heads_alone() {
        let body = b"--b\r\nA: \x01\t\x7F\r\n\r\n\x01\r\n\r\r\n--b\r\nB: \0\r\n\r\n\0\x02\r\n--b--\r\n";
        let clean = b"--b\r\nA:  \t \r\n\r\n\x01\r\n\r\r\n--b\r\nB:  \r\n\r\n\0\x02\r\n--b--\r\n";
        for size in 1..body.len() {
            assert_eq!(cleaned(body, size), clean, "in chunks of {size}");
        }
    }

    proptest! {
        #[test]
        fn any_head_is_read(disposition in prop::collection::vec(prop_oneof![Just(b'"'), Just(b';'), Just(b'='), Just(b'\\'), Just(b'*'), Just(b'?'), 0x20..0x7F_u8, 0x80..=0xFF_u8], 0..60)) {
            head(&disposition, None);
        }
    }
}
