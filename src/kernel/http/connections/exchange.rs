//! A request and its answer, as the connection sees them.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, RETRY_AFTER, UPGRADE};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse};
use bytes::Bytes;

use super::framing::Framing;
use super::link::Link;
use crate::kernel::http::health::is_probe;

/// Middleware, the outermost: tells the connection where a request ends, and when its answer has been sent.
pub async fn watch(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Answer>, Error> {
    let exchange = request.request().conn_data::<Rc<Link>>().cloned().map(|link| {
        link.begin(framing_of(&request));
        Exchange(link)
    });
    let is_for_probes = exchange.as_ref().is_some_and(|exchange| exchange.0.is_for_probes());
    let mut response = if is_for_probes && !is_probe(request.path()) {
        let busy =
            HttpResponse::build(StatusCode::SERVICE_UNAVAILABLE).insert_header((RETRY_AFTER, 5)).finish();
        request.into_response(busy)
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    if is_for_probes {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    if let Some(exchange) = &exchange {
        exchange.0.answer();
    }
    Ok(response.map_body(|_, body| Answer { body, _exchange: exchange }))
}

/// How the body of a request ends, as the server reads it.
fn framing_of(request: &ServiceRequest) -> Framing {
    if matches!(request.parts().1, Payload::None) {
        return Framing::Over;
    }
    if request.chunked().unwrap_or(false) {
        return Framing::chunked();
    }
    let headers = request.headers();
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let is_websocket = headers
        .get_all(UPGRADE)
        .any(|value| value.to_str().is_ok_and(|protocol| protocol.trim().eq_ignore_ascii_case("websocket")));
    match length {
        Some(length) if !is_websocket => Framing::Length(length),
        _ => Framing::Endless,
    }
}

/// A request that is not over while this is there.
#[derive(Debug)]
struct Exchange(Rc<Link>);

impl Drop for Exchange {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The body of an answer; dropped once it has been read.
#[derive(Debug)]
pub struct Answer {
    body: BoxBody,
    _exchange: Option<Exchange>,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
