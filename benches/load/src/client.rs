//! One connection, kept alive.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What ends the measurement.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A request that can be sent again and again.
#[derive(Clone, Debug)]
pub struct Ask {
    pub method: Method,
    pub path: String,
    pub cookie: String,
    pub content_type: String,
    pub body: Bytes,
    /// `Accept-Encoding`; empty for none.
    pub encodings: &'static str,
}

/// What browsers accept.
const AS_BROWSERS_DO: &str = "gzip, deflate, br, zstd";

impl Ask {
    /// Opens `path`.
    pub fn get(path: impl Into<String>, cookie: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            cookie: cookie.to_owned(),
            content_type: String::new(),
            body: Bytes::new(),
            encodings: AS_BROWSERS_DO,
        }
    }

    /// The same, for an answer that is read here.
    pub fn plain(self) -> Self {
        Self { encodings: "", ..self }
    }

    /// Sends a form.
    pub fn form(path: impl Into<String>, cookie: &str, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self {
            method: Method::POST,
            content_type: "application/x-www-form-urlencoded".to_owned(),
            body: body.into(),
            ..Self::get(path, cookie)
        }
    }

    /// Sends a form of files and texts: name, file name (empty for a text) and content.
    pub fn multipart(path: impl Into<String>, cookie: &str, parts: &[(&str, &str, &[u8])]) -> Self {
        const BOUNDARY: &str = "----gatehouse-load-boundary";
        let mut body = Vec::new();
        for (name, file_name, content) in parts {
            body.extend_from_slice(format!("--{BOUNDARY}\r\n").as_bytes());
            let head = format!("Content-Disposition: form-data; name=\"{name}\"");
            body.extend_from_slice(head.as_bytes());
            if !file_name.is_empty() {
                let rest = format!("; filename=\"{file_name}\"\r\nContent-Type: application/pdf");
                body.extend_from_slice(rest.as_bytes());
            }
            body.extend_from_slice(b"\r\n\r\n");
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        Self {
            method: Method::POST,
            content_type: format!("multipart/form-data; boundary={BOUNDARY}"),
            body: body.into(),
            ..Self::get(path, cookie)
        }
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    /// The first pair of `Set-Cookie`.
    pub cookie: String,
    pub body: Bytes,
}

impl Answer {
    /// The answer, if it has this status.
    pub fn expect(self, status: u16) -> Result<Self, Failure> {
        if self.status == status {
            return Ok(self);
        }
        let text: String = String::from_utf8_lossy(&self.body).chars().take(2_000).collect();
        Err(format!("{} instead of {status}: {text}", self.status).into())
    }
}

/// A connection to the server.
pub struct Connection {
    address: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Opens one.
    pub async fn open(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { address: address.to_owned(), sender })
    }

    /// Sends `ask` and reads the answer.
    pub async fn send(&mut self, ask: &Ask) -> Result<Answer, Failure> {
        if self.sender.ready().await.is_err() {
            *self = Self::open(&self.address).await?; // the server closes now and then, as it may
            self.sender.ready().await?;
        }
        let mut request =
            Request::builder().method(&ask.method).uri(&ask.path).header(HOST, self.address.as_str());
        if !ask.cookie.is_empty() {
            request = request.header(COOKIE, &ask.cookie);
        }
        if !ask.encodings.is_empty() {
            request = request.header(ACCEPT_ENCODING, ask.encodings);
        }
        if !ask.content_type.is_empty() {
            request = request.header(CONTENT_TYPE, &ask.content_type);
        }
        let response = self.sender.send_request(request.body(Full::new(ask.body.clone()))?).await?;
        let text = |name| {
            let value = response
                .headers()
                .get(name)
                .and_then(|value: &hyper::header::HeaderValue| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let cookie = text(SET_COOKIE).split(';').next().unwrap_or_default().to_owned();
        let (status, location) = (response.status(), text(LOCATION));
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, location, cookie, body })
    }
}
