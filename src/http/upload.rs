//! Multipart forms, read field by field as they arrive. A file is streamed to a temporary one of mode
//! 0600; one that is too large, empty, or not what it says is refused alone, and the rest is still read.

use actix_multipart::{Field, Multipart, MultipartError};
use futures_util::StreamExt as _;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;

use sha2::{Digest as _, Sha256};

use crate::error::AppError;
use crate::types::FileName;

/// The largest file: 5 MiB.
pub const MAX_FILE: u64 = 5 * 1024 * 1024;
/// The largest form, over all its fields.
const MAX_FORM: u64 = 45 * 1024 * 1024;
/// The longest text field, in bytes.
const MAX_TEXT: usize = 8 * 1024;
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
    /// What the browser called it, without its path.
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
    /// The name's extension says another type than the content.
    LyingExtension,
}

/// A multipart form on its way in.
pub struct Upload {
    form: Multipart,
    bytes: u64,
    fields: usize,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Upload {
    /// Reads `form`.
    pub fn new(form: Multipart) -> Self {
        Self { form, bytes: 0, fields: 0 }
    }

    /// The next field; `None` at the end. A file field that was left alone is passed over.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] when it is no multipart form, [`AppError::TooLarge`] when it is larger than
    /// any form of this site.
    pub async fn next(&mut self) -> Result<Option<Part>, AppError> {
        while let Some(field) = self.form.next().await {
            let mut field = field.map_err(|error| malformed(&error))?;
            self.fields += 1;
            if self.fields > MAX_FIELDS {
                return Err(AppError::TooLarge);
            }
            let name = field.name().unwrap_or_default().to_owned();
            let file_name = field
                .content_disposition()
                .and_then(|disposition| disposition.get_filename())
                .map(ToOwned::to_owned);
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
        while let Some(chunk) = self.chunk(field).await? {
            value.extend_from_slice(&chunk);
            if value.len() > MAX_TEXT {
                return Err(AppError::TooLarge);
            }
        }
        String::from_utf8(value).map_err(|_| AppError::BadRequest)
    }

    async fn file(
        &mut self,
        field: &mut Field,
        file_name: &str,
    ) -> Result<Result<UploadedFile, UploadError>, AppError> {
        let file = NamedTempFile::new().map_err(unavailable)?;
        let mut writer = tokio::fs::File::from_std(file.reopen().map_err(unavailable)?);
        let mut hash = Sha256::new();
        let mut head = Vec::with_capacity(HEAD);
        let mut size = 0;
        while let Some(chunk) = self.chunk(field).await? {
            size += chunk.len() as u64;
            if size > MAX_FILE {
                continue; // What is refused is still read to its end: the fields behind it count.
            }
            head.extend_from_slice(&chunk[..chunk.len().min(HEAD - head.len())]);
            hash.update(&chunk);
            writer.write_all(&chunk).await.map_err(unavailable)?;
        }
        writer.flush().await.map_err(unavailable)?;
        let file_name = FileName::from_upload(file_name);
        let checked = match size {
            0 => Err(UploadError::Empty),
            1..=MAX_FILE => content_type(&head, &file_name),
            _ => Err(UploadError::TooLarge),
        };
        Ok(checked.map(|content_type| UploadedFile {
            file_name,
            content_type,
            size,
            sha256: data_encoding::HEXLOWER.encode(&hash.finalize()),
            file,
        }))
    }

    async fn chunk(&mut self, field: &mut Field) -> Result<Option<bytes::Bytes>, AppError> {
        let Some(chunk) = field.next().await else { return Ok(None) };
        let chunk = chunk.map_err(|error| malformed(&error))?;
        self.bytes += chunk.len() as u64;
        if self.bytes > MAX_FORM {
            return Err(AppError::TooLarge);
        }
        Ok(Some(chunk))
    }
}

/// As many bytes as telling a type by content takes.
const HEAD: usize = 512;

/// The type by content, where the extension agrees.
fn content_type(head: &[u8], file_name: &FileName) -> Result<&'static str, UploadError> {
    let found = infer::get(head).map(|kind| kind.mime_type()).ok_or(UploadError::WrongType)?;
    let extensions: &[&str] = match found {
        "application/pdf" => &["pdf"],
        "image/jpeg" => &["jpg", "jpeg"],
        "image/png" => &["png"],
        _ => return Err(UploadError::WrongType),
    };
    match file_name.extension() {
        Some(extension) if extensions.contains(&extension.as_str()) => Ok(found),
        _ => Err(UploadError::LyingExtension),
    }
}

fn malformed(error: &MultipartError) -> AppError {
    tracing::debug!(%error, "malformed form");
    AppError::BadRequest
}

fn unavailable(error: std::io::Error) -> AppError {
    AppError::Unavailable(Box::new(error))
}
