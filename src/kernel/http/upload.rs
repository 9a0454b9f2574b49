//! Multipart forms, read field by field as they arrive. A file is streamed to a temporary one of mode
//! 0600; one that is too large, empty, or not what it says is refused alone, and the rest is still read.

use std::future::{Ready, ready};
use std::io;
use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::{FromRequest, HttpRequest};
use bytes::Bytes;
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout};

use super::part_head::{CleanHeads, PartHead, boundary, readable};
use crate::kernel::error::AppError;
use crate::kernel::types::FileName;

/// The largest file: 5 MiB.
pub const MAX_FILE: u64 = 5 * 1024 * 1024;
/// The largest form, over all its fields: eight photos as large as phones make them. What is over [`MAX_FILE`] is read and
/// thrown away, so that the fields behind it count.
const MAX_FORM: u64 = 200 * 1024 * 1024;
/// How long what is thrown away may take to arrive, over all fields.
const PATIENCE: Duration = Duration::from_mins(15);
/// What is kept of a text field, in bytes: more than any field takes, so that one that is cut is refused.
const MAX_TEXT: usize = 64 * 1024;
/// The same over all text fields.
const MAX_TEXTS: usize = 4 * MAX_TEXT;
/// The most fields of a form; ours have fewer than thirty.
const MAX_FIELDS: usize = 64;

/// One field of a form.
#[derive(Debug)]
pub enum Part {
    /// A text field.
    Text {
        /// The field's name.
        name: String,
        /// What it holds.
        value: String,
    },
    /// A file field that holds a file.
    File {
        /// The field's name.
        name: String,
        /// The file, or why it is refused.
        file: Result<UploadedFile, UploadError>,
    },
}

/// A file that arrived whole and is what it says.
#[derive(Debug)]
pub struct UploadedFile {
    /// What the browser called it, without its path, and with an ending that fits.
    pub file_name: FileName,
    /// What it is, by its content.
    pub content_type: &'static str,
    /// Bytes.
    pub size: u64,
    /// Of its bytes, lower-case hex.
    pub sha256: String,
    /// Where it waits; gone when dropped.
    pub file: NamedTempFile,
}

/// Why a file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadError {
    /// No byte.
    Empty,
    /// More than [`MAX_FILE`].
    TooLarge,
    /// No PDF, JPEG or PNG by content.
    WrongType,
    /// The name's ending is not one of this format.
    LyingExtension(Format),
    /// There is no room for it where uploads wait.
    NoRoom,
}

/// What a file may be, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PDF.
    Pdf,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

impl Format {
    /// As many bytes as telling a format takes: a PDF may begin with as much of something else.
    const HEAD: usize = 1024;

    /// The format of a file that begins with `head`.
    fn of(head: &[u8]) -> Option<Self> {
        match infer::get(head)?.mime_type() {
            "application/pdf" => Some(Self::Pdf),
            "image/jpeg" => Some(Self::Jpeg),
            "image/png" => Some(Self::Png),
            _ => None,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The usual ending of names, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// `name`, if it ends as a file of this format may. Of photos some programs save the name without an ending, or with
    /// one that few others know: these get the usual one.
    fn name(self, name: FileName) -> Result<FileName, UploadError> {
        match (self, name.extension().as_deref()) {
            (Self::Pdf, Some("pdf")) | (Self::Jpeg, Some("jpg" | "jpeg")) | (Self::Png, Some("png")) => {
                Ok(name)
            }
            (Self::Jpeg, None | Some("jfif" | "jfi" | "jif" | "jpe" | "pjpeg" | "pjp")) => {
                Ok(name.ending_in(self.ending()))
            }
            _ => Err(UploadError::LyingExtension(self)),
        }
    }
}

/// A multipart form on its way in.
pub struct Upload {
    form: Option<Multipart>,
    bytes: u64,
    texts: usize,
    fields: usize,
    patience: Duration,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl FromRequest for Upload {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request, payload.take())))
    }
}

impl Upload {
    /// What comes with `request`; that it is something else than a multipart form is told when it is read.
    fn of(request: &HttpRequest, payload: Payload) -> Self {
        let form = Self::form_of(request, payload);
        Self { form, bytes: 0, texts: 0, fields: 0, patience: PATIENCE }
    }

    fn form_of(request: &HttpRequest, payload: Payload) -> Option<Multipart> {
        let boundary = boundary(request.headers().get(CONTENT_TYPE)?.as_bytes())?;
        // As `mixed`, the parts may have whatever heads they have: [`PartHead`] reads them.
        let mixed = HeaderValue::try_from(format!("multipart/mixed; boundary=\"{boundary}\"")).ok()?;
        let headers: HeaderMap = [(CONTENT_TYPE, mixed)].into_iter().collect();
        Some(Multipart::new(&headers, CleanHeads::of(payload, &boundary)))
    }

