//! Pages go out as gzip where the browser takes it. A finished body is compressed in one piece, by a compressor that each
//! thread keeps: making one for every answer costs more than compressing with it. Static files are compressed when the program is built.

use std::cell::RefCell;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    AcceptEncoding, CONTENT_ENCODING, CONTENT_TYPE, Encoding, HeaderMap, HeaderValue, VARY,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use bytes::Bytes;
use libdeflater::{CompressionLvl, Compressor};

/// Bytes. A smaller body fits into one packet of Ethernet with its head, and nothing is gained.
const SMALLEST: u64 = 1_400;

thread_local! {
    /// The lowest level: a page of 30 KB takes some 70 µs, and the higher ones take twice that for a tenth of its size.
    static COMPRESSOR: RefCell<Compressor> =
        RefCell::new(Compressor::new(CompressionLvl::new(1).unwrap_or_default()));
}

/// Middleware: compresses texts that are whole, unless their handler says how they are encoded.
pub async fn compress(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let takes_gzip = request.get_header::<AcceptEncoding>().is_some_and(|accepted| {
        accepted.negotiate([Encoding::gzip(), Encoding::identity()].iter()) == Some(Encoding::gzip())
    });
    let mut response = next.call(request).await?.map_into_boxed_body();
    if !is_worthwhile(&response) {
        return Ok(response);
    }
    response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    if !takes_gzip {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (mut head, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Err(body) => body,
        Ok(plain) => match gzip(&plain) {
            None => BoxBody::new(plain),
            Some(compressed) => {
                head.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                BoxBody::new(compressed)
            }
        },
    };
    Ok(ServiceResponse::new(request, head.set_body(body)))
}

/// Whether the answer is a text of some length that nobody has encoded yet.
fn is_worthwhile(response: &ServiceResponse) -> bool {
    let headers = response.headers();
    matches!(response.response().body().size(), BodySize::Sized(bytes) if bytes >= SMALLEST)
        && !headers.contains_key(CONTENT_ENCODING)
        && is_text(headers)
}

fn is_text(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.starts_with("text/") || content_type.starts_with("image/svg+xml")
}

/// `plain` as RFC 1952 writes it; `None` where that would be no shorter.
fn gzip(plain: &[u8]) -> Option<Bytes> {
    let mut compressed = vec![0; plain.len()];
    let written =
        COMPRESSOR.with_borrow_mut(|compressor| compressor.gzip_compress(plain, &mut compressed)).ok()?;
    compressed.truncate(written);
    Some(compressed.into())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use libdeflater::Decompressor;
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn what_is_compressed_is_read_back() {
        let page = "<p>barrier</p>".repeat(1_000);
        for _ in 0..2 {
            let compressed = gzip(page.as_bytes()).unwrap();
            assert!(compressed.len() < page.len() / 20, "{}", compressed.len());
            let mut read = vec![0; page.len()];
            Decompressor::new().gzip_decompress(&compressed, &mut read).unwrap();
            assert_eq!(read, page.as_bytes());
        }
    }

    #[test]
    fn what_does_not_get_shorter_stays_as_it_is() {
        let noise: Vec<u8> = (0..128_u32).flat_map(|n| Sha256::digest(n.to_be_bytes())).collect();
        assert!(gzip(&noise).is_none());
    }
}
