//! Text messages to phones.

use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::kernel::delivery::{SendError, write_whole};
use crate::kernel::types::PhoneNumber;

/// Whoever brings text messages to phones.
pub trait SmsGateway: std::fmt::Debug + Send + Sync {
    /// Hands a message over. `id` is the same at every attempt, so that a gateway can tell a repetition.
    fn send<'a>(
        &'a self,
        id: Uuid,
        to: &'a PhoneNumber,
        text: &'a str,
    ) -> BoxFuture<'a, Result<(), SendError>>;
}

/// A folder in which each message becomes a file: for trials, and for programs that fetch them there.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Messages become files in `folder`, which is made if there is none.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self(folder.to_owned()))
    }
}

impl SmsGateway for Folder {
    fn send<'a>(
        &'a self,
        id: Uuid,
        to: &'a PhoneNumber,
        text: &'a str,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        let content = format!("To: {}\n\n{text}\n", to.as_str());
        Box::pin(async move { write_whole(&self.0, &format!("{id}.txt"), content.as_bytes()).await })
    }
}