    /// The next field; `None` at the end. A file field that was left alone is passed over.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] when it is no multipart form, [`AppError::TooLarge`] when it is larger than
    /// any form of this site, [`AppError::TooSlow`] when what is thrown away of it does not end.
    pub async fn next(&mut self) -> Result<Option<Part>, AppError> {
        while let Some(field) = self.form.as_mut().ok_or(AppError::BadRequest)?.next().await {
            let mut field = field.map_err(|error| malformed(&error))?;
            self.fields += 1;
            if self.fields > MAX_FIELDS {
                return Err(AppError::TooLarge);
            }
            let PartHead { field: name, file_name } = PartHead::of(field.headers());
            if name.is_empty() {
                return Err(AppError::BadRequest);
            }
            let part = match file_name {
                None => Part::Text { name, value: self.text(&mut field).await? },
                Some(file_name) => {
                    let file = self.file(&mut field, &file_name).await?;
                    // A browser sends a file input that was left alone as an empty file without a name.
                    if file_name.is_empty() && matches!(file, Err(UploadError::Empty)) {
                        continue;
                    }
                    Part::File { name, file }
                }
            };
            return Ok(Some(part));
        }
        Ok(None)
    }

    async fn text(&mut self, field: &mut Field) -> Result<String, AppError> {
        let mut value = Vec::new();
        let mut is_cut = false;
        while let Some(chunk) = self.chunk(field).await? {
            let room = MAX_TEXT - value.len();
            value.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                self.drain(field).await?;
                is_cut = true;
                break;
            }
        }
        self.texts += value.len();
        if self.texts > MAX_TEXTS {
            return Err(AppError::TooLarge);
        }
        if let Err(error) = str::from_utf8(&value)
            && is_cut
            && error.error_len().is_none()
        {
            value.truncate(error.valid_up_to());
        }
        Ok(readable(value))
    }

    async fn file(
        &mut self,
        field: &mut Field,
        file_name: &str,
    ) -> Result<Result<UploadedFile, UploadError>, AppError> {
        let received = self.receive(field).await?;
        if received.is_err() {
            self.drain(field).await?;
        }
        Ok(match received {
            Ok(received) => received.checked(FileName::from_upload(file_name)).await,
            Err(error) => Err(error),
        })
    }

    /// The file, unless it is too large or cannot be written.
    async fn receive(&mut self, field: &mut Field) -> Result<Result<Received, UploadError>, AppError> {
        let mut received = match Received::nothing() {
            Ok(received) => received,
            Err(error) => return Ok(Err(no_room(&error))),
        };
        while let Some(chunk) = self.chunk(field).await? {
            if let Err(error) = received.add(&chunk).await {
                return Ok(Err(error));
            }
        }
        Ok(Ok(received))
    }

    /// Throws the rest of a field away: the fields behind it count.
    async fn drain(&mut self, field: &mut Field) -> Result<(), AppError> {
        let begun = Instant::now();
        let patience = self.patience;
        let rest = async {
            while self.chunk(field).await?.is_some() {}
            Ok::<_, AppError>(())
        };
        timeout(patience, rest).await.map_err(|_| AppError::TooSlow)??;
        self.patience = self.patience.saturating_sub(begun.elapsed());
        Ok(())
    }

    async fn chunk(&mut self, field: &mut Field) -> Result<Option<Bytes>, AppError> {
        let Some(chunk) = field.next().await else { return Ok(None) };
        let chunk = chunk.map_err(|error| malformed(&error))?;
        self.bytes += chunk.len() as u64;
        if self.bytes > MAX_FORM {
            return Err(AppError::TooLarge);
        }
        Ok(Some(chunk))
    }
}

/// What has arrived of a file.
struct Received {
    file: NamedTempFile,
    writer: tokio::fs::File,
    head: Vec<u8>,
    hash: Sha256,
    size: u64,
}

impl Received {
    fn nothing() -> io::Result<Self> {
        let file = NamedTempFile::new()?;
        let writer = tokio::fs::File::from_std(file.reopen()?);
        Ok(Self { file, writer, head: Vec::with_capacity(Format::HEAD), hash: Sha256::new(), size: 0 })
    }

    async fn add(&mut self, chunk: &[u8]) -> Result<(), UploadError> {
        self.size += chunk.len() as u64;
        if self.size > MAX_FILE {
            return Err(UploadError::TooLarge);
        }
        self.head.extend_from_slice(&chunk[..chunk.len().min(Format::HEAD - self.head.len())]);
        self.hash.update(chunk);
        self.writer.write_all(chunk).await.map_err(|error| no_room(&error))
    }

    /// The file, now that all of it is there, if it is what it says.
    async fn checked(mut self, file_name: FileName) -> Result<UploadedFile, UploadError> {
        self.writer.flush().await.map_err(|error| no_room(&error))?;
        if self.size == 0 {
            return Err(UploadError::Empty);
        }
        let format = Format::of(&self.head).ok_or(UploadError::WrongType)?;
        Ok(UploadedFile {
            file_name: format.name(file_name)?,
            content_type: format.content_type(),
            size: self.size,
            sha256: data_encoding::HEXLOWER.encode(&self.hash.finalize()),
            file: self.file,
        })
    }
}

fn malformed(error: &MultipartError) -> AppError {
    tracing::debug!(%error, "malformed form");
    AppError::BadRequest
}

fn no_room(error: &io::Error) -> UploadError {
    tracing::warn!(%error, "an upload cannot be written");
    UploadError::NoRoom
}
