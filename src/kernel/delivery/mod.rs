//! What mail and text messages have in common: what became of one, and files in the place of a way out.

pub mod actions;
mod kind;
pub mod mailer;
pub mod outbox;
pub mod sms;

pub use kind::MessageKind;

use std::path::Path;

use thiserror::Error;

/// Messages that a process sends at a time: few, since mail servers count the connections of an address.
pub const AT_ONCE: u8 = 4;

/// Why a message was not taken. The text is the other side's, or the network's.
#[derive(Debug, Error)]
pub enum SendError {
    /// Nobody there takes anything from us now. It has nothing to do with this message.
    #[error("{0}")]
    Unreachable(String),
    /// This message was refused; it may be taken later.
    #[error("{0}")]
    Refused(String),
    /// This message will never be taken.
    #[error("{0}")]
    Never(String),
}

/// Writes a file that is there only when it is whole. Written again, it is the same file.
pub(super) async fn write_whole(folder: &Path, name: &str, content: &[u8]) -> Result<(), SendError> {
    let unfinished = folder.join(format!(".{name}"));
    let written = async {
        tokio::fs::write(&unfinished, content).await?;
        tokio::fs::rename(&unfinished, folder.join(name)).await
    };
    written.await.map_err(|error| SendError::Unreachable(error.to_string()))
}
