//! What became of a message that was handed over.

use thiserror::Error;

/// Why a message was not taken. The text is the other side's, or the network's.
#[derive(Debug, Error)]
pub enum SendError {
    /// Nobody there takes anything from us now. It has nothing to do with this message.
    #[error("{0}")]
    Unreachable(String),
    /// This message was refused for now.
    #[error("{0}")]
    Refused(String),
    /// This message will never be taken.
    #[error("{0}")]
    Never(String),
}
